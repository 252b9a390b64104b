package sandbox

import "slices"

// inboxSize is how many messages the inbox shows.
const inboxSize = 200

// inbox is the newest messages, the oldest first.
type inbox []letter

func (b *inbox) add(l letter) {
	if len(*b) < inboxSize {
		*b = append(*b, l)
		return
	}
	copy(*b, (*b)[1:])
	(*b)[inboxSize-1] = l
}

// Inbox returns the newest messages of the account, at most 200, the newest
// first: what GET / shows.
func (s *Sandbox) Inbox() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.time()
	messages := make([]Message, 0, len(s.inbox))
	for _, l := range slices.Backward(s.inbox) {
		messages = append(messages, l.message(now))
	}
	return messages
}

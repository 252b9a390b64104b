package schema

import (
	"errors"
	"strings"
)

const maxReplyTokens = 8

// CheckReplyTo decides whether a worker may publish to the reply subject that
// a job asks for. The subject is untrusted: a worker has wider rights than the
// producer, and would otherwise lend them, to $JS.API.STREAM.DELETE for one.
//
// It must be literal, at most 200 bytes and 8 tokens of A-Z a-z 0-9 _ -, and
// match one of allowed, which are NATS patterns with * and a closing >. A
// first token that starts with _, as inboxes do, has to stand in the pattern
// as it is. Whatever allowed says, nothing goes to the worker's own subjects
// under otp.v1 other than otp.v1.reply.
//
// The error says what is wrong and does not quote the subject.
func CheckReplyTo(subject string, allowed []string) error {
	if subject == "" || len(subject) > maxReplyTo {
		return errors.New("must be 1 to 200 bytes")
	}
	tokens := strings.Split(subject, ".")
	if len(tokens) > maxReplyTokens {
		return errors.New("must have at most 8 tokens")
	}
	for _, token := range tokens {
		if token == "" || !isWord(token) {
			return errors.New("must be a literal subject with tokens of " + wordAlphabet)
		}
	}
	if isOwn(tokens) {
		return errors.New("must not be one of the worker's own subjects")
	}
	for _, pattern := range allowed {
		if replyMatches(strings.Split(pattern, "."), tokens) {
			return nil
		}
	}
	return errors.New("must be under an allowed prefix")
}

// isOwn refuses the stems too: a stream of another version may listen on them.
func isOwn(tokens []string) bool {
	return len(tokens) > 1 && tokens[0] == "otp" && tokens[1] == Version &&
		(len(tokens) < 4 || tokens[2] != "reply")
}

// ReplyTakesOwn says that a pattern of subjects for replies takes in some of the
// worker's own: whoever was given rights by it could queue jobs.
func ReplyTakesOwn(pattern string) bool {
	tokens := strings.Split(pattern, ".")
	for i, own := range []string{"otp", Version} {
		switch {
		case tokens[i] == ">":
			return true
		case i == len(tokens)-1 || tokens[i] != "*" && tokens[i] != own:
			return false
		}
	}
	return tokens[2] != "reply"
}

func replyMatches(pattern, tokens []string) bool {
	if tokens[0][0] == '_' && pattern[0] != tokens[0] {
		return false
	}
	for i, p := range pattern {
		if p == ">" && i == len(pattern)-1 {
			return len(tokens) > i
		}
		if i >= len(tokens) || p != "*" && p != tokens[i] {
			return false
		}
	}
	return len(pattern) == len(tokens)
}

package sandbox

import "time"

// charge takes a message's price and its place in the app's limits, all of it
// or, with another status than 0, nothing.
func (s *Sandbox) charge(appID, to string, now time.Time) (status string) {
	a := s.account.appOrOpen(appID)
	phone := s.phoneWindow(a, appID, to)
	switch {
	case !a.total.allows(a.PeriodTotal, now):
		return statusTotal
	case !phone.allows(a.PeriodPhone, now):
		return statusPhone
	case !s.account.pay(*s.cfg.Price):
		return statusBalance
	}
	a.total.tally(a.PeriodTotal, now)
	if a.PeriodPhone.Enabled {
		phone.tally(a.PeriodPhone, now)
		s.phones.put(phoneKey(appID, to), phone)
	}
	return statusOK
}

func (s *Sandbox) phoneWindow(a *app, appID, to string) window {
	if !a.PeriodPhone.Enabled {
		return window{}
	}
	w, _ := s.phones.get(phoneKey(appID, to))
	return w
}

// phoneKey is unmistakable: a number has no slash.
func phoneKey(appID, to string) string { return appID + "/" + to }

// dispatch puts a message, which charge let through, on its way.
func (s *Sandbox) dispatch(v *verification, channel string, node int, now time.Time) {
	v.messages = append(v.messages, sentMessage{
		channel: channel, node: node, at: now, doneAt: now.Add(s.cfg.DeliveryDelay),
		fails: v.undelivered == UndeliveredAll || v.undelivered == channel, price: *s.cfg.Price,
	})
	s.inbox.add(letter{v, len(v.messages) - 1})
	s.tell(v, len(v.messages)-1, now)
	if s.cfg.DeliveryDelay <= 0 {
		v.announced = len(v.messages)
	}
}

// announce tells of the messages whose end has come.
func (s *Sandbox) announce(v *verification, now time.Time) {
	for v.announced < len(v.messages) && !now.Before(v.messages[v.announced].doneAt) {
		s.tell(v, v.announced, now)
		v.announced++
	}
}

func (s *Sandbox) tell(v *verification, n int, now time.Time) {
	if s.cfg.OnMessage != nil {
		s.news = append(s.news, letter{v, n}.message(now))
	}
}

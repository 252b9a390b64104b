package pace

import "time"

// differ says that another worker keeps a rate that is not ours, once for each
// such rate that follows another.
func (p *Pacer) differ(s state) {
	for sc := range p.scopes() {
		theirs := s.of(sc).Step
		if theirs == 0 || theirs == sc.step || theirs == sc.foreign {
			continue
		}
		sc.foreign = theirs
		p.log.Warn("workers differ about a rate", "app", sc.app, "ours", perSecond(sc.step), "theirs", perSecond(theirs))
	}
}

// perSecond is how many tokens a second a step stands for: a little less than
// the configured rate.
func perSecond(step time.Duration) float64 { return float64(time.Second) / float64(step) }

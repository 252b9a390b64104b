package worker

import "time"

// FewIntakes has a worker pull for so few apps at once, until the function it
// returns is called.
func FewIntakes(n int) (back func()) {
	before := maxIntakes
	maxIntakes = n
	return func() { maxIntakes = before }
}

// LookEach has a worker look for apps so often, until the function it returns is
// called.
func LookEach(pause time.Duration) (back func()) {
	before := lookPause
	lookPause = pause
	return func() { lookPause = before }
}

// FewOfAnApp has a worker pull for so few of an app's batches at once, until the
// function it returns is called.
func FewOfAnApp(n int) (back func()) {
	before := maxShare
	maxShare = n
	return func() { maxShare = before }
}

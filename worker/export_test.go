package worker

// FewIntakes has a worker pull for so few apps at once, until the function it
// returns is called.
func FewIntakes(n int) (back func()) {
	before := maxIntakes
	maxIntakes = n
	return func() { maxIntakes = before }
}

package doctor

// The judgements, for facts that no test server can be brought to show.
var (
	Broker   = broker
	Clock    = clock
	JudgeApp = judgeApp
)

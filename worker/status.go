package worker

// An Outcome is what happened to one attempt.
type Outcome string

const (
	// Accepted: the provider took the send.
	Accepted Outcome = "accepted"
	// Refused: the provider answered and did not take it.
	Refused Outcome = "refused"
	// NotSent: nothing left this machine.
	NotSent Outcome = "not_sent"
	// Unknown: it may have been sent.
	Unknown Outcome = "unknown"
)

// A Class says what a status means for the next attempt.
type Class string

const (
	// Permanent: the same send would be refused again.
	Permanent Class = "permanent"
	// Transient: it was not sent and may be tried again.
	Transient Class = "transient"
	// ClassUnknown: it may have been sent; the provider is asked before any
	// further attempt.
	ClassUnknown Class = "unknown"
)

func (c Class) valid() bool { return c == Permanent || c == Transient || c == ClassUnknown }

// A Scope is what a status says something about.
type Scope string

const (
	ScopeJob      Scope = "job"
	ScopePhone    Scope = "phone"
	ScopeApp      Scope = "app"
	ScopeAccount  Scope = "account"
	ScopeProvider Scope = "provider"
)

// A Rule is one row of the status table.
type Rule struct {
	// Status is the provider's, or empty for an answer without one.
	Status string
	// Reason is its name in results, logs and metrics.
	Reason string
	Class  Class
	Scope  Scope
	// Then says in words what happens.
	Then string
}

// Reasons that the code itself asks about.
const (
	reasonSent        = "sent"
	reasonSystem      = "system_error"
	reasonTimestamp   = "timestamp_expired"
	reasonDataExists  = "data_exists"
	reasonPhoneLimit  = "phone_limit"
	reasonThrottled   = "throttled"
	reasonHTTP4xx     = "http_4xx"
	reasonUnreachable = "unreachable"
	reasonNotSent     = "not_sent"
	reasonBatchPaused = "batch_paused"
)

// Reasons that are counted apart too.
const (
	// ReasonUnlisted is that of a status code that the table does not have.
	ReasonUnlisted = "unlisted"
	// ReasonCancelled and ReasonSuperseded are of jobs that were withdrawn: their
	// batch was, or a newer job came for their number.
	ReasonCancelled  = "cancelled"
	ReasonSuperseded = "superseded"
)

// rules is the default status table; the README's is generated from it.
// The provider's pages name the codes and say little of what they leave behind,
// so a code that may follow an accepted send (-18, -20, -26, any unlisted one)
// counts as unknown.
var rules = []Rule{
	{"0", reasonSent, "", "", "result `sent`"},
	{"-1", "auth_failed", Transient, ScopeAccount, "the account's breaker opens at once; one probe at a time"},
	{"-2", "ip_restricted", Transient, ScopeAccount, "as -1"},
	{"-10", "insufficient_balance", Transient, ScopeAccount, "as -1: jobs wait for money until they expire"},
	{"-16", reasonTimestamp, Transient, ScopeAccount, "signed anew with the provider's clock, once; then as -1"},
	{"-18", reasonSystem, ClassUnknown, ScopeProvider, "the provider is asked before any resend"},
	{"-20", reasonDataExists, ClassUnknown, ScopeJob, "perhaps sent already: the provider is asked"},
	{"-21", "invalid_data", Permanent, ScopeJob, "result `rejected`"},
	{"-22", "invalid_parameter", Permanent, ScopeJob, "result `rejected`"},
	{"-23", "cap_reached", Transient, ScopeApp, "as -27"},
	{"-24", "not_found", Permanent, ScopeJob, "result `rejected`"},
	{"-25", "out_of_range", Permanent, ScopeJob, "result `rejected`"},
	{"-26", "rate_lookup_failed", ClassUnknown, ScopeProvider, "the provider is asked before any resend"},
	{"-27", "total_limit", Transient, ScopeApp, "the app's breaker opens: only its jobs wait, each time longer"},
	{"-28", reasonPhoneLimit, Permanent, ScopePhone, "result `rejected`; asked first if an earlier attempt is unknown"},
	{"-29", "sensitive_content", Permanent, ScopeJob, "result `rejected`"},
}

// Rules for answers that the table's codes do not cover.
var (
	ruleUnlisted       = Rule{"other", ReasonUnlisted, ClassUnknown, ScopeProvider, "the provider is asked before any resend"}
	ruleTooEarly       = Rule{"HTTP 408, 425", reasonThrottled, Transient, ScopeProvider, "retried"}
	ruleThrottled      = Rule{"HTTP 429, 503 with Retry-After", reasonThrottled, Transient, ScopeProvider, "Retry-After is a floor for the next attempt"}
	ruleHTTP4xx        = Rule{"HTTP 4xx without a status", reasonHTTP4xx, Permanent, ScopeJob, "result `rejected`"}
	ruleHTTPAuth       = Rule{"HTTP 401, 403, 404, 405, 407", reasonHTTP4xx, Transient, ScopeAccount, "as -1: a wrong URL, key or proxy is no job's fault"}
	ruleUnreachable    = Rule{"HTTP 5xx, timeout, reset, garbage", reasonUnreachable, ClassUnknown, ScopeProvider, "the provider is asked before any resend"}
	ruleInvalidRequest = Rule{"", "invalid_parameter", Permanent, ScopeJob, "result `rejected`"}
	ruleNotSent        = Rule{"dial, DNS or TLS failure", reasonNotSent, Transient, ScopeProvider, "retried"}
)

// Rules returns the default status table, for documents.
func Rules() []Rule {
	return append(append([]Rule(nil), rules...),
		ruleUnlisted, ruleThrottled, ruleTooEarly, ruleHTTP4xx, ruleHTTPAuth, ruleUnreachable, ruleNotSent)
}

// A table is the status table with a user's overrides.
type table map[string]Rule

func newTable(overrides map[string]Class) table {
	t := make(table, len(rules)+len(overrides))
	for _, r := range rules {
		t[r.Status] = r
	}
	for status, class := range overrides {
		r := t.rule(status)
		r.Status, r.Class = status, class
		t[status] = r
	}
	return t
}

// rule finds the row of a provider status.
func (t table) rule(status string) Rule {
	if r, ok := t[status]; ok {
		return r
	}
	r := ruleUnlisted
	r.Status = status
	return r
}

package schema

import "time"

const (
	maxID         = 64
	minAppID      = 4
	maxAppID      = 32
	maxCode       = 10
	minPhone      = 10
	maxPhone      = 14
	maxOrderID    = 64
	maxReplyTo    = 200
	maxTTLSeconds = int(MaxTTL / time.Second)
)

// Validate returns nil, or Faults with everything that is wrong. ReplyTo is
// only measured: a bad one is ignored, and does not make the job invalid.
func (j Job) Validate() error {
	var f Faults
	f.check("id", checkWord(j.ID, 1, maxID))
	f.check("appId", checkWord(j.AppID, minAppID, maxAppID))
	f.check("templateId", checkNumber(j.TemplateID))
	if j.Sealed == "" {
		f.check("code", checkCode(j.Code.Reveal()))
		f.check("to", checkPhone(j.To.Reveal()))
	} else {
		f.check("sealed", j.checkSealed())
	}
	f.check("flowId", checkNumber(j.FlowID))
	f.check("channel", checkChannel(j.Channel))
	f.check("orderId", checkOrderID(j.OrderID))
	f.check("replyTo", checkReplyToLength(j.ReplyTo))
	f.check("createdAt", checkYear(j.CreatedAt))
	f.check("expiresAt", checkExpiresAt(j.CreatedAt, j.ExpiresAt))
	f.check("ttlSeconds", checkTTLSeconds(j.TTLSeconds))
	f.check("batchId", checkOptionalWord(j.BatchID, maxID))
	f.check("metadata", checkMetadata(j.Metadata))
	return f.err()
}

const numberProblem = "must be 1 or more: leave it out if there is none"

func checkNumber(n int64) string {
	if n < 0 {
		return numberProblem
	}
	return ""
}

// checkCode allows all of printable ASCII: the provider does not say which
// characters it takes.
func checkCode(code string) string {
	switch {
	case code == "":
		return "is missing: give the one-time code, 1 to 10 characters"
	case len(code) > maxCode:
		return "must be 1 to 10 printable ASCII characters: it is longer"
	}
	for i := range len(code) {
		if code[i] < '!' || code[i] > '~' {
			return "must be 1 to 10 printable ASCII characters: drop spaces and everything else"
		}
	}
	return ""
}

func checkOrderID(s string) string {
	const problem = "must be at most 64 characters of A-Z a-z 0-9 _ . -: leave it out to use the id"
	if len(s) > maxOrderID {
		return problem
	}
	for i := range len(s) {
		if !isWordByte(s[i]) && s[i] != '.' {
			return problem
		}
	}
	return ""
}

func checkReplyToLength(s string) string {
	if len(s) > maxReplyTo {
		return "must be at most 200 bytes: use a shorter reply subject"
	}
	return ""
}

func checkTTLSeconds(n int) string {
	if n < 0 || n > maxTTLSeconds {
		return "must be 1 to 3600: leave it out for 300"
	}
	return ""
}

// checkYear keeps out what RFC 3339 cannot write down.
func checkYear(t time.Time) string {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return "must lie in the years 1 to 9999: give the present time"
	}
	return ""
}

func checkExpiresAt(created, expires time.Time) string {
	switch {
	case expires.IsZero():
		return ""
	case !created.IsZero() && expires.Sub(created) > MaxTTL:
		return "must be at most 3600 s after createdAt: shorten the life of the code"
	}
	return checkYear(expires)
}

package worker

import (
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/plain"
)

// What the ledger says of a job.
const (
	// stateClaimed: an attempt was about to be made; it may have been sent.
	stateClaimed = "claimed"
	// stateAside: no attempt is open; the job waits for its next one.
	stateAside = "aside"
	// stateDone: the job has its result.
	stateDone = "done"
)

// An entry is what the ledger keeps of a job: no code and no number. It carries
// the attempts over deliveries, which the broker's own count cannot.
type entry struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce,omitempty"`
	Worker   string `json:"worker,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
	// Resigned: a -16 was answered with a fresh signature.
	Resigned bool `json:"resigned,omitempty"`
	// EverUnknown: some attempt may have been sent.
	EverUnknown bool `json:"everUnknown,omitempty"`
	// Asked counts questions in a row that got no answer.
	Asked int `json:"asked,omitempty"`
	// Reason and Status are those of the last verdict.
	Reason string `json:"reason,omitempty"`
	Status string `json:"status,omitempty"`
	// ClaimedAt is set when an open claim is written again: the broker's time
	// of the entry is that of the claim otherwise.
	ClaimedAt time.Time `json:"claimedAt,omitzero"`
	// TakenAt is the first delivery; HeldSince the start of the present hold.
	TakenAt    time.Time      `json:"takenAt,omitzero"`
	HeldSince  time.Time      `json:"heldSince,omitzero"`
	HeldMS     int64          `json:"heldMs,omitempty"`
	ProviderMS int64          `json:"providerMs,omitempty"`
	Result     *schema.Result `json:"result,omitempty"`
	// Told: the broker has confirmed the result of the message with sequence Seq.
	Told bool   `json:"told,omitempty"`
	Seq  uint64 `json:"seq,omitempty"`
}

// encode writes an entry as encoding/json would, in a tenth of the time: each job
// writes two.
//
// document is the entry's result if it was encoded already.
func (e *entry) encode(buf, document []byte) ([]byte, error) {
	w := plain.Write(buf)
	w.Text("state", e.State)
	w.String("nonce", e.Nonce)
	w.String("worker", e.Worker)
	w.Some("attempts", int64(e.Attempts))
	w.Flag("resigned", e.Resigned)
	w.Flag("everUnknown", e.EverUnknown)
	w.Some("asked", int64(e.Asked))
	w.String("reason", e.Reason)
	w.String("status", e.Status)
	someTime(&w, "claimedAt", e.ClaimedAt)
	someTime(&w, "takenAt", e.TakenAt)
	someTime(&w, "heldSince", e.HeldSince)
	w.Some("heldMs", e.HeldMS)
	w.Some("providerMs", e.ProviderMS)
	if document != nil {
		w.Raw("result", document)
	} else if e.Result != nil {
		result, err := e.Result.Encode()
		if err != nil {
			return nil, err
		}
		w.Raw("result", result)
	}
	w.Flag("told", e.Told)
	if e.Seq > 0 {
		w.Int("seq", int64(e.Seq))
	}
	return w.End(), nil
}

func someTime(w *plain.Writer, name string, t time.Time) {
	if !t.IsZero() {
		w.Time(name, t)
	}
}

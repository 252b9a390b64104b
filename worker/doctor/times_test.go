package doctor_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/doctor"
)

func TestTimes(t *testing.T) {
	for name, tc := range map[string]struct {
		change      func(*doctor.Patient)
		check       string
		want        doctor.State
		wantsDetail string
	}{
		"defaults": {
			check: "ack wait", want: doctor.OK,
			wantsDetail: "30s covers 13s: call 8s + wait in the slot 2s + 3s",
		},
		"just enough": {
			change: func(p *doctor.Patient) { p.Queue.AckWait = 13 * time.Second },
			check:  "ack wait", want: doctor.OK,
			wantsDetail: "13s covers 13s: call 8s + wait in the slot 2s + 3s",
		},
		"ack wait too short": {
			change: func(p *doctor.Patient) { p.Queue.AckWait = 11 * time.Second },
			check:  "ack wait", want: doctor.Fail,
			wantsDetail: "11s does not cover 13s (call 8s + wait in the slot 2s + 3s): the broker gives a job to a second worker in the middle of its call",
		},
		"ack wait longer than results are known": {
			change: func(p *doctor.Patient) { p.Queue.AckWait = 10 * time.Minute },
			check:  "duplicates window", want: doctor.Warn,
			wantsDetail: "10m0s does not cover 10m30s (ack wait 10m0s + settling 30s): a job that comes back may have its result stored twice",
		},
		"results known": {
			check: "duplicates window", want: doctor.OK,
			wantsDetail: "10m0s covers 1m0s: ack wait 30s + settling 30s",
		},
		"no time to ask": {
			change: func(p *doctor.Patient) { p.Worker.CallTimeout, p.Worker.Grace = time.Minute, 2*time.Minute },
			check:  "time to ask", want: doctor.Warn,
			wantsDetail: "5m0s does not cover 5m2s (call 1m0s + grace 2m0s + 2s + question + second call): a job of the default life expires before a lost answer is made good",
		},
		"time to ask": {
			check: "time to ask", want: doctor.OK,
			wantsDetail: "5m0s covers 36s: call 8s + grace 10s + 2s + question + second call",
		},
		"ledger": {
			check: "ledger life", want: doctor.OK,
			wantsDetail: "2h0m0s covers 1h11m18s: longest life of a job 1h0m0s + call 8s + grace 10s + 11m0s",
		},
		"ledger too short": { // further than Validate lets it go
			change: func(p *doctor.Patient) { p.Worker.Grace = time.Hour },
			check:  "ledger life", want: doctor.Fail,
			wantsDetail: "2h0m0s does not cover 2h11m8s (longest life of a job 1h0m0s + call 8s + grace 1h0m0s + 11m0s): a claim is forgotten while its job lives",
		},
		"drain": {
			change: func(p *doctor.Patient) { p.Worker.DrainTimeout = 50 * time.Second },
			check:  "drain", want: doctor.OK,
			wantsDetail: "a stop may take 1m0s: a pod needs terminationGracePeriodSeconds of at least 60",
		},
	} {
		p := patient()
		if tc.change != nil {
			tc.change(&p)
		}
		got := named(doctor.Examine(t.Context(), p), doctor.AreaConfig, tc.check)
		if len(got) != 1 || got[0].State != tc.want || got[0].Detail != tc.wantsDetail || (got[0].Mend == "") != (tc.want == doctor.OK) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Without the ledger there is no entry that could be forgotten.
func TestTimesWithoutLedger(t *testing.T) {
	p := patient()
	p.Worker.Ledger = worker.Off
	if got := named(doctor.Examine(t.Context(), p), doctor.AreaConfig, "ledger life"); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
}

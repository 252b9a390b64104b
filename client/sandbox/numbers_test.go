package sandbox_test

import (
	"strings"
	"testing"

	"github.com/otpworker/otpworker/client/sandbox"
)

// wanted says for each row what the client makes of it and whether a message
// went out.
var wanted = map[string]struct {
	outcome string
	sent    int
}{
	"00": {"accepted", 1},
	"01": {"refused 200 -1", 0},
	"02": {"refused 200 -2", 0},
	"10": {"refused 200 -10", 0},
	"16": {"refused 200 -16", 0},
	"18": {"refused 200 -18", 0},
	"20": {"refused 200 -20", 0},
	"21": {"refused 200 -21", 0},
	"22": {"refused 200 -22", 0},
	"23": {"refused 200 -23", 0},
	"24": {"refused 200 -24", 0},
	"25": {"refused 200 -25", 0},
	"26": {"refused 200 -26", 0},
	"27": {"refused 200 -27", 0},
	"28": {"refused 200 -28", 0},
	"29": {"refused 200 -29", 0},
	"40": {"refused 400", 0},
	"41": {"refused 401", 0},
	"42": {"throttled 429 1s", 0},
	"50": {"unknown 500", 0},
	"53": {"throttled 503 1s", 0},
	"60": {"unknown 0", 0},
	"61": {"unknown 0", 0},
	"62": {"unknown 0", 1},
	"63": {"unknown 200", 1},
	"64": {"unknown 200", 1},
	"65": {"unknown 307", 0},
	"66": {"unknown 200", 0},
	"70": {"unknown 0", 1},
	"75": {"unknown 500", 1},
	"78": {"refused 200 -18", 1},
	"80": {"refused 200 -20", 1},
	"86": {"refused 200 -26", 1},
	"90": {"accepted", 1},
	"91": {"accepted", 1},
	"99": {"refused 200 -99", 0},
}

func TestNumbers(t *testing.T) {
	if len(sandbox.Numbers()) != len(wanted) {
		t.Errorf("%d rows, %d of them tested", len(sandbox.Numbers()), len(wanted))
	}
	for _, n := range sandbox.Numbers() {
		t.Run(n.NN, func(t *testing.T) {
			want, ok := wanted[n.NN]
			if !ok || n.Description == "" {
				t.Fatal("the row is not tested or not described")
			}
			inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
				for range 3 {
					if got := b.send("always", n.Example(0)); got != want.outcome {
						t.Errorf("always: got %q, want %q", got, want.outcome)
					}
				}
				if got := b.send("once", n.Example(1)); got != want.outcome {
					t.Errorf("once: got %q, want %q", got, want.outcome)
				}
				if sent := len(b.Sends("once")); sent != want.sent {
					t.Errorf("%d messages went out, want %d", sent, want.sent)
				}
				if found := b.record(t, "once").Found; found != (want.sent > 0) {
					t.Errorf("the record is found: %v", found)
				}
				if got := b.send("once", n.Example(1)); got != "accepted" {
					t.Errorf("once, second call: got %q", got)
				}
				if got := b.send("other", n.Example(1)); got != want.outcome {
					t.Errorf("another orderId: got %q, want %q", got, want.outcome)
				}
			})
		})
	}
}

func TestOtherNumbersAreAccepted(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		for _, to := range []string{"8613800138000", "15557700001", "155510100011", "1555101000", "16551010001"} {
			if got := b.send(to, to); got != "accepted" {
				t.Errorf("%s: %s", to, got)
			}
		}
	})
}

func TestNumberHoldsForKCallsWithoutAnOrderID(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		for i, want := range []string{"refused 200 -10", "refused 200 -10", "accepted"} {
			if got := b.send("", "15551020001"); got != want {
				t.Errorf("call %d: %s, want %s", i+1, got, want)
			}
		}
	})
}

func TestWriteNumbers(t *testing.T) {
	var text strings.Builder
	if err := sandbox.WriteNumbers(&text); err != nil {
		t.Fatal(err)
	}
	for _, n := range sandbox.Numbers() {
		if !strings.Contains(text.String(), n.Example(0)) || !strings.Contains(text.String(), n.Description) {
			t.Errorf("row %s is not in the table", n.NN)
		}
	}
}

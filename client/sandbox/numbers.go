package sandbox

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

const (
	numberPrefix = "1555"
	numberLen    = 11
)

// Number is a row of the test numbers. A number is 1555 NN K and four free
// digits: NN says what happens, K for how many calls of an orderId (0: always),
// after which the send is accepted. 15551010001 answers -10 once.
type Number struct {
	// NN is the row's two digits.
	NN string

	// Fault is what a send to it runs into.
	Fault Fault

	// Description says it for people.
	Description string
}

// Example returns a number of this row for the first calls of an orderId, 0 to
// 9; 0 means all of them.
func (n Number) Example(calls int) string {
	return fmt.Sprintf("%s%s%d0001", numberPrefix, n.NN, calls)
}

var numbers = []Number{
	{"00", Fault{}, "accepted"},
	{"01", Fault{Status: "-1"}, "status -1, authentication error"},
	{"02", Fault{Status: "-2"}, "status -2, restricted IP"},
	{"10", Fault{Status: "-10"}, "status -10, insufficient balance"},
	{"16", Fault{Status: "-16"}, "status -16, timestamp expired"},
	{"18", Fault{Status: "-18"}, "status -18, system error; nothing sent"},
	{"20", Fault{Status: "-20"}, "status -20, data exists; nothing sent"},
	{"21", Fault{Status: "-21"}, "status -21, data validation"},
	{"22", Fault{Status: "-22"}, "status -22, parameter"},
	{"23", Fault{Status: "-23"}, "status -23, cap reached"},
	{"24", Fault{Status: "-24"}, "status -24, data does not exist"},
	{"25", Fault{Status: "-25"}, "status -25, out of time range"},
	{"26", Fault{Status: "-26"}, "status -26, rate lookup failed; nothing sent"},
	{"27", Fault{Status: "-27"}, "status -27, total limit of the period"},
	{"28", Fault{Status: "-28"}, "status -28, limit of the phone"},
	{"29", Fault{Status: "-29"}, "status -29, sensitive words"},
	{"40", Fault{HTTP: 400}, "HTTP 400 without an envelope"},
	{"41", Fault{HTTP: 401}, "HTTP 401 without an envelope"},
	{"42", Fault{Throttle: 1}, "HTTP 429, Retry-After 1"},
	{"50", Fault{HTTP: 500}, "HTTP 500; nothing sent"},
	{"53", Fault{HTTP: 503, Throttle: 1}, "HTTP 503, Retry-After 1"},
	{"60", Fault{Hang: true}, "no answer; nothing sent"},
	{"61", Fault{Drop: DropBefore}, "connection closed; nothing sent"},
	{"62", Fault{Drop: DropAfter}, "accepted, then connection closed"},
	{"63", Fault{Garbage: true, Accept: true}, "accepted, answered with garbage"},
	{"64", Fault{CutBody: true, Accept: true}, "accepted, answer cut in the middle"},
	{"65", Fault{Redirect: true}, "HTTP 307; nothing sent"},
	{"66", Fault{HTML: true}, "an HTML page; nothing sent"},
	{"70", Fault{Hang: true, Accept: true}, "accepted, then no answer"},
	{"75", Fault{HTTP: 500, Accept: true}, "accepted, answered with HTTP 500"},
	{"78", Fault{Status: "-18", Accept: true}, "accepted, answered with status -18"},
	{"80", Fault{Status: "-20", Accept: true}, "accepted, answered with status -20"},
	{"86", Fault{Status: "-26", Accept: true}, "accepted, answered with status -26"},
	{"90", Fault{Undelivered: UndeliveredAll}, "accepted, delivery fails"},
	{"91", Fault{Undelivered: channelSMS}, "accepted, delivery fails as sms, not as call"},
	{"99", Fault{Status: "-99"}, "status -99, which no page lists; nothing sent"},
}

// Numbers returns the test numbers. Any other valid number is accepted.
func Numbers() []Number { return append([]Number(nil), numbers...) }

var numberByNN = func() map[string]*Number {
	m := make(map[string]*Number, len(numbers))
	for i := range numbers {
		m[numbers[i].NN] = &numbers[i]
	}
	return m
}()

// lookUp returns the row of a phone number, nil if it has none, and for how
// many calls it holds.
func lookUp(to string) (*Number, int) {
	if len(to) != numberLen || !strings.HasPrefix(to, numberPrefix) {
		return nil, 0
	}
	return numberByNN[to[4:6]], int(to[6] - '0')
}

// WriteNumbers prints the table.
func WriteNumbers(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var text strings.Builder
	text.WriteString("1555 NN K xxxx: NN is what happens, K for how many calls of an orderId (0: always).\n" +
		"Any other valid number is accepted.\n\nNN\talways\tonce\twhat happens\n")
	for _, n := range numbers {
		fmt.Fprintf(&text, "%s\t%s\t%s\t%s\n", n.NN, n.Example(0), n.Example(1), n.Description)
	}
	if _, err := io.WriteString(table, text.String()); err != nil {
		return fmt.Errorf("write numbers: %w", err)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write numbers: %w", err)
	}
	return nil
}

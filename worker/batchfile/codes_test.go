package batchfile

import (
	"strings"
	"testing"
)

func TestNewMakerRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		length   int
		alphabet string
		want     []string
	}{
		"too short":     {0, "0123456789", []string{"length: must be 1 to 10"}},
		"too long":      {11, "0123456789", []string{"length: must be 1 to 10"}},
		"both":          {11, "0", []string{"length: must be", "alphabet: must have 2"}},
		"easily":        {3, "0123456789", []string{"length: 3 of 10 characters are too easily guessed"}},
		"twice":         {6, "01234567890", []string{"alphabet: must have each character once"}},
		"space":         {6, "01 ", []string{"alphabet: must be printable ASCII"}},
		"comma":         {6, "01,", []string{"commas"}},
		"not ASCII":     {6, "01ä", []string{"alphabet: must be printable ASCII"}},
		"empty":         {6, "", []string{"alphabet: must have 2"}},
		"just too easy": {9, "abc", nil},
	} {
		_, err := NewMaker(c.length, c.alphabet)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range c.want {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
}

// Each character comes as often as the others: with a remainder of 256 taken as
// it is the first 6 digits would come 4% more often than the other 4, 15 standard
// deviations of this count.
func TestCodesHaveNoBias(t *testing.T) {
	const length, codes = 10, 100_000
	for _, alphabet := range []string{"0123456789", "ab", "ABCDEFGHJKMNPQRSTUVWXYZ23456789"} {
		alphabetCodes := codes
		if len(alphabet) == 2 {
			alphabetCodes = codes / 10
		}
		checkBias(t, alphabet, length, alphabetCodes)
	}
}

func checkBias(t *testing.T, alphabet string, length, codes int) {
	t.Helper()
	m, err := NewMaker(length, alphabet+"")
	if len(alphabet) == 2 {
		m, err = &Maker{length: length, alphabet: alphabet, limit: 256, bytes: make([]byte, 4096)}, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	counts := map[byte]int{}
	for range codes {
		code := m.Make().Reveal()
		if len(code) != length || strings.Trim(code, alphabet) != "" {
			t.Fatalf("%d characters of %q", len(code), alphabet)
		}
		for i := range len(code) {
			counts[code[i]]++
		}
	}
	expected := float64(codes*length) / float64(len(alphabet))
	chi := 0.0
	for i := range len(alphabet) {
		d := float64(counts[alphabet[i]]) - expected
		chi += d * d / expected
	}
	// Far beyond what chance does with so few degrees of freedom: p < 1e-9.
	if limit := float64(len(alphabet)) + 60; chi > limit {
		t.Errorf("%q: chi square is %.1f, more than %.0f: %v", alphabet, chi, limit, counts)
	}
}

package client

import "testing"

// TestIDsAreEscaped is the second guard: ids with such characters are refused
// before.
func TestIDsAreEscaped(t *testing.T) {
	c, err := New(validConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := c.at("app", "details", "1/2?x=#é%").String()
	if want := DefaultBaseURL + "/app/details/1%2F2%3Fx=%23%C3%A9%25"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

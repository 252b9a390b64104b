package client

import (
	"testing"

	"github.com/otpworker/otpworker/schema/redact"
)

func TestSignVector(t *testing.T) {
	got := Sign(redact.NewSecret("bDqJFiq9"), redact.NewSecret("7bz1lzh9"), "1630468800")
	if want := "05d7a50893e22a5c4bb3216ae3396c7c"; got != want {
		t.Fatalf("signature is %s, want the provider's own example %s", got, want)
	}
}

func BenchmarkSign(b *testing.B) {
	key, secret := redact.NewSecret("bDqJFiq9"), redact.NewSecret("7bz1lzh9")
	b.ReportAllocs()
	for b.Loop() {
		Sign(key, secret, "1630468800")
	}
}

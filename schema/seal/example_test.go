package seal_test

import (
	"fmt"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
)

// An app seals with the public key, a worker opens with the seed.
func ExampleSeal() {
	seed, public, err := seal.NewSeed()
	if err != nil {
		fmt.Println(err)
		return
	}
	job, err := seal.Seal(public, schema.Job{
		ID: "login-7f3a", AppID: "demo-app", Code: redact.NewCode("739154"), To: redact.NewPhone("8613800138000"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(job.Code.IsZero(), job.To.IsZero(), len(job.Sealed))

	keys, err := seal.ParseKeys(seed)
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := keys.Open(job)
	fmt.Println(opened.Code.Reveal(), opened.To.Reveal(), err)
	// Output:
	// true true 514
	// 739154 8613800138000 <nil>
}

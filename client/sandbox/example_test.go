package sandbox_test

import (
	"fmt"

	"github.com/otpworker/otpworker/client/sandbox"
)

// A test number says by itself what will happen to it.
func ExampleNumbers() {
	for _, n := range sandbox.Numbers()[3:5] {
		fmt.Println(n.Example(1), n.Description)
	}
	// Output:
	// 15551010001 status -10, insufficient balance
	// 15551610001 status -16, timestamp expired
}

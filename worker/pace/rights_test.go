package pace_test

import (
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/otpworker/otpworker/worker/pace"
)

// rights are the least that a worker needs to keep the rate; it also subscribes
// to its inbox.
var rights = []string{
	"$JS.API.STREAM.INFO.KV_otp_rate",
	"$JS.API.DIRECT.GET.KV_otp_rate.$KV.otp_rate.>",
	"$KV.otp_rate.>",
}

// A worker with these rights keeps the rate, and one that lacks the last two or
// one of them sends nothing.
func TestRights(t *testing.T) {
	const rate, length = 100, 25 * time.Second
	for i, lacking := range []string{"", rights[1], rights[2]} {
		name := lacking
		if i == 0 {
			name = "all"
		}
		t.Run(name, func(t *testing.T) {
			may := slices.DeleteFunc(slices.Clone(rights), func(s string) bool { return s == lacking })
			users := []*server.User{
				{Username: "operator", Password: "o"},
				{Username: "worker", Password: "w", Permissions: &server.Permissions{
					Publish:   &server.SubjectPermission{Allow: may},
					Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
				}},
			}
			inBubble(t, pace.Config{Account: rate}, users, func(f *fleet) {
				for _, w := range f.add(2) {
					w.want(load{app: "app1", most: 64})
				}
				time.Sleep(length)
				f.stop()
				if lacking == "" {
					f.keeps("", rate, 5*time.Second, length)
				} else if len(f.takes) > 0 {
					f.t.Errorf("%d takes", len(f.takes))
				}
			})
		})
	}
}

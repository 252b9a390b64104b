package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client/sandbox"
)

func TestFlowOnTheWire(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	const (
		added   = `{"flowId":2001,"name":"calls","flow":[{"waitingTime":30,"status":1,"channel":"call","channelCut":1},{"waitingTime":120,"status":2,"channel":"sms","channelCut":0}]}`
		second  = `{"flowId":2002,"name":"other","flow":[{"waitingTime":60,"status":2,"channel":"call","channelCut":0}]}`
		updated = `{"flowId":2001,"name":"calls","flow":[{"waitingTime":60,"status":2,"channel":"call","channelCut":0}]}`
		unknown = `{"flowId":9,"name":"flow 9","flow":[]}`
	)
	for _, tc := range []struct{ method, path, body, want string }{
		{get, "list", ``, `[]`},
		{post, "add", `{"name":"calls","flow":[{"waitingTime":30,"status":1,"channel":"call","channelCut":1},{"waitingTime":120,"status":2,"channel":"sms"}]}`, added},
		{get, "details/2001", ``, added},
		{post, "add", `{"name":"other","flow":[{"waitingTime":60,"status":2,"channel":"call","channelCut":null}]}`, second},
		{put, "update/2001", `{"name":"calls","flow":[{"waitingTime":60,"status":2,"channel":"call"}]}`, updated},
		{get, "list", ``, `[` + updated + `,` + second + `]`},
		{get, "details/9", ``, unknown},
	} {
		want := `{"status":"0","reason":"success","data":` + tc.want + `}`
		if diff := cmp.Diff(want, text(t, h, tc.method, "/otp/flow/"+tc.path, tc.body)); diff != "" {
			t.Errorf("%s %s: %s", tc.method, tc.path, diff)
		}
	}
}

func TestFlowFields(t *testing.T) {
	node := func(fields string) string { return `{"name":"calls","flow":[{` + fields + `}]}` }
	many := func(n int) string {
		return `{"name":"calls","flow":[` + strings.Repeat(`{"waitingTime":30,"status":1,"channel":"sms"},`, n-1) + `{"waitingTime":30,"status":1,"channel":"sms"}]}`
	}
	for _, tc := range []struct{ name, body, want string }{
		{"shortest wait", node(`"waitingTime":30,"status":1,"channel":"sms"`), "0"},
		{"longest wait", node(`"waitingTime":120,"status":2,"channel":"call","channelCut":1`), "0"},
		{"most nodes", many(120), "0"},
		{"one node more", many(121), "-22"},
		{"no nodes", `{"name":"calls","flow":[]}`, "-22"},
		{"flow missing", `{"name":"calls"}`, "-22"},
		{"flow an object", `{"name":"calls","flow":{}}`, "-22"},
		{"name missing", `{"flow":[{"waitingTime":30,"status":1,"channel":"sms"}]}`, "-22"},
		{"name short", `{"name":"abc","flow":[{"waitingTime":30,"status":1,"channel":"sms"}]}`, "-22"},
		{"wait 29", node(`"waitingTime":29,"status":1,"channel":"sms"`), "-22"},
		{"wait 121", node(`"waitingTime":121,"status":1,"channel":"sms"`), "-22"},
		{"wait a text", node(`"waitingTime":"30","status":1,"channel":"sms"`), "-22"},
		{"trigger missing", node(`"waitingTime":30,"channel":"sms"`), "-22"},
		{"trigger 3", node(`"waitingTime":30,"status":3,"channel":"sms"`), "-22"},
		{"channel missing", node(`"waitingTime":30,"status":1`), "-22"},
		{"channel sna", node(`"waitingTime":30,"status":1,"channel":"sna"`), "-22"},
		{"channelCut 2", node(`"waitingTime":30,"status":1,"channel":"sms","channelCut":2`), "-22"},
		{"the second node", strings.Replace(many(2), "30", "130", 2), "-22"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for method, path := range map[string]string{post: "add", put: "update/7"} {
				h := sandbox.New(sandbox.Config{}).Handler()
				if got := status(t, h, method, "/otp/flow/"+path, tc.body); got != tc.want {
					t.Errorf("%s: status %s, want %s", path, got, tc.want)
				}
			}
		})
	}
}

package account

import (
	"fmt"

	"github.com/otpworker/otpworker/client"
)

// fit finds what is wrong with a file's app once the account's settings are
// below it.
func (a App) fit(f *faults, at string, merged client.App) {
	a.PeriodTotalSendLimit.fit(f, at+".periodTotalSendLimit", merged.PeriodTotalSendLimit)
	a.PeriodPhoneSendLimit.fit(f, at+".periodPhoneSendLimit", merged.PeriodPhoneSendLimit)
}

func (l *Limit) fit(f *faults, at string, merged *client.Limit) {
	if l == nil {
		return
	}
	if !merged.Enabled {
		if l.Enabled == nil {
			f.add(at+".enabled", "is false in the account: say true to switch the limit on, or false to leave it off")
		}
		return
	}
	const missing = "is required to switch the limit on"
	if merged.Unit == 0 {
		f.add(at+".unit", missing)
	}
	if merged.Period == 0 {
		f.add(at+".period", missing)
	}
	if merged.Limit == 0 {
		f.add(at+".limit", missing)
	}
}

// fit also knows what a new template needs.
func (t Template) fit(f *faults, at string, merged client.Template) {
	if merged.TemplateID != "" {
		if t.AppID != "" && merged.AppID != "" && t.AppID != merged.AppID {
			f.add(at+".appId", fmt.Sprintf("is %s in the account and cannot be changed: make a template of another name", merged.AppID))
		}
		return
	}
	if t.AppID == "" {
		f.add(at+".appId", "is required to make a template")
	}
	if t.Text == nil {
		f.add(at+".text", "is required to make a template")
	}
}

func (w Flow) fit(f *faults, at string, merged client.Flow) {
	if merged.FlowID == "" && w.Flow == nil {
		f.add(at+".flow", "is required to make a flow")
	}
}

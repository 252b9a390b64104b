package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/otpworker/otpworker/client"
)

// Export reads an account into a file that has no difference from it: all
// templates, all flows, and, since apps cannot be listed, those that are named
// or have a template. leftOut is what the account has outside the documented
// ranges: Decode would not read it.
func Export(ctx context.Context, c *client.Client, appIDs []string) (file File, leftOut []client.Fault, err error) {
	if file, err = readAccount(ctx, c, appIDs); err != nil {
		return File{}, nil, err
	}
	leftOut = file.leaveOut()
	return file, leftOut, nil
}

func readAccount(ctx context.Context, c *client.Client, appIDs []string) (File, error) {
	file := File{Version: Version}
	listed, err := c.ListTemplates(ctx)
	if err != nil {
		return File{}, fmt.Errorf("list templates: %w", err)
	}
	for _, t := range listed {
		file.Templates = append(file.Templates, exportTemplate(t))
		appIDs = append(slices.Clip(appIDs), t.AppID)
	}
	for i, id := range appIDs {
		if id == "" || slices.Contains(appIDs[:i], id) {
			continue
		}
		a, err := c.AppDetails(ctx, id)
		if err != nil {
			return File{}, fmt.Errorf("read app %s: %w", id, err)
		}
		file.Apps = append(file.Apps, exportApp(a))
	}
	flows, err := c.ListFlows(ctx)
	if err != nil {
		return File{}, fmt.Errorf("list flows: %w", err)
	}
	for _, w := range flows {
		file.Flows = append(file.Flows, Flow{FlowID: w.FlowID, Name: given(w.Name), Flow: w.Flow})
	}
	return file, nil
}

func exportApp(a client.App) App {
	return App{
		AppID: a.AppID, Name: given(a.Name), CodeExpiry: given(a.CodeExpiry),
		PeriodTotalSendLimit: exportLimit(a.PeriodTotalSendLimit),
		PeriodPhoneSendLimit: exportLimit(a.PeriodPhoneSendLimit),
	}
}

// exportLimit leaves out what a limit that is switched off still holds.
func exportLimit(l *client.Limit) *Limit {
	switch {
	case l == nil:
		return nil
	case !l.Enabled:
		return &Limit{Enabled: &l.Enabled}
	}
	return &Limit{Enabled: &l.Enabled, Unit: given(l.Unit), Period: given(l.Period), Limit: given(l.Limit)}
}

func exportTemplate(t client.Template) Template {
	return Template{
		TemplateID: t.TemplateID, AppID: t.AppID, Name: given(t.Name), Text: given(t.Text),
		CodeType: given(t.CodeType), CodeLength: given(t.CodeLength), SpeechRate: t.SpeechRate,
		Language: given(t.Language), MaxDuration: given(t.MaxDuration), RepeatCnt: given(t.RepeatCnt),
		SenderID: given(t.SenderID),
	}
}

// given is nil for what the account does not say.
func given[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

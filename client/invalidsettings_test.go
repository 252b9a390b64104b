package client_test

import (
	"context"
	"strings"

	"github.com/otpworker/otpworker/client"
)

func invalidSettings() []invalidRequest {
	const wantName, wantText = "name: has 3 characters, must have 4 to 32", "text: must contain ##code##"
	return []invalidRequest{
		{
			"app add", "app/add",
			[]string{
				wantName, "codeExpiry: 61 is outside 1 to 60", "periodTotalSendLimit.unit: 5 is outside 1 to 4",
				"periodTotalSendLimit.period: 91 is outside 1 to 90", "periodTotalSendLimit.limit: 0 is outside 1 to 10000000000",
				"periodPhoneSendLimit.limit: 10000000001 is outside 1 to 10000000000",
			},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.AddApp(ctx, client.AppSettings{
					Name: word(3), CodeExpiry: 61,
					PeriodTotalSendLimit: &client.Limit{Enabled: true, Unit: 5, Period: 91},
					PeriodPhoneSendLimit: &client.Limit{Limit: 10_000_000_001},
				})
				return err
			},
		},
		{
			"app update", "app/update",
			[]string{"appId: must have 4 to 32 characters of A-Z a-z 0-9 _ -", "name: has 33 characters, must have 4 to 32", "codeExpiry: -1 is outside 1 to 60"},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.UpdateApp(ctx, "é", client.AppSettings{Name: word(33), CodeExpiry: -1})
				return err
			},
		},
		{
			"app details", "app/details", []string{"appId: must have 4 to 32 characters of A-Z a-z 0-9 _ -"},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.AppDetails(ctx, strings.Repeat("a", 33))
				return err
			},
		},
		{
			"template add", "template/add",
			[]string{
				wantAppID, wantName, "text: has 257 characters, must have 1 to 256", wantText,
				"codeType: 5 is outside 1 to 4", "codeLength: 3 is outside 4 to 10", "speechRate: 101 is outside 0 to 100",
				"language: must be one of CN, EN, VN, JP, ARB, DE, IN, IT, KR, RU, ES, PT, IDN, BD",
				"maxDuration: 600 is outside 5 to 599", "repeatCnt: 11 is outside 1 to 10",
			},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.AddTemplate(ctx, word(3), client.TemplateSettings{
					Name: word(3), Text: word(257), CodeType: 5, CodeLength: 3, SpeechRate: new(101),
					Language: "8613800138000", MaxDuration: 600, RepeatCnt: 11,
				})
				return err
			},
		},
		{
			"template update", "template/update",
			[]string{
				"templateId: " + wantID, "name: has 0 characters, must have 4 to 32", "text: has 0 characters, must have 1 to 256", wantText,
				"codeType: -1 is outside 1 to 4", "codeLength: 11 is outside 4 to 10", "speechRate: -1 is outside 0 to 100",
				"maxDuration: 4 is outside 5 to 599", "repeatCnt: -1 is outside 1 to 10",
			},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.UpdateTemplate(ctx, "..", client.TemplateSettings{
					CodeType: -1, CodeLength: 11, SpeechRate: new(-1), MaxDuration: 4, RepeatCnt: -1,
				})
				return err
			},
		},
		{
			"template details", "template/details", []string{"templateId: " + wantID},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.TemplateDetails(ctx, "")
				return err
			},
		},
		{
			"flow add", "flow/add",
			[]string{
				wantName, "flow[0].waitingTime: 29 is outside 30 to 120", "flow[0].status: 0 is outside 1 to 2", "flow[0].channel: must be sms or call",
				"flow[2].waitingTime: 121 is outside 30 to 120", "flow[2].status: 3 is outside 1 to 2", "flow[2].channel: must be sms or call",
			},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.AddFlow(ctx, client.FlowSettings{Name: word(3), Flow: []client.FlowNode{
					{WaitingTime: 29},
					{WaitingTime: 30, Trigger: client.TriggerFailed, Channel: client.ChannelSMS},
					{WaitingTime: 121, Trigger: 3, Channel: client.ChannelSNA},
				}})
				return err
			},
		},
		{
			"flow update", "flow/update", []string{"flowId: " + wantID, "flow: has 0 nodes, must have 1 to 120"},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.UpdateFlow(ctx, "1/2", client.FlowSettings{Name: word(4)})
				return err
			},
		},
		{
			"flow, endless", "flow/add", []string{"flow: has 121 nodes, must have 1 to 120"},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.AddFlow(ctx, client.FlowSettings{Name: word(32), Flow: make([]client.FlowNode, 121)})
				return err
			},
		},
		{
			"flow details", "flow/details", []string{"flowId: " + wantID},
			func(ctx context.Context, c *client.Client) error {
				_, err := c.FlowDetails(ctx, "1 2")
				return err
			},
		},
	}
}

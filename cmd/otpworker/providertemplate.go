package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

func providerTemplateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "template",
		Short: "Templates: what a message says",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		providerGetCommand("Show a template", (*client.Client).TemplateDetails, func(t client.Template) []string {
			return page("templateId", t.TemplateID, account.TemplateFields(t))
		}),
		providerListCommand("List all templates", (*client.Client).ListTemplates,
			[]string{"TEMPLATE", "APP", "NAME", "CODE", "LANGUAGE", "TEXT"}, templateRow),
		providerCreateCommand(account.KindTemplate, &templateFlags{create: true}, "app", "name", "text"),
		providerUpdateCommand(account.KindTemplate, &templateFlags{}),
	)
	return cmd
}

func templateRow(t client.Template) []string {
	code := ""
	if t.CodeType != 0 || t.CodeLength != 0 {
		code = strconv.Itoa(t.CodeLength) + " " + t.CodeType.String()
	}
	return []string{t.TemplateID, t.AppID, t.Name, code, string(t.Language), t.Text}
}

type templateFlags struct {
	create bool // only a new template can be given an app

	app, name, text, codeType, language, senderID string
	codeLength, speechRate, repeatCnt             int
	maxDuration                                   time.Duration
}

func (o *templateFlags) add(f *pflag.FlagSet) {
	if o.create {
		f.StringVar(&o.app, "app", "", "app id that it is for")
	}
	f.StringVar(&o.name, "name", "", "name, 4 to 32 characters")
	f.StringVar(&o.text, "text", "", "text, 1 to 256 characters with ##code## among them")
	f.StringVar(&o.codeType, "code-type", "", "numeric, alpha, alphanumeric or hex")
	f.IntVar(&o.codeLength, "code-length", 0, "length of a code, 4 to 10")
	f.IntVar(&o.speechRate, "speech-rate", 0, "how fast a call is spoken, 0 to 100")
	f.StringVar(&o.language, "language", "", "language of a call, such as EN")
	f.DurationVar(&o.maxDuration, "max-duration", 0, "longest call, 5s to 599s in whole seconds")
	f.IntVar(&o.repeatCnt, "repeat-cnt", 0, "how often a call says its text, 1 to 10")
	f.StringVar(&o.senderID, "sender-id", "", `sender that a phone shows; "" for none`)
}

func (o *templateFlags) entry(f *pflag.FlagSet, id string) (account.File, error) {
	t := account.Template{
		TemplateID: id,
		AppID:      o.app,
		Name:       given(f, "name", o.name),
		Text:       given(f, "text", o.text),
		CodeLength: given(f, "code-length", o.codeLength),
		SpeechRate: given(f, "speech-rate", o.speechRate),
		Language:   given(f, "language", client.Language(o.language)),
		RepeatCnt:  given(f, "repeat-cnt", o.repeatCnt),
		SenderID:   given(f, "sender-id", o.senderID),
	}
	var codeType, duration error
	t.CodeType, codeType = givenCodeType(f, "code-type", o.codeType)
	t.MaxDuration, duration = wholeUnits(f, "max-duration", o.maxDuration, time.Second)
	return account.File{Version: account.Version, Templates: []account.Template{t}}, errors.Join(codeType, duration)
}

func givenCodeType(f *pflag.FlagSet, name, text string) (*client.CodeType, error) {
	if !f.Changed(name) {
		return nil, nil
	}
	for t := client.CodeNumeric; t <= client.CodeHex; t++ {
		if t.String() == text {
			return &t, nil
		}
	}
	return nil, fmt.Errorf("--%s: %s is not numeric, alpha, alphanumeric or hex", name, typed(text))
}

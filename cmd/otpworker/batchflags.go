package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/pace"
)

// batchFlags are the flags of batch send and batch retry-failed.
type batchFlags struct {
	file, id, output string
	job              schema.Job
	channel          string
	errors           string
	duplicates       bool
	dryRun, detach   bool
	codesOut         string
	codeLength       int
	codeAlphabet     string
	rate             float64
	ahead            int
	sealer           sealer

	// appLater says that the app is known only later: it is that of a batch.
	appLater             bool
	codesAsked, aheadSet bool
}

// common adds what both commands take.
func (o *batchFlags) common(cmd *cobra.Command, idHelp string) {
	f := cmd.Flags()
	f.StringVar(&o.file, "file", "", "the numbers, CSV or NDJSON, gzipped or not; - is standard input")
	f.StringVar(&o.id, "id", "", idHelp)
	f.Int64Var(&o.job.TemplateID, "template", 0, "the provider's template id")
	f.Int64Var(&o.job.FlowID, "flow", 0, "the provider's flow id")
	f.StringVar(&o.channel, "channel", "", "sms, call or sna (default sms)")
	f.IntVar(&o.job.TTLSeconds, "ttl", 0, "life of a code in seconds from its publishing, 1 to 3600 (default 300)")
	f.StringVar(&o.codesOut, "codes-out", "", "make the codes of rows without one, and write them to this file only")
	f.IntVar(&o.codeLength, "code-length", 6, "characters of a code that is made, 1 to 10")
	f.StringVar(&o.codeAlphabet, "code-alphabet", "0123456789", "characters of a code that is made")
	f.Float64Var(&o.rate, "rate", 0, "messages per second that the workers send (default OTPWORKER_RATE)")
	f.IntVar(&o.ahead, "ahead", 0, "rows that may wait in the queue, so that codes do not age there; 0: any number (default half of the codes' life at the rate; 50000 without a rate)")
	o.sealer.flag(cmd)
	f.BoolVar(&o.dryRun, "dry-run", false, "check the file, say what would be sent, and stop")
	f.BoolVar(&o.detach, "detach", false, "end when all is published, and not when all is sent")
	f.StringVarP(&o.output, "output", "o", "table", "table or json")
	_ = cmd.MarkFlagFilename("file")
	_ = cmd.MarkFlagFilename("codes-out")
}

// settle takes over what cobra knows of the flags, and checks them all.
func (o *batchFlags) settle(cmd *cobra.Command) error {
	flags := cmd.Flags()
	o.aheadSet = flags.Changed("ahead")
	o.codesAsked = flags.Changed("code-length") || flags.Changed("code-alphabet")
	o.job.Channel = schema.Channel(o.channel)
	if err := errors.Join(append(o.faults(), checkTTLFlag(cmd, o.job.TTLSeconds))...); err != nil {
		return fail(exitUsage, err)
	}
	if err := checkApart(cmd.InOrStdin(), pathFlag{"--file", o.file}, pathFlag{"--errors", o.errors}, pathFlag{"--codes-out", o.codesOut}); err != nil {
		return err
	}
	return o.sealer.open()
}

func (o *batchFlags) faults() (faults []error) {
	add := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	add(o.file == "", "--file: is missing: give the file of numbers, or - for standard input")
	if o.id != "" {
		add(schema.CheckBatchID(o.id) != nil, "--id: must be 1 to 48 characters of A-Z a-z 0-9 _ -")
	}
	known := map[string]string{"templateId": "--template", "flowId": "--flow", "channel": "--channel", "ttlSeconds": "--ttl"}
	if !o.appLater {
		known["appId"] = "--app"
	}
	wrong, _ := errors.AsType[schema.Faults](o.job.Validate())
	for _, fault := range wrong {
		add(known[fault.Field] != "", "%s: %s", known[fault.Field], fault.Problem)
	}
	add(!(o.rate >= 0 && o.rate <= pace.MaxRate), "--rate: must be 0 to %v, such as 100; 0: OTPWORKER_RATE", pace.MaxRate) // NaN is outside
	add(o.ahead < 0, "--ahead: must be 0 or more")
	add(o.codesAsked && o.codesOut == "", "--code-length and --code-alphabet are for codes that are made: give --codes-out")
	if o.codesOut != "" {
		if _, err := o.maker(); err != nil {
			faults = append(faults, err)
		}
	}
	add(o.output != "table" && o.output != "json", "--output: %q is not table or json", o.output)
	return faults
}

func (o *batchFlags) maker() (*batchfile.Maker, error) {
	m, err := batchfile.NewMaker(o.codeLength, o.codeAlphabet)
	if err != nil {
		return nil, fmt.Errorf("codes: %w", err)
	}
	return m, nil
}

// chosenRate is the one place where the rate's default is filled in.
func (o *batchFlags) chosenRate() float64 {
	if o.rate > 0 {
		return o.rate
	}
	s, _, _ := loadSettings(os.Environ()) // its faults are reported when it connects
	return s.Worker.RateOf(o.job.AppID)
}

func (o *batchFlags) chosenAhead(rate float64, f *batchfile.File) int {
	if o.aheadSet {
		return o.ahead
	}
	return batchfile.DefaultAhead(rate, f.Shortest())
}

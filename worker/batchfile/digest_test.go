package batchfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"

	"github.com/otpworker/otpworker/schema"
)

const oneRow = "to,code\n8613800138000,1\n"

func TestDigest(t *testing.T) {
	base, _ := checked(t, oneRow, plain())
	for name, c := range map[string]struct {
		text   string
		change func(*Options)
		want   string
	}{
		"the same":   {text: oneRow},
		"another":    {text: "to,code\n8613800138001,1\n", want: "the file"},
		"app":        {text: oneRow, change: func(o *Options) { o.Defaults.AppID = "other01" }, want: "one of --app, --template, --flow, --channel and --ttl"},
		"template":   {text: oneRow, change: func(o *Options) { o.Defaults.TemplateID = 7 }, want: "one of --app, --template, --flow, --channel and --ttl"},
		"flow":       {text: oneRow, change: func(o *Options) { o.Defaults.FlowID = 7 }, want: "one of --app, --template, --flow, --channel and --ttl"},
		"channel":    {text: oneRow, change: func(o *Options) { o.Defaults.Channel = "call" }, want: "one of --app, --template, --flow, --channel and --ttl"},
		"ttl":        {text: oneRow, change: func(o *Options) { o.Defaults.TTLSeconds = 60 }, want: "one of --app, --template, --flow, --channel and --ttl"},
		"codes":      {text: oneRow, change: func(o *Options) { o.MakeCodes = true }, want: "--codes-out (one of them makes codes)"},
		"duplicates": {text: oneRow, change: func(o *Options) { o.AllowDuplicates = true }, want: "--allow-duplicates"},
	} {
		o := plain()
		if c.change != nil {
			c.change(&o)
		}
		f, _ := checked(t, c.text, o)
		if got := base.Digest.Differs(f.Digest); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
		if same := base.Digest.SameText(f.Digest); same != (c.text == oneRow) {
			t.Errorf("%s: same text: %v", name, same)
		}
		if got := f.Digest.Options(); got.MakeCodes != o.MakeCodes || got.AllowDuplicates != o.AllowDuplicates {
			t.Errorf("%s: %+v", name, got)
		}
		if len(f.Digest) != digestLen || schema.CheckBatchID(f.Digest.DefaultID()) != nil {
			t.Errorf("%s: %s, %s", name, f.Digest, f.Digest.DefaultID())
		}
	}
	if Digest("nonsense").Differs(base.Digest) != "the file" || Digest("").IsRetry() {
		t.Error("a digest that is none")
	}
}

// Zipped or not, it is one input: also if it comes from a pipe.
func TestDigestOfGzip(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte(oneRow))
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	a, _ := checked(t, oneRow, plain())
	b, _ := checked(t, zipped.String(), plain())
	if a.Digest != b.Digest || len(jobs(t, b, "b1")) != 1 {
		t.Errorf("%s, %s", a.Digest, b.Digest)
	}
}

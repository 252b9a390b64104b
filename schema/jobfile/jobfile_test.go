package jobfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
	"github.com/otpworker/otpworker/schema/redact"
)

func read(text string, defaults schema.Job) (rows []jobfile.Row, bad []*jobfile.RowError, end error) {
	for row, err := range jobfile.Read(strings.NewReader(text), defaults) {
		var rowErr *jobfile.RowError
		switch {
		case errors.As(err, &rowErr):
			bad = append(bad, rowErr)
		case err != nil:
			end = err
		default:
			rows = append(rows, row)
		}
	}
	return rows, bad, end
}

func show(j schema.Job) string {
	return fmt.Sprintf("%s %s %d %s %s %s %v", j.ID, j.AppID, j.TemplateID, j.Code.Reveal(), j.To.Reveal(), j.Channel, j.Metadata)
}

func TestBothFormatsGiveTheSameJobs(t *testing.T) {
	defaults := schema.Job{AppID: "app1", TemplateID: 7, Channel: schema.ChannelCall}
	for name, text := range map[string]string{
		"csv":          "id,to,code,templateId,metadata.user\nj1,8613800138000,1234,9,u1\nj2, 8613800138001,5678,,\n",
		"csv with bom": "\ufeffid,to,code,templateId,metadata.user\r\nj1,8613800138000,1234,9,u1\r\n\r\nj2,8613800138001,5678,,\r\n",
		"ndjson": `{"id":"j1","to":"8613800138000","code":"1234","templateId":9,"metadata":{"user":"u1"}}

{"id":"j2","to":"8613800138001","code":"5678"}`,
	} {
		rows, bad, err := read(text, defaults)
		if err != nil || len(bad) > 0 || len(rows) != 2 {
			t.Errorf("%s: %d rows, %v, %v", name, len(rows), bad, err)
			continue
		}
		if got := show(rows[0].Job); got != "j1 app1 9 1234 8613800138000 call map[user:u1]" {
			t.Errorf("%s: %s", name, got)
		}
		if got := show(rows[1].Job); got != "j2 app1 7 5678 8613800138001 call map[]" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestBadRowsAreNamedAndSkipped(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"csv number":    {"id,to,code,ttlSeconds\nj1,8613800138000,1,x\nj2,8613800138000,1,5\n", "row 2: ttlSeconds must be a whole number"},
		"csv time":      {"id,to,code,expiresAt\nj1,8613800138000,1,tomorrow\nj2,8613800138000,1,2026-01-01T00:00:00Z\n", "row 2: expiresAt must be a time"},
		"csv columns":   {"id,to,code\nj1,8613800138000\nj2,8613800138000,1\n", "row 2: has 2 columns, the header 3"},
		"csv blank":     {"\ufeff\n \r\nid,to,code,ttlSeconds\n\nj1,8613800138000,1,x\nj2,8613800138000,1,5\n", "row 5: ttlSeconds must be"},
		"csv bare":      {"id,to,code\nj1,8613800138000,12\"3\nj2,8613800138000,1\n", "row 2: has a quote inside a cell: put"},
		"csv few blank": {"\n\nid,to,code\nj1\nj2,8613800138000,1\n", "row 4: has 1 columns"},
		"ndjson blank":  {"\n{\"id\":\"j2\",\"appId\":\"app1\",\"to\":\"8613800138000\",\"code\":\"1\"}\n{\"id\":\n", "row 3: is not a JSON object"},
		"ndjson long":   {"{\"id\":\"" + strings.Repeat("x", 1<<18) + "\"}\n{\"id\":\"j2\",\"appId\":\"app1\",\"to\":\"8613800138000\",\"code\":\"1\"}", "row 1: is longer than 65536 bytes"},
		"endless line":  {"{\"id\":\"j2\",\"appId\":\"app1\",\"to\":\"8613800138000\",\"code\":\"1\"}\n" + strings.Repeat("x", 1<<18), "row 2: is longer than 65536 bytes"},
		"csv ttl":       {"id,to,code,ttlSeconds\nj1,8613800138000,1,0\nj2,8613800138000,1,\n", "row 2: ttlSeconds must be 1 to 3600, or left out"},
		"ndjson ttl":    {`{"id":"j1","ttlSeconds":0}` + "\n" + `{"id":"j2","appId":"app1","to":"8613800138000","code":"1"}`, "row 1: ttlSeconds must be 1 to 3600, or left out"},
		"ndjson case":   {`{"id":"j1","templateID":7,"ttl_seconds":5}` + "\n" + `{"id":"j2","appId":"app1","to":"8613800138000","code":"1"}`, "row 1: templateID is not known: write templateId; ttl_seconds is not known: write ttlSeconds"},
		"ndjson name":   {`{"id":"j1","phone":7}` + "\n" + `{"id":"j2","appId":"app1","to":"8613800138000","code":"1"}`, "row 1: phone is not known: use appId, "},
		"ndjson number": {`{"id":"j1","8613800138000":7}` + "\n" + `{"id":"j2","appId":"app1","to":"8613800138000","code":"1"}`, "row 1: a field is not known: use appId, "},
		"ndjson type":   {"{\"id\":\"j1\",\"code\":1234}\n{\"id\":\"j2\",\"appId\":\"app1\",\"to\":\"8613800138000\",\"code\":\"1\"}\n", "row 1: code"},
		"ndjson broken": {"{\"id\":\n{\"id\":\"j2\",\"appId\":\"app1\",\"to\":\"8613800138000\",\"code\":\"1\"}\n", "row 1: is not a JSON object"},
	} {
		rows, bad, err := read(c.text, schema.Job{})
		if err != nil || len(rows) != 1 || len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), c.want) {
			t.Errorf("%s: %d rows, %v, %v: want %q", name, len(rows), bad, err, c.want)
		}
	}
}

func TestBrokenFilesEnd(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "the file is empty"},
		"blank":          {"\n \n", "the file is empty"},
		"unknown column": {"id,phone\n", "column 2 is not known: use appId,"},
		"column twice":   {"id,to,id\n", "column 3 repeats id"},
		"quote astray":   {"id,to,code\nj1,\"86,1\n", "line 2"},
		"astray later":   {"\n\nid,to,code\nj1,\"86,1\n", "line 4"},
		"semicolons":     {"id;to;code\nj1;8613800138000;739154\n", "the columns look separated by semicolons: save the file with commas"},
		"tabs":           {"id\tto\tcode\nj1\t8613800138000\t739154\n", "the columns look separated by tabs: save the file with commas"},
		"metadata alone": {"metadata.a;metadata.b\n", "separated by semicolons"},
		"UTF-16 LE":      {"\xff\xfei\x00d\x00", "looks like UTF-16: save it as UTF-8"},
		"UTF-16 BE":      {"\xfe\xff\x00i\x00d", "looks like UTF-16: save it as UTF-8"},
		"UTF-16 no mark": {"i\x00d\x00", "looks like UTF-16: save it as UTF-8"},
		"array":          {"\n[{\"id\":\"j1\"}]", "looks like a JSON array: write one object per line"},
	} {
		_, _, err := read(c.text, schema.Job{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "739154") {
			t.Errorf("%s: %v shows a cell", name, err)
		}
	}
}

func TestANeededIDIsNotAFaultOfTheRow(t *testing.T) {
	for row, want := range map[string]string{
		`{"code":1234}`:                      "row 1: code must be a string: write it in double quotes",
		`{"id":null,"code":1234}`:            "row 1: code must be a string: write it in double quotes",
		`{"code":"1","ttlSeconds":"x"}`:      "row 1: ttlSeconds must be a whole number: write it without quotes, point or exponent",
		`{"id":7,"code":"1"}`:                "row 1: id must be a string: write it in double quotes",
		`{"id":"a b","code":"1","flowId":0}`: "row 1: flowId must be 1 or more: leave it out if there is none; id must be ",
	} {
		_, bad, err := read(row, schema.Job{AppID: "app1", To: redact.NewPhone("8613800138000")})
		if err != nil || len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), want) || strings.Contains(bad[0].Error(), "id is missing") {
			t.Errorf("%s: %v, %v: want %q", row, bad, err, want)
		}
	}
}

// A row, whatever it holds, gives a job or an error and never shows a value.
func FuzzCSVRow(f *testing.F) {
	f.Add("j1,8613800138000,739154,7")
	f.Add("\"a\nb\",,,")
	f.Add("j1,,739154,seven")
	f.Fuzz(func(t *testing.T, row string) {
		rows, bad, err := read("id,to,code,templateId\n"+row, schema.Job{AppID: "app1", Code: redact.NewCode("739154")})
		for _, e := range append([]error{err}, errorsOf(bad)...) {
			if e != nil && strings.Contains(e.Error(), "739154") {
				t.Errorf("error shows the code: %v", e)
			}
		}
		for _, r := range rows {
			if r.Number < 2 {
				t.Errorf("row number %d", r.Number)
			}
		}
	})
}

func errorsOf(bad []*jobfile.RowError) []error {
	out := make([]error, len(bad))
	for i, b := range bad {
		out[i] = b
	}
	return out
}

package jobfile_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
)

// rejects writes the bad rows of a text, and of the good ones those to one number.
func rejects(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	bad := jobfile.NewRejects(&out)
	for row, err := range jobfile.Read(strings.NewReader(text), schema.Job{AppID: "app1"}) {
		rowErr, isBad := errors.AsType[*jobfile.RowError](err)
		switch {
		case err != nil && !isBad:
			t.Fatal(err)
		case err == nil && row.Job.To.Reveal() == "8613800138009":
			rowErr = row.Bad(errors.New("is refused"))
		case err == nil:
			continue
		}
		if err := bad.Add(rowErr); err != nil {
			t.Fatal(err)
		}
	}
	if err := bad.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRejectsAreWrittenAsTheyCame(t *testing.T) {
	const few = `"has 1 columns, the header 3"`
	for name, c := range map[string]struct{ text, want string }{
		"csv": {
			"\ufeff\r\nto,\"code\",metadata.user\r\n8613800138000,1,\"a\nb\"\r\n\r\n8613800138009,1,\"a, \"\"b\r\n\"\"\"\r\nshort\r\n8613800138000,1\"2,x\r\n8613800138000,1,y\r\n",
			"row,reason,to,\"code\",metadata.user\n6,\"is refused\",8613800138009,1,\"a, \"\"b\r\n\"\"\"\n8," + few + ",short\n" +
				"9,\"has a quote inside a cell: put the cell in quotes and write the quote twice\",8613800138000,1\"2,x\n",
		},
		"no bad row": {"to,code\n8613800138000,1\n", ""},
		"ndjson": {
			"\n{\"to\":\"8613800138000\",\"code\":\"1\"}\n  {\"to\": \"8613800138009\", \"code\":\"1\"} \n{\"to\":\n" + strings.Repeat("x", 1<<18) + "\n",
			"# row 3: is refused\n{\"to\": \"8613800138009\", \"code\":\"1\"}\n# row 4: is not a JSON object\n{\"to\":\n" +
				"# row 5: is longer than 65536 bytes: a job has at most 8192\n\n",
		},
	} {
		if got := rejects(t, c.text); got != c.want {
			t.Errorf("%s: got\n%q, want\n%q", name, got, c.want)
		}
	}
}

// Many rows pass through the reader's buffer, each with its own text.
func TestRejectsOfALongFile(t *testing.T) {
	var text, want strings.Builder
	text.WriteString("id,to,code\n")
	want.WriteString("row,reason,id,to,code\n")
	for i := range 3000 {
		id := strings.Repeat("x", i%97+1)
		text.WriteString(id + ",8613800138000,1\n" + id + ",8613800138009,1\n")
		want.WriteString(strconv.Itoa(2*i+3) + `,"is refused",` + id + ",8613800138009,1\n")
	}
	if got := rejects(t, text.String()); got != want.String() {
		t.Errorf("got %d bytes, want %d", len(got), want.Len())
	}
}

// What is not mended yet is written once more, with its new line and reason.
func TestRejectsCanBeReadAgain(t *testing.T) {
	for name, text := range map[string]string{
		"csv":    "to,code,metadata.user\n8613800138009,1,x\n8613800138009\n8613800138009,1\"2,x\n",
		"ndjson": "{\"to\":\"8613800138009\",\"code\":\"1\"}\n{\"to\":\n",
	} {
		first := rejects(t, text)
		again := rejects(t, first)
		if len(again) < len(text) || strings.Count(again, "is refused") != 1 || strings.Count(again, "\n") != strings.Count(first, "\n") {
			t.Errorf("%s: of\n%s\ncame\n%s", name, first, again)
		}
		mended := strings.NewReplacer(",8613800138009\n", ",8613800138000,1,x\n", `1"2`, "12", "{\"to\":\n", "", "8613800138009", "8613800138000").Replace(first)
		if left := rejects(t, mended); left != "" {
			t.Errorf("%s: of\n%s\nremains\n%s", name, mended, left)
		}
	}
}

package batchfile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
)

var done = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func result(id string, outcome schema.Outcome, reason string) schema.Result {
	return schema.Result{JobID: id, Outcome: outcome, Reason: reason, CompletedAt: done}
}

func answers(t *testing.T, f *File, results ...schema.Result) *Answers {
	t.Helper()
	a, err := NewAnswers("b1", f.Digest, f.good.size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	for _, r := range results {
		if err := a.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

const fourRows = "to,metadata.user,code\n8613800138000,\"Anna, A.\",1\nbad,,\n8613800138001,,2\n8613800138002,cleo,3\n8613800138003,,4\n"

func TestResultsAreJoinedInTheOrderOfTheFile(t *testing.T) {
	f, _ := checked(t, fourRows, plain())
	sent := result("b1-1", schema.OutcomeSent, "sent")
	sent.Status, sent.VerificationID = "0", strings.Repeat("9", 700)
	a := answers(t, f,
		result("b1-3", schema.OutcomeExpired, "cancelled"),
		sent,
		result("b1-1", schema.OutcomeUnknown, ""), // a second one
		result("b1-99", schema.OutcomeSent, ""), result("b1-02", schema.OutcomeSent, ""), result("b1-0", schema.OutcomeSent, ""),
		result("b1-x", schema.OutcomeSent, ""), result("2", schema.OutcomeSent, ""), // no rows
		result("b1-2", schema.OutcomeRejected, "phone_limit"))
	var out strings.Builder
	joined, err := WriteResults(&out, f, "b1", a, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `row,jobId,to,metadata.user,outcome,reason,status,verificationId,completedAt
2,b1-1,8613800138000,"Anna, A.",sent,sent,0,` + strings.Repeat("9", 700) + `,2026-01-02T03:04:05Z
4,b1-2,8613800138001,,rejected,phone_limit,,,2026-01-02T03:04:05Z
5,b1-3,8613800138002,cleo,expired,cancelled,,,2026-01-02T03:04:05Z
6,b1-4,8613800138003,,,,,,
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if joined != (Joined{Rows: 4, Open: 1}) {
		t.Errorf("%+v", joined)
	}
	if diff := cmp.Diff(map[schema.Outcome]int{"sent": 1, "rejected": 1, "expired": 1}, a.Counts); diff != "" {
		t.Error(diff)
	}
}

func TestResultsWithCodes(t *testing.T) {
	f, path := withCodes(t), t.TempDir()+"/codes.csv"
	text, err := write(t, path, f, false)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := OpenCodes(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = codes.Close() }()
	var out strings.Builder
	if _, err := WriteResults(&out, f, "b1", answers(t, f, result("b1-3", schema.OutcomeSent, "sent")), codes); err != nil {
		t.Fatal(err)
	}
	lines, made := strings.Split(out.String(), "\n"), strings.Split(text, "\n")
	for line, want := range map[int]string{
		0: "row,jobId,to,code,outcome,reason,status,verificationId,completedAt",
		1: made[1] + ",,,,,",
		2: "3,b1-2,8613800138001,,,,,,", // its own code is not repeated
		3: made[2] + ",sent,sent,,,2026-01-02T03:04:05Z",
	} {
		if lines[line] != want {
			t.Errorf("%q, want %q", lines[line], want)
		}
	}
}

func TestRetry(t *testing.T) {
	f, _ := checked(t, fourRows, plain())
	a := answers(t, f,
		result("b1-1", schema.OutcomeSent, ""), result("b1-2", schema.OutcomeExpired, ""),
		result("b1-3", schema.OutcomeUnknown, ""), result("b1-4", schema.OutcomeRejected, ""))
	r, err := f.Retry(a, []schema.Outcome{schema.OutcomeExpired, schema.OutcomeRejected}, plain())
	if err != nil {
		t.Fatal(err)
	}
	id := RetryID("b1", f.Digest)
	var got []string
	for _, j := range jobs(t, r, id) {
		got = append(got, j.ID+" "+j.To.Reveal()+" "+j.Metadata[RetryOf])
	}
	if diff := cmp.Diff([]string{"b1-r1-1 8613800138001 b1-2", "b1-r1-2 8613800138003 b1-4"}, got); diff != "" {
		t.Error(diff)
	}
	if r.Rows != 2 || r.Lives[300] != 2 || !r.Digest.IsRetry() || !r.Digest.SameText(f.Digest) || r.Digest == f.Digest {
		t.Errorf("%d rows, %v, %s of %s", r.Rows, r.Lives, r.Digest, f.Digest)
	}

	// The second retry counts the rows of the first batch.
	again := result("b1-r1-2", schema.OutcomeExpired, "")
	again.Metadata = map[string]string{RetryOf: "b1-4"}
	good := result("b1-r1-1", schema.OutcomeSent, "sent")
	good.Metadata = map[string]string{RetryOf: "b1-2"}
	second, err := NewAnswers(id, r.Digest, f.good.size)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = second.Close() }()
	if err := errors.Join(second.Add(again), second.Add(good)); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if joined, err := WriteResults(&out, f, id, second, nil); err != nil || joined != (Joined{Rows: 2}) {
		t.Errorf("%+v, %v", joined, err)
	}
	if !strings.Contains(out.String(), "\n4,b1-r1-1,8613800138001,,sent,") || !strings.Contains(out.String(), "\n6,b1-r1-2,8613800138003,,expired,") {
		t.Error(out.String())
	}
	r2, err := f.Retry(second, []schema.Outcome{schema.OutcomeExpired}, plain())
	if err != nil {
		t.Fatal(err)
	}
	last := jobs(t, r2, RetryID(id, r.Digest))
	if len(last) != 1 || last[0].ID != "b1-r2-1" || last[0].Metadata[RetryOf] != "b1-4" {
		t.Errorf("%+v", last)
	}
}

func TestRetryRefuses(t *testing.T) {
	f, _ := checked(t, fourRows, plain())
	a := answers(t, f, result("b1-1", schema.OutcomeSent, ""))
	if _, err := f.Retry(a, []schema.Outcome{schema.OutcomeExpired}, plain()); !errors.Is(err, ErrNoRows) {
		t.Errorf("nothing to retry: %v", err)
	}
	full := "{\"to\":\"8613800138000\",\"code\":\"1\",\"metadata\":{" +
		strings.TrimSuffix(strings.Repeat(`"K":"v",`, 16), ",") + "}}\n"
	for i := range 16 {
		full = strings.Replace(full, "K", "k"+string(rune('a'+i)), 1)
	}
	f, bad := checked(t, full, plain())
	a = answers(t, f, result("b1-1", schema.OutcomeExpired, ""))
	if _, err := f.Retry(a, []schema.Outcome{schema.OutcomeExpired}, plain()); err == nil || !strings.Contains(err.Error(), "row 1 cannot be sent again: metadata") {
		t.Errorf("%v, %v", bad, err)
	}
}

func TestRetryID(t *testing.T) {
	first := Digest(strings.Repeat("0", digestLen))
	retry := first[:digestLen-1] + "4"
	for _, c := range []struct {
		id     string
		digest Digest
		want   string
	}{
		{"b1", first, "b1-r1"}, {"b1-r1", first, "b1-r1-r1"}, {"b1-r1", retry, "b1-r2"}, {"b1-r9", retry, "b1-r10"}, {"mine", retry, "mine-r1"},
	} {
		if got := RetryID(c.id, c.digest); got != c.want {
			t.Errorf("%s: %s, want %s", c.id, got, c.want)
		}
	}
}

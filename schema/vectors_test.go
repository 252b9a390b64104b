package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readVectors reads a golden file that is not one document.
func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("golden", name))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

type subjectVector struct {
	Of      string  `json:"of"`
	Lane    Lane    `json:"lane"`
	AppID   string  `json:"appId"`
	BatchID *string `json:"batchId"`
	Subject string  `json:"subject"`
	Refused string  `json:"refused"`
}

func (v subjectVector) made() string {
	switch {
	case v.Of == "job" && v.BatchID != nil:
		return BatchJobSubject(v.AppID, *v.BatchID)
	case v.Of == "job":
		return JobSubject(v.Lane, v.AppID)
	case v.BatchID != nil:
		return BatchResultSubjects(v.AppID, *v.BatchID)
	}
	return ResultSubject(v.Lane, v.AppID)
}

// The subjects that every language makes are those that this package makes. What
// it is to refuse has "unknown" in the place, and nothing a producer wrote.
func TestGoldenSubjects(t *testing.T) {
	var in struct {
		About    string          `json:"about"`
		Subjects []subjectVector `json:"subjects"`
	}
	readVectors(t, "subjects.json", &in)
	for _, v := range in.Subjects {
		made := v.made()
		if v.Refused == "" {
			if made != v.Subject {
				t.Errorf("%+v: made %s", v, made)
			}
			continue
		}
		place := map[string]int{"lane": 3, "appId": 4, "batchId": 5}[v.Refused]
		if tokens := strings.Split(made, "."); place == 0 || len(tokens) <= place || tokens[place] != unknownToken {
			t.Errorf("%+v: made %s", v, made)
		}
	}
}

func TestGoldenMessages(t *testing.T) {
	type message struct {
		Subject string            `json:"subject"`
		Headers map[string]string `json:"headers"`
		Payload json.RawMessage   `json:"payload"`
	}
	var in struct {
		About    string `json:"about"`
		Messages []struct {
			Why         string          `json:"why"`
			Lane        Lane            `json:"lane"`
			BatchID     string          `json:"batchId"`
			Traceparent string          `json:"traceparent"`
			Job         json.RawMessage `json:"job"`
			Message     message         `json:"message"`
		} `json:"messages"`
		IDs []struct {
			BatchID         string `json:"batchId"`
			Row             uint64 `json:"row"`
			JobID           string `json:"jobId"`
			AppID           string `json:"appId"`
			ResultID        string `json:"resultId"`
			ResultMessageID string `json:"resultMessageId"`
		} `json:"ids"`
	}
	readVectors(t, "messages.json", &in)
	for _, v := range in.Messages {
		job, err := DecodeJob(v.Job)
		payload, encodeErr := job.Encode()
		if err := errors.Join(err, encodeErr, job.Validate()); err != nil {
			t.Errorf("%s: %v", v.Why, err)
			continue
		}
		subject, headers := JobSubject(v.Lane, job.AppID), map[string]string{"Nats-Msg-Id": job.ID}
		if v.BatchID != "" {
			subject = BatchJobSubject(job.AppID, v.BatchID)
		}
		if v.Traceparent != "" {
			headers["traceparent"] = v.Traceparent
		}
		if diff := cmp.Diff(v.Message, message{subject, headers, payload}, sameJSON); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v.Why, diff)
		}
	}
	for _, v := range in.IDs {
		if v.BatchID != "" && BatchJobID(v.BatchID, v.Row) != v.JobID {
			t.Errorf("%+v: the job of the row is %s", v, BatchJobID(v.BatchID, v.Row))
		}
		if id := ResultID(v.JobID); id != v.ResultID || v.AppID+"."+id != v.ResultMessageID {
			t.Errorf("%+v: the result is %s", v, id)
		}
	}
}

var sameJSON = cmp.Comparer(func(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && cmp.Equal(x, y)
})

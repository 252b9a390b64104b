package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

//go:embed demo/jobs.csv
var demoJobs []byte

func readDemoJobs() ([]schema.Job, error) {
	var jobs []schema.Job
	for row, err := range jobfile.Read(bytes.NewReader(demoJobs), schema.Job{AppID: demoApp}) {
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, row.Job)
	}
	return jobs, nil
}

func manyJobs(n int) []schema.Job {
	jobs := make([]schema.Job, n)
	for i := range jobs {
		jobs[i] = schema.Job{
			ID: fmt.Sprintf("outage-%02d", i+1), AppID: demoApp, Code: redact.NewCode(fmt.Sprint(100200 + i)),
			To: redact.NewPhone(fmt.Sprintf("86138001390%02d", i)),
		}
	}
	return jobs
}

func (d *demo) publish(ctx context.Context, jobs []schema.Job) error {
	for _, job := range jobs {
		if err := d.publishOne(ctx, d.app, job); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) publishOne(ctx context.Context, q *queue.Queue, job schema.Job) error {
	d.box.Expect(job.ProviderOrderID(), job.Expiry(time.Now()))
	d.view.submitted(job)
	publishing, ended := d.tel.Publishing(ctx, schema.LaneInteractive, job.ID)
	err := q.Publish(publishing, schema.LaneInteractive, job)
	ended(err)
	return err
}

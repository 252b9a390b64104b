package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A jobTrace is the process span of one delivery and the step that is open in it.
// Where the trace is not sampled it only hands its context on.
type jobTrace struct {
	tracer    *tracer
	span      trace.Span
	recording bool
	step      trace.Span // nil: none is open
}

func (j *jobTrace) Context(ctx context.Context) context.Context {
	return trace.ContextWithSpan(ctx, j.span)
}

func (j *jobTrace) Logger(log *slog.Logger) *slog.Logger {
	return slog.New(&placed{log.Handler(), j.span})
}

func (j *jobTrace) Begin(ctx context.Context, e worker.Event) context.Context {
	ctx = trace.ContextWithSpan(ctx, j.span)
	if !j.recording {
		return ctx
	}
	j.endStep("interrupted")
	switch e.Kind {
	case worker.KindAttempt:
		about := append(make([]attribute.KeyValue, 0, 16), j.tracer.send.attributes...)
		if e.Attempt > 1 {
			about = append(about, attribute.Int("http.request.resend_count", e.Attempt-1))
		}
		ctx, j.step = j.begin(ctx, j.tracer.send.name, trace.SpanKindClient, append(about, attribute.Int("otpworker.attempt", e.Attempt)))
	case worker.KindAsked:
		ctx, j.step = j.begin(ctx, j.tracer.ask.name, trace.SpanKindClient, j.tracer.ask.attributes)
	default:
		template := resultTemplate(e.Lane)
		ctx, j.step = j.begin(ctx, "send "+template, trace.SpanKindProducer, []attribute.KeyValue{
			messaging, attribute.String(labelOperation, "send"), attribute.String("messaging.operation.type", "send"),
			attribute.String(labelTemplate, template), attribute.String("messaging.message.id", schema.ResultID(maskText(e.JobID))),
		})
	}
	return ctx
}

func (j *jobTrace) begin(ctx context.Context, name string, kind trace.SpanKind, about []attribute.KeyValue) (context.Context, trace.Span) {
	return j.tracer.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(about...))
}

func (j *jobTrace) Observe(e worker.Event) {
	if !j.recording {
		return
	}
	switch e.Kind {
	case worker.KindAttempt, worker.KindAsked:
		j.answered(e)
	case worker.KindClaimed:
		j.event("claimed", attribute.Int("otpworker.attempt", e.Attempt))
	case worker.KindAside:
		j.event("aside", waits(e)...)
	case worker.KindGuard:
		j.event("guard", attribute.String("otpworker.guard", string(e.Guard)))
	case worker.KindDead:
		j.event("dead letter", attribute.String("otpworker.reason", e.Result.Reason))
	case worker.KindResult:
		j.result(e.Result)
	case worker.KindSettled:
		if e.Next != "conclude" {
			j.span.SetAttributes(attribute.String("otpworker.next", e.Next))
		}
	case worker.KindTaken, worker.KindBreaker, worker.KindSkew, worker.KindOperation:
	}
}

// answered ends a call's span, and notes the wait after it.
func (j *jobTrace) answered(e worker.Event) {
	if j.step == nil {
		return
	}
	v := e.Verdict
	answer := make([]attribute.KeyValue, 0, 6)
	if !questionAnswered(e) {
		answer = append(answer, attribute.String("otpworker.outcome", string(v.Outcome)), attribute.String("otpworker.reason", v.Reason))
	}
	if v.Status != "" {
		answer = append(answer, attribute.String("otpworker.status", maskText(v.Status)))
	}
	if e.HTTPStatus != 0 {
		answer = append(answer, attribute.Int("http.response.status_code", e.HTTPStatus))
	}
	if e.Kind == worker.KindAsked {
		answer = append(answer, attribute.Bool("otpworker.found", e.Found))
	}
	j.step.SetAttributes(answer...)
	j.endStep(failure(v))
	if e.Next != "conclude" {
		j.event("wait", waits(e)...)
	}
}

// questionAnswered: whether the job was sent stands in otpworker.found; the verdict
// is on the question.
func questionAnswered(e worker.Event) bool {
	return e.Kind == worker.KindAsked && e.Verdict.Outcome == worker.Accepted
}

func waits(e worker.Event) []attribute.KeyValue {
	wait := []attribute.KeyValue{attribute.String("otpworker.next", e.Next), attribute.Int64("otpworker.delay_ms", e.Delay.Milliseconds())}
	if !questionAnswered(e) {
		wait = append(wait, attribute.String("otpworker.reason", e.Verdict.Reason))
	}
	if e.Held != "" {
		wait = append(wait, attribute.String("otpworker.held", e.Held))
	}
	return wait
}

// result ends the result's span, and says what became of the job.
func (j *jobTrace) result(r schema.Result) {
	j.endStep("")
	j.span.SetAttributes(attribute.String("otpworker.outcome", string(r.Outcome)), attribute.String("otpworker.reason", r.Reason),
		attribute.Int("otpworker.attempts", r.Attempts))
	if r.Outcome == schema.OutcomeExpired || r.Outcome == schema.OutcomeUnknown {
		j.span.SetAttributes(attribute.String(labelError, r.Reason))
		j.span.SetStatus(codes.Error, r.Reason)
	}
}

func (j *jobTrace) event(name string, attributes ...attribute.KeyValue) {
	j.span.AddEvent(name, trace.WithAttributes(attributes...))
}

// endStep ends the open step, with the type of its error if it failed.
func (j *jobTrace) endStep(failure string) {
	if j.step == nil {
		return
	}
	if failure != "" {
		j.step.SetAttributes(attribute.String(labelError, failure))
		j.step.SetStatus(codes.Error, failure)
	}
	j.step.End()
	j.step = nil
}

func (j *jobTrace) End() {
	j.endStep("interrupted")
	j.span.End()
}

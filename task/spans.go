package task

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// untold is what remains to be told of work in a trace that is not kept.
func untold(error) {}

// attempted begins an attempt at a delivery as a step of what has caused it. The
// first attempt is shown only if it fails: what it calls is the cause's own child.
func (q *Queue) attempted(ctx context.Context, run *Run, d *Delivery) (context.Context, func(error)) {
	trace, ok := q.traces.On(run.TraceID)
	if !ok || isHTTP(d.Target) { // an address has a step of its own, see outside
		return ctx, untold
	}
	step := &telemetry.Span{
		Trace: trace.Root, ID: q.traces.NewID(), Parent: trace.Parent, Name: "Attempt #" + strconv.Itoa(run.Attempt),
		Account: d.Account, Region: d.Region, Start: q.traces.Now(),
	}
	if run.Attempt > 1 {
		d.TraceID = trace.Under(step.ID).String()
		info := call.From(ctx)
		info.TraceID = d.TraceID
		ctx = call.With(ctx, info)
	}
	return ctx, func(err error) {
		if err == nil && run.Attempt == 1 {
			return
		}
		step.End = q.traces.Now()
		note(step, err)
		q.traces.Span(step)
	}
}

// note says how a step has failed, if it has.
func note(step *telemetry.Span, err error) {
	if err == nil {
		return
	}
	step.Outcome, step.Message = telemetry.Fault, shorten(err.Error())
	if refusal, ok := errors.AsType[wire.Error](err); ok {
		step.Outcome, step.Code, step.Message = telemetry.Error, refusal.ErrorCode(), shorten(refusal.ErrorMessage())
		if throttled(step.Code) || refusal.HTTPStatus() == http.StatusTooManyRequests {
			step.Outcome = telemetry.Throttle
		}
	}
}

// outside begins a request to a server as a step of what has caused it, and
// returns the trace header that the server is sent: "" for none. done is told the
// answer's status, or why there is none.
func (q *Queue) outside(ctx context.Context, header string, attempt int, r *http.Request) (sent string, done func(status int, err error)) {
	trace, ok := q.traces.On(header)
	if !ok {
		return header, func(int, error) {}
	}
	info := call.From(ctx)
	step := &telemetry.Span{
		Trace: trace.Root, ID: q.traces.NewID(), Parent: trace.Parent, Name: r.URL.Host, Calls: "remote",
		Account: info.Account, Region: info.Region, Start: q.traces.Now(),
		HTTP: telemetry.HTTP{Method: r.Method, URL: withoutQuery(r.URL)},
	}
	if attempt > 1 {
		step.Annotations = map[string]any{"attempt": float64(attempt)}
	}
	return trace.Under(step.ID).String(), func(status int, err error) {
		step.End = q.traces.Now()
		note(step, err)
		step.HTTP.Status = status // what it means follows from it
		q.traces.Span(step)
	}
}

// withoutQuery is an address without what may be secret in it.
func withoutQuery(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return shown.String()
}

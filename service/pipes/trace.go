package pipes

import (
	"context"
	"strconv"

	"maru.dev/maru/call"
	"maru.dev/maru/source"
	"maru.dev/maru/telemetry"
)

// traced begins the pipe's span of a batch, in the trace that the batch goes on
// in if it is kept. What the pipe calls is its child.
func (s *Service) traced(ctx context.Context, h home, p *pipe) (context.Context, func(failed int, err error)) {
	info := call.From(ctx)
	trace, ok := s.Traces.On(info.TraceID)
	if !ok {
		return ctx, func(int, error) {}
	}
	span := &telemetry.Span{
		Trace: trace.Root, ID: s.Traces.NewID(), Parent: trace.Parent, Type: "AWS::Pipes::Pipe", Name: p.Name, ARN: h.arnOf(p.Name),
		Account: h.Account, Region: h.Region, Start: s.Clock.Now(), Links: source.Links(ctx),
	}
	info.TraceID = trace.Under(span.ID).String()
	return call.With(ctx, info), func(failed int, err error) {
		span.End = s.Clock.Now()
		switch {
		case err != nil:
			span.Outcome, span.Message = telemetry.Fault, err.Error()
		case failed > 0:
			span.Outcome, span.Message = telemetry.Error, strconv.Itoa(failed)+" events were not taken"
		}
		source.Tell(s.Traces, span)
	}
}

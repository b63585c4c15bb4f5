package events

import (
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/telemetry"
)

// Carried implements call.Carrier: an event's own trace header is the call's,
// where the call names none.
func (s *Service) Carried(in any) string {
	if put, ok := in.(*api.PutEventsInput); ok {
		for i := range put.Entries {
			if h := put.Entries[i].TraceHeader; h != nil {
				return *h
			}
		}
	}
	return ""
}

// beginTick begins the trace of what a rule's schedule causes. told is called
// once it is on disk.
func (s *Service) beginTick(ref busRef, rule string, at time.Time) (header string, told func()) {
	root := telemetry.Root{Account: ref.account, Region: ref.region, Name: rule, Type: "AWS::Events::Rule", ARN: ref.ruleARN(rule)}
	trace := s.Traces.New(root)
	if !trace.Kept() {
		return "", func() {}
	}
	span := &telemetry.Span{
		Trace: trace.Root, ID: s.Traces.NewID(), Type: root.Type, Name: root.Name, ARN: root.ARN,
		Account: ref.account, Region: ref.region, Start: at,
	}
	return trace.Under(span.ID).String(), func() {
		span.End = s.Clock.Now()
		s.Traces.Span(span)
	}
}

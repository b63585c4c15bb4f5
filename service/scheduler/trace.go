package scheduler

import (
	"time"

	"maru.dev/maru/telemetry"
)

// beginTrace begins the trace of what a schedule causes. told is called once the
// invocation is on disk.
func (s *Service) beginTrace(h home, f *firing, now time.Time) (header string, told func()) {
	root := telemetry.Root{Account: h.Account, Region: h.Region, Name: f.Name, Type: "AWS::Scheduler::Schedule", ARN: h.scheduleARN(f.Group, f.Name)}
	trace := s.Traces.New(root)
	if !trace.Kept() {
		return "", func() {}
	}
	span := &telemetry.Span{
		Trace: trace.Root, ID: s.Traces.NewID(), Type: root.Type, Name: root.Name, ARN: root.ARN,
		Account: h.Account, Region: h.Region, Start: now,
	}
	return trace.Under(span.ID).String(), func() {
		span.End = s.Clock.Now()
		s.Traces.Span(span)
	}
}

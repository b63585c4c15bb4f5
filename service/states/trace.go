package states

import (
	api "maru.dev/maru/api/states"
	"maru.dev/maru/telemetry"
)

// Carried implements call.Carrier: an execution's own trace header is the call's,
// where the call names none.
func (s *Service) Carried(in any) string {
	switch in := in.(type) {
	case *api.StartExecutionInput:
		if in.TraceHeader != nil {
			return *in.TraceHeader
		}
	case *api.StartSyncExecutionInput:
		if in.TraceHeader != nil {
			return *in.TraceHeader
		}
	}
	return ""
}

// traceFor is the trace that an execution goes on in: the one that its caller
// says, and where that is the call's, too, after the call.
func traceFor(said, called string) string {
	theirs, ok := telemetry.ParseTrace(said)
	if ours, known := telemetry.ParseTrace(called); known && (!ok || ours.Root == theirs.Root) {
		return called
	}
	return said
}

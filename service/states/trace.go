package states

import api "maru.dev/maru/api/states"

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

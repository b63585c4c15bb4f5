package sesv2

import (
	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/call"
)

// Measured implements call.Measured.
func (s *Service) Measured(r *call.Record) {
	if r.Err != nil {
		return
	}
	switch out := r.Out.(type) {
	case *api.SendEmailOutput:
		s.metrics.Sent(r, 1)
	case *api.SendBulkEmailOutput:
		n := 0
		for i := range out.BulkEmailEntryResults {
			if status := out.BulkEmailEntryResults[i].Status; status != nil && *status == api.BulkEmailStatusSuccess {
				n++
			}
		}
		s.metrics.Sent(r, n)
	}
}

package ses

import (
	api "maru.dev/maru/api/ses"
	"maru.dev/maru/call"
)

// Measured implements call.Measured.
func (s *Service) Measured(r *call.Record) {
	if r.Err != nil {
		return
	}
	switch r.In.(type) {
	case *api.SendEmailInput, *api.SendRawEmailInput, *api.SendTemplatedEmailInput:
		s.metrics.Sent(r, 1)
	}
}

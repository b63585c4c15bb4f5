package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/service/ses/mail"
)

// GetSendQuota tells what may be sent, and what was in the last 24 hours.
//
// Spec: Amazon SES API Reference, GetSendQuota.
func (s *Service) GetSendQuota(ctx context.Context, _ *api.GetSendQuotaInput) (*api.GetSendQuotaOutput, error) {
	sent, err := s.box.SentToday(ctx)
	if err != nil {
		return nil, err
	}
	return &api.GetSendQuotaOutput{
		Max24HourSend: new(float64(mail.MaxDaily)), MaxSendRate: new(float64(mail.MaxSecond)), SentLast24Hours: &sent,
	}, nil
}

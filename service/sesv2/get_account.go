package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/service/ses/mail"
)

// GetAccount tells what the account may send, and what it has sent. There is
// no sandbox, so every account has production access.
//
// Spec: Amazon SES API v2 Reference, GetAccount.
func (s *Service) GetAccount(ctx context.Context, _ *api.GetAccountInput) (*api.GetAccountOutput, error) {
	sent, err := s.box.SentToday(ctx)
	if err != nil {
		return nil, err
	}
	return &api.GetAccountOutput{
		DedicatedIpAutoWarmupEnabled: new(false), EnforcementStatus: new("HEALTHY"),
		ProductionAccessEnabled: new(true), SendingEnabled: new(true),
		SendQuota: &api.SendQuota{
			Max24HourSend: new(float64(mail.MaxDaily)), MaxSendRate: new(float64(mail.MaxSecond)), SentLast24Hours: &sent,
		},
		SuppressionAttributes: &api.SuppressionAttributes{SuppressedReasons: []string{}},
		VdmAttributes:         &api.VdmAttributes{VdmEnabled: "DISABLED"},
	}, nil
}

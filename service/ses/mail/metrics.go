package mail

import (
	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
)

// Metrics counts mail. Both of SES's APIs have one.
type Metrics struct{ family *telemetry.Family }

// NewMetrics returns what is measured of mail.
//
// Spec: SES Developer Guide, Retrieving Amazon SES event data from CloudWatch.
func NewMetrics(m telemetry.Meter) Metrics {
	return Metrics{telemetry.NewFamily(
		m, "AWS/SES", []string{"ses:configuration-set"},
		telemetry.Kind{Name: "Send", Unit: "Count"}, telemetry.Kind{Name: "Delivery", Unit: "Count"}, telemetry.Kind{Name: "Reject", Unit: "Count"},
	)}
}

// Sent counts messages that were taken. They are delivered at once, to the
// outbox.
func (m Metrics) Sent(r *call.Record, n int) {
	if n == 0 {
		return
	}
	m.family.Add(
		telemetry.Of(r.Info.Account, r.Info.Region),
		telemetry.Value{Kind: 0, Is: float64(n)}, telemetry.Value{Kind: 1, Is: float64(n)},
	)
}

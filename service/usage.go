package service

import (
	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
)

// Usage counts the calls of a service's operations in the namespace AWS/Usage.
// Not every service of AWS publishes it.
//
// Spec: CloudWatch User Guide, AWS usage metrics.
type Usage struct {
	family  *telemetry.Family
	service string // as that namespace names it
}

// NewUsage returns what counts a service's calls.
func NewUsage(m telemetry.Meter, service string) Usage {
	return Usage{
		family:  telemetry.NewFamily(m, "AWS/Usage", []string{"Type", "Resource", "Service", "Class"}, telemetry.Kind{Name: "CallCount", Unit: "None"}),
		service: service,
	}
}

// Count counts a call that was made from outside.
func (u Usage) Count(r *call.Record) {
	if r.Inside || r.Operation.Invoke == nil {
		return
	}
	u.family.Add(telemetry.Of(r.Info.Account, r.Info.Region, "API", r.Operation.Name, u.service, "None"), telemetry.Value{Is: 1})
}

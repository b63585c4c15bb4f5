package logs

import (
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
)

// The metrics of a log group, in the order in which newMetrics names them.
const (
	incomingEvents = iota
	incomingBytes
)

// newMetrics returns what is measured of log groups.
//
// Spec: CloudWatch Logs User Guide, Monitoring with CloudWatch metrics.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	return telemetry.NewFamily(
		m, "AWS/Logs", []string{"LogGroupName"},
		telemetry.Kind{Name: "IncomingLogEvents", Unit: "Count"}, telemetry.Kind{Name: "IncomingBytes", Unit: "Bytes"},
	)
}

// Measured implements call.Measured.
func (s *Service) Measured(r *call.Record) {
	s.usage.Count(r)
	in, ok := r.In.(*api.PutLogEventsInput)
	if !ok || r.Err != nil {
		return
	}
	bytes := 0
	for i := range in.LogEvents {
		bytes += len(in.LogEvents[i].Message)
	}
	events, size := telemetry.Value{Kind: incomingEvents, Is: float64(len(in.LogEvents))}, telemetry.Value{Kind: incomingBytes, Is: float64(bytes)}
	s.metrics.Add(telemetry.Of(r.Info.Account, r.Info.Region), events, size)
	s.metrics.Add(telemetry.Of(r.Info.Account, r.Info.Region, in.LogGroupName), events, size)
	if s.Lines != nil {
		lines := make([]telemetry.Line, len(in.LogEvents))
		for i := range in.LogEvents {
			lines[i] = telemetry.Line{At: time.UnixMilli(in.LogEvents[i].Timestamp), Text: in.LogEvents[i].Message}
		}
		s.Lines.Lines(r.Info.Account, r.Info.Region, in.LogGroupName, in.LogStreamName, lines)
	}
}

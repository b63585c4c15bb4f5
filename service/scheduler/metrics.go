package scheduler

import (
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// The metrics of a group of schedules, in the order in which newMetrics names
// them.
const (
	attempts = iota
	targetErrors
	targetThrottles
	dropped
	letters
	truncatedLetters
	lostLetters
)

// newMetrics returns what is measured of schedules.
//
// Spec: EventBridge Scheduler User Guide, Monitoring with Amazon CloudWatch.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	count := func(name string) telemetry.Kind { return telemetry.Kind{Name: name, Unit: "Count"} }
	return telemetry.NewFamily(
		m, "AWS/Scheduler", []string{"ScheduleGroup"},
		count("InvocationAttemptCount"), count("TargetErrorCount"), count("TargetErrorThrottledCount"), count("InvocationDroppedCount"),
		count("InvocationsSentToDeadLetterCount"), count("InvocationsSentToDeadLetterCount_Truncated_MessageSizeExceeded"),
		count("InvocationsFailedToBeSentToDeadLetterCount"),
	)
}

// measure adds one to a metric of a group, and of all groups.
func (s *Service) measure(h home, group string, kind int) {
	one := telemetry.Value{Kind: kind, Is: 1}
	s.metrics.Add(telemetry.Of(h.Account, h.Region), one)
	s.metrics.Add(telemetry.Of(h.Account, h.Region, group), one)
}

// measureCall counts a call of a target.
func (s *Service) measureCall(h home, run *task.Run, inv *invocation, err error) {
	s.measure(h, inv.Group, attempts)
	if err == nil {
		return
	}
	kind := targetErrors
	//nolint:errorlint // callees return their errors bare
	if refusal, ok := err.(wire.Error); ok && (refusal.HTTPStatus() == 429 || strings.Contains(refusal.ErrorCode(), "Throttl")) {
		kind = targetThrottles
	}
	s.measure(h, inv.Group, kind)
	if task.Refused(err) || run.Attempt >= run.Policy.MaxAttempts {
		s.measure(h, inv.Group, dropped)
	}
}

// observe counts what became of dead letters.
func (s *Service) observe(a task.Attempt) {
	source, err := arn.Parse(a.SourceARN)
	rest, ok := strings.CutPrefix(source.Resource, "schedule/")
	if err != nil || !ok {
		return
	}
	group, _, _ := strings.Cut(rest, "/")
	h := home{Account: source.Account, Region: source.Region}
	switch {
	case a.GivenUp:
		s.measure(h, group, lostLetters)
	case a.Err == nil:
		s.measure(h, group, letters)
		if a.Attributes["IS_PAYLOAD_TRUNCATED"] == "true" {
			s.measure(h, group, truncatedLetters)
		}
	}
}

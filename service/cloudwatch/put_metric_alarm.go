package cloudwatch

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// PutMetricAlarm creates an alarm, or replaces its configuration: its state and
// its tags stay. It is evaluated soon after.
//
// Spec: CloudWatch API Reference, PutMetricAlarm.
func (s *Service) PutMetricAlarm(ctx context.Context, in *api.PutMetricAlarmInput) (*api.PutMetricAlarmOutput, error) {
	if err := checkAlarm(in); err != nil {
		return nil, err
	}
	h, now, version := homeOf(call.From(ctx)), s.Clock.Now(), s.IDs.UUID()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := kv.Get[alarm](tx, h.alarmKey(in.AlarmName))
		if err != nil {
			return fmt.Errorf("load alarm: %w", err)
		}
		a, verb := old, "updated"
		if !ok {
			verb = "created"
			a = alarm{State: api.StateValueInsufficientData, Reason: "Unchecked: Initial alarm creation", Changed: now, Transitioned: now, Tags: map[string]string{}}
			for _, tag := range in.Tags {
				a.Tags[tag.Key] = tag.Value
			}
		}
		a.Config, a.Version, a.Updated = *in, version, now
		a.Config.Tags = nil
		a.Actions = in.ActionsEnabled == nil || *in.ActionsEnabled
		if err := kv.Put(tx, h.alarmKey(in.AlarmName), a); err != nil {
			return err
		}
		if err := note(tx, h, in.AlarmName, record{now, api.HistoryItemTypeConfigurationUpdate, fmt.Sprintf("Alarm %q %s", in.AlarmName, verb), "{}"}); err != nil {
			return err
		}
		return s.evaluateLater(tx, h, &a, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutMetricAlarmOutput{}, nil
}

// checkAlarm refuses alarms that cannot be evaluated.
func checkAlarm(in *api.PutMetricAlarmInput) error {
	bad := func(format string, args ...any) error {
		return &wire.APIError{Code: "ValidationError", Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case len(in.Metrics) > 0:
		return wire.NotImplemented("cloudwatch", "PutMetricAlarm with Metrics")
	case in.EvaluationCriteria != nil || in.EvaluationInterval != nil || in.ThresholdMetricId != nil:
		return wire.NotImplemented("cloudwatch", "PutMetricAlarm with PromQL or anomaly detection")
	case in.AlarmName == "" || len(in.AlarmName) > 255:
		return bad("The parameter AlarmName must have 1 to 255 characters.")
	case in.MetricName == nil || in.Namespace == nil || in.Period == nil:
		return bad("If you specify a metric alarm, MetricName, Namespace and Period are required.")
	case in.EvaluationPeriods == nil || *in.EvaluationPeriods < 1:
		return bad("The parameter EvaluationPeriods must be at least 1.")
	case in.Threshold == nil || in.ComparisonOperator == nil:
		return bad("The parameters Threshold and ComparisonOperator are required.")
	case math.IsNaN(*in.Threshold) || math.IsInf(*in.Threshold, 0):
		return bad("The parameter Threshold must be a finite number.")
	case (in.Statistic == nil) == (in.ExtendedStatistic == nil):
		return bad("Exactly one of Statistic and ExtendedStatistic must be specified.")
	case !slices.Contains(slices.Collect(maps.Keys(signs())), *in.ComparisonOperator):
		return bad("The comparison operator %s is for anomaly detection models.", *in.ComparisonOperator)
	case in.DatapointsToAlarm != nil && (*in.DatapointsToAlarm < 1 || *in.DatapointsToAlarm > *in.EvaluationPeriods):
		return bad("DatapointsToAlarm must be between 1 and EvaluationPeriods.")
	case *in.Period != 10 && *in.Period != 20 && *in.Period != 30 && (*in.Period < 60 || *in.Period%60 != 0):
		return bad("Period must be 10, 20, 30 or a multiple of 60.")
	case int64(*in.Period)*int64(*in.EvaluationPeriods) > int64(7*24*time.Hour/time.Second):
		return bad("Metrics cannot be checked across more than 7 days (EvaluationPeriods * Period must be <= 604800).")
	case in.TreatMissingData != nil && !slices.Contains([]string{"breaching", "notBreaching", "ignore", "missing"}, *in.TreatMissingData):
		return bad("TreatMissingData must be breaching, notBreaching, ignore or missing.")
	case in.EvaluateLowSampleCountPercentile != nil:
		return wire.NotImplemented("cloudwatch", "PutMetricAlarm with EvaluateLowSampleCountPercentile")
	}
	if _, ok := parseStatistic(text(in.Statistic) + text(in.ExtendedStatistic)); !ok {
		return bad("The statistic is not supported.")
	}
	for _, actions := range [][]string{in.OKActions, in.AlarmActions, in.InsufficientDataActions} {
		if len(actions) > 5 {
			return bad("A state may have at most 5 actions.")
		}
		for _, action := range actions {
			if !deliverable(action) {
				return bad("Invalid or unsupported action: %s", action)
			}
		}
	}
	return nil
}

package cloudwatch

import (
	"context"
	"fmt"
	"strconv"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	evaluateKind = "cloudwatch.evaluate"
	// spare is how many periods beyond an alarm's own are looked at, for data
	// points in place of missing ones.
	spare = 2
)

// evaluation is what the task of an alarm holds.
type evaluation struct{ Name, Version string }

// verdict is a state and why it is the alarm's.
type verdict struct{ state, reason, data string }

// signs are the comparisons that alarms can make, and how reasons tell them.
func signs() map[string]string {
	return map[string]string{
		api.ComparisonOperatorGreaterThanOrEqualToThreshold: "greater than or equal to",
		api.ComparisonOperatorGreaterThanThreshold:          "greater than",
		api.ComparisonOperatorLessThanThreshold:             "less than",
		api.ComparisonOperatorLessThanOrEqualToThreshold:    "less than or equal to",
	}
}

// evaluateLater writes the alarm's only task.
func (s *Service) evaluateLater(tx *kv.Tx, h home, a *alarm, due time.Time) error {
	arn := h.alarmARN(a.Config.AlarmName)
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: evaluateKind, Owner: arn, Key: arn, Due: due, Body: evaluation{a.Config.AlarmName, a.Version},
		Account: h.Account, Region: h.Region,
	})
	return err
}

// runEvaluate evaluates an alarm and asks to be run again: the state, what
// follows from it and the next run are one transaction.
func (s *Service) runEvaluate(ctx context.Context, run *task.Run) error {
	var e evaluation
	if err := run.Decode(&e); err != nil {
		return task.Dead(err)
	}
	h, now := home{run.Account, run.Region}, s.Clock.Now()
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, ok, err := kv.Get[alarm](tx, h.alarmKey(e.Name))
		if err != nil {
			return fmt.Errorf("load alarm: %w", err)
		}
		if err := run.Done(tx); err != nil || !ok || a.Version != e.Version {
			return err
		}
		step := min(time.Duration(*a.Config.Period)*time.Second, time.Minute)
		end := now.Truncate(step)
		v, err := a.judge(tx, h, end, now)
		if err != nil {
			return err
		}
		if v.state != a.State {
			if err := s.transition(tx, h, &a, v, now); err != nil {
				return err
			}
		}
		return s.evaluateLater(tx, h, &a, end.Add(step))
	})
}

// judge works out the alarm's state from the periods that end by end.
func (a *alarm) judge(tx *kv.Tx, h home, end, now time.Time) (verdict, error) {
	c := &a.Config
	period := time.Duration(*c.Period) * time.Second
	n := int(*c.EvaluationPeriods)
	start := end.Add(-period * time.Duration(n+spare))
	points, err := read(tx, h, newMetricID(*c.Namespace, *c.MetricName, c.Dimensions), span{start, end, period}, c.Unit, now)
	if err != nil {
		return verdict{}, err
	}
	st, _ := parseStatistic(a.stat())
	var real []sample
	for i := len(points) - 1; i >= 0 && len(real) < n; i-- {
		if v, ok := st.of(&points[i].data); ok {
			real = append(real, sample{v, points[i].at, int(end.Sub(points[i].at) / period)})
		}
	}
	state := a.weigh(real)
	return verdict{state, a.reason(state, real), a.reasonData(real, now)}, nil
}

// sample is a data point and how many periods ago it began.
type sample struct {
	value float64
	at    time.Time
	age   int
}

// breaches says whether a value is beyond the threshold.
func (a *alarm) breaches(v float64) bool {
	t := *a.Config.Threshold
	switch *a.Config.ComparisonOperator {
	case api.ComparisonOperatorGreaterThanOrEqualToThreshold:
		return v >= t
	case api.ComparisonOperatorGreaterThanThreshold:
		return v > t
	case api.ComparisonOperatorLessThanThreshold:
		return v < t
	}
	return v <= t
}

// weigh is the state that the newest data points make, newest first, with
// missing ones treated as the alarm wants.
func (a *alarm) weigh(real []sample) string {
	bad, oldest := 0, 0
	for _, p := range real {
		if a.breaches(p.value) {
			bad, oldest = bad+1, p.age
		}
	}
	absent := int(*a.Config.EvaluationPeriods) - len(real)
	how := a.missing()
	switch {
	case bad >= a.needed(), how == "breaching" && bad+absent >= a.needed():
		return api.StateValueAlarm
	case absent == 0, how == "breaching", how == "notBreaching":
		return api.StateValueOk
	case how == "ignore" && bad == len(real):
		return a.State
	case len(real) == 0:
		return api.StateValueInsufficientData
	case bad == len(real) && oldest >= a.needed():
		return api.StateValueAlarm
	}
	return api.StateValueOk
}

// number writes a number as CloudWatch does: always with a fraction.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	for _, r := range text {
		if r == '.' {
			return text
		}
	}
	return text + ".0"
}

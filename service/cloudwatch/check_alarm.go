package cloudwatch

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/service/cloudwatch/expression"
	"maru.dev/maru/wire"
)

const (
	maxTags = 50
	// maxAlarmMetrics is how many metrics, and how many expressions, an alarm is
	// made of.
	maxAlarmMetrics = 10
	// maxActions is how many actions a state may have.
	maxActions = 5
)

// checkAlarm refuses alarms that cannot be evaluated.
func checkAlarm(in *api.PutMetricAlarmInput) error {
	switch {
	case in.EvaluationCriteria != nil || in.EvaluationInterval != nil:
		return wire.NotImplemented("cloudwatch", "PutMetricAlarm with PromQL")
	case in.AlarmName == "" || len(in.AlarmName) > 255:
		return unfit("The parameter AlarmName must have 1 to 255 characters.")
	case in.EvaluationPeriods == nil || *in.EvaluationPeriods < 1:
		return unfit("The parameter EvaluationPeriods must be at least 1.")
	case in.ComparisonOperator == nil:
		return unfit("The parameter ComparisonOperator is required.")
	case in.DatapointsToAlarm != nil && (*in.DatapointsToAlarm < 1 || *in.DatapointsToAlarm > *in.EvaluationPeriods):
		return unfit("DatapointsToAlarm must be between 1 and EvaluationPeriods.")
	case in.TreatMissingData != nil && !slices.Contains([]string{"breaching", "notBreaching", "ignore", "missing"}, *in.TreatMissingData):
		return unfit("TreatMissingData must be breaching, notBreaching, ignore or missing.")
	case in.EvaluateLowSampleCountPercentile != nil && *in.EvaluateLowSampleCountPercentile != "evaluate" && *in.EvaluateLowSampleCountPercentile != "ignore":
		return unfit("EvaluateLowSampleCountPercentile must be evaluate or ignore.")
	case in.EvaluateLowSampleCountPercentile != nil && (in.ExtendedStatistic == nil || (*in.ExtendedStatistic)[0] != 'p'):
		return unfit("EvaluateLowSampleCountPercentile is only for alarms on a percentile.")
	}
	for _, check := range []func(*api.PutMetricAlarmInput) error{checkThreshold, checkWatched, checkSpan} {
		if err := check(in); err != nil {
			return err
		}
	}
	if err := checkActions(false, in.OKActions, in.AlarmActions, in.InsufficientDataActions); err != nil {
		return err
	}
	return checkTags(in.Tags)
}

// checkThreshold refuses a threshold, or a band, that does not go with the
// comparison.
func checkThreshold(in *api.PutMetricAlarmInput) error {
	static := slices.Contains(slices.Collect(maps.Keys(signs())), *in.ComparisonOperator)
	switch {
	case !static && !slices.Contains(slices.Collect(maps.Keys(bandSigns())), *in.ComparisonOperator):
		return unfit("The comparison operator %s is not valid.", *in.ComparisonOperator)
	case static && in.ThresholdMetricId != nil:
		return unfit("The comparison operator %s cannot be used with ThresholdMetricId.", *in.ComparisonOperator)
	case static && in.Threshold == nil:
		return unfit("The parameter Threshold is required.")
	case !static && in.ThresholdMetricId == nil:
		return unfit("The comparison operator %s requires ThresholdMetricId.", *in.ComparisonOperator)
	case !static && in.Threshold != nil:
		return unfit("Threshold cannot be used with ThresholdMetricId.")
	case static && (math.IsNaN(*in.Threshold) || math.IsInf(*in.Threshold, 0)):
		return unfit("The parameter Threshold must be a finite number.")
	}
	return nil
}

// checkWatched refuses what cannot be watched: a metric or metric math.
func checkWatched(in *api.PutMetricAlarmInput) error {
	if len(in.Metrics) > 0 {
		if in.MetricName != nil || in.Namespace != nil || in.Period != nil || in.Statistic != nil || in.ExtendedStatistic != nil || in.Unit != nil || len(in.Dimensions) > 0 {
			return unfit("Metrics cannot be used with MetricName, Namespace, Dimensions, Period, Unit, Statistic or ExtendedStatistic.")
		}
		return checkMath(in)
	}
	switch {
	case in.ThresholdMetricId != nil:
		return unfit("ThresholdMetricId requires Metrics.")
	case in.MetricName == nil || in.Namespace == nil || in.Period == nil:
		return unfit("If you specify a metric alarm, MetricName, Namespace and Period are required.")
	case (in.Statistic == nil) == (in.ExtendedStatistic == nil):
		return unfit("Exactly one of Statistic and ExtendedStatistic must be specified.")
	}
	if _, ok := parseStatistic(wire.Value(in.Statistic) + wire.Value(in.ExtendedStatistic)); !ok {
		return unfit("The statistic is not supported.")
	}
	return nil
}

// checkMath refuses metric math that no alarm can be on: what does not come to
// one series.
func checkMath(in *api.PutMetricAlarmInput) error {
	queries, err := readQueries(in.Metrics)
	if err != nil {
		return err
	}
	metrics, expressions, wanted, band := 0, 0, 0, false
	var period time.Duration
	for _, q := range queries {
		if q.MetricStat != nil {
			metrics++
			if period != 0 && period != q.period() {
				return unfit("All metrics of an alarm must have the same period.")
			}
			period = q.period()
		} else {
			expressions++
		}
		if q.returned() {
			wanted++
		}
		switch {
		case q.math != nil && q.math.Calls("SEARCH"):
			return unfit("SEARCH is not supported on Metric Alarms.")
		case q.sql != nil && len(q.sql.GroupBy) > 0:
			return wire.NotImplemented("cloudwatch", "PutMetricAlarm with GROUP BY")
		}
		band = band || in.ThresholdMetricId != nil && q.Id == *in.ThresholdMetricId && q.math != nil && q.math.Calls("ANOMALY_DETECTION_BAND")
	}
	if in.ThresholdMetricId != nil {
		if !band {
			return unfit("Metrics list must contain exactly one metric matching the ThresholdMetricId parameter.")
		}
		if watched(queries, in.ThresholdMetricId) == nil {
			return unfit("Exactly two elements of the metrics list should return data.")
		}
	} else if wanted != 1 {
		return unfit("Exactly one element of the metrics list should return data.")
	}
	if metrics > maxAlarmMetrics || expressions > maxAlarmMetrics {
		return unfit("An alarm can have at most %d metrics and %d expressions.", maxAlarmMetrics, maxAlarmMetrics)
	}
	return checkResult(queries, in.ThresholdMetricId)
}

// watched is the query that an alarm watches: the one that is returned and is
// not the band.
func watched(queries []*query, band *string) *query {
	var found *query
	for _, q := range queries {
		if !q.returned() || band != nil && q.Id == *band {
			continue
		}
		if found != nil {
			return nil
		}
		found = q
	}
	return found
}

// checkResult refuses expressions that do not come to one series, by evaluating
// them over nothing.
func checkResult(queries []*query, band *string) error {
	e := &evaluator{queries: queries, done: make(map[string]expression.Value), model: func(*evaluator, *expression.Expr, time.Duration) (*model, error) { return &model{}, nil }}
	for _, q := range queries {
		if q.math == nil {
			e.done[q.Id] = expression.Of(expression.Series{Period: time.Minute, Metric: true})
		}
	}
	q := watched(queries, band)
	v, err := e.value(q)
	if err != nil {
		return err
	}
	if v.Type != expression.TimeSeries {
		return unfit("The expression '%s' of an alarm must return a single time series.", q.Id)
	}
	return nil
}

// checkSpan refuses periods that no alarm has, and more of them than it looks at.
func checkSpan(in *api.PutMetricAlarmInput) error {
	seconds := int64(mathPeriod(in.Metrics) / time.Second)
	if in.Period != nil {
		seconds = int64(*in.Period)
	}
	const day = 86_400
	switch total := seconds * int64(*in.EvaluationPeriods); {
	case seconds != 10 && seconds != 20 && seconds != 30 && (seconds < 60 || seconds%60 != 0):
		return unfit("Period must be 10, 20, 30 or a multiple of 60.")
	case seconds < 3600 && total > day:
		return unfit("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
	case total > 7*day:
		return unfit("Metrics cannot be checked across more than 7 days (EvaluationPeriods * Period must be <= 604800).")
	}
	return nil
}

// actionForms are the forms of actions that alarms may have; composite alarms
// may not have those of EC2 and Auto Scaling.
var (
	actionForms = regexp.MustCompile(`^arn:aws[a-z-]*:(sns:[a-z0-9-]+:\d{12}:.+|lambda:[a-z0-9-]+:\d{12}:function:.+|ssm:[a-z0-9-]+:\d{12}:opsitem:[1-4](#CATEGORY=.+)?|ssm-incidents::\d{12}:responseplan/?.+|aiops:[a-z0-9-]+:\d{12}:investigation-group:.+)$`)
	metricForms = regexp.MustCompile(`^arn:aws[a-z-]*:(automate:[a-z0-9-]+:ec2:(stop|terminate|reboot|recover)|swf:[a-z0-9-]+:\d{12}:action/actions/AWS_EC2\..+|autoscaling:[a-z0-9-]+:\d{12}:.+)$`)
)

// checkActions refuses actions that no alarm has.
func checkActions(composite bool, states ...[]string) error {
	for _, actions := range states {
		if len(actions) > maxActions {
			return unfit("A state may have at most %d actions.", maxActions)
		}
		for _, action := range actions {
			if !actionForms.MatchString(action) && (composite || !metricForms.MatchString(action)) {
				return unfit("Invalid arn syntax: %s", action)
			}
		}
	}
	return nil
}

// checkTags refuses tags that no resource has.
func checkTags(tags []api.Tag) error {
	if len(tags) > maxTags {
		return unfit("The collection Tags must not have a size greater than %d.", maxTags)
	}
	for _, tag := range tags {
		if tag.Key == "" || len(tag.Key) > 128 || len(tag.Value) > 256 {
			return unfit("A tag's key must have 1 to 128 characters, and its value at most 256.")
		}
	}
	return nil
}

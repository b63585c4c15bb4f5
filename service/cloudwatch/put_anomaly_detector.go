package cloudwatch

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

const (
	// maxExcluded is how many stretches of time a detector may leave out.
	maxExcluded = 10
	// maxMathQueries is how many queries a detector or an alarm may be made of.
	maxMathQueries = 10
)

// PutAnomalyDetector says that a metric, or what an expression makes of several,
// is to be learnt, and what is to be left out.
//
// Spec: CloudWatch API Reference, PutAnomalyDetector.
func (s *Service) PutAnomalyDetector(ctx context.Context, in *api.PutAnomalyDetectorInput) (*api.PutAnomalyDetectorOutput, error) {
	d, err := readDetector(detectorRequest{in.Namespace, in.MetricName, in.Dimensions, in.Stat, in.SingleMetricAnomalyDetector, in.MetricMathAnomalyDetector})
	if err != nil {
		return nil, err
	}
	if err := checkConfiguration(in.Configuration); err != nil {
		return nil, err
	}
	d.Config, d.Characteristics, d.State = in.Configuration, in.MetricCharacteristics, api.AnomalyDetectorStateValuePendingTraining
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := kv.Put(tx, d.key(h), d); err != nil {
			return fmt.Errorf("store anomaly detector: %w", err)
		}
		return s.trainLater(tx, h, &d, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutAnomalyDetectorOutput{}, nil
}

// detectorRequest is what requests name a detector by: a metric in one of two
// forms, or metric math.
type detectorRequest struct {
	namespace, name *string
	dimensions      []api.Dimension
	stat            *string
	single          *api.SingleMetricAnomalyDetector
	math            *api.MetricMathAnomalyDetector
}

// readDetector reads what a request names.
func readDetector(r detectorRequest) (detector, error) {
	old := r.namespace != nil || r.name != nil || r.stat != nil || len(r.dimensions) > 0
	switch {
	case r.single != nil && r.math != nil || old && (r.single != nil || r.math != nil):
		return detector{}, clash("The parameters SingleMetricAnomalyDetector, MetricMathAnomalyDetector and Namespace, MetricName, Dimensions and Stat are mutually exclusive.")
	case r.math != nil:
		return mathDetector(r.math.MetricDataQueries)
	case r.single != nil:
		r.namespace, r.name, r.dimensions, r.stat = r.single.Namespace, r.single.MetricName, r.single.Dimensions, r.single.Stat
	}
	for name, value := range map[string]*string{"Namespace": r.namespace, "MetricName": r.name, "Stat": r.stat} {
		if wire.Value(value) == "" {
			return detector{}, missing(name)
		}
	}
	if _, ok := parseStatistic(*r.stat); !ok {
		return detector{}, invalid("The value %s for parameter Stat is not supported.", *r.stat)
	}
	if err := checkDimensions("Dimensions", r.dimensions); err != nil {
		return detector{}, err
	}
	return detector{Metric: newMetricID(*r.namespace, *r.name, r.dimensions), Stat: *r.stat}, nil
}

// mathDetector reads the queries of a detector.
func mathDetector(list []api.MetricDataQuery) (detector, error) {
	if len(list) == 0 {
		return detector{}, missing("MetricMathAnomalyDetector.MetricDataQueries")
	}
	if len(list) > maxMathQueries {
		return detector{}, invalid("The collection MetricDataQueries must not have a size greater than %d.", maxMathQueries)
	}
	queries, err := readQueries(list)
	if err != nil {
		return detector{}, err
	}
	wanted := 0
	for _, q := range queries {
		if q.returned() {
			wanted++
		}
		if q.sql != nil || q.math != nil && (q.math.Calls("SEARCH") || q.math.Calls("METRICS") || q.math.Calls("ANOMALY_DETECTION_BAND")) {
			return detector{}, invalid("The expression of %s is not supported by anomaly detectors.", q.Id)
		}
	}
	if wanted != 1 {
		return detector{}, invalid("Exactly one element of the collection MetricDataQueries must have ReturnData set to true.")
	}
	return detector{Math: list}, nil
}

// checkConfiguration refuses configurations that mean nothing.
func checkConfiguration(c *api.AnomalyDetectorConfiguration) error {
	if c == nil {
		return nil
	}
	if len(c.ExcludedTimeRanges) > maxExcluded {
		return invalid("The collection ExcludedTimeRanges must not have a size greater than %d.", maxExcluded)
	}
	for _, r := range c.ExcludedTimeRanges {
		if !r.StartTime.Before(r.EndTime) {
			return invalid("The parameter StartTime must be less than the parameter EndTime.")
		}
	}
	if _, err := time.LoadLocation(wire.Value(c.MetricTimezone)); err != nil {
		return invalid("The value %s for parameter MetricTimezone is invalid.", *c.MetricTimezone)
	}
	return nil
}

// DeleteAnomalyDetector removes a detector.
//
// Spec: CloudWatch API Reference, DeleteAnomalyDetector.
func (s *Service) DeleteAnomalyDetector(ctx context.Context, in *api.DeleteAnomalyDetectorInput) (*api.DeleteAnomalyDetectorOutput, error) {
	d, err := readDetector(detectorRequest{in.Namespace, in.MetricName, in.Dimensions, in.Stat, in.SingleMetricAnomalyDetector, in.MetricMathAnomalyDetector})
	if err != nil {
		return nil, err
	}
	h := homeOf(call.From(ctx))
	key := d.key(h)
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, ok, err := kv.Get[detector](tx, key)
		if err != nil {
			return fmt.Errorf("load anomaly detector: %w", err)
		}
		if !ok {
			return &api.ResourceNotFoundException{Message: "The anomaly detector does not exist."}
		}
		if err := tx.Delete(key); err != nil {
			return err
		}
		return s.Tasks.CancelKey(tx, trainKind, d.taskKey(h))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteAnomalyDetectorOutput{}, nil
}

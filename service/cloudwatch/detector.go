package cloudwatch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/expression"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

const (
	trainKind  = "cloudwatch.train"
	trainEvery = time.Hour
	// trainPeriod is the period in which a detector looks at a metric to tell
	// whether it knows enough. Bands are learnt in their own periods.
	trainPeriod = 5 * time.Minute
)

// detector is the row of an anomaly detector, of a metric or of metric math.
type detector struct {
	Metric          metricID
	Stat            string
	Math            []api.MetricDataQuery
	Config          *api.AnomalyDetectorConfiguration
	Characteristics *api.MetricCharacteristics
	State           string
}

// kind is the type of detector.
func (d *detector) kind() string {
	if d.Math != nil {
		return api.AnomalyDetectorTypeMetricMath
	}
	return api.AnomalyDetectorTypeSingleMetric
}

// key is the detector's row. It is at most half as long as a key may be, since its
// task's key is made of it: for longer dimensions their metric's hash stands there.
func (d *detector) key(h home) kv.Key {
	if d.Math == nil {
		key := h.key("n", d.kind(), d.Metric.Namespace, d.Metric.Name, d.Metric.dimensions(), d.Stat)
		if len(key) > (kv.MaxKey-1024)/2 {
			key = h.key("n", d.kind(), d.Metric.Namespace, d.Metric.Name, d.Metric.hashed(), d.Stat)
		}
		return key
	}
	text, err := json.Marshal(d.Math)
	if err != nil {
		text = nil // what was decoded can be encoded
	}
	sum := sha256.Sum256(text)
	return h.key("n", d.kind(), sum[:])
}

// taskKey names the detector's task: tasks' keys are text.
func (d *detector) taskKey(h home) string { return hex.EncodeToString(d.key(h)) }

// loadDetector reads the detector of a metric's statistic.
func loadDetector(tx *kv.Tx, h home, id metricID, stat string) (detector, bool, error) {
	d := detector{Metric: id, Stat: stat}
	d, ok, err := kv.Get[detector](tx, d.key(h))
	if err != nil {
		return d, false, fmt.Errorf("load anomaly detector: %w", err)
	}
	return d, ok, nil
}

// zone is the time zone in which the metric has its habits.
func (d *detector) zone() string {
	if d.Config == nil || d.Config.MetricTimezone == nil {
		return ""
	}
	return *d.Config.MetricTimezone
}

// excluded says whether a time is not to be learnt from.
func (d *detector) excluded(at time.Time) bool {
	if d.Config == nil {
		return false
	}
	for _, r := range d.Config.ExcludedTimeRanges {
		if !at.Before(r.StartTime) && at.Before(r.EndTime) {
			return true
		}
	}
	return false
}

// trainLater writes the detector's only task.
func (s *Service) trainLater(tx *kv.Tx, h home, d *detector, due time.Time) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: trainKind, Owner: "cloudwatch:" + h.Account, Key: d.taskKey(h), Due: due, Body: []byte(d.key(h)), Account: h.Account, Region: h.Region,
	})
	return err
}

// runTrain finds out whether a detector knows enough of its metric to expect
// anything of it, and asks to be run again.
func (s *Service) runTrain(ctx context.Context, run *task.Run) error {
	var key []byte
	if err := run.Decode(&key); err != nil {
		return task.Dead(err)
	}
	h, now := home{run.Account, run.Region}, s.Clock.Now()
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		d, ok, err := kv.Get[detector](tx, key)
		if err != nil {
			return fmt.Errorf("load anomaly detector: %w", err)
		}
		if err := run.Done(tx); err != nil || !ok {
			return err
		}
		seen, err := d.seen(tx, h, now)
		if err != nil {
			return err
		}
		d.State = api.AnomalyDetectorStateValueTrained
		if seen < fewest {
			d.State = api.AnomalyDetectorStateValueTrainedInsufficientData
		}
		if err := kv.Put(tx, key, d); err != nil {
			return err
		}
		return s.trainLater(tx, h, &d, now.Add(trainEvery))
	})
}

// seen is how many data points there are to learn from.
func (d *detector) seen(tx *kv.Tx, h home, now time.Time) (int, error) {
	queries := []*query{}
	if d.Math != nil {
		var err error
		if queries, err = readQueries(d.Math); err != nil {
			return 0, fmt.Errorf("read queries of anomaly detector: %w", err)
		}
	}
	e := newEvaluator(tx, h, queries, now.Add(-learnt), now, now)
	if d.Math == nil {
		st, _ := parseStatistic(d.Stat)
		s, err := e.series(d.Metric, st, d.Stat, trainPeriod, nil)
		return len(d.learnable(s.Points)), err
	}
	for _, q := range queries {
		if q.returned() {
			v, err := e.value(q)
			if _, refused := errors.AsType[wire.Error](err); err != nil && !refused {
				return 0, err
			}
			if len(v.Series) != 1 { // what cannot be evaluated teaches nothing
				return 0, nil
			}
			return len(d.learnable(v.Series[0].Points)), nil
		}
	}
	return 0, nil
}

// learnable are the points that are not excluded.
func (d *detector) learnable(points []expression.Point) []expression.Point {
	var out []expression.Point
	for _, p := range points {
		if !d.excluded(p.At) {
			out = append(out, p)
		}
	}
	return out
}

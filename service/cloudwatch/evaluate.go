package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/expression"
	"maru.dev/maru/task"
)

const (
	evaluateKind = "cloudwatch.evaluate"
	// spare is how many periods beyond an alarm's own are looked at, for data
	// points in place of missing ones.
	spare = 2
	// modelFor is how long a model of what is expected is believed.
	modelFor = time.Hour
)

// evaluation is what the task of an alarm holds.
type evaluation struct{ Name, Version string }

// verdict is a state and why it is the alarm's.
type verdict struct{ state, reason, data string }

// evaluateLater writes the alarm's only task.
func (s *Service) evaluateLater(tx *kv.Tx, h home, a *alarm, due time.Time) error {
	arn := h.alarmARN(a.name())
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: evaluateKind, Owner: arn, Key: arn, Due: due, Body: evaluation{a.name(), a.Version},
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
		a, ok, err := findAlarm(tx, h, e.Name)
		if err != nil {
			return err
		}
		if err := run.Done(tx); err != nil || !ok || a.Version != e.Version {
			return err
		}
		if a.Composite != nil {
			return s.evaluateComposite(tx, h, &a, now)
		}
		step := min(a.period(), time.Minute)
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

// evaluateComposite evaluates a composite alarm, unless its state depends on
// itself.
func (s *Service) evaluateComposite(tx *kv.Tx, h home, a *alarm, now time.Time) error {
	circle, err := inCircle(tx, h, a.name(), a.Composite)
	if err != nil || circle {
		return err
	}
	v, err := a.judgeComposite(tx, h)
	if err != nil {
		return err
	}
	if v.state != a.State {
		return s.transition(tx, h, a, v, now)
	}
	return s.settle(tx, h, a, now)
}

// judge works out a metric alarm's state from the periods that end by end.
func (a *alarm) judge(tx *kv.Tx, h home, end, now time.Time) (verdict, error) {
	start := end.Add(-a.period() * time.Duration(int(*a.Config.EvaluationPeriods)+spare))
	var (
		all []sample
		err error
	)
	if len(a.Config.Metrics) > 0 {
		all, err = a.mathSamples(tx, h, start, end, now)
	} else {
		all, err = a.samples(tx, h, start, end, now)
	}
	if err != nil {
		return verdict{}, err
	}
	all = all[:min(len(all), int(*a.Config.EvaluationPeriods))]
	if a.tooFew(all) {
		return verdict{state: a.State}, nil
	}
	state := a.weigh(all)
	return verdict{state, a.reason(state, all), a.reasonData(all, now)}, nil
}

// samples are the data points of the alarm's metric, newest first.
func (a *alarm) samples(tx *kv.Tx, h home, start, end, now time.Time) ([]sample, error) {
	c := &a.Config
	st, _ := parseStatistic(a.stat())
	var out []sample
	for p, err := range first(read(tx, h, newMetricID(*c.Namespace, *c.MetricName, c.Dimensions), span{start, end, a.period()}, c.Unit, now)) {
		if err != nil {
			return nil, err
		}
		if v, ok := st.of(&p.data); ok {
			out = append(out, sample{value: v, at: p.at, age: int(end.Sub(p.at) / a.period()), count: p.data.Count})
		}
	}
	slices.Reverse(out)
	return out, nil
}

// mathSamples are the data points of the alarm's expression, newest first: with
// the band, if it has one, and only where the band is known.
func (a *alarm) mathSamples(tx *kv.Tx, h home, start, end, now time.Time) ([]sample, error) {
	queries, err := readQueries(a.Config.Metrics)
	if err != nil {
		return nil, fmt.Errorf("read queries of alarm: %w", err)
	}
	e := newEvaluator(tx, h, queries, start, end, now)
	e.model = a.keptModel
	v, err := e.value(watched(queries, a.Config.ThresholdMetricId))
	if err != nil {
		return nil, fmt.Errorf("evaluate alarm: %w", err)
	}
	upper, lower, err := a.bounds(e)
	if err != nil || len(v.Series) == 0 {
		return nil, err
	}
	var out []sample
	points := v.Series[0].Points
	for i := len(points) - 1; i >= 0; i-- {
		p := points[i]
		smp := sample{value: p.Value, at: p.At, age: int(end.Sub(p.At) / a.period()), banded: upper != nil}
		if smp.banded {
			high, ok := upper[p.At]
			if !ok {
				continue
			}
			smp.high, smp.low = high, lower[p.At]
		}
		out = append(out, smp)
	}
	return out, nil
}

// bounds are those of the alarm's band by time, or nil when it has none.
func (a *alarm) bounds(e *evaluator) (upper, lower map[time.Time]float64, err error) {
	if a.Config.ThresholdMetricId == nil {
		return nil, nil, nil
	}
	for _, q := range e.queries {
		if q.Id != *a.Config.ThresholdMetricId {
			continue
		}
		v, err := e.value(q)
		if err != nil {
			return nil, nil, fmt.Errorf("evaluate band: %w", err)
		}
		if len(v.Series) == 2 {
			return byTime(v.Series[0]), byTime(v.Series[1]), nil
		}
	}
	return map[time.Time]float64{}, nil, nil
}

// byTime are a series' values by their times.
func byTime(s expression.Series) map[time.Time]float64 {
	out := make(map[time.Time]float64, len(s.Points))
	for _, p := range s.Points {
		out[p.At] = p.Value
	}
	return out
}

// storedModel is the row of what is expected of an alarm's expression.
type storedModel struct {
	Model   model
	Version string // of the alarm
	At      time.Time
}

// keptModel is the model of the alarm's expression. It is stored, and learnt
// anew from time to time.
func (a *alarm) keptModel(e *evaluator, of *expression.Expr, period time.Duration) (*model, error) {
	key := e.home.key("t", a.name())
	kept, ok, err := kv.Get[storedModel](e.tx, key)
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	if ok && kept.Version == a.Version && e.now.Sub(kept.At) < modelFor {
		return &kept.Model, nil
	}
	m, err := e.train(of, period)
	if err != nil {
		return nil, err
	}
	return m, kv.Put(e.tx, key, storedModel{*m, a.Version, e.now})
}

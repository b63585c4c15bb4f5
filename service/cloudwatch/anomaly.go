package cloudwatch

import (
	"math"
	"time"

	"maru.dev/maru/service/cloudwatch/expression"
)

// learnt is how much of the past a model is learnt from.
const learnt = 14 * 24 * time.Hour

// model is what is expected of a series: the mean and deviation of what was
// seen in each hour of the week, of the day where a week's hour has seen too
// little, and of all where the day's has.
type model struct {
	Week [168]moments
	Zone string // the name of the time zone that hours are of
}

// moments are the sums that mean and deviation come of.
type moments struct{ N, Sum, Squares float64 }

func (m *moments) add(o moments) {
	m.N += o.N
	m.Sum += o.Sum
	m.Squares += o.Squares
}

// fewest is how many points a deviation needs.
const fewest = 3

// location is the model's time zone.
func (m *model) location() *time.Location {
	if l, err := time.LoadLocation(m.Zone); err == nil {
		return l
	}
	return time.UTC
}

// hour is the hour of the week, from Monday, that a time is in.
func hour(at time.Time) int { return (int(at.Weekday())+6)%7*24 + at.Hour() }

// learn adds points to the model.
func (m *model) learn(points []expression.Point, excluded func(time.Time) bool) {
	zone := m.location()
	for _, p := range points {
		if excluded == nil || !excluded(p.At) {
			m.Week[hour(p.At.In(zone))].add(moments{1, p.Value, p.Value * p.Value})
		}
	}
}

// expect is the mean and the deviation at a time; ok is false when too little
// is known.
func (m *model) expect(at time.Time) (mean, deviation float64, ok bool) {
	h := hour(at)
	sum := m.Week[h]
	if sum.N < fewest {
		sum = moments{}
		for day := range 7 {
			sum.add(m.Week[day*24+h%24])
		}
	}
	if sum.N < fewest {
		sum = moments{}
		for _, w := range m.Week {
			sum.add(w)
		}
	}
	if sum.N < fewest {
		return 0, 0, false
	}
	mean = sum.Sum / sum.N
	return mean, math.Sqrt(max(0, sum.Squares/sum.N-mean*mean)), true
}

// band is what is expected of an expression, so many deviations to both sides,
// in each period.
func (e *evaluator) band(of *expression.Expr, width float64, period time.Duration) (upper, lower expression.Series, err error) {
	find := e.model
	if find == nil {
		find = (*evaluator).train
	}
	if names := of.Names(); len(names) == 1 {
		for _, q := range e.queries {
			if q.Id == names[0] && q.period() > 0 {
				period = q.period()
			}
		}
	}
	m, err := find(e, of, period)
	if err != nil {
		return upper, lower, err
	}
	upper, lower = expression.Series{Label: "upper", Period: period}, expression.Series{Label: "lower", Period: period}
	zone := m.location()
	if !e.steps.Take(int(e.end.Sub(e.start)/period) + 1) {
		return upper, lower, e.steps.Err()
	}
	for at := e.start.Truncate(period); at.Before(e.end); at = at.Add(period) {
		if mean, deviation, ok := m.expect(at.In(zone)); ok {
			upper.Points = append(upper.Points, expression.Point{At: at, Value: mean + width*deviation})
			lower.Points = append(lower.Points, expression.Point{At: at, Value: mean - width*deviation})
		}
	}
	return upper, lower, nil
}

// train learns a model of an expression from the two weeks before.
func (e *evaluator) train(of *expression.Expr, period time.Duration) (*model, error) {
	past := newEvaluator(e.tx, e.home, e.queries, e.start.Add(-learnt), e.start, e.now)
	past.steps = e.steps
	v, err := of.Eval(past.env(period))
	if err != nil {
		return nil, err
	}
	if v.Type != expression.TimeSeries {
		return nil, &expression.Error{Message: "Unsupported operand type(s) for ANOMALY_DETECTION_BAND: '[" + v.Type.String() + "]'"}
	}
	m := &model{}
	var excluded func(time.Time) bool
	if src, ok := v.Series[0].Source.(source); ok && v.Series[0].Metric {
		d, ok, err := loadDetector(e.tx, e.home, src.id, src.stat)
		if err != nil {
			return nil, err
		}
		if ok {
			m.Zone, excluded = d.zone(), d.excluded
		}
	}
	m.learn(v.Series[0].Points, excluded)
	return m, nil
}

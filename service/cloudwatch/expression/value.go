package expression

import (
	"math"
	"time"
)

// Point is a value at a time.
type Point struct {
	At    time.Time
	Value float64
}

// Series is a time series. Its points are never changed once it is made, so
// that values may share them.
type Series struct {
	Label  string
	Points []Point // oldest first
	Period time.Duration
	// Metric says that these are a metric's own points, not an expression's.
	Metric bool
	// Source is the caller's own: what the series was made of, if it is of one
	// metric.
	Source any
}

// Type is what a Value is.
type Type uint8

// The types of values.
const (
	Scalar Type = iota
	TimeSeries
	Array
	Text
)

// String is the type as errors name it.
func (t Type) String() string {
	return [...]string{"Scalar", "TimeSeries", "Array[TimeSeries]", "String"}[t]
}

// Value is what an expression, or a part of one, comes to.
type Value struct {
	Type   Type
	Number float64  // of a scalar
	Series []Series // one of a time series
	Text   string   // of a text
	// Dropped says that points were dropped on the way as they were no numbers.
	Dropped bool
}

// Of is the value of one series.
func Of(s Series) Value { return Value{Type: TimeSeries, Series: []Series{s}} }

// OfAll is the value of an array of series.
func OfAll(all []Series) Value { return Value{Type: Array, Series: all} }

// numeric says whether a value has numbers in it.
func (v Value) numeric() bool { return v.Type != Text }

// each makes a series of every one of a value's, and a scalar of its scalar.
func (v Value) each(of func(Series) Series, scalar func(float64) float64) Value {
	out := Value{Type: v.Type, Dropped: v.Dropped}
	if v.Type == Scalar {
		out.Number = scalar(v.Number)
		return out
	}
	out.Series = make([]Series, len(v.Series))
	for i, s := range v.Series {
		made := of(s)
		made.Label, made.Period, made.Source = s.Label, s.Period, s.Source
		made.Points = out.keep(made.Points)
		out.Series[i] = made
	}
	return out
}

// keep returns the points that are numbers, and notes when some are not.
func (v *Value) keep(points []Point) []Point {
	good := func(p Point) bool { return !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) }
	for i := range points {
		if good(points[i]) {
			continue
		}
		v.Dropped = true
		kept := append([]Point(nil), points[:i]...)
		for _, p := range points[i+1:] {
			if good(p) {
				kept = append(kept, p)
			}
		}
		return kept
	}
	return points
}

// mapped is a series with a function of each value.
func mapped(f func(float64) float64) func(Series) Series {
	return func(s Series) Series {
		out := make([]Point, len(s.Points))
		for i, p := range s.Points {
			out[i] = Point{p.At, f(p.Value)}
		}
		return Series{Points: out}
	}
}

// moment is what became of several series at a time: the values of those that
// have one, and how many have none.
type moment struct {
	at      time.Time
	values  []float64
	missing int
}

// joined visits every time at which a series has a point, oldest first.
func joined(env *Env, all []Series, visit func(m moment)) {
	heads := make([]int, len(all))
	values := make([]float64, 0, len(all))
	for env.Steps.Take(len(all)) {
		var at time.Time
		found := false
		for i, s := range all {
			if heads[i] < len(s.Points) && (!found || s.Points[heads[i]].At.Before(at)) {
				at, found = s.Points[heads[i]].At, true
			}
		}
		if !found {
			return
		}
		values = values[:0]
		for i, s := range all {
			if heads[i] < len(s.Points) && s.Points[heads[i]].At.Equal(at) {
				values = append(values, s.Points[heads[i]].Value)
				heads[i]++
			}
		}
		visit(moment{at, values, len(all) - len(values)})
	}
}

// period is the longest of several series' periods.
func period(all []Series) time.Duration {
	var longest time.Duration
	for _, s := range all {
		longest = max(longest, s.Period)
	}
	return longest
}

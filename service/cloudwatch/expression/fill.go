package expression

import (
	"sort"
	"time"
)

// fill gives a point to every period that has none.
func fill(env *Env, args []Value) (Value, bool) {
	if !listy(args[0]) {
		return Value{}, false
	}
	var with func(s Series) filler
	switch by := args[1]; {
	case by.Type == Scalar:
		with = func(Series) filler { return exactly(by.Number) }
	case by.Type == TimeSeries:
		with = func(Series) filler { return exact(by.Series[0]) }
	case by.Text == "REPEAT":
		with = func(s Series) filler { return repeat(s) }
	case by.Text == "LINEAR":
		with = func(s Series) filler { return linear(s) }
	default:
		return Value{}, false
	}
	return args[0].each(func(s Series) Series { return filled(env, s, with(s)) }, nil), true
}

// filler is the value of a missing point, if it has one.
type filler func(at time.Time) (float64, bool)

// filled is a series with its missing points.
func filled(env *Env, s Series, with filler) Series {
	var out []Point
	next := 0
	env.grid(s.Period, func(at time.Time) {
		for next < len(s.Points) && s.Points[next].At.Before(at) {
			out = append(out, s.Points[next])
			next++
		}
		if next < len(s.Points) && s.Points[next].At.Equal(at) {
			out = append(out, s.Points[next])
			next++
			return
		}
		if v, ok := with(at); ok {
			out = append(out, Point{at, v})
		}
	})
	return Series{Points: append(out, s.Points[next:]...)}
}

// after is the index of the first point that is not before a time.
func after(s Series, at time.Time) int {
	return sort.Search(len(s.Points), func(i int) bool { return !s.Points[i].At.Before(at) })
}

// exactly fills with a number.
func exactly(v float64) filler { return func(time.Time) (float64, bool) { return v, true } }

// exact fills with another series' point of the time.
func exact(s Series) filler {
	return func(at time.Time) (float64, bool) {
		i := after(s, at)
		if i == len(s.Points) || !s.Points[i].At.Equal(at) {
			return 0, false
		}
		return s.Points[i].Value, true
	}
}

// repeat fills with the point before.
func repeat(s Series) filler {
	return func(at time.Time) (float64, bool) {
		i := after(s, at)
		if i == 0 {
			return 0, false
		}
		return s.Points[i-1].Value, true
	}
}

// linear fills with the line between the points before and after.
func linear(s Series) filler {
	return func(at time.Time) (float64, bool) {
		i := after(s, at)
		if i == 0 || i == len(s.Points) {
			return 0, false
		}
		a, b := s.Points[i-1], s.Points[i]
		return a.Value + (b.Value-a.Value)*float64(at.Sub(a.At))/float64(b.At.Sub(a.At)), true
	}
}

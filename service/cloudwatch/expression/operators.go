package expression

import (
	"fmt"
	"math"
	"time"
)

// truth is a condition as a number.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// compute is an operator's result for two numbers.
func compute(op string, a, b float64) float64 {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		if b == 0 {
			return math.NaN()
		}
		return a / b
	case "^":
		return math.Pow(a, b)
	case "==":
		return truth(a == b)
	case "!=":
		return truth(a != b)
	case "<=":
		return truth(a <= b)
	case ">=":
		return truth(a >= b)
	case "<":
		return truth(a < b)
	case ">":
		return truth(a > b)
	case "AND":
		return truth(a != 0 && b != 0)
	}
	return truth(a != 0 || b != 0)
}

// operate applies an operator to two values.
func operate(env *Env, op string, a, b Value) (Value, error) {
	if !a.numeric() || !b.numeric() || a.Type == Array && b.Type == Array {
		return Value{}, &Error{fmt.Sprintf("Unsupported operand type(s) for %s: '[%s, %s]'", op, a.Type, b.Type)}
	}
	if !env.Steps.Take(a.size() + b.size()) {
		return Value{}, nil
	}
	var out Value
	switch {
	case a.Type == Scalar:
		out = b.each(mapped(func(v float64) float64 { return compute(op, a.Number, v) }), func(v float64) float64 { return compute(op, a.Number, v) })
	case b.Type == Scalar:
		out = a.each(mapped(func(v float64) float64 { return compute(op, v, b.Number) }), nil)
	case a.Type == Array:
		out = a.each(func(s Series) Series { return both(env, op, s, b.Series[0]) }, nil)
	default:
		out = b.each(func(s Series) Series { return both(env, op, a.Series[0], s) }, nil)
		if b.Type == TimeSeries {
			out.Series[0].Label, out.Series[0].Source = "", nil
			out.Series[0].Period = max(a.Series[0].Period, b.Series[0].Period)
		}
	}
	out.Dropped = out.Dropped || a.Dropped || b.Dropped
	return out, nil
}

// both applies an operator to two series: where one has no point it counts as 0.
func both(env *Env, op string, a, b Series) Series {
	if !env.Steps.Take(len(a.Points) + len(b.Points)) {
		return Series{}
	}
	out := make([]Point, 0, max(len(a.Points), len(b.Points)))
	i, j := 0, 0
	for i < len(a.Points) || j < len(b.Points) {
		var (
			x, y float64
			at   time.Time
		)
		first := j == len(b.Points) || i < len(a.Points) && !b.Points[j].At.Before(a.Points[i].At)
		second := i == len(a.Points) || j < len(b.Points) && !a.Points[i].At.Before(b.Points[j].At)
		if first {
			x, at = a.Points[i].Value, a.Points[i].At
			i++
		}
		if second {
			y, at = b.Points[j].Value, b.Points[j].At
			j++
		}
		out = append(out, Point{at, compute(op, x, y)})
	}
	return Series{Points: out}
}

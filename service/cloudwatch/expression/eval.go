package expression

import (
	"fmt"
	"time"
)

// Env is what an expression is evaluated in.
type Env struct {
	// Start, End and Period are the grid of series that have a point in every
	// period: Start is included, End is not.
	Start, End time.Time
	Period     time.Duration
	// Steps are those that are left to the request.
	Steps *Steps
	// Lookup returns the value of another query.
	Lookup func(id string) (Value, error)
	// Metrics returns the request's metrics whose id has this in it, without
	// expressions.
	Metrics func(part string) ([]Series, error)
	// Search finds metrics. A period of 0 is the query's own.
	Search func(query, stat string, period time.Duration) ([]Series, error)
	// Band returns the upper and the lower bound of what is expected of an
	// expression, so many standard deviations wide.
	Band func(of *Expr, width float64) (upper, lower Series, err error)
}

// UnsupportedError is the error of a function that needs what is not there.
type UnsupportedError struct{ Function string }

// Error says so.
func (u *UnsupportedError) Error() string { return u.Function + " is not implemented" }

// Eval evaluates an expression to a series or an array of series.
func (e *Expr) Eval(env *Env) (Value, error) {
	v, err := e.eval(env)
	if err != nil {
		return v, err
	}
	if v.Type != TimeSeries && v.Type != Array {
		return v, &Error{fmt.Sprintf("The expression must return a time series or an array of time series, and not a %s", v.Type)}
	}
	return v, nil
}

// eval evaluates a part of an expression, as far as there are steps.
func (e *Expr) eval(env *Env) (Value, error) {
	v, err := e.value(env)
	if err == nil {
		err = env.Steps.Err()
	}
	return v, err
}

// value is what a part of an expression comes to.
func (e *Expr) value(env *Env) (Value, error) {
	switch e.kind {
	case literal:
		return Value{Type: Scalar, Number: e.number}, nil
	case text, keyword:
		return Value{Type: Text, Text: e.text}, nil
	case name:
		return env.Lookup(e.text)
	case negation:
		v, err := e.args[0].eval(env)
		if err == nil && !v.numeric() {
			err = &Error{fmt.Sprintf("Unsupported operand type(s) for -: '[%s]'", v.Type)}
		}
		if err != nil || !env.Steps.Take(v.size()) {
			return v, err
		}
		return v.each(mapped(func(x float64) float64 { return -x }), func(x float64) float64 { return -x }), nil
	case array:
		return e.array(env)
	case operation:
		a, err := e.args[0].eval(env)
		if err != nil {
			return a, err
		}
		b, err := e.args[1].eval(env)
		if err != nil {
			return b, err
		}
		return operate(env, e.text, a, b)
	}
	return e.call(env)
}

// array evaluates the elements of an array, and those of arrays in it.
func (e *Expr) array(env *Env) (Value, error) {
	out := Value{Type: Array}
	for _, a := range e.args {
		v, err := a.eval(env)
		if err != nil {
			return v, err
		}
		if v.Type != TimeSeries && v.Type != Array {
			return v, &Error{fmt.Sprintf("An array can only have time series, and not a %s", v.Type)}
		}
		if !env.Steps.Take(v.size()) {
			break
		}
		out.Series = append(out.Series, v.Series...)
		out.Dropped = out.Dropped || v.Dropped
	}
	return out, nil
}

// call evaluates a function.
func (e *Expr) call(env *Env) (Value, error) {
	f := e.function
	if len(e.args) < f.least || len(e.args) > f.most {
		return Value{}, &Error{fmt.Sprintf("Invalid number of arguments for function '%s'", e.text)}
	}
	if f.raw != nil {
		return f.raw(env, e)
	}
	args := make([]Value, len(e.args))
	dropped := false
	for i, a := range e.args {
		v, err := a.eval(env)
		if err != nil {
			return v, err
		}
		if !env.Steps.Take(v.size()) {
			return v, nil
		}
		args[i] = v
		dropped = dropped || v.Dropped
	}
	out, ok := f.run(env, args)
	if !ok {
		types := ""
		for i, a := range args {
			if i > 0 {
				types += ", "
			}
			types += a.Type.String()
		}
		return out, &Error{fmt.Sprintf("Unsupported operand type(s) for %s: '[%s]'", e.text, types)}
	}
	for i := range out.Series {
		out.Series[i].Points = out.keep(out.Series[i].Points)
	}
	out.Dropped = out.Dropped || dropped
	return out, nil
}

// grid visits the beginnings of the periods of a series' range.
func (env *Env) grid(period time.Duration, visit func(at time.Time)) {
	if period <= 0 {
		period = env.Period
	}
	if period <= 0 {
		return
	}
	at := env.Start.Truncate(period)
	if !env.Steps.Take(int(env.End.Sub(at)/period) + 1) {
		return
	}
	for ; at.Before(env.End); at = at.Add(period) {
		visit(at)
	}
}

// full is the series of a function of the time, with a point in every period.
func (env *Env) full(period time.Duration, f func(at time.Time) float64) Series {
	if period <= 0 {
		period = env.Period
	}
	out := Series{Period: period}
	env.grid(period, func(at time.Time) { out.Points = append(out.Points, Point{at, f(at)}) })
	return out
}

package expression

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// function is one that expressions may call.
type function struct {
	least, most int // how many arguments it takes
	// run computes it; ok is false when it does not take arguments of these
	// types.
	run func(env *Env, args []Value) (v Value, ok bool)
	// raw computes a function that takes its arguments as they are written.
	raw func(env *Env, e *Expr) (Value, error)
}

// functions are all by name.
var functions = map[string]function{
	"ABS":                    {1, 1, eachValue(math.Abs), nil},
	"ANOMALY_DETECTION_BAND": {1, 2, nil, band},
	"AVG":                    {1, 1, aggregate(mean, func(m moment) float64 { return total(m.values) / float64(len(m.values)+m.missing) }), nil},
	"CEIL":                   {1, 1, eachValue(math.Ceil), nil},
	"DATAPOINT_COUNT":        {1, 1, aggregate(count, func(m moment) float64 { return count(m.values) }), nil},
	"DATE":                   {1, 1, calendar(func(t time.Time) int64 { return int64(t.Day()) }), nil},
	"DAY":                    {1, 1, calendar(func(t time.Time) int64 { return int64((t.Weekday()+6)%7 + 1) }), nil},
	"DB_PERF_INSIGHTS":       {1, 3, nil, unsupported},
	"DIFF":                   {1, 1, steps(func(a, b Point) float64 { return b.Value - a.Value }), nil},
	"DIFF_TIME":              {1, 1, steps(func(a, b Point) float64 { return b.At.Sub(a.At).Seconds() }), nil},
	"EPOCH":                  {1, 1, calendar(time.Time.Unix), nil},
	"FILL":                   {2, 2, fill, nil},
	"FIRST":                  {1, 1, pick(func(n int) int { return 0 }), nil},
	"FLOOR":                  {1, 1, eachValue(math.Floor), nil},
	"HOUR":                   {1, 1, calendar(func(t time.Time) int64 { return int64(t.Hour()) }), nil},
	"IF":                     {2, 3, choose, nil},
	"INSIGHT_RULE_METRIC":    {2, 2, nil, unsupported},
	"LAMBDA":                 {1, 100, nil, unsupported},
	"LAST":                   {1, 1, pick(func(n int) int { return n - 1 }), nil},
	"LOG":                    {1, 1, eachValue(math.Log), nil},
	"LOG10":                  {1, 1, eachValue(math.Log10), nil},
	"MAX":                    {1, 1, aggregate(largest, func(m moment) float64 { return largest(m.values) }), nil},
	"METRICS":                {0, 1, nil, metrics},
	"METRIC_COUNT":           {1, 1, metricCount, nil},
	"MIN":                    {1, 1, aggregate(smallest, func(m moment) float64 { return smallest(m.values) }), nil},
	"MINUTE":                 {1, 1, calendar(func(t time.Time) int64 { return int64(t.Minute()) }), nil},
	"MONTH":                  {1, 1, calendar(func(t time.Time) int64 { return int64(t.Month()) }), nil},
	"PERIOD":                 {1, 1, periodOf, nil},
	"RATE":                   {1, 1, steps(func(a, b Point) float64 { return (b.Value - a.Value) / b.At.Sub(a.At).Seconds() }), nil},
	"REMOVE_EMPTY":           {1, 1, removeEmpty, nil},
	"RUNNING_SUM":            {1, 1, runningSum, nil},
	"SEARCH":                 {2, 3, nil, search},
	"SERVICE_QUOTA":          {1, 1, nil, unsupported},
	"SLICE":                  {2, 3, slice, nil},
	"SORT":                   {3, 4, sorted, nil},
	"STDDEV":                 {1, 1, aggregate(deviation, func(m moment) float64 { return deviation(m.values) }), nil},
	"SUM":                    {1, 1, aggregate(total, func(m moment) float64 { return total(m.values) }), nil},
	"TIME_SERIES":            {1, 1, timeSeries, nil},
	"YEAR":                   {1, 1, calendar(func(t time.Time) int64 { return int64(t.Year()) }), nil},
}

// listy says whether a value is a series or an array.
func listy(v Value) bool { return v.Type == TimeSeries || v.Type == Array }

// unsupported is what needs a service that is not there.
func unsupported(_ *Env, e *Expr) (Value, error) { return Value{}, &UnsupportedError{e.text} }

// eachValue is a function of every value.
func eachValue(f func(float64) float64) func(*Env, []Value) (Value, bool) {
	return func(_ *Env, args []Value) (Value, bool) {
		if !args[0].numeric() {
			return Value{}, false
		}
		return args[0].each(mapped(f), f), true
	}
}

// calendar is a function of every period's time.
func calendar(f func(time.Time) int64) func(*Env, []Value) (Value, bool) {
	return func(env *Env, args []Value) (Value, bool) {
		if args[0].Type != TimeSeries {
			return Value{}, false
		}
		return Of(env.full(args[0].Series[0].Period, func(at time.Time) float64 { return float64(f(at.UTC())) })), true
	}
}

// steps is a function of each point and the one before it.
func steps(f func(before, now Point) float64) func(*Env, []Value) (Value, bool) {
	return func(_ *Env, args []Value) (Value, bool) {
		if !listy(args[0]) {
			return Value{}, false
		}
		return args[0].each(func(s Series) Series {
			var out []Point
			for i := 1; i < len(s.Points); i++ {
				out = append(out, Point{s.Points[i].At, f(s.Points[i-1], s.Points[i])})
			}
			return Series{Points: out}
		}, nil), true
	}
}

// runningSum adds up a series from its beginning.
func runningSum(_ *Env, args []Value) (Value, bool) {
	if !listy(args[0]) {
		return Value{}, false
	}
	return args[0].each(func(s Series) Series {
		sum := 0.0
		return mapped(func(v float64) float64 { sum += v; return sum })(s)
	}, nil), true
}

// aggregate is a scalar of one series, and a series of an array.
func aggregate(one func([]float64) float64, many func(moment) float64) func(*Env, []Value) (Value, bool) {
	return func(env *Env, args []Value) (Value, bool) {
		switch args[0].Type {
		case TimeSeries:
			values := make([]float64, len(args[0].Series[0].Points))
			for i, p := range args[0].Series[0].Points {
				values[i] = p.Value
			}
			return Value{Type: Scalar, Number: one(values)}, true
		case Array:
			out := Series{Period: period(args[0].Series)}
			joined(env, args[0].Series, func(m moment) { out.Points = append(out.Points, Point{m.at, many(m)}) })
			return Of(out), true
		}
		return Value{}, false
	}
}

// total, mean, count, smallest, largest and deviation are of a row of values.
// What is not known of no values at all is not a number.
func total(all []float64) float64 {
	sum := 0.0
	for _, v := range all {
		sum += v
	}
	return sum
}

func mean(all []float64) float64 { return total(all) / float64(len(all)) }

func count(all []float64) float64 { return float64(len(all)) }

func smallest(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	return slices.Min(all)
}

func largest(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	return slices.Max(all)
}

func deviation(all []float64) float64 {
	middle, sum := mean(all), 0.0
	for _, v := range all {
		sum += (v - middle) * (v - middle)
	}
	return math.Sqrt(sum / float64(len(all)))
}

// pick is one series of an array; of an empty array it is an empty series.
func pick(which func(n int) int) func(*Env, []Value) (Value, bool) {
	return func(env *Env, args []Value) (Value, bool) {
		if args[0].Type != Array {
			return Value{}, false
		}
		if len(args[0].Series) == 0 {
			return Of(Series{Period: env.Period}), true
		}
		s := args[0].Series[which(len(args[0].Series))]
		s.Metric = false
		return Of(s), true
	}
}

// metricCount is how many series there are in an array.
func metricCount(_ *Env, args []Value) (Value, bool) {
	return Value{Type: Scalar, Number: float64(len(args[0].Series))}, args[0].Type == Array
}

// periodOf is a metric's period in seconds.
func periodOf(_ *Env, args []Value) (Value, bool) {
	if args[0].Type != TimeSeries || !args[0].Series[0].Metric {
		return Value{}, false
	}
	return Value{Type: Scalar, Number: args[0].Series[0].Period.Seconds()}, true
}

// removeEmpty leaves the series that have points.
func removeEmpty(_ *Env, args []Value) (Value, bool) {
	if args[0].Type != Array {
		return Value{}, false
	}
	out := Value{Type: Array}
	for _, s := range args[0].Series {
		if len(s.Points) > 0 {
			out.Series = append(out.Series, s)
		}
	}
	return out, true
}

// timeSeries is a scalar in every period.
func timeSeries(env *Env, args []Value) (Value, bool) {
	if args[0].Type != Scalar {
		return Value{}, false
	}
	return Of(env.full(0, func(time.Time) float64 { return args[0].Number })), true
}

// slice is a part of an array.
func slice(_ *Env, args []Value) (Value, bool) {
	if args[0].Type != Array || args[1].Type != Scalar || len(args) == 3 && args[2].Type != Scalar {
		return Value{}, false
	}
	n := len(args[0].Series)
	clamp := func(v float64) int { return int(min(max(v, 0), float64(n))) }
	from, to := clamp(args[1].Number), n
	if len(args) == 3 {
		to = clamp(args[2].Number)
	}
	return OfAll(args[0].Series[from:max(from, to)]), true
}

// sorted is an array in the order of an aggregate of each series. What has no
// points is last.
func sorted(_ *Env, args []Value) (Value, bool) {
	by, known := map[string]func([]float64) float64{"AVG": mean, "MIN": smallest, "MAX": largest, "SUM": total, "STDDEV": deviation}[args[1].Text]
	down := args[2].Text == "DESC"
	if args[0].Type != Array || !known || !down && args[2].Text != "ASC" || len(args) == 4 && args[3].Type != Scalar {
		return Value{}, false
	}
	type ranked struct {
		of  Series
		key float64
	}
	all := make([]ranked, len(args[0].Series))
	for i, s := range args[0].Series {
		values := make([]float64, len(s.Points))
		for k, p := range s.Points {
			values[k] = p.Value
		}
		all[i] = ranked{s, by(values)}
		if len(values) == 0 {
			all[i].key = math.NaN()
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		switch {
		case math.IsNaN(a.key) || math.IsNaN(b.key):
			return cmp.Compare(truth(math.IsNaN(a.key)), truth(math.IsNaN(b.key)))
		case down:
			return cmp.Compare(b.key, a.key)
		}
		return cmp.Compare(a.key, b.key)
	})
	if len(args) == 4 {
		all = all[:int(min(max(args[3].Number, 0), float64(len(all))))]
	}
	out := Value{Type: Array}
	for _, r := range all {
		out.Series = append(out.Series, r.of)
	}
	return out, true
}

// metrics are those of the request.
func metrics(env *Env, e *Expr) (Value, error) {
	part := ""
	if len(e.args) == 1 {
		if e.args[0].kind != text {
			return Value{}, &Error{"METRICS takes a string"}
		}
		part = e.args[0].text
	}
	all, err := env.Metrics(part)
	return OfAll(all), err
}

// search finds metrics.
func search(env *Env, e *Expr) (Value, error) {
	if e.args[0].kind != text || e.args[1].kind != text || len(e.args) == 3 && e.args[2].kind != literal {
		return Value{}, &Error{"SEARCH takes a search expression, a statistic and a period: SEARCH('...', 'Average', 300)"}
	}
	var seconds time.Duration
	if len(e.args) == 3 {
		seconds = time.Duration(e.args[2].number) * time.Second
		if seconds <= 0 || seconds > 366*24*time.Hour {
			return Value{}, &Error{fmt.Sprintf("Invalid period %v in SEARCH", e.args[2].number)}
		}
	}
	all, err := env.Search(e.args[0].text, e.args[1].text, seconds)
	return OfAll(all), err
}

// defaultWidth is how many standard deviations wide a band is that does not say.
const defaultWidth = 2

// band is what is expected of a metric or an expression.
func band(env *Env, e *Expr) (Value, error) {
	width := float64(defaultWidth)
	if len(e.args) == 2 {
		v, err := e.args[1].eval(env)
		if err != nil {
			return v, err
		}
		if v.Type != Scalar || !(v.Number > 0) {
			return v, &Error{"ANOMALY_DETECTION_BAND takes a number of standard deviations that is greater than 0"}
		}
		width = v.Number
	}
	upper, lower, err := env.Band(e.args[0], width)
	if err != nil {
		return Value{}, err
	}
	return OfAll([]Series{upper, lower}), nil
}

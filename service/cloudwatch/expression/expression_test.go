package expression_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/service/cloudwatch/expression"
)

// start is a Friday.
var start = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// gap is where a series has no point.
var gap = math.NaN()

// series has a point a minute.
func series(label string, values ...float64) expression.Series {
	s := expression.Series{Label: label, Period: time.Minute, Metric: true}
	for i, v := range values {
		if !math.IsNaN(v) {
			s.Points = append(s.Points, expression.Point{At: start.Add(time.Duration(i) * time.Minute), Value: v})
		}
	}
	return s
}

// env has the metrics of the documentation's examples, over five minutes.
func env() *expression.Env {
	all := map[string]expression.Series{
		"m1": series("m1", 30, 20, 0, 0), "m2": series("m2", 20, gap, 20, gap), "c": series("c", 1, 1, 0, 0, gap),
		"t": series("t", 30, gap, 0, 0, 30), "f": series("f", 0, 0, 20, gap, 20), "empty": series("empty"),
		"g": series("g", gap, 2, gap, gap, 8),
	}
	e := &expression.Env{Start: start, End: start.Add(5 * time.Minute), Period: time.Minute}
	e.Lookup = func(id string) (expression.Value, error) {
		if s, ok := all[id]; ok {
			return expression.Of(s), nil
		}
		return expression.Value{}, &expression.Error{Message: "no " + id}
	}
	e.Metrics = func(part string) ([]expression.Series, error) {
		var out []expression.Series
		for _, id := range []string{"m1", "m2"} {
			if strings.Contains(id, part) {
				out = append(out, all[id])
			}
		}
		return out, nil
	}
	e.Search = func(query, stat string, period time.Duration) ([]expression.Series, error) {
		return []expression.Series{series(fmt.Sprint(query, stat, period), 1)}, nil
	}
	e.Band = func(_ *expression.Expr, width float64) (upper, lower expression.Series, err error) {
		return series("up", width), series("low", -width), nil
	}
	return e
}

// shown writes a value's points by minute: "[1 2 -]".
func shown(v expression.Value) string {
	var all []string
	for _, s := range v.Series {
		row := []string{"-", "-", "-", "-", "-"}
		for _, p := range s.Points {
			row[p.At.Sub(start)/time.Minute] = fmt.Sprint(p.Value)
		}
		all = append(all, strings.Join(row, " "))
	}
	return strings.Join(all, " | ")
}

func TestExpressionsComeToWhatIsDocumented(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"m1 < m2":                    "0 0 1 0 -",
		"m1 >= 30":                   "1 0 0 0 -",
		"m1 > 15 AND m2 > 15":        "1 0 0 0 -",
		"m1 > 15 || m2 > 15":         "1 1 1 0 -",
		"m1 + m2":                    "50 20 20 0 -",
		"m1 / m2":                    "1.5 - 0 - -",
		"2 * m1 ^ 2 - 1":             "1799 799 -1 -1 -",
		"-m1 + 2 * (3 - 1)":          "-26 -16 4 4 -",
		"METRICS() * 2":              "60 40 0 0 - | 40 - 40 - -",
		`METRICS("2")`:               "20 - 20 - -",
		"[m1, m2] / m1":              "1 1 - - - | 0.6666666666666666 0 - - -",
		"AVG([m1, m2])":              "25 10 10 0 -",
		"SUM(METRICS())":             "50 20 20 0 -",
		"MIN([m1, m2])":              "20 20 0 0 -",
		"MAX([m1, m2])":              "30 20 20 0 -",
		"STDDEV([m1, m2])":           "5 0 10 0 -",
		"DATAPOINT_COUNT([m1,m2])":   "2 1 2 1 -",
		"m1 - AVG(m1)":               "17.5 7.5 -12.5 -12.5 -",
		"m1/METRIC_COUNT(METRICS())": "15 10 0 0 -",
		"m1/PERIOD(m1)*60":           "30 20 0 0 -",
		"DIFF(m1)":                   "- -10 -20 0 -",
		"DIFF_TIME(m2)":              "- - 120 - -",
		"RATE(m2)":                   "- - 0 - -",
		"RUNNING_SUM(m1)":            "30 50 50 50 -",
		"FILL(g, 0)":                 "0 2 0 0 8",
		"FILL(g, REPEAT)":            "- 2 2 2 8",
		"FILL(g, LINEAR)":            "- 2 4 6 8",
		"FILL(g, m1)":                "30 2 0 0 8",
		"FILL(empty, 7)":             "7 7 7 7 7",
		"TIME_SERIES(MAX(m1))":       "30 30 30 30 30",
		"MINUTE(m1)":                 "0 1 2 3 4",
		"HOUR(m1)":                   "10 10 10 10 10",
		"DAY(m1)":                    "5 5 5 5 5",
		"DATE(m1) + MONTH(m1) * 100 + YEAR(m1) * 10000": "2.026112e+07 2.026112e+07 2.026112e+07 2.026112e+07 2.026112e+07",
		"EPOCH(m1) - 1795168800":                        "0 60 120 180 240",
		"IF(c, t, f)":                                   "30 0 20 - -",
		"IF(c, 5, f)":                                   "5 5 20 - -",
		"IF(c, t, 5)":                                   "30 0 5 5 -",
		"IF(m1 < 25, m1)":                               "- 20 0 0 -",
		"IF(m1 < 25, 10, 2)":                            "2 10 10 10 -",
		"IF(1, m1, f)":                                  "30 20 0 0 -",
		"IF(0, m1)":                                     "- - - - -",
		"FIRST(SORT(METRICS(), SUM, ASC))":              "20 - 20 - -",
		"SORT(METRICS(), AVG, DESC, 1)":                 "20 - 20 - -",
		"SLICE(SORT(METRICS(), MAX, DESC), 1)":          "20 - 20 - -",
		"SLICE([m1, m2, t], 1, 2)":                      "20 - 20 - -",
		"REMOVE_EMPTY([empty, m1])":                     "30 20 0 0 -",
		"LAST(ANOMALY_DETECTION_BAND(m1, 3))":           "-3 - - - -",
		"SEARCH('{a,b} c', 'Sum', 60)":                  "1 - - - -",
		"CEIL(m1/7) + FLOOR(m1/7)":                      "9 5 0 0 -",
		"LOG10(m1)":                                     "1.4771212547196624 1.301029995663981 - - -",
		"ABS(-m1)":                                      "30 20 0 0 -",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			e, err := expression.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			v, err := e.Eval(env())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, shown(v)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExpressionsAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"5":                             "Scalar",
		"AVG(m1)":                       "Scalar",
		"[m1,m2] + [m1,m2]":             "Unsupported operand type(s) for +: '[Array[TimeSeries], Array[TimeSeries]]'",
		"m1 + 'a'":                      "Unsupported operand type(s) for +: '[TimeSeries, String]'",
		"FIRST(m1)":                     "Unsupported operand type(s) for FIRST: '[TimeSeries]'",
		"PERIOD(m1*2)*m1":               "Unsupported operand type(s) for PERIOD",
		"SORT(METRICS(), A, B)":         "Unexpected token 'A'",
		"m1 +":                          "Unexpected end of expression",
		"avg(m1)":                       "Unsupported function 'avg'",
		"NOPE(m1)":                      "Unsupported function 'NOPE'",
		"(m1":                           "Unexpected end of expression",
		"m1 m2":                         "Unexpected token 'm2'",
		"M1":                            "Unexpected token 'M1'",
		"m1 $ 2":                        "Unexpected character '$'",
		"'a":                            "Unterminated string",
		"AVG(m1, m2)":                   "Invalid number of arguments for function 'AVG'",
		"m9":                            "no m9",
		"SERVICE_QUOTA(m1)":             "SERVICE_QUOTA is not implemented",
		strings.Repeat("(", 200) + "m1": "nested too deeply",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			e, err := expression.Parse(text)
			if err == nil {
				_, err = e.Eval(env())
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
}

func TestDroppedPointsAreTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"m1/m2": true, "m1*m2": false, "SUM([m1/m2, m1])": true} {
		e, err := expression.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Eval(env())
		if err != nil || v.Dropped != want {
			t.Errorf("%s: dropped %v (%v), want %v", text, v.Dropped, err, want)
		}
	}
}

// Whatever is parsed is evaluated to ordered, finite points or to an error, and
// never to a panic.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{"m1+m2", "FILL(METRICS(), LINEAR)", "IF(m1>1 AND m2<2, [m1][0], -m1^2)", "SORT([m1,m2],AVG,DESC,1)", "SEARCH('{A,B} \"c\"','p9',60)", "LAST(ANOMALY_DETECTION_BAND(m1,2))"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := expression.Parse(s)
		if err != nil {
			return
		}
		v, err := e.Eval(env())
		if err != nil {
			return
		}
		for _, s := range v.Series {
			for i, p := range s.Points {
				if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) || i > 0 && !s.Points[i-1].At.Before(p.At) {
					t.Fatalf("point %d of %v", i, s.Points)
				}
			}
		}
	})
}

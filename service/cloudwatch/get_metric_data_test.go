package cloudwatch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// minutes puts values of a metric of n, one a minute from the given time; a
// negative one is left out.
func (b *bench) minutes(metric, dimension string, at time.Time, values ...float64) {
	b.t.Helper()
	var data []types.MetricDatum
	for i, v := range values {
		if v < 0 {
			continue
		}
		d := types.MetricDatum{MetricName: &metric, Value: &v, Timestamp: aws.Time(at.Add(time.Duration(i) * time.Minute))}
		if name, value, ok := strings.Cut(dimension, "="); ok {
			d.Dimensions = []types.Dimension{{Name: &name, Value: &value}}
		}
		data = append(data, d)
	}
	b.put(data...)
}

// ask runs queries: "id metric [dimension]", "id = expression", "id # sql"; a
// leading "-" keeps the result back.
func (b *bench) ask(from time.Time, how func(in *client.GetMetricDataInput), queries ...string) (*client.GetMetricDataOutput, error) {
	b.t.Helper()
	in := &client.GetMetricDataInput{StartTime: &from, EndTime: aws.Time(from.Add(5 * time.Minute)), ScanBy: types.ScanByTimestampAscending}
	for _, text := range queries {
		q := types.MetricDataQuery{}
		if rest, ok := strings.CutPrefix(text, "-"); ok {
			text, q.ReturnData = rest, aws.Bool(false)
		}
		if text, label, ok := strings.Cut(text, " @ "); ok {
			q = types.MetricDataQuery{ReturnData: q.ReturnData, Label: &label}
			b.query(&q, text)
		} else {
			b.query(&q, text)
		}
		in.MetricDataQueries = append(in.MetricDataQueries, q)
	}
	if how != nil {
		how(in)
	}
	return b.cw.GetMetricData(b.t.Context(), in)
}

// query reads a query of ask.
func (b *bench) query(q *types.MetricDataQuery, text string) {
	id, rest, _ := strings.Cut(text, " ")
	q.Id = &id
	if e, ok := strings.CutPrefix(rest, "= "); ok {
		q.Expression = &e
		return
	}
	if e, ok := strings.CutPrefix(rest, "# "); ok {
		q.Expression, q.Period = &e, aws.Int32(60)
		return
	}
	metric, dimension, _ := strings.Cut(rest, " ")
	m := &types.Metric{Namespace: aws.String("n"), MetricName: &metric}
	if name, value, ok := strings.Cut(dimension, "="); ok {
		m.Dimensions = []types.Dimension{{Name: &name, Value: &value}}
	}
	q.MetricStat = &types.MetricStat{Metric: m, Period: aws.Int32(60), Stat: aws.String("Sum")}
}

// told writes results as "label: values".
func told(out *client.GetMetricDataOutput) []string {
	all := []string{}
	for _, r := range out.MetricDataResults {
		all = append(all, fmt.Sprintf("%s %s: %v", *r.Id, *r.Label, r.Values))
	}
	return all
}

// hour is a whole hour, some hours ago.
func (b *bench) hour() time.Time { return b.Now().Truncate(time.Hour).Add(-2 * time.Hour) }

// filled is a bench with three metrics of five minutes.
func filled(t *testing.T) (*bench, time.Time) {
	b := newBench(t)
	at := b.hour()
	b.minutes("errors", "Fn=a", at, 1, 2, -1, 4, 5)
	b.minutes("errors", "Fn=b", at, 10, 20, 30, 40, 50)
	b.minutes("calls", "", at, 100, 100, 0, 100, 100)
	return b, at
}

func TestGetMetricDataEvaluatesExpressions(t *testing.T) {
	t.Parallel()
	b, at := filled(t)
	tests := map[string]struct {
		queries []string
		want    []string
	}{
		"math":            {[]string{"-m1 errors Fn=a", "-m2 calls", "e1 = m1 / m2 * 100 @ rate"}, []string{"e1 rate: [1 2 4 5]"}},
		"default labels":  {[]string{"m1 calls", "e1 = m1*2"}, []string{"m1 calls: [100 100 0 100 100]", "e1 e1: [200 200 0 200 200]"}},
		"of expressions":  {[]string{"-m1 errors Fn=a", "-e1 = FILL(m1, 0)", "e2 = RUNNING_SUM(e1) @ sum"}, []string{"e2 sum: [1 3 3 7 12]"}},
		"metrics":         {[]string{"-m1 errors Fn=a", "-m2 errors Fn=b", "e1 = METRICS() * 10 @ x"}, []string{"e1 x errors: [10 20 40 50]", "e1 x errors: [100 200 300 400 500]"}},
		"search":          {[]string{`e1 = SEARCH('{n,Fn} MetricName="errors"', 'Sum', 60)`}, []string{"e1 a: [1 2 4 5]", "e1 b: [10 20 30 40 50]"}},
		"sum of search":   {[]string{`e1 = SUM(SEARCH('{n,Fn} errors', 'Sum', 60)) @ s`}, []string{"e1 s: [11 22 30 44 55]"}},
		"search nothing":  {[]string{`e1 = SEARCH('{n,Fn} nothing', 'Sum', 60)`}, []string{}},
		"insights":        {[]string{`q1 # SELECT SUM(errors) FROM SCHEMA(n, Fn)`}, []string{"q1 q1: [11 22 30 44 55]"}},
		"insights group":  {[]string{`q1 # SELECT MAX(errors) FROM n GROUP BY Fn ORDER BY SUM() DESC LIMIT 1`}, []string{"q1 b: [10 20 30 40 50]"}},
		"insights where":  {[]string{`q1 # SELECT AVG(errors) FROM n WHERE Fn != 'b'`}, []string{"q1 q1: [1 2 4 5]"}},
		"dynamic label":   {[]string{"m1 errors Fn=a @ [${MAX}/${AVG}] ${PROP('Dim.Fn')} ${LABEL} ${NOPE}"}, []string{"m1 [5/3] a errors ${NOPE}: [1 2 4 5]"}},
		"dynamic of many": {[]string{`e1 = SEARCH('{n,Fn} errors', 'Sum', 60) @ ${LABEL} ${PROP('Stat')} ${LAST}`}, []string{"e1 a Sum 5: [1 2 4 5]", "e1 b Sum 50: [10 20 30 40 50]"}},
		"time in label":   {[]string{"m1 errors Fn=a @ ${MIN_MAX_TIME_RANGE} ${FIRST_LAST_RANGE}"}, []string{"m1 4m0s 4: [1 2 4 5]"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := b.ask(at, nil, tt.queries...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, told(out)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGetMetricDataRefusesQueries(t *testing.T) {
	t.Parallel()
	b, at := filled(t)
	tests := map[string]struct {
		queries []string
		want    string
	}{
		"scalar":         {[]string{"-m1 calls", "e1 = SUM(m1)"}, "Error in expression 'e1' [The expression must return a time series"},
		"unknown id":     {[]string{"e1 = m9 + 1"}, "Error in expression 'e1': The id 'm9' is not defined"},
		"circle":         {[]string{"e1 = e2 + 1", "e2 = e1 + 1"}, "refers to itself"},
		"twice":          {[]string{"m1 calls", "m1 calls"}, "not unique"},
		"bad id":         {[]string{"M1 calls"}, "parameter id"},
		"nothing wanted": {[]string{"-m1 calls"}, "ReturnData"},
		"syntax":         {[]string{"e1 = 1 +"}, "Unexpected end of expression"},
		"two queries":    {[]string{"q1 # SELECT SUM(a) FROM n", "q2 # SELECT SUM(a) FROM n"}, "Only one Metrics Insights query"},
		"bad query":      {[]string{"q1 # SELECT SUM(a) FROM"}, "Unexpected end of the query"},
		"bad search":     {[]string{"e1 = SEARCH('{n', 'Sum', 60)"}, "search expression"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.ask(at, nil, tt.queries...)
			if testenv.ErrorCode(err) != "ValidationError" || !strings.Contains(testenv.ErrorMessage(err), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	_, err := b.ask(at, nil, "-m1 calls", "e1 = SERVICE_QUOTA(m1)")
	if err == nil || !strings.Contains(err.Error(), "501") {
		t.Errorf("SERVICE_QUOTA: %v, want 501", err)
	}
}

// A few characters that ask for more than there is time and memory for are refused.
func TestGetMetricDataRefusesWhatWouldNotEnd(t *testing.T) {
	t.Parallel()
	b, at := filled(t)
	ages := func(in *client.GetMetricDataInput) { in.EndTime = aws.Time(at.AddDate(5000, 0, 0)) }
	for _, queries := range [][]string{
		{"e1 = TIME_SERIES(1)"}, {"-m1 calls", "e1 = FILL(m1, 0)"}, {"-m1 calls", "e1 = ANOMALY_DETECTION_BAND(m1)"}, {"-m1 calls", "e1 = HOUR(m1)"},
	} {
		_, err := b.ask(at, ages, queries...)
		if testenv.ErrorCode(err) != "ValidationError" || !strings.Contains(testenv.ErrorMessage(err), "data points are needed") {
			t.Errorf("%v: %v", queries, err)
		}
	}
	if out, err := b.ask(at, ages, "m1 calls"); err != nil || len(out.MetricDataResults) != 1 || len(out.MetricDataResults[0].Values) == 0 {
		t.Errorf("a metric to the end of days: %+v, %v", out, err)
	}
	if _, err := b.ask(at, nil, "m1 calls @ "+strings.Repeat("${MAX}", 400)); testenv.ErrorCode(err) != "ValidationError" {
		t.Errorf("a label of 2400 characters: %v", err)
	}
}

// Pages of any size hold all points of all results, in order, and once.
func TestGetMetricDataPages(t *testing.T) {
	t.Parallel()
	b, at := filled(t)
	for _, scan := range []types.ScanBy{types.ScanByTimestampAscending, types.ScanByTimestampDescending} {
		queries := []string{"m1 errors Fn=a", "-m2 calls", `e1 = SEARCH('{n,Fn} errors', 'Sum', 60)`, "e2 = m2 + m1"}
		whole, err := b.ask(at, func(in *client.GetMetricDataInput) { in.ScanBy = scan }, queries...)
		if err != nil {
			t.Fatal(err)
		}
		for size := int32(1); size < 8; size++ {
			got := make(map[string][]float64)
			var token *string
			for {
				out, err := b.ask(at, func(in *client.GetMetricDataInput) {
					in.ScanBy, in.MaxDatapoints, in.NextToken = scan, &size, token
				}, queries...)
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				for _, r := range out.MetricDataResults {
					got[*r.Id+*r.Label] = append(got[*r.Id+*r.Label], r.Values...)
					n += len(r.Values)
				}
				if n > int(size) {
					t.Fatalf("%d points on a page of %d", n, size)
				}
				if token = out.NextToken; token == nil {
					break
				}
			}
			for _, r := range whole.MetricDataResults {
				if diff := cmp.Diff(r.Values, got[*r.Id+*r.Label]); diff != "" {
					t.Errorf("pages of %d: %s", size, diff)
				}
			}
		}
	}
	_, err := b.ask(at, func(in *client.GetMetricDataInput) { in.NextToken = aws.String("x") }, "m1 calls")
	if got := testenv.ErrorCode(err); got != "InvalidNextToken" {
		t.Errorf("error %q (%v)", got, err)
	}
}

func TestDroppedPointsAreInTheMessages(t *testing.T) {
	t.Parallel()
	b, at := filled(t)
	out, err := b.ask(at, nil, "-m1 calls", "e1 = 1/m1")
	if err != nil {
		t.Fatal(err)
	}
	if r := out.MetricDataResults[0]; len(r.Values) != 4 || len(r.Messages) != 1 || *r.Messages[0].Code != "ArithmeticError" {
		t.Errorf("got %+v", r)
	}
}

// What is expected of a metric that is about 10 at this hour of the week is
// about 10, and what was excluded from learning is not learnt.
func TestAnomalyDetectionBandIsLearntFromTheStore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	at := b.hour()
	for _, ago := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour} {
		b.minutes("m", "", at.Add(-ago), 9, 11, 9, 11, 9, 11)
	}
	b.minutes("m", "", at.Add(-7*24*time.Hour+30*time.Minute), 1000, 2000)
	b.minutes("m", "", at, 10, 10, 10, 10, 99)
	if _, err := b.cw.PutAnomalyDetector(t.Context(), &client.PutAnomalyDetectorInput{
		SingleMetricAnomalyDetector: &types.SingleMetricAnomalyDetector{Namespace: aws.String("n"), MetricName: aws.String("m"), Stat: aws.String("Sum")},
		Configuration: &types.AnomalyDetectorConfiguration{ExcludedTimeRanges: []types.Range{{
			StartTime: aws.Time(at.Add(-7*24*time.Hour + 30*time.Minute)), EndTime: aws.Time(at.Add(-7*24*time.Hour + 40*time.Minute)),
		}}},
	}); err != nil {
		t.Fatal(err)
	}
	out, err := b.ask(at, nil, "-m1 m", "e1 = ANOMALY_DETECTION_BAND(m1, 2)", "e2 = m1 > FIRST(e1)")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"e1 upper: [12 12 12 12 12]", "e1 lower: [8 8 8 8 8]", "e2 e2: [0 0 0 0 1]"}
	if diff := cmp.Diff(want, told(out)); diff != "" {
		t.Error(diff)
	}
	testenv.Eventually(t, "the detector is trained", func() bool {
		list, err := b.cw.DescribeAnomalyDetectors(t.Context(), &client.DescribeAnomalyDetectorsInput{Namespace: aws.String("n")})
		return err == nil && len(list.AnomalyDetectors) == 1 && list.AnomalyDetectors[0].StateValue == types.AnomalyDetectorStateValueTrained
	})
	name := &client.DeleteAnomalyDetectorInput{SingleMetricAnomalyDetector: &types.SingleMetricAnomalyDetector{Namespace: aws.String("n"), MetricName: aws.String("m"), Stat: aws.String("Sum")}}
	if _, err := b.cw.DeleteAnomalyDetector(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if _, err = b.cw.DeleteAnomalyDetector(t.Context(), name); testenv.ErrorCode(err) != "ResourceNotFoundException" {
		t.Errorf("error %v, want ResourceNotFoundException", err)
	}
}

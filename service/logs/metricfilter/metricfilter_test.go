package metricfilter

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFiltersMakeMetrics(t *testing.T) {
	t.Parallel()
	const at = int64(1_700_000_040_000)
	point := func(dimensions string, values, counts []float64) Point {
		return Point{Key{"ns", "m", "", dimensions, at, 60}, values, counts}
	}
	tests := map[string]struct {
		spec     Spec
		messages []string
		want     []Point
	}{
		"counts":             {Spec{Pattern: "ERROR", Value: "1"}, []string{"an ERROR", "fine", "ERROR"}, []Point{point("", []float64{1}, []float64{2})}},
		"a value of JSON":    {Spec{Pattern: `{ $.ms > 1 }`, Value: "$.ms"}, []string{`{"ms":5}`, `{"ms":7}`, `{"ms":5}`, `{"ms":0}`}, []Point{point("", []float64{5, 7}, []float64{2, 1})}},
		"a value of columns": {Spec{Pattern: `[ip, ..., status = 4*, bytes]`, Value: "$bytes"}, []string{"1.1.1.1 x y 404 12", "1.1.1.1 x y 200 13"}, []Point{point("", []float64{12}, []float64{1})}},
		"no number":          {Spec{Pattern: `{ $.ms = * }`, Value: "$.ms"}, []string{`{"ms":"slow"}`}, nil},
		"dimensions": {
			Spec{Pattern: `{ $.ms > 0 }`, Value: "$.ms", Dimensions: map[string]string{"Path": "$.path", "Code": "$.code"}},
			[]string{`{"ms":5,"path":"/a","code":200}`, `{"ms":6,"path":"/a"}`},
			[]Point{point("Code\x00200\x00Path\x00/a", []float64{5}, []float64{1})},
		},
		"default":            {Spec{Pattern: "ERROR", Value: "1", Default: new(0.0)}, []string{"fine"}, []Point{point("", []float64{0}, []float64{1})}},
		"default not needed": {Spec{Pattern: "ERROR", Value: "1", Default: new(0.0)}, []string{"fine", "ERROR"}, []Point{point("", []float64{1}, []float64{1})}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.spec.Namespace, tt.spec.Name = "ns", "m"
			f, err := New(tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			b := NewBatch()
			for _, m := range tt.messages {
				b.Add(f, at+7, m)
			}
			b.Finish([]*Filter{f})
			if diff := cmp.Diff(tt.want, b.Points()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFiltersThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]Spec{
		"pattern":                {Pattern: "{ broken", Value: "1"},
		"value":                  {Pattern: "", Value: "one"},
		"selector without parts": {Pattern: "ERROR", Value: "$.ms"},
		"dimension":              {Pattern: "{ $.a = 1 }", Value: "1", Dimensions: map[string]string{"a": "a"}},
		"four dimensions":        {Pattern: "{ $.a = 1 }", Value: "1", Dimensions: map[string]string{"a": "$.a", "b": "$.b", "c": "$.c", "d": "$.d"}},
		"default and dimensions": {Pattern: "{ $.a = 1 }", Value: "1", Default: new(0.0), Dimensions: map[string]string{"a": "$.a"}},
	} {
		if _, err := New(s); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
}

func TestEmbeddedMetrics(t *testing.T) {
	t.Parallel()
	const head = `{"_aws":{"Timestamp":1700000000123,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["svc"],["svc","op"]],"Metrics":[{"Name":"ms","Unit":"Milliseconds","StorageResolution":1},{"Name":"n"}]}]},`
	tests := map[string]struct {
		message string
		want    []Point
	}{
		"sets and lists": {head + `"svc":"a","op":"get","ms":[1,2,2],"n":3}`, []Point{
			{Key{"n", "ms", "Milliseconds", "svc\x00a", 1700000000000, 1}, []float64{1, 2}, []float64{1, 2}},
			{Key{"n", "ms", "Milliseconds", "svc\x00a\x00op\x00get", 1700000000000, 1}, []float64{1, 2}, []float64{1, 2}},
			{Key{"n", "n", "", "svc\x00a", 1699999980000, 60}, []float64{3}, []float64{1}},
			{Key{"n", "n", "", "svc\x00a\x00op\x00get", 1699999980000, 60}, []float64{3}, []float64{1}},
		}},
		"a dimension is missing": {head + `"svc":"a","n":3}`, []Point{{Key{"n", "n", "", "svc\x00a", 1699999980000, 60}, []float64{3}, []float64{1}}}},
		"no numbers":             {head + `"svc":"a","op":"b","ms":"x","n":["y"]}`, nil},
		"broken":                 {head, nil},
		"something else":         {`{"a":1}`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := NewBatch()
			b.AddEmbedded(5, tt.message)
			if diff := cmp.Diff(tt.want, b.Points()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzEmbedded(f *testing.F) {
	f.Add(`x {"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["a"]],"Metrics":[{"Name":"m"}]}]},"a":"b","m":[1]}`)
	f.Fuzz(func(_ *testing.T, message string) {
		b := NewBatch()
		b.AddEmbedded(1, message)
		b.Points()
	})
}

package insights

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDiffComparesWithTheTimeBefore(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query string
		want  Window
	}{
		"just before":  {"diff", Window{From: 899, To: 999, Before: true}},
		"a day before": {"pattern @message | diff previousDay", Window{From: 1000 - 86_400_000, To: 1100 - 86_400_000, Before: true}},
	}
	for name, tt := range tests {
		q, err := Parse(tt.query, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Window{{From: 1000, To: 1100}, tt.want}, q.Windows(1000, 1100)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	q, err := Parse("diff", time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	w := q.Begin(10, NewPool())
	worker := w.Worker()
	for i := range 9 {
		worker.Add(&Event{Message: fmt.Sprint("stays ", i), Before: i < 3})
	}
	worker.Add(&Event{Message: "comes now"})
	worker.Add(&Event{Message: "went away", Before: true})
	rows, _ := w.Results()
	want := [][]Field{
		{{"@pattern", "stays <Token-1>"}, {"@sampleCount", "6"}, {"@differenceCount", "3"}, {"@differenceDescription", "100% more"}, {"@severityLabel", "None"}},
		{{"@pattern", "comes now"}, {"@sampleCount", "1"}, {"@differenceCount", "1"}, {"@differenceDescription", "New pattern"}, {"@severityLabel", "None"}},
		{{"@pattern", "went away"}, {"@sampleCount", "0"}, {"@differenceCount", "-1"}, {"@differenceDescription", "Pattern no longer found"}, {"@severityLabel", "None"}},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

// TestEstimatesAreClose holds what is estimated of many values against what is
// known of them, also when it comes from several workers.
func TestEstimatesAreClose(t *testing.T) {
	t.Parallel()
	q, err := Parse(`stats pct(n, 90) as p, median(n) as m, count_distinct(n) as d, avg(n) as a, stddev(n) as s`, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	x := q.Begin(10, NewPool())
	const many = 50_000
	workers := []*Worker{x.Worker(), x.Worker()}
	for i := range many {
		workers[i%2].Add(&Event{Message: fmt.Sprintf(`{"n":%d}`, i+1)})
	}
	rows, _ := x.Results()
	for i, want := range []float64{many * 0.9, many / 2, many, (many + 1) / 2.0, 14433.7567} {
		got, _ := readNumber(rows[0][i].Value)
		if off := got/want - 1; off > 0.03 || off < -0.03 {
			t.Errorf("%s is %v, want about %v", rows[0][i].Name, got, want)
		}
	}
}

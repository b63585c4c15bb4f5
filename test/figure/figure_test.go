package figure_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"maru.dev/maru/test/figure"
)

func TestChartsAreSVG(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		chart figure.Chart
		want  []string
	}{
		"a line": {
			figure.Chart{Title: "memory", X: "minutes", Y: "MiB", Series: []figure.Series{{Name: "m", X: []float64{0, 1, 2}, Y: []float64{0, 5, 3}}}},
			[]string{"memory", "minutes", "MiB"},
		},
		"lines have a legend": {
			figure.Chart{Log: true, Series: []figure.Series{{Name: "one", X: []float64{0, 1}, Y: []float64{0.1, 500}}, {Name: "two", X: []float64{0, 1}, Y: []float64{1, 2}}}},
			[]string{"one", "two"},
		},
		"bars": {
			figure.Chart{Groups: []string{"send", "put"}, Series: []figure.Series{{Name: "floor", Y: []float64{2, 3}}, {Name: "maru", Y: []float64{1, 2}}}},
			[]string{"send", "put", "floor", "maru"},
		},
		"dots on a logarithmic axis, without nothing": {
			figure.Chart{Log: true, Groups: []string{"send", "put"}, Series: []figure.Series{{Name: "floor", Y: []float64{0.002, 0}}}},
			[]string{"send", "put"},
		},
		"nothing on a logarithmic axis": {
			figure.Chart{Title: "empty", Log: true, Series: []figure.Series{{Name: "floor", X: []float64{50}, Y: []float64{0}}}},
			[]string{"empty"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := figure.WriteSVG(&b, tt.chart); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(b.String(), ">"+want+"</text>") {
					t.Errorf("the picture does not say %q", want)
				}
			}
			d := xml.NewDecoder(strings.NewReader(b.String()))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestAChartWithoutAValueForEachPlaceIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]figure.Chart{
		"line": {Series: []figure.Series{{X: []float64{1}}}},
		"bars": {Groups: []string{"a", "b"}, Series: []figure.Series{{Y: []float64{1}}}},
	} {
		if err := figure.WriteSVG(io.Discard, c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	got := figure.Table([]string{"a", "b"}, [][]string{{"1", "2"}, {"3", "4"}})
	if want := "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

package soak_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/test/figure"
)

// report writes soak.md and soak.svg into a folder.
func report(t *testing.T, dir string, samples []sample) {
	t.Helper()
	mib := func(n int64) float64 { return float64(n) / (1 << 20) }
	lines := []struct {
		name, unit string
		get        func(sample) float64
	}{
		{"memory", "MiB", func(s sample) float64 { return mib(s.memory) }},
		{"heap", "MiB", func(s sample) float64 { return mib(s.heap) }},
		{"alive", "MiB", func(s sample) float64 { return mib(s.alive) }},
		{"goroutines", "", func(s sample) float64 { return float64(s.goroutines) }},
		{"open files", "", func(s sample) float64 { return float64(s.files) }},
		{"disk", "MiB", func(s sample) float64 { return mib(s.disk) }},
		{"to compact", "MiB", func(s sample) float64 { return mib(s.debt) }},
	}
	series := make([]figure.Series, len(lines))
	header := []string{"after", "calls", "processor a call"}
	for i, line := range lines {
		series[i].Name = line.name
		header = append(header, strings.TrimSpace(line.name+" "+line.unit))
	}
	var rows [][]string
	var last sample
	for n, s := range samples {
		row := []string{s.at.Round(time.Second).String(), strconv.FormatInt(s.calls, 10), each(last, s).Round(time.Microsecond).String()}
		for i, line := range lines {
			series[i].X = append(series[i].X, s.at.Minutes())
			series[i].Y = append(series[i].Y, line.get(s))
			row = append(row, fmt.Sprintf("%.0f", line.get(s)))
		}
		if n%4 == 3 {
			rows = append(rows, row)
		}
		last = s
	}
	chart := func(title, unit string, series ...figure.Series) figure.Chart {
		return figure.Chart{Title: title, X: "minutes", Y: unit, Series: series}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := figure.SaveSVG(filepath.Join(dir, "soak.svg"),
		chart("memory", "MiB", series[0], series[1], series[2]), chart("goroutines and open files", "", series[3], series[4]),
		chart("the data folder, and what compactions are yet to move", "MiB", series[5], series[6])); err != nil {
		t.Fatal(err)
	}
	text := "# Soak\n\n`make soak`: queues, topics, tables, transactions, objects, events, workflows, functions, and things that come and go,\n" +
		"for " + last.at.Round(time.Second).String() + ". All that is written is taken away again.\n\n![](soak.svg)\n\n" + figure.Table(header, rows)
	if err := os.WriteFile(filepath.Join(dir, "soak.md"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

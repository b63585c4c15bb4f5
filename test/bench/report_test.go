package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// measured is a result of n operations that took d each.
func measured(n int, d time.Duration, rate float64) result {
	r := result{latency: newLatency(), cpu: time.Duration(n) * 20 * time.Microsecond, rates: []float64{rate}}
	for range n {
		record(r.latency, d)
	}
	return r
}

func TestReportsAreTablesAndPlots(t *testing.T) {
	t.Parallel()
	w := workload{name: "SendMessage"}
	events := workload{name: "PutEvents of 10", amount: 10, unit: "events"}
	floor, fast, slow := measured(400, time.Millisecond, 400), measured(300, 2*time.Millisecond, 300), measured(150, 5*time.Millisecond, 150)
	s := &suite{o: &options{out: t.TempDir()}, rows: []row{
		{workload: &w, connections: 16, server: "floor", result: floor, floor: &floor, first: &fast},
		{workload: &w, connections: 16, server: "fast", result: fast, floor: &floor, first: &fast},
		{workload: &w, connections: 16, server: "slow", result: slow, floor: &floor, first: &fast},
		{workload: &events, connections: 16, server: "fast", result: fast, floor: &floor, first: &fast},
		{workload: &w, connections: 16, load: 25, asked: 75, server: "fast", result: fast},
		{workload: &w, connections: 16, load: 50, asked: 150, server: "fast", result: fast},
	}}
	if err := s.write("Peak: none."); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"closed.md": {
			"| SendMessage | 16 | fast | 300 | 2ms | 2ms | 2ms | 0 | 20.0µs | - | 75 % | 100 % | - |",
			"| SendMessage | 16 | slow | 150 | 5ms | 5ms | 5ms | 0 | 20.0µs | - | 38 % | 100 % | 50 % |",
			"300 (3000 events)", "Peak: none.", "![](closed.svg)",
		},
		"open.md":    {"| SendMessage | fast | 25 % | 75 | 300 | 2ms | 2ms | 2ms | 0 | - |"},
		"closed.svg": {"SendMessage", "slow p99"},
		"open.svg":   {"fast p99.9"},
	} {
		raw, err := os.ReadFile(filepath.Join(s.o.out, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(raw), want) {
				t.Errorf("%s has no %q:\n%.2000s", name, want, raw)
			}
		}
	}
}

func TestScaleIsToldByRateAndByProcessorTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := []scaleRow{{
		growth: &growth{name: "Scale: queues", small: 10, large: 10_000}, operation: "SendMessage", connections: 16,
		small: measured(100, time.Millisecond, 100), large: measured(90, time.Millisecond, 90), memory: [2]int64{1 << 20, 2 << 20},
	}}
	if err := writeScale(dir, rows, "Peak: none."); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "scale.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "| queues | 10, 10,000 | SendMessage | 16 | 100 | 90 | 90 % | 1ms, 1ms | 1ms, 1ms | 20.0µs | 20.0µs | 0 | 1, 2 MiB |"; !strings.Contains(string(raw), want) {
		t.Errorf("no %q in\n%s", want, raw)
	}
}

func TestNumbersAreReadable(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1_234_567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
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
	floor, machine := measured(400, time.Millisecond, 400), measured(500, time.Millisecond, 500)
	fast, slow := measured(300, 2*time.Millisecond, 300), measured(150, 5*time.Millisecond, 150)
	with := &beside{floor: floor, machine: machine, first: fast}
	s := &suite{o: &options{out: t.TempDir()}, rows: []row{
		{workload: &w, connections: 16, server: "floor", result: floor, beside: with},
		{workload: &w, connections: 16, server: "fast", result: fast, beside: with},
		{workload: &w, connections: 16, server: "slow", result: slow, beside: with},
		{workload: &events, connections: 16, server: "fast", result: fast, beside: with},
		{workload: &w, connections: 16, load: 25, asked: 75, server: "fast", result: fast},
		{workload: &w, connections: 16, load: 50, asked: 150, server: "fast", result: fast},
	}}
	if err := s.write("Peak: none."); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"closed.md": {
			"| SendMessage | 16 | fast | 300 | 2ms | 2ms | 2ms | 0 | 20.0µs | - | 75 % | 100 % | 60 % | - |",
			"| SendMessage | 16 | slow | 150 | 5ms | 5ms | 5ms | 0 | 20.0µs | - | 38 % | 100 % | 30 % | 50 % |",
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

func TestEachNumberOfConnectionsIsHeldAgainstItsOwn(t *testing.T) {
	t.Parallel()
	s := &suite{o: &options{connections: []int{1, 4}, rounds: 1, duration: 20 * time.Millisecond}, servers: []*server{waiter(t, "first"), waiter(t, "second")}, floor: waiter(t, "floor")}
	s.measure(&workload{name: "Wait", prepare: func(*server) (step, error) {
		return func(c *conn) error { _, err := c.send("GET", "/", "localhost", "sqs", "", nil); return err }, nil
	}})
	if len(s.missing) > 0 || len(s.rows) != 8 {
		t.Fatalf("%d rows, not measured: %q", len(s.rows), s.missing)
	}
	for _, r := range s.rows {
		first := s.rows[slices.IndexFunc(s.rows, func(o row) bool { return o.server == "first" && o.connections == r.connections })]
		if r.beside.first.latency != first.result.latency || r.beside.first.rate() != first.result.rate() {
			t.Errorf("%s with %d connections is held against another row", r.server, r.connections)
		}
	}
}

// waiter is a server that answers at once.
func waiter(t *testing.T, name string) *server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	t.Cleanup(s.Close)
	return &server{name: name, address: s.Listener.Addr().String(), pid: os.Getpid()}
}

func TestScaleIsToldByRateAndByProcessorTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := []scaleRow{{
		growth: &growth{name: "Scale: queues", small: 10, large: 10_000}, operation: "SendMessage", connections: 16,
		small: measured(100, time.Millisecond, 100), large: measured(90, time.Millisecond, 90), memory: [2]int64{1 << 20, 2 << 20},
	}}
	if err := within(rows, 90); err != nil {
		t.Errorf("90 %% are not less than 90 %%: %v", err)
	}
	if err := within(rows, 91); err == nil || !strings.Contains(err.Error(), "queues, SendMessage, 16 connections: 90 %") {
		t.Errorf("90 %% are less than 91 %%: %v", err)
	}
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

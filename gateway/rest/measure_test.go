package rest_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"maru.dev/maru/gateway/rest"
	"maru.dev/maru/telemetry"
)

// meter remembers what was measured.
type meter struct {
	mu   sync.Mutex
	sums map[string]float64
}

// Measure implements telemetry.Meter.
func (m *meter) Measure(of telemetry.Metric, value float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for _, d := range of.Dimensions {
		names = append(names, d.Name+"="+d.Value)
	}
	if strings.HasSuffix(of.Name, "Latency") {
		value = 1 // it was measured
	}
	m.sums[of.Name+" "+strings.Join(names, ",")] += value
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := &meter{sums: map[string]float64{}}
	e := newEnv(t, func(o *rest.Options) { o.Metrics = m })
	a := e.keeping()
	a.patch("prod", "/*/*/metrics/enabled", "true")
	a.call("GET /pets/1", "")
	a.call("GET /pets/1", "")
	a.call("GET /bad", "")
	a.call("GET /else", "")
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, want := range map[string]float64{
		"Count ApiName=test": 4, "Count ApiName=test,Stage=prod": 4, "Count ApiName=test,Stage=prod,Resource=/pets/{id},Method=GET": 2,
		"4XXError ApiName=test": 2, "5XXError ApiName=test": 0, "CacheHitCount ApiName=test": 1, "CacheMissCount ApiName=test": 2,
		"IntegrationLatency ApiName=test": 2, "Latency ApiName=test": 4,
	} {
		if got := m.sums[name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if t.Failed() {
		var all []string
		for name, v := range m.sums {
			all = append(all, fmt.Sprint(name, " ", v))
		}
		slices.Sort(all)
		t.Log(strings.Join(all, "\n"))
	}
}

// A request's body may have 10 MB, and its header 10,240 bytes.
func TestLimits(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.fn.Says("f", `{}`, "")
	a := e.restAPI()
	a.proxy("POST /pets", "f")
	a.deploy("prod")
	a.call("POST /pets", strings.Repeat("x", 10<<20)).is(t, 200, "", "")
	a.call("POST /pets", strings.Repeat("x", 10<<20+1)).is(t, 413, "RequestTooLargeException", `{"message":"HTTP content length exceeded 10485760 bytes."}`)
	a.call("POST /pets", "", header("X-Long", strings.Repeat("x", 10_240))).is(t, 431, "", "")
}

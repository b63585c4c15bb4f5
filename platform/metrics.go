package platform

import (
	"crypto/subtle"
	"net/http"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"

	"maru.dev/maru/clock"
	"maru.dev/maru/edge"
	"maru.dev/maru/telemetry"
)

// metricsPath is where Prometheus finds the metrics.
const metricsPath = "/_maru/metrics"

// metricsMount serves the metrics to Prometheus.
func (p *Platform) metricsMount() edge.Mount {
	began := clock.System{}.Now()
	serve := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != metricsPath:
			http.NotFound(w, r)
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Use GET.", http.StatusMethodNotAllowed)
			return
		case !p.Trusts(r):
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "Send the token that MARU_TELEMETRY_TOKEN says, as Authorization: Bearer.", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", telemetry.ContentType)
		numbers := p.numbers()
		numbers = append(numbers, telemetry.Number{
			Name: "process_start_time_seconds", Help: "When the process began, in seconds since 1970.", Value: float64(began.UnixMilli()) / 1000,
		})
		_ = p.tally.WritePrometheus(w, numbers) // the client may be gone
	}
	return edge.Mount{Path: metricsPath, Keep: true, Handler: http.HandlerFunc(serve)}
}

// Trusts tells whether a request may read and add telemetry: in developer mode
// anybody, else who knows the token.
func (p *Platform) Trusts(r *http.Request) bool {
	if p.config.Mode == Developer && p.config.TelemetryToken == "" {
		return true
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	want := p.config.TelemetryToken
	return ok && want != "" && subtle.ConstantTimeCompare([]byte(token), []byte(want)) == 1
}

// numbers are what the process tells of itself.
func (p *Platform) numbers() []telemetry.Number {
	gauge := func(name, help string, v float64) telemetry.Number {
		return telemetry.Number{Name: name, Help: help, Value: v}
	}
	count := func(name, help string, v float64) telemetry.Number {
		return telemetry.Number{Name: name, Help: help, Value: v, Counter: true}
	}
	list := []telemetry.Number{
		{Name: "maru_build_info", Help: "The program.", Labels: []telemetry.Dimension{
			{Name: "version", Value: p.config.Version}, {Name: "mode", Value: string(p.config.Mode)}, {Name: "goversion", Value: runtime.Version()},
		}, Value: 1},
		gauge("maru_tasks_running", "Tasks that run now.", float64(p.tasks.Running())),
		count("maru_spans_dropped_total", "Spans of traces that were not kept.", float64(p.traces.Dropped())),
		count("maru_measurements_dropped_total", "Measurements that were not kept.", float64(p.tally.Dropped())),
	}
	if p.exporter != nil {
		list = append(list, count("maru_otlp_dropped_total", "Spans, metrics and log lines that could not be sent to the OTLP endpoint.", float64(p.exporter.Dropped())))
	}
	stats := p.store.Stats()
	list = append(
		list,
		count("maru_store_commits_total", "Transactions that were committed.", float64(stats.Commits)),
		count("maru_store_rows_read_total", "Rows that transactions have read.", float64(stats.RowsRead)),
		gauge("maru_store_bytes", "What the store has on disk.", float64(stats.DiskBytes)),
		gauge("maru_store_wal_bytes", "What the store's log has on disk.", float64(stats.WALBytes)),
		count("maru_store_wal_written_bytes_total", "What was written to the store's log.", float64(stats.WALWritten)),
		gauge("maru_store_cache_bytes", "What is kept in memory of what was read from the store.", float64(stats.CacheBytes)),
		gauge("maru_store_cache_limit_bytes", "What is kept at most.", float64(stats.CacheLimit)),
		gauge("maru_store_memtable_bytes", "What was written to the store and is still in memory.", float64(stats.MemTableBytes)),
		gauge("maru_store_compaction_debt_bytes", "What compactions are yet to move.", float64(stats.CompactionDebt)),
	)
	return append(list, runtimeNumbers()...)
}

// runtimeNumbers are Go's own, under the names that Prometheus's client library
// gives them.
func runtimeNumbers() []telemetry.Number {
	table := []struct {
		from, name, help string
		counter          bool
	}{
		{"/sched/goroutines:goroutines", "go_goroutines", "Goroutines that there are.", false},
		{"/memory/classes/heap/objects:bytes", "go_memstats_heap_alloc_bytes", "Memory of objects on the heap.", false},
		{"/gc/heap/live:bytes", "go_gc_heap_live_bytes", "Memory of objects that were alive when garbage was last collected.", false},
		{"/memory/classes/heap/released:bytes", "go_memstats_heap_released_bytes", "Memory of the heap that was given back to the system.", false},
		{"/memory/classes/total:bytes", "go_memstats_sys_bytes", "Memory that was got from the system.", false},
		{"/gc/heap/goal:bytes", "go_memstats_next_gc_bytes", "How large the heap is to be when garbage is next collected.", false},
		{"/gc/heap/allocs:bytes", "go_memstats_alloc_bytes_total", "Memory that was ever allocated on the heap.", true},
		{"/gc/cycles/total:gc-cycles", "go_gc_cycles_total", "Times that garbage was collected.", true},
		{"/cpu/classes/gc/total:cpu-seconds", "go_gc_cpu_seconds_total", "Time of processors that collecting garbage has taken.", true},
		{"/sync/mutex/wait/total:seconds", "go_sync_mutex_wait_seconds_total", "Time that goroutines have waited for locks.", true},
	}
	samples := make([]metrics.Sample, len(table))
	for i := range table {
		samples[i].Name = table[i].from
	}
	metrics.Read(samples)
	var list []telemetry.Number
	for i, s := range samples {
		n := telemetry.Number{Name: table[i].name, Help: table[i].help, Counter: table[i].counter}
		switch s.Value.Kind() {
		case metrics.KindUint64:
			n.Value = float64(s.Value.Uint64())
		case metrics.KindFloat64:
			n.Value = s.Value.Float64()
		default:
			continue // this Go does not know it
		}
		list = append(list, n)
	}
	return append(list, processNumbers()...)
}

// processNumbers are the system's, where it tells them as Linux does.
func processNumbers() (list []telemetry.Number) {
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			if pages, err := strconv.ParseFloat(fields[1], 64); err == nil {
				list = append(list, telemetry.Number{
					Name: "process_resident_memory_bytes", Help: "Memory that the process occupies.", Value: pages * float64(os.Getpagesize()),
				})
			}
		}
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		list = append(list, telemetry.Number{Name: "process_open_fds", Help: "File descriptors that are open.", Value: float64(len(open))})
	}
	return list
}

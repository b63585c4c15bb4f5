package soak_test

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/test/proc"
)

// sample is what the program takes at a moment.
type sample struct {
	at         time.Duration
	calls      int64
	cpu        time.Duration // so far
	memory     int64         // resident bytes
	cache      int64         // of them, the store's cache, which has a bound of its own and is filled up to it
	heap       int64         // bytes of objects at which garbage is next collected: a multiple of what lives
	alive      int64         // bytes of objects when garbage was last collected, but for the store's
	goroutines int64
	files      int64
	disk       int64 // bytes of the data folder
	debt       int64 // bytes that compactions are yet to move
}

// String is a line of the report.
func (s sample) String() string {
	return fmt.Sprintf("%8v: %9d calls, %4d MiB, %4d MiB of heap, %3d MiB alive, %4d goroutines, %4d files, %4d MiB on disk, %4d MiB to compact, %v of processors",
		s.at.Round(time.Second), s.calls, s.memory>>20, s.heap>>20, s.alive>>20, s.goroutines, s.files, s.disk>>20, s.debt>>20, s.cpu.Round(time.Second))
}

// take looks at the program.
func take(t *testing.T, p *testenv.Proc) (s sample) {
	t.Helper()
	used := proc.Of(p.PID())
	if used == (proc.Usage{}) {
		t.Skip("this system does not tell what a process takes")
	}
	s.cpu, s.memory, s.files = used.CPU, used.Resident, int64(used.Files)
	// A file may go while it is looked at. The log for people has a limit of its own.
	_ = filepath.WalkDir(p.Dir(), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "maru.log") {
			return nil //nolint:nilerr // gone
		}
		if info, err := d.Info(); err == nil {
			s.disk += info.Size()
		}
		return nil
	})
	numbers := metrics(t, p)
	s.goroutines, s.heap, s.debt = numbers["go_goroutines"], numbers["go_memstats_next_gc_bytes"], numbers["maru_store_compaction_debt_bytes"]
	s.cache = numbers["maru_store_cache_bytes"]
	// Built without cgo, as maru is delivered, the store's memory is on the heap.
	s.alive = numbers["go_gc_heap_live_bytes"] - s.cache - numbers["maru_store_memtable_bytes"]
	if limit := numbers["maru_store_cache_limit_bytes"]; s.cache > limit+limit/10 {
		t.Errorf("the store's cache takes %d bytes, and may take %d", s.cache, limit)
	}
	if s.goroutines == 0 {
		t.Fatal("the metrics do not count goroutines")
	}
	return s
}

// metrics reads what the program tells of itself, without what has labels.
func metrics(t *testing.T, p *testenv.Proc) map[string]int64 {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL()+"/_maru/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := p.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	raw, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	numbers := make(map[string]int64)
	for line := range strings.Lines(string(raw)) {
		if name, value, ok := strings.Cut(line, " "); ok && !strings.Contains(name, "{") {
			if n, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
				numbers[name] = int64(n)
			}
		}
	}
	return numbers
}

// middling is the median of each that samples have. A single sample may fall
// into a compaction, or right before garbage is collected. Memory is what there
// is beside the store's cache.
func middling(samples []sample) sample {
	of := func(get func(sample) int64) int64 {
		var all []int64
		for _, s := range samples {
			all = append(all, get(s))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return sample{
		memory:     of(func(s sample) int64 { return s.memory - s.cache }),
		goroutines: of(func(s sample) int64 { return s.goroutines }),
		files:      of(func(s sample) int64 { return s.files }),
		disk:       of(func(s sample) int64 { return s.disk }),
		debt:       of(func(s sample) int64 { return s.debt }),
	}
}

// trend is what a number rises by from the first sample to the last: the median
// of what each two of them say. Neither a sample in the wrong moment nor a step
// at the beginning is one.
func trend(samples []sample, get func(sample) int64) int64 {
	var all []float64
	for i, from := range samples {
		for n, to := range samples[i+1:] {
			all = append(all, float64(get(to)-get(from))/float64(n+1))
		}
	}
	slices.Sort(all)
	return int64(all[len(all)/2] * float64(len(samples)-1))
}

// each is what a call takes of a processor between two samples.
func each(from, to sample) time.Duration {
	return (to.cpu - from.cpu) / time.Duration(max(to.calls-from.calls, 1))
}

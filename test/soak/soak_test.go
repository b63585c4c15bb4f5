// Package soak_test uses the real program for as long as it is told to
// (MARU_SOAK, a duration; `make soak` an hour) with work that leaves nothing
// behind, and holds what the program takes in the last quarter against what it
// took in the second: memory, goroutines, open files and disk stay, compactions
// keep up, and a call costs what it did. What lives on the heap, beside the
// store's own memory, is held against the trend of the last two thirds: caches
// and names fill up in the first, and garbage hides what is a leak.
package soak_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// bounds are what may come on top between the second quarter and the last.
type bounds struct {
	share  float64 // of what was there
	memory int64
	alive  int64 // of objects, by the trend of the last two thirds
	count  int64 // of goroutines, and of files
	disk   int64
	debt   int64   // that compactions may have at any time
	cost   float64 // times as much of a processor as before
}

// limits are wide for a short run, which is not in its stride by then, and which
// is there to hold that the suite works. What grows steadily in a long run, the
// record of management calls and a minute's metrics, is within its bounds.
func limits(long time.Duration) bounds {
	if long < 10*time.Minute {
		return bounds{share: 0.5, memory: 256 << 20, alive: 64 << 20, count: 100, disk: 256 << 20, debt: 1 << 30, cost: 4}
	}
	return bounds{share: 0.1, memory: 32 << 20, alive: 12 << 20, count: 20, disk: 64 << 20, debt: 256 << 20, cost: 2}
}

func TestNothingGrowsUnderALoadThatLeavesNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and loads the whole program")
	}
	long := given(t, "MARU_SOAK", 12*time.Second)
	p := testenv.Process(t)
	l := newLoad(t, p)
	l.pause = given(t, "MARU_SOAK_PAUSE", 0)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		l.run(ctx)
		close(ended)
	}()
	began := clock.System{}.Now()
	var samples []sample
	for n := 1; n <= 40; n++ {
		wait(t.Context(), began.Add(long/40*time.Duration(n)).Sub(clock.System{}.Now()))
		s := take(t, p)
		s.at, s.calls = clock.System{}.Now().Sub(began), l.calls.Load()
		t.Log(s)
		samples = append(samples, s)
	}
	stop()
	<-ended
	for _, err := range l.faults {
		t.Error(err)
	}
	if dir := os.Getenv("MARU_SOAK_REPORT"); dir != "" {
		report(t, dir, samples)
	}
	for _, fault := range judge(samples, limits(long)) {
		t.Error(fault)
	}
}

// judge holds the last quarter against the second, and what lives against its
// trend, and tells what is wrong.
func judge(samples []sample, b bounds) (faults []string) {
	quarter := len(samples) / 4
	second, last := samples[quarter:2*quarter], samples[3*quarter:]
	before, after := middling(second), middling(last)
	held := func(what string, before, after, spare int64) {
		if after > before+int64(b.share*float64(before))+spare {
			faults = append(faults, fmt.Sprintf("%s grew from %d to %d", what, before, after))
		}
	}
	held("memory", before.memory, after.memory, b.memory)
	held("the number of goroutines", before.goroutines, after.goroutines, b.count)
	held("the number of open files", before.files, after.files, b.count)
	held("what is on disk", before.disk, after.disk, b.disk)
	settled := samples[len(samples)/3:]
	if rise := trend(settled, func(s sample) int64 { return s.alive }); rise > b.alive {
		faults = append(faults, fmt.Sprintf("objects that live grew by %d bytes in the last two thirds", rise))
	}
	for _, s := range samples {
		if s.debt > b.debt {
			faults = append(faults, fmt.Sprintf("after %v compactions are %d bytes behind", s.at, s.debt))
		}
	}
	if then, now := each(second[0], second[quarter-1]), each(last[0], last[len(last)-1]); now.Seconds() > b.cost*then.Seconds() {
		faults = append(faults, fmt.Sprintf("a call took %v of a processor, and takes %v", then, now))
	}
	return faults
}

// given is a duration of the environment.
func given(t *testing.T, name string, otherwise time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

package main

import (
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// open has operations arrive at a fixed rate, whether the server keeps up or
// not, on n connections, and counts each from when it was to begin: what waits
// for a connection waits for the server. A closed loop would leave out just the
// requests that a slow moment keeps from being made.
func open(to *server, n int, rate float64, duration time.Duration, do step) (r result, late time.Duration) {
	begin := time.Now().Add(warmUp)
	end := begin.Add(duration)
	arrivals := make(chan time.Time, int(rate*(duration+warmUp).Seconds())+1)
	lateness := newLatency()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		arrive(begin.Add(-warmUp), end, rate, func(due time.Time) {
			record(lateness, time.Since(due))
			arrivals <- due
		})
		close(arrivals)
	}()
	var behind atomic.Int64 // operations that were due, and given up
	r = gather(to, n, begin, end, func(w *worker) {
		for due := range arrivals {
			if time.Since(end) > duration { // it will never catch up
				behind.Add(1)
				continue
			}
			w.do(do, due, due.After(begin))
		}
	})
	<-ended
	r.errors += behind.Load()
	return r, time.Duration(lateness.ValueAtPercentile(99))
}

// arrive calls do at each moment of a steady rate. A thread of its own sleeps,
// since Go's timers are a millisecond wide.
func arrive(begin, end time.Time, rate float64, do func(due time.Time)) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for i := 0; ; i++ {
		due := begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if due.After(end) {
			return
		}
		if left := time.Until(due); left > 0 {
			span := unix.NsecToTimespec(int64(left))
			_ = unix.Nanosleep(&span, nil) // woken early: a little early, then
		}
		do(due)
	}
}

package main

import (
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"maru.dev/maru/test/proc"
)

// result is what was measured of one workload on one server.
type result struct {
	latency *hdr.Histogram // nanoseconds
	errors  int64
	fault   error // the first of them
	elapsed time.Duration
	cpu     time.Duration // of the server, for what was counted
	client  time.Duration // of this process, for the same
	rates   []float64     // operations a second of each round
}

// newLatency counts from a microsecond to a minute, to three digits.
func newLatency() *hdr.Histogram {
	return hdr.New(int64(time.Microsecond), int64(time.Minute), 3)
}

// record adds a time; what is over a minute counts as one.
func record(h *hdr.Histogram, d time.Duration) {
	_ = h.RecordValue(min(int64(d), h.HighestTrackableValue())) // in its range
}

// done is how many operations succeeded.
func (r *result) done() int64 {
	if r.latency == nil {
		return 0
	}
	return r.latency.TotalCount()
}

// rate is operations a second: the middle one of the rounds'.
func (r *result) rate() float64 { return median(r.rates) }

// at is the latency below which so many percent of the operations were.
func (r *result) at(percent float64) time.Duration {
	if r.done() == 0 {
		return 0
	}
	return time.Duration(r.latency.ValueAtPercentile(percent))
}

// add puts another round to r.
func (r *result) add(o result) {
	if r.latency == nil {
		*r = o
		return
	}
	r.latency.Merge(o.latency)
	r.errors += o.errors
	if r.fault == nil {
		r.fault = o.fault
	}
	r.elapsed += o.elapsed
	r.cpu += o.cpu
	r.client += o.client
	r.rates = append(r.rates, o.rates...)
}

// median is the middle value; of an even number, the upper.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// ratio is the median of what a is of b in each round: the rounds of two
// servers alternate, so that what else the machine does strikes both.
func ratio(a, b []float64) float64 {
	var all []float64
	for i := range min(len(a), len(b)) {
		if b[i] > 0 {
			all = append(all, a[i]/b[i])
		}
	}
	return median(all)
}

// warmUp is the part of a measurement that does not count.
const warmUp = 500 * time.Millisecond

// closed runs do on n connections of a server at once, each waiting for its
// answer before it asks again: what the server can do at most.
func closed(to *server, n int, duration time.Duration, do step) result {
	begin := time.Now().Add(warmUp)
	end := begin.Add(duration)
	return gather(to, n, begin, end, func(w *worker) {
		for {
			start := time.Now()
			if start.After(end) {
				return
			}
			w.do(do, start, start.After(begin))
		}
	})
}

// worker is one connection of a measurement, with what it has measured.
type worker struct {
	to      *server
	c       *conn
	id      int
	latency *hdr.Histogram
	errors  int64
	fault   error
}

// do makes one operation. Its time counts from start, unless the step says that
// it begins later. After a connection has broken, the next one is made.
func (w *worker) do(do step, start time.Time, counts bool) {
	var err error
	if w.c == nil {
		w.c, err = dial(w.to.address, w.id)
	}
	if err == nil {
		w.c.n++
		w.c.began = start
		err = do(w.c)
	}
	var refused *refusal
	switch {
	case err == nil:
		if counts {
			record(w.latency, time.Since(w.c.began))
		}
		return
	case errors.As(err, &refused):
	case w.c != nil:
		_ = w.c.Close()
		w.c = nil
	}
	if w.fault == nil {
		w.fault = err
	}
	if counts {
		w.errors++
	}
	time.Sleep(time.Millisecond) // whoever refuses everything is not asked without end
}

// gather runs workers to their end, and adds up what they measured. Processor
// time is taken between begin and end.
func gather(to *server, n int, begin, end time.Time, run func(*worker)) result {
	var group sync.WaitGroup
	var before, after, ownBefore, ownAfter proc.Usage
	group.Go(func() {
		time.Sleep(time.Until(begin))
		before, ownBefore = proc.Of(to.pid), proc.Of(os.Getpid())
		time.Sleep(time.Until(end))
		after, ownAfter = proc.Of(to.pid), proc.Of(os.Getpid())
	})
	workers := make([]*worker, n)
	for i := range workers {
		w := &worker{to: to, id: i, latency: newLatency()}
		workers[i] = w
		group.Go(func() {
			run(w)
			if w.c != nil {
				_ = w.c.Close()
			}
		})
	}
	group.Wait()
	r := result{latency: newLatency(), elapsed: end.Sub(begin), cpu: after.CPU - before.CPU, client: ownAfter.CPU - ownBefore.CPU}
	for _, w := range workers {
		r.latency.Merge(w.latency)
		r.errors += w.errors
		if r.fault == nil {
			r.fault = w.fault
		}
	}
	r.rates = []float64{float64(r.done()) / r.elapsed.Seconds()}
	return r
}

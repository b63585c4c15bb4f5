package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"maru.dev/maru/clock"
)

const (
	// flushEvery is how long a measurement waits: what a crash may lose.
	flushEvery = 5 * time.Second
	// flushAtEase is how many metrics a flush may have without a longer wait
	// behind it. Storing a metric costs the same whatever it has gathered, so
	// ten thousand busy queues are stored once a minute, not twelve times.
	flushAtEase = 500
	// maxRows bounds the memory for resources that are measured.
	maxRows = 20_000
	// recordAtOnce is how many data one call of a Recorder has.
	recordAtOnce = 500
)

// Gauge asks for what nobody measures by calling.
type Gauge func(ctx context.Context, m Meter) error

// Tally is the Meter of a platform. It adds up what it is told and every few
// seconds, and when a minute ends, hands it to those who keep it.
//
// A measurement has no time of its own: it belongs to the minute in which the
// flush before it was, which is the same, since there is one at each turn.
type Tally struct {
	clock   clock.Clock
	log     *slog.Logger
	dropped atomic.Int64
	rows    atomic.Int64

	mu       sync.Mutex
	families []*Family
	loose    map[string]*looseRow

	flushing  sync.Mutex // guards what follows, and keeps flushes apart
	since     time.Time
	recorders []Recorder
	gauges    []Gauge
}

// looseRow is a metric that belongs to no family.
type looseRow struct {
	metric Metric
	idle   int
	cell   cell
}

// NewTally returns a tally that keeps what it is told until it has recorders.
func NewTally(c clock.Clock, log *slog.Logger) *Tally {
	return &Tally{clock: c, log: log, loose: make(map[string]*looseRow), since: c.Now()}
}

// Record says who is told what was measured. It is called before Run.
func (t *Tally) Record(to ...Recorder) {
	t.flushing.Lock()
	defer t.flushing.Unlock()
	t.recorders = append(t.recorders, to...)
}

// Ask adds what is asked once a minute. It is called before Run.
func (t *Tally) Ask(g Gauge) {
	t.flushing.Lock()
	defer t.flushing.Unlock()
	t.gauges = append(t.gauges, g)
}

// join adds a family.
func (t *Tally) join(f *Family) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.families = append(t.families, f)
}

// Dropped is how many measurements were not kept, since there are too many
// resources or nobody could store them.
func (t *Tally) Dropped() int64 { return t.dropped.Load() }

// Measure implements Meter. What is measured often has a Family.
func (t *Tally) Measure(m Metric, value float64) { t.measure(m, value, false) }

// Levels is the Meter for gauges.
func (t *Tally) Levels() Meter { return levels{t} }

// levels marks what it is told as gauges.
type levels struct{ tally *Tally }

// Measure implements Meter.
func (l levels) Measure(m Metric, value float64) { l.tally.measure(m, value, true) }

// measure adds to a metric outside of the families.
func (t *Tally) measure(m Metric, value float64, gauge bool) {
	var buffer [256]byte
	key := m.appendKey(buffer[:0])
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.loose[string(key)]
	if r == nil {
		if t.rows.Add(1) > maxRows {
			t.rows.Add(-1)
			t.dropped.Add(1)
			return
		}
		m.Dimensions = append([]Dimension(nil), m.Dimensions...)
		r = &looseRow{metric: m}
		r.cell.gauge = gauge
		t.loose[string(key)] = r
	}
	r.cell.add(value, 1)
}

// appendKey writes m as the key of its row.
func (m *Metric) appendKey(b []byte) []byte {
	for _, s := range [...]string{m.Account, m.Region, m.Namespace, m.Name, m.Unit} {
		b = append(append(b, s...), 0)
	}
	for _, d := range m.Dimensions {
		b = append(append(append(append(b, d.Name...), 0), d.Value...), 0)
	}
	return b
}

// Run flushes until ctx ends. What comes after that is Flush's.
func (t *Tally) Run(ctx context.Context) error {
	for flushed := 0; ; {
		now := t.clock.Now()
		turn := now.Truncate(time.Minute).Add(time.Minute)
		wait := flushEvery * time.Duration(max(1, flushed/flushAtEase))
		timer := t.clock.NewTimer(min(wait, turn.Sub(now)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C():
		}
		flushed = t.Flush(ctx)
		if !t.clock.Now().Before(turn) {
			t.ask(ctx)
			t.shrink()
		}
	}
}

// ask measures the gauges.
func (t *Tally) ask(ctx context.Context) {
	for _, g := range t.gauges {
		if err := g(ctx, t.Levels()); err != nil && ctx.Err() == nil {
			t.log.WarnContext(ctx, "gauges not measured", "cause", err)
		}
	}
}

// shrink makes room where there is little: what has been idle longest goes.
func (t *Tally) shrink() {
	for idle := 720; idle >= 12 && t.rows.Load() > maxRows*3/4; idle /= 2 {
		t.mu.Lock()
		gone := int64(0)
		for key, r := range t.loose {
			if r.cell.count == 0 && r.idle >= idle {
				delete(t.loose, key)
				gone++
			}
		}
		for _, f := range t.families {
			gone += f.forget(idle)
		}
		t.rows.Add(-gone)
		t.mu.Unlock()
	}
}

// Flush hands over what was measured since the last time, and tells of how many
// metrics that was. What cannot be stored is lost, and counted: storing it again
// might count it twice.
func (t *Tally) Flush(ctx context.Context) (metrics int) {
	t.flushing.Lock()
	defer t.flushing.Unlock()
	type home struct{ account, region string }
	homes := make(map[home][]Datum)
	at := t.since
	t.since = t.clock.Now()
	t.drain(func(m Metric, c *cell) {
		h := home{m.Account, m.Region}
		homes[h] = append(homes[h], Datum{Metric: m, At: at, Values: c.take(), Gauge: c.gauge})
	})
	for h, data := range homes {
		metrics += len(data)
		for len(data) > 0 {
			n := min(len(data), recordAtOnce)
			t.record(ctx, h.account, h.region, data[:n])
			data = data[n:]
		}
	}
	return metrics
}

// record tells all recorders of some data.
func (t *Tally) record(ctx context.Context, account, region string, data []Datum) {
	for _, r := range t.recorders {
		if err := r.Record(ctx, account, region, data); err != nil {
			t.dropped.Add(int64(len(data)))
			t.log.WarnContext(ctx, "metrics not stored", "cause", err)
		}
	}
}

// drain visits all metrics with new measurements.
func (t *Tally) drain(take func(Metric, *cell)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.loose {
		if r.cell.count == 0 {
			r.idle++
			continue
		}
		r.idle = 0
		take(r.metric, &r.cell)
	}
	for _, f := range t.families {
		f.drain(take)
	}
}

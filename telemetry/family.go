package telemetry

import (
	"strings"
	"sync"
	"time"
)

// maxDimensions is how many dimensions a family can have.
const maxDimensions = 4

// Key says of which resource a measurement is: the values of a family's
// dimensions. A dimension whose value is empty is left out, so one family holds
// what AWS publishes by function, by version and over all.
type Key struct {
	Account, Region string
	Values          [maxDimensions]string
}

// Of returns the key of a resource.
func Of(account, region string, values ...string) Key {
	k := Key{Account: account, Region: region}
	copy(k.Values[:], values)
	return k
}

// own is k to keep. Its strings are often parts of a request's, all of which
// they would keep.
func (k Key) own() Key {
	k.Account, k.Region = strings.Clone(k.Account), strings.Clone(k.Region)
	for i := range k.Values {
		k.Values[i] = strings.Clone(k.Values[i])
	}
	return k
}

// Kind is a metric of a family.
type Kind struct {
	Name, Unit string
	Level      bool // what is measured goes up and down, as of what is under way
}

// Value is a measurement of one of a family's metrics.
type Value struct {
	Kind int // which, in the order in which the family was made
	Is   float64
}

// shards are the parts of a family that have a lock of their own.
const shards = 8

// Family is the metrics of one kind of resource. It is the cheap way to
// measure: it allocates nothing once a resource is known.
type Family struct {
	namespace  string
	dimensions []string
	kinds      []Kind
	tally      *Tally // nil: other has it all
	other      Meter  // may be nil: nobody keeps metrics
	shards     [shards]shard
}

// shard is a part of a family's rows.
type shard struct {
	mu   sync.Mutex
	rows map[Key]*row
}

// row is a resource's metrics.
type row struct {
	touched bool // since the last flush
	idle    int  // flushes since it was touched
	cells   []cell
}

// restAfter is how many flushes without a measurement it takes until what a row
// has for the next one's values goes: what comes and goes has many rows that
// nothing is measured of again.
const restAfter = 12

// rest counts a flush in which there was nothing.
func (r *row) rest() {
	if r.idle++; r.idle != restAfter {
		return
	}
	for i := range r.cells {
		r.cells[i].values = nil
	}
}

// NewFamily makes a family whose measurements go to m, which may be nil.
func NewFamily(m Meter, namespace string, dimensions []string, kinds ...Kind) *Family {
	f := &Family{namespace: namespace, dimensions: dimensions, kinds: kinds, other: m}
	if t, ok := m.(*Tally); ok {
		f.tally = t
		t.join(f)
	}
	for i := range f.shards {
		f.shards[i].rows = make(map[Key]*row)
	}
	return f
}

// Add takes measurements of a resource.
func (f *Family) Add(of Key, values ...Value) {
	if f.tally == nil {
		f.pass(of, values)
		return
	}
	s := &f.shards[f.shardOf(&of)]
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[of]
	if r == nil {
		if r = f.newRow(); r == nil {
			f.tally.dropped.Add(int64(len(values)))
			return
		}
		s.rows[of.own()] = r
	}
	r.touched = true
	for _, v := range values {
		r.cells[v.Kind].add(v.Is, 1)
	}
}

// shardOf spreads resources over the shards: what tells two apart is most often
// the end of a name.
func (f *Family) shardOf(of *Key) uint {
	var h uint
	for i := range of.Values {
		if n := len(of.Values[i]); n > 0 {
			h = h*31 + uint(of.Values[i][n-1]) + uint(n)
		}
	}
	return h % shards
}

// newRow makes a row, unless there are too many.
func (f *Family) newRow() *row {
	if f.tally.rows.Add(1) > maxRows {
		f.tally.rows.Add(-1)
		return nil
	}
	r := &row{cells: make([]cell, len(f.kinds))}
	for i := range f.kinds {
		r.cells[i].gauge = f.kinds[i].Level
	}
	return r
}

// pass hands measurements on to a meter of another kind.
func (f *Family) pass(of Key, values []Value) {
	if f.other == nil {
		return
	}
	for _, v := range values {
		f.other.Measure(f.metric(of, v.Kind), v.Is)
	}
}

// metric names one of the metrics of a resource.
func (f *Family) metric(of Key, kind int) Metric {
	m := Metric{
		Account: of.Account, Region: of.Region, Namespace: f.namespace, Name: f.kinds[kind].Name, Unit: f.kinds[kind].Unit,
	}
	for i, name := range f.dimensions {
		if of.Values[i] != "" {
			m.Dimensions = append(m.Dimensions, Dimension{name, of.Values[i]})
		}
	}
	return m
}

// Active tells whether a resource was measured within d, as far as this process
// knows.
func (f *Family) Active(of Key, d time.Duration) bool {
	s := &f.shards[f.shardOf(&of)]
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[of]
	return r != nil && time.Duration(r.idle)*flushEvery < d
}

// drain moves what was measured since the last time to take.
func (f *Family) drain(take func(Metric, *cell)) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		for of, r := range s.rows {
			if !r.touched {
				r.rest()
				continue
			}
			r.touched, r.idle = false, 0
			for kind := range r.cells {
				if c := &r.cells[kind]; c.count > 0 {
					take(f.metric(of, kind), c)
				}
			}
		}
		s.mu.Unlock()
	}
}

// forget drops the rows that have been idle for so many flushes, and tells how
// many. It takes their totals with them, as a restart would.
func (f *Family) forget(idle int) (gone int64) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		for of, r := range s.rows {
			if !r.touched && r.idle >= idle {
				delete(s.rows, of)
				gone++
			}
		}
		s.mu.Unlock()
	}
	return gone
}

// each shows all that was ever measured.
func (f *Family) each(show func(Metric, *cell)) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		for of, r := range s.rows {
			for kind := range r.cells {
				if c := &r.cells[kind]; c.seen {
					show(f.metric(of, kind), c)
				}
			}
		}
		s.mu.Unlock()
	}
}

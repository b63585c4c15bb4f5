package xray

import (
	"fmt"
	"hash/fnv"
	"iter"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/xray/filter"
	"maru.dev/maru/service/xray/trace"
	"maru.dev/maru/wire"
)

// search is what traces are wanted.
type search struct {
	h        home
	index    string
	from, to time.Time
	filter   *filter.Expr
	groups   *groupTests
	// plain tells that the traces alone are wanted: a graph looks at many.
	plain bool
}

// found is a trace that a search came by.
type found struct {
	trace   *trace.Trace
	subject filter.Subject
	head    head
	key     kv.Key // of its row in the index
	at      time.Time
}

// checkRange holds a time range against the longest that is allowed.
func checkRange(from, to time.Time, longest time.Duration) error {
	switch {
	case to.Before(from):
		return invalid("Start time cannot be after end time.")
	case to.Sub(from) > longest:
		return invalid("Time range cannot be longer than %d hours.", int(longest.Hours()))
	}
	return nil
}

// traces yields the traces of a range that begins after a key, newest first,
// each once: at its own row, since it may have rows at other seconds, too.
func (q *search) traces(tx *kv.Tx, r kv.Range) iter.Seq2[found, error] {
	return func(yield func(found, error) bool) {
		skip := map[string]int64{} // the second at which a trace is to be met
		for row, err := range tx.Scan(r) {
			if err != nil {
				yield(found{}, fmt.Errorf("scan traces: %w", err))
				return
			}
			var second int64
			var id string
			if err := row.Key.Scan(4, &second, &id); err != nil {
				yield(found{}, err)
				return
			}
			if own, known := skip[id]; known && own != second {
				continue
			}
			f, err := q.load(tx, id)
			if err == nil && f.trace == nil {
				continue
			}
			if err == nil {
				skip[id] = f.at.Unix()
				if f.at.Unix() != second || f.at.Before(q.from) || f.at.After(q.to) {
					continue
				}
			}
			f.key = row.Key
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// load reads a trace with what an index needs to know.
func (q *search) load(tx *kv.Tx, id string) (f found, err error) {
	if f.trace, err = loadTrace(tx, q.h, id); err != nil || f.trace == nil {
		return f, err
	}
	if q.plain {
		f.at = f.trace.Start()
		return f, nil
	}
	if f.head, _, err = kv.Get[head](tx, q.h.headKey(id)); err != nil {
		return f, err
	}
	switch q.index {
	case byEnd:
		f.at = f.trace.End()
	case byEvent:
		f.at = f.head.Modified
	default:
		f.at = f.trace.Start()
	}
	f.subject = f.trace.Subject(q.groups.match)
	return f, nil
}

// window is the part of the index that the search is about.
func (q *search) window() kv.Range {
	r := q.h.indexRange(q.index, q.from, q.to)
	r.Reverse = true
	return r
}

// kept tells whether a trace is in a sample of a rate: the same ones each time.
func kept(id string, rate float64) bool {
	sum := fnv.New32a()
	sum.Write([]byte(id))
	return float64(sum.Sum32()) < rate*(1<<32)
}

// sampled narrows a search as asked, and returns the rate of traces to keep.
func (q *search) sampled(on bool, how *api.SamplingStrategy) (rate float64, err error) {
	if !on || how == nil {
		return 1, nil
	}
	rate = 1
	if how.Value != nil {
		rate = *how.Value
	}
	if rate < 0 || rate > 1 {
		return 0, invalid("Sampling value must be between 0 and 1.")
	}
	if wire.Value(how.Name) == api.SamplingStrategyNamePartialScan {
		q.from = q.to.Add(-time.Duration(float64(q.to.Sub(q.from)) * rate))
		return 1, nil
	}
	return rate, nil
}

// parseFilter reads a filter expression of a request.
func parseFilter(expression *string) (*filter.Expr, error) {
	e, err := filter.Parse(wire.Value(expression))
	if err != nil {
		return nil, invalid("Invalid filter expression: %s.", err)
	}
	return e, nil
}

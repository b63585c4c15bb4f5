package cloudwatch

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"maru.dev/maru/kv"
)

// span is a row of periods: from start, which is included, to end, which is not.
type span struct {
	start, end time.Time
	period     time.Duration
}

// point is the data of one period.
type point struct {
	at   time.Time
	unit string
	data bucket
}

// length is the longest bucket that the span's periods can be made of and that
// is still kept for the span's beginning.
func (sp span) length(now time.Time) time.Duration {
	fits := func(l time.Duration) bool {
		return sp.period%l == 0 && sp.start.UnixNano()%int64(l) == 0
	}
	age := now.Sub(sp.start)
	switch {
	case fits(time.Hour):
		return time.Hour
	case fits(5*time.Minute) && age <= retention()[5*time.Minute]:
		return 5 * time.Minute
	case fits(time.Minute):
		return time.Minute
	}
	return time.Second
}

// read visits the periods of a span that have data, oldest first, each when it is
// whole: no more than one is held, and it is valid until the next. Data of different
// units are apart; unit, if set, is the only one wanted.
func read(tx *kv.Tx, h home, id metricID, sp span, unit *string, now time.Time) iter.Seq2[*point, error] {
	prefix := h.dataKey(id, sp.length(now))
	r := kv.Range{From: prefix.With(sp.start), To: prefix.With(sp.end)}
	return func(yield func(*point, error) bool) {
		var open []point // of one period, by unit
		give := func() bool {
			for i := range open {
				if !yield(&open[i], nil) {
					return false
				}
			}
			open = open[:0]
			return true
		}
		for row, err := range kv.Scan[bucket](tx, r) {
			var (
				at    time.Time
				known string
			)
			if err == nil {
				err = row.Key.Scan(6, &at, &known)
			}
			if err != nil {
				yield(nil, fmt.Errorf("read data: %w", err))
				return
			}
			if unit != nil && *unit != known {
				continue
			}
			at = sp.start.Add(at.Sub(sp.start).Truncate(sp.period))
			if len(open) > 0 && !open[0].at.Equal(at) && !give() {
				return
			}
			if i := slices.IndexFunc(open, func(p point) bool { return p.unit == known }); i >= 0 {
				open[i].data.merge(&row.Value)
			} else {
				open = append(open, point{at, known, row.Value})
			}
		}
		give()
	}
}

// first leaves of several units the first of each period.
func first(points iter.Seq2[*point, error]) iter.Seq2[*point, error] {
	return func(yield func(*point, error) bool) {
		var last time.Time
		for p, err := range points {
			if err == nil {
				if p.at.Equal(last) {
					continue
				}
				last = p.at
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

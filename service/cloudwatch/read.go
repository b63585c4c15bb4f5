package cloudwatch

import (
	"fmt"
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

// read returns the periods of a span that have data, oldest first. Data of
// different units are apart; unit, if set, is the only one wanted.
func read(tx *kv.Tx, h home, id metricID, sp span, unit *string, now time.Time) ([]point, error) {
	prefix := h.dataKey(id, sp.length(now))
	r := kv.Range{From: prefix.With(sp.start), To: prefix.With(sp.end)}
	var out []point
	for row, err := range kv.Scan[bucket](tx, r) {
		if err != nil {
			return nil, fmt.Errorf("read data: %w", err)
		}
		var (
			at    time.Time
			known string
		)
		if err := row.Key.Scan(6, &at, &known); err != nil {
			return nil, err
		}
		if unit != nil && *unit != known {
			continue
		}
		out = collect(out, sp.start.Add(at.Sub(sp.start).Truncate(sp.period)), known, &row.Value)
	}
	return out, nil
}

// collect merges a bucket into the point of its period and unit, which is among
// the last ones.
func collect(points []point, at time.Time, unit string, b *bucket) []point {
	for i := len(points) - 1; i >= 0 && points[i].at.Equal(at); i-- {
		if points[i].unit == unit {
			points[i].data.merge(b)
			return points
		}
	}
	p := point{at: at, unit: unit}
	p.data.merge(b)
	return append(points, p)
}

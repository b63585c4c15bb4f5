package telemetry

import (
	"maps"
	"math"
)

// exact is how many values of a metric are kept as they are between two
// flushes. Further ones are rounded to an eighth bit, which is less than CloudWatch's
// own bins make of them.
const exact = 128

// cell is what was measured of one metric.
type cell struct {
	// The value that came last is counted beside the others: most metrics only
	// ever have one.
	last, repeats float64
	values        map[float64]float64 // value → how often
	count         float64             // since the last flush

	seen         bool // ever
	gauge        bool
	sum, samples float64 // since the start
	level        float64 // the last value
}

// add takes a value that was seen n times.
func (c *cell) add(v, n float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	c.seen = true
	c.count += n
	c.sum += v * n
	c.samples += n
	c.level = v
	switch {
	case v == c.last && c.repeats > 0:
		c.repeats += n
		return
	case c.repeats > 0:
		c.keep()
	}
	c.last, c.repeats = v, n
}

// keep puts the value that came last among the others.
func (c *cell) keep() {
	if c.values == nil {
		c.values = make(map[float64]float64)
	}
	v := c.last
	if len(c.values) >= exact {
		if _, known := c.values[v]; !known {
			v = rounded(v)
		}
	}
	c.values[v] += c.repeats
}

// take returns what was measured since it was last called.
func (c *cell) take() map[float64]float64 {
	taken := make(map[float64]float64, len(c.values)+1)
	maps.Copy(taken, c.values)
	if c.repeats > 0 {
		taken[c.last] += c.repeats
	}
	clear(c.values)
	c.repeats, c.count = 0, 0
	return taken
}

// rounded keeps eight bits of a number's fraction.
func rounded(v float64) float64 {
	const kept = 8
	bits := math.Float64bits(v)
	bits += 1 << (51 - kept)
	return math.Float64frombits(bits &^ (1<<(52-kept) - 1))
}

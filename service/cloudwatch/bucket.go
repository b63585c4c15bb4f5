package cloudwatch

import (
	"maps"
	"math"
	"slices"
)

// bucket is what is kept of a metric's data of one unit in a span of time.
type bucket struct {
	Sum   float64
	Min   float64
	Max   float64
	Count float64
	Bins  map[int32]float64 `cbor:",omitempty"` // how many values by bin
	Vague bool              `cbor:",omitempty"` // holds a statistic set, whose values nobody knows
}

const (
	// growth is by how much a bin's bounds differ, so that a bin's middle is
	// within one percent of its values.
	growth = 1.02
	// binZero keeps the bins of values below one above those of negative ones.
	binZero = 20_000
)

// binOf is the bin of a value. Bins are ordered as their values are.
func binOf(v float64) int32 {
	if v == 0 {
		return 0
	}
	n := int32(math.Ceil(math.Log(math.Abs(v))/math.Log(growth))) + binZero
	if v < 0 {
		return -n
	}
	return n
}

// binValue is the value that stands for a bin.
func binValue(bin int32) float64 {
	switch {
	case bin == 0:
		return 0
	case bin < 0:
		return -binValue(-bin)
	}
	return math.Pow(growth, float64(bin-binZero)) * 2 / (1 + growth)
}

// add counts a value n times.
func (b *bucket) add(v, n float64) {
	if b.Count == 0 {
		b.Min, b.Max = v, v
	}
	b.Min, b.Max = min(b.Min, v), max(b.Max, v)
	b.Sum += v * n
	b.Count += n
	if b.Bins == nil {
		b.Bins = make(map[int32]float64)
	}
	b.Bins[binOf(v)] += n
}

// merge adds what another bucket holds.
func (b *bucket) merge(o *bucket) {
	if o.Count == 0 {
		return
	}
	if b.Count == 0 {
		b.Min, b.Max = o.Min, o.Max
	}
	b.Min, b.Max = min(b.Min, o.Min), max(b.Max, o.Max)
	b.Sum += o.Sum
	b.Count += o.Count
	b.Vague = b.Vague || o.Vague
	if b.Bins == nil {
		b.Bins = make(map[int32]float64, len(o.Bins))
	}
	for bin, n := range o.Bins {
		b.Bins[bin] += n
	}
}

// weighted is a value and how often it was seen.
type weighted struct{ value, count float64 }

// values are the bucket's values in order, as near as its bins tell.
func (b *bucket) values() []weighted {
	out := make([]weighted, 0, len(b.Bins))
	for _, bin := range slices.Sorted(maps.Keys(b.Bins)) {
		out = append(out, weighted{min(max(binValue(bin), b.Min), b.Max), b.Bins[bin]})
	}
	return out
}

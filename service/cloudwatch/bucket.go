package cloudwatch

import (
	"maps"
	"math"
	"slices"
)

// bucket is what is kept of a metric's data of one unit in a span of time.
type bucket struct {
	Sum    float64
	Min    float64
	Max    float64
	Count  float64
	Bins   map[int32]float64 `cbor:",omitempty"` // how many values by bin
	Coarse uint8             `cbor:",omitempty"` // how often pairs of bins became one
	Vague  bool              `cbor:",omitempty"` // holds a statistic set, whose values nobody knows
}

const (
	// growth is by how much a bin's bounds differ, so that a bin's middle is
	// within one percent of its values.
	growth = 1.02
	// binZero keeps the bins of values below one above those of negative ones.
	binZero = 20_000
	// maxBins is how many bins a bucket has. They are enough for values of seventeen
	// powers of ten; of those that differ by more less is known.
	maxBins = 2000
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

// binValue is the value that stands for a bin whose bounds differ by so much.
func binValue(bin int32, width float64) float64 {
	switch {
	case bin == 0:
		return 0
	case bin < 0:
		return -binValue(-bin, width)
	}
	return math.Pow(width, float64(bin-binZero)) * 2 / (1 + width)
}

// coarser is the bin that a bin falls into where two become one.
func coarser(bin int32) int32 {
	switch {
	case bin == 0:
		return 0
	case bin < 0:
		return -coarser(-bin)
	}
	return (bin-binZero+1)>>1 + binZero // rounded up, below zero too
}

// add counts a value n times.
func (b *bucket) add(v, n float64) {
	b.extend(v, v, v*n, n)
	b.count(binOf(v), 0, n)
}

// merge adds what another bucket holds.
func (b *bucket) merge(o *bucket) {
	if o.Count == 0 {
		return
	}
	if b.Count == 0 {
		*b = *o
		b.Bins = maps.Clone(o.Bins)
		return
	}
	b.extend(o.Min, o.Max, o.Sum, o.Count)
	b.Vague = b.Vague || o.Vague
	for b.Coarse < o.Coarse {
		b.coarsen()
	}
	for bin, n := range o.Bins {
		b.count(bin, o.Coarse, n)
	}
}

// extend takes into account values between two others, with their sum and number.
func (b *bucket) extend(low, high, sum, n float64) {
	if b.Count == 0 {
		b.Min, b.Max = low, high
	}
	b.Min, b.Max = min(b.Min, low), max(b.Max, high)
	b.Sum += sum
	b.Count += n
}

// count counts n values of a bin that is so coarse, at most as the bucket's are. How
// coarse these become does not depend on the order of what is counted.
func (b *bucket) count(bin int32, coarse uint8, n float64) {
	for range b.Coarse - coarse {
		bin = coarser(bin)
	}
	if b.Bins == nil {
		b.Bins = make(map[int32]float64)
	}
	for b.Bins[bin] += n; len(b.Bins) > maxBins; {
		b.coarsen()
	}
}

// coarsen makes each two bins one.
func (b *bucket) coarsen() {
	b.Coarse++
	bins := make(map[int32]float64, len(b.Bins)/2+1)
	for bin, n := range b.Bins {
		bins[coarser(bin)] += n
	}
	b.Bins = bins
}

// weighted is a value and how often it was seen.
type weighted struct{ value, count float64 }

// values are the bucket's values in order, as near as its bins tell.
func (b *bucket) values() []weighted {
	width := math.Pow(growth, math.Exp2(float64(b.Coarse)))
	out := make([]weighted, 0, len(b.Bins))
	for _, bin := range slices.Sorted(maps.Keys(b.Bins)) {
		out = append(out, weighted{min(max(binValue(bin, width), b.Min), b.Max), b.Bins[bin]})
	}
	return out
}

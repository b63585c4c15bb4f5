package insights

import (
	"math"
	"math/bits"
	"slices"
)

const (
	// exactly is how many numbers a sketch keeps as they are.
	exactly = 10_000
	// gamma is the ratio of one bucket of a sketch to the next: what it returns
	// is off by half a percent at most.
	gamma = 1.01
	// exactlyDistinct is how many values are told apart before they are
	// estimated.
	exactlyDistinct = 10_000
	// registers of an estimate: its error is about 0.8 percent.
	registerBits = 14
)

// sketch is how numbers are spread: all of them as long as they are few, then
// only how many lie between powers of gamma.
type sketch struct {
	exact   []float64
	buckets map[int]int64 // of the absolute value; negative numbers have their own
	below   map[int]int64
	zero    int64
	n       int64
}

func (s *sketch) add(x float64) { s.addTimes(x, 1) }

func (s *sketch) addTimes(x float64, times int64) {
	s.n += times
	if s.buckets == nil {
		if s.exact = append(s.exact, x); len(s.exact) > exactly {
			s.collapse()
		}
		return
	}
	s.count(x, times)
}

// collapse goes over to buckets.
func (s *sketch) collapse() {
	s.buckets, s.below = make(map[int]int64), make(map[int]int64)
	for _, x := range s.exact {
		s.count(x, 1)
	}
	s.exact = nil
}

func (s *sketch) count(x float64, times int64) {
	switch {
	case math.Abs(x) < 1e-9:
		s.zero += times
	case x > 0:
		s.buckets[int(math.Ceil(math.Log(x)/math.Log(gamma)))] += times
	default:
		s.below[int(math.Ceil(math.Log(-x)/math.Log(gamma)))] += times
	}
}

// merge takes the numbers of another sketch in.
func (s *sketch) merge(o *sketch) {
	if o.buckets == nil {
		for _, x := range o.exact {
			s.add(x)
		}
		return
	}
	if s.buckets == nil {
		s.collapse()
	}
	for k, n := range o.buckets {
		s.buckets[k] += n
	}
	for k, n := range o.below {
		s.below[k] += n
	}
	s.zero += o.zero
	s.n += o.n
}

// quantile is the number below which a share q of all lies, between two numbers
// in proportion.
func (s *sketch) quantile(q float64) float64 {
	if s.n == 0 {
		return math.NaN()
	}
	if s.buckets == nil {
		slices.Sort(s.exact)
		at := q * float64(len(s.exact)-1)
		i := int(at)
		if i+1 >= len(s.exact) {
			return s.exact[len(s.exact)-1]
		}
		return s.exact[i] + (at-float64(i))*(s.exact[i+1]-s.exact[i])
	}
	rank := int64(q * float64(s.n-1))
	middle := func(k int) float64 { return 2 * math.Pow(gamma, float64(k)) / (gamma + 1) }
	for _, k := range slices.Backward(sortedKeys(s.below)) {
		if rank -= s.below[k]; rank < 0 {
			return -middle(k)
		}
	}
	if rank -= s.zero; rank < 0 {
		return 0
	}
	keys := sortedKeys(s.buckets)
	for _, k := range keys {
		if rank -= s.buckets[k]; rank < 0 {
			return middle(k)
		}
	}
	return middle(keys[len(keys)-1])
}

func sortedKeys(m map[int]int64) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// distinct counts different values by their hashes: exactly as long as they are
// few, then by how rare the rarest hashes are (HyperLogLog).
type distinct struct {
	hashes    map[uint64]struct{}
	registers []uint8
}

func (d *distinct) add(hash uint64) {
	if d.registers != nil {
		d.register(hash)
		return
	}
	if d.hashes == nil {
		d.hashes = make(map[uint64]struct{})
	}
	if d.hashes[hash] = struct{}{}; len(d.hashes) > exactlyDistinct {
		d.estimate()
	}
}

func (d *distinct) estimate() {
	d.registers = make([]uint8, 1<<registerBits)
	for h := range d.hashes {
		d.register(h)
	}
	d.hashes = nil
}

func (d *distinct) register(hash uint64) {
	i := hash >> (64 - registerBits)
	rank := uint8(bits.LeadingZeros64(hash<<registerBits|1<<(registerBits-1)) + 1)
	d.registers[i] = max(d.registers[i], rank)
}

func (d *distinct) merge(o *distinct) {
	for h := range o.hashes {
		d.add(h)
	}
	if o.registers == nil {
		return
	}
	if d.registers == nil {
		d.estimate()
	}
	for i, rank := range o.registers {
		d.registers[i] = max(d.registers[i], rank)
	}
}

func (d *distinct) count() float64 {
	if d.registers == nil {
		return float64(len(d.hashes))
	}
	m := float64(len(d.registers))
	sum, empty := 0.0, 0.0
	for _, rank := range d.registers {
		sum += math.Ldexp(1, -int(rank))
		if rank == 0 {
			empty++
		}
	}
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && empty > 0 {
		e = m * math.Log(m/empty)
	}
	return math.Round(e)
}

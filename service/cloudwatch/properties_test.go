package cloudwatch

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sampled is a bucket of random values, and the values in order.
func sampled(r *rand.Rand) (*bucket, []float64) {
	b, values := &bucket{}, make([]float64, 1+r.IntN(200))
	for i := range values {
		values[i] = math.Exp(r.NormFloat64()*3) * float64(1-2*r.IntN(2))
		if r.IntN(10) == 0 {
			values[i] = 0
		}
		b.add(values[i], 1)
	}
	slices.Sort(values)
	return b, values
}

// near says whether two values are the same within what bins tell.
func near(a, b float64) bool { return math.Abs(a-b) <= 0.011*math.Max(math.Abs(a), math.Abs(b))+1e-12 }

// A percentile is a value that was seen, or as near to one as bins are wide; it
// grows with p and is within minimum and maximum.
func TestPercentilesAreThoseOfTheValues(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		b, values := sampled(r)
		last := math.Inf(-1)
		for _, p := range []float64{0, 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 100} {
			got := percentile(b, p)
			rank := int(math.Ceil(p/100*float64(len(values)))) - 1
			want := values[min(max(rank, 0), len(values)-1)]
			if !near(got, want) || got < last-1e-12 || got < b.Min || got > b.Max {
				t.Fatalf("p%v of %d values is %v, want %v; the one before was %v", p, len(values), got, want, last)
			}
			last = got
		}
	}
}

// Statistics do not depend on how their values came together.
func TestMergedBucketsTellTheSame(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	names := []string{"Sum", "Average", "Minimum", "Maximum", "SampleCount", "p50", "p99", "tm90", "TM(10%:90%)", "wm90", "tc90", "ts90", "IQM", "PR(-1:1)", "TC(:5)", "TS(0:)"}
	for range 200 {
		whole, merged := &bucket{}, &bucket{}
		for range 3 {
			b, values := sampled(r)
			merged.merge(b)
			for _, v := range values {
				whole.add(v, 1)
			}
		}
		for _, name := range names {
			st, ok := parseStatistic(name)
			if !ok {
				t.Fatalf("%s is no statistic", name)
			}
			a, okA := st.of(whole)
			b, okB := st.of(merged)
			if okA != okB || math.Abs(a-b) > 1e-9*math.Max(1, math.Abs(a)) {
				t.Fatalf("%s: %v and %v", name, a, b)
			}
		}
	}
}

// Values that have nothing to do with each other make a bucket no larger than others:
// its percentiles become coarse, and the same in whatever order they come.
func TestBucketsOfAnyValuesAreBounded(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	var values []float64
	for n := -247.0; n < 247; n += 0.02 { // each of a bin of its own
		values = append(values, math.Exp(n), -math.Exp(n))
	}
	values = append(values, 0)
	whole, merged := &bucket{}, &bucket{}
	var parts [3]bucket
	for _, i := range r.Perm(len(values)) {
		whole.add(values[i], 1)
		parts[r.IntN(len(parts))].add(values[i], 1)
	}
	for i := range parts {
		merged.merge(&parts[i])
	}
	if len(whole.Bins) > maxBins || len(whole.Bins) < maxBins/4 {
		t.Errorf("%d bins", len(whole.Bins))
	}
	if whole.Coarse != merged.Coarse || !maps.Equal(whole.Bins, merged.Bins) {
		t.Errorf("%d bins, so coarse: %d; merged %d, so coarse: %d", len(whole.Bins), whole.Coarse, len(merged.Bins), merged.Coarse)
	}
	slices.Sort(values)
	width := math.Pow(growth, math.Exp2(float64(whole.Coarse)))
	for p := 1.0; p < 100; p++ {
		got, want := percentile(whole, p), values[int(math.Ceil(p/100*float64(len(values))))-1]
		if d := got / want; want != 0 && (d > width || d < 1/width) {
			t.Errorf("p%v is %v, want %v", p, got, want)
		}
	}
}

// Trimming nothing is the plain statistic; a winsorised mean and a trimmed one
// are within minimum and maximum; ranks and counts add up.
func TestTrimmedStatisticsHoldTogether(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	value := func(name string, b *bucket) float64 {
		st, ok := parseStatistic(name)
		if !ok {
			t.Fatalf("%s is no statistic", name)
		}
		v, _ := st.of(b)
		return v
	}
	for range 300 {
		b, values := sampled(r)
		size := 0.0
		for _, v := range values {
			size += math.Abs(v)
		}
		if got := value("TC(0%:100%)", b); math.Abs(got-b.Count) > 1e-6 {
			t.Fatalf("TC of all is %v of %v", got, b.Count)
		}
		if got := value("TS(0%:100%)", b); math.Abs(got-b.Sum) > 0.011*size+1e-9 {
			t.Fatalf("TS of all is %v, want %v", got, b.Sum)
		}
		if below, above := value("PR(:1)", b), value("PR(1:)", b); math.Abs(below+above-100) > 1e-6 {
			t.Fatalf("%v percent are up to 1, and %v above", below, above)
		}
		for _, name := range []string{"tm50", "TM(20%:80%)", "wm50", "WM(20%:80%)", "IQM"} {
			if got := value(name, b); got < b.Min-1e-9 || got > b.Max+1e-9 {
				t.Fatalf("%s is %v, beyond %v and %v", name, got, b.Min, b.Max)
			}
		}
	}
}

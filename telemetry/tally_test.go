package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/clock"
)

// book is a Recorder that remembers, by "name dimensions minute".
type book struct {
	mu     sync.Mutex
	values map[string]map[float64]float64
	err    error
}

// Record implements Recorder.
func (b *book) Record(_ context.Context, account, region string, data []Datum) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	if b.values == nil {
		b.values = make(map[string]map[float64]float64)
	}
	for _, d := range data {
		words := []string{d.Name}
		for _, dim := range d.Dimensions {
			words = append(words, dim.Name+"="+dim.Value)
		}
		key := strings.Join(append(words, d.At.Format("15:04")), " ")
		if b.values[key] == nil {
			b.values[key] = make(map[float64]float64)
		}
		for v, n := range d.Values {
			b.values[key][v] += n
		}
		if d.Account != account || d.Region != region {
			return fmt.Errorf("%s of %s in a batch of %s", d.Name, d.Account, account)
		}
	}
	return nil
}

// newTally returns a tally on a clock that stands half a minute past ten.
func newTally(tb testing.TB) (*Tally, *clock.Fake, *book) {
	tb.Helper()
	c := clock.NewFake(time.Date(2026, 3, 4, 10, 0, 30, 0, time.UTC))
	t, b := NewTally(c, slog.New(slog.NewTextHandler(tb.Output(), nil))), &book{}
	t.Record(b)
	return t, c, b
}

func TestMeasurementsAreAddedUpByResourceAndMinute(t *testing.T) {
	t.Parallel()
	tally, c, b := newTally(t)
	f := NewFamily(tally, "AWS/Lambda", []string{"FunctionName", "Resource"}, Kind{Name: "Invocations", Unit: "Count"}, Kind{Name: "Duration", Unit: "Milliseconds"})
	for i := range 3 {
		f.Add(Of("1", "r", "f"), Value{0, 1}, Value{1, float64(i)})
		f.Add(Of("1", "r", "", ""), Value{0, 1})
	}
	f.Add(Of("2", "r", "f", "f:live"), Value{0, 1})
	tally.Flush(t.Context())
	c.Advance(time.Minute)
	f.Add(Of("1", "r", "f"), Value{0, 1})
	tally.Flush(t.Context())
	c.Advance(time.Minute)
	f.Add(Of("1", "r", "f"), Value{0, 1})
	tally.Flush(t.Context())
	tally.Flush(t.Context())
	want := map[string]map[float64]float64{
		"Invocations FunctionName=f 10:00":                 {1: 4}, // the flush at 10:00:30 began what the next one ends
		"Invocations FunctionName=f 10:01":                 {1: 1},
		"Invocations 10:00":                                {1: 3},
		"Duration FunctionName=f 10:00":                    {0: 1, 1: 1, 2: 1},
		"Invocations FunctionName=f Resource=f:live 10:00": {1: 1},
	}
	if diff := cmp.Diff(want, b.values); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestWhatIsMeasuredOutsideOfFamiliesIsRecordedToo(t *testing.T) {
	t.Parallel()
	tally, _, b := newTally(t)
	dims := []Dimension{{"QueueName", "q"}}
	for range 2 {
		tally.Measure(Metric{Account: "1", Region: "r", Namespace: "AWS/SQS", Name: "Sent", Dimensions: dims}, 1)
		tally.Levels().Measure(Metric{Account: "1", Region: "r", Namespace: "AWS/SQS", Name: "Waiting", Dimensions: dims}, 7)
	}
	dims[0].Value = "changed"
	tally.Flush(t.Context())
	want := map[string]map[float64]float64{"Sent QueueName=q 10:00": {1: 2}, "Waiting QueueName=q 10:00": {7: 2}}
	if diff := cmp.Diff(want, b.values); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestRunFlushesEverySecondsAndAtTheMinutesTurnAndThenAsksGauges(t *testing.T) {
	t.Parallel()
	tally, c, b := newTally(t)
	asked := make(chan time.Time, 10)
	tally.Ask(func(_ context.Context, m Meter) error {
		m.Measure(Metric{Account: "1", Region: "r", Name: "Waiting"}, 5)
		asked <- c.Now()
		return nil
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- tally.Run(ctx) }()
	step := func(d time.Duration) {
		for c.Waiting() == 0 {
			<-(clock.System{}).NewTimer(time.Millisecond).C()
		}
		c.Advance(d)
	}
	tally.Measure(Metric{Account: "1", Region: "r", Name: "Sent"}, 1)
	for range 6 {
		step(5 * time.Second)
	}
	if at := <-asked; at.Second() != 0 || at.Minute() != 1 {
		t.Errorf("gauges asked at %v", at)
	}
	step(5 * time.Second)
	for c.Waiting() == 0 {
		<-(clock.System{}).NewTimer(time.Millisecond).C()
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	want := map[string]map[float64]float64{"Sent 10:00": {1: 1}, "Waiting 10:01": {5: 1}}
	if diff := cmp.Diff(want, b.values); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestManyBusyResourcesAreStoredLessOften(t *testing.T) {
	t.Parallel()
	tally, c, b := newTally(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- tally.Run(ctx) }()
	waiting := func() {
		for c.Waiting() == 0 {
			<-(clock.System{}).NewTimer(time.Millisecond).C()
		}
	}
	for i := range 2 * flushAtEase {
		tally.Measure(Metric{Account: "1", Region: "r", Name: "Sent", Dimensions: []Dimension{{"QueueName", fmt.Sprint(i)}}}, 1)
	}
	waiting()
	c.Advance(flushEvery)
	waiting()
	tally.Measure(Metric{Account: "1", Region: "r", Name: "Later"}, 1)
	stored := func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.values) > 2*flushAtEase
	}
	c.Advance(flushEvery)
	waiting() // nothing was due
	if stored() {
		t.Error("stored again after five seconds")
	}
	c.Advance(flushEvery)
	waiting()
	if !stored() {
		t.Error("not stored after ten seconds")
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeStoredIsCountedAndNotToldTwice(t *testing.T) {
	t.Parallel()
	tally, _, b := newTally(t)
	b.err = errors.New("the disk is full")
	tally.Measure(Metric{Name: "Sent"}, 1)
	tally.Flush(t.Context())
	b.err = nil
	tally.Flush(t.Context())
	if len(b.values) != 0 || tally.Dropped() != 1 {
		t.Errorf("recorded %v, dropped %d", b.values, tally.Dropped())
	}
}

func TestMemoryOfResourcesIsBounded(t *testing.T) {
	t.Parallel()
	tally, _, _ := newTally(t)
	f := NewFamily(tally, "AWS/SQS", []string{"QueueName"}, Kind{Name: "Sent", Unit: "Count"})
	for i := range maxRows + 10 {
		f.Add(Of("1", "r", fmt.Sprint("q", i)), Value{0, 1})
	}
	if tally.Dropped() != 10 {
		t.Errorf("%d dropped, want 10", tally.Dropped())
	}
	for range 1000 {
		tally.Flush(t.Context())
	}
	tally.shrink()
	if n := tally.rows.Load(); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	f.Add(Of("1", "r", "q"), Value{0, 1})
	if n := tally.rows.Load(); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestManyValuesKeepCountAndNearlyTheirSum(t *testing.T) {
	t.Parallel()
	var c cell
	var want float64
	for i := range 100_000 {
		v := 1 + math.Mod(float64(i)*0.7919, 997)
		want += v
		c.add(v, 1)
	}
	taken := c.take()
	var sum, count float64
	for v, n := range taken {
		sum += v * n
		count += n
	}
	if count != 100_000 || math.Abs(sum/want-1) > 1e-3 {
		t.Errorf("%v values with sum %v, want %v", count, sum, want)
	}
	if len(taken) > 5000 {
		t.Errorf("%d values kept", len(taken))
	}
	if c.sum != want {
		t.Errorf("total %v, want %v", c.sum, want)
	}
}

func TestRoundedIsWithinAnEighthBitAndLeavesSmallCountsAlone(t *testing.T) {
	t.Parallel()
	for v := -512.0; v <= 512; v++ {
		if rounded(v) != v {
			t.Errorf("rounded(%v) = %v", v, rounded(v))
		}
	}
	for _, v := range []float64{math.Pi, 1e-9, 12345.678, -98765.4321, math.MaxFloat64 / 2} {
		if got := rounded(v); math.Abs(got/v-1) > 1.0/512 {
			t.Errorf("rounded(%v) = %v", v, got)
		}
	}
}

func TestAFamilyWithoutATallyMeasuresOneByOne(t *testing.T) {
	t.Parallel()
	tally, _, b := newTally(t)
	f := NewFamily(levels{tally}, "AWS/SQS", []string{"QueueName"}, Kind{Name: "Sent", Unit: "Count"})
	f.Add(Of("1", "r", "q"), Value{0, 3})
	NewFamily(nil, "AWS/SQS", nil, Kind{Name: "Sent", Unit: "Count"}).Add(Of("1", "r"), Value{0, 3})
	tally.Flush(t.Context())
	want := map[string]map[float64]float64{"Sent QueueName=q 10:00": {3: 1}}
	if diff := cmp.Diff(want, b.values); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestMeasurementsOfManyAreAllThere(t *testing.T) {
	t.Parallel()
	tally, _, b := newTally(t)
	f := NewFamily(tally, "AWS/SQS", []string{"QueueName"}, Kind{Name: "Sent", Unit: "Count"}, Kind{Name: "Size", Unit: "Bytes"})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 1000 {
				f.Add(Of("1", "r", fmt.Sprint("q", j%5)), Value{0, 1}, Value{1, float64(i*j + 1)})
				if j%100 == 0 {
					tally.Flush(t.Context())
				}
			}
		})
	}
	group.Wait()
	tally.Flush(t.Context())
	counts := make(map[string]float64)
	for key, values := range b.values {
		name, _, _ := strings.Cut(key, " ")
		for _, n := range values {
			counts[name] += n
		}
	}
	if diff := cmp.Diff(map[string]float64{"Sent": 8000, "Size": 8000}, counts); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

func BenchmarkFamily(b *testing.B) {
	tally, _, _ := newTally(b)
	f := NewFamily(tally, "AWS/SQS", []string{"QueueName"}, Kind{Name: "Sent", Unit: "Count"}, Kind{Name: "Size", Unit: "Bytes"})
	queues := make([]string, 100)
	for i := range queues {
		queues[i] = fmt.Sprint("queue-number-", i)
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f.Add(Of("000000000000", "us-east-1", queues[i%100]), Value{0, 1})
		}
	})
	b.Run("two", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			f.Add(Of("000000000000", "us-east-1", queues[i%100]), Value{0, 1}, Value{1, float64(i % 300)})
		}
	})
}

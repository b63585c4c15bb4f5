// Package metricfilter makes metrics of log events: by metric filters, and of
// events in the embedded metric format. It is pure; package logs gives it events
// and publishes what it makes.
//
// Spec: CloudWatch Logs User Guide, Creating metrics from log events using
// filters; CloudWatch User Guide, Embedded metric format specification.
package metricfilter

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/service/logs/filter"
)

// MaxDimensions is how many dimensions a metric filter may have.
const MaxDimensions = 3

// Filter is a metric filter that has been read.
type Filter struct {
	Namespace, Name, Unit string
	Default               *float64

	pattern *filter.Pattern
	number  float64
	value   *filter.Selector // nil for number
	by      []dimension
}

// dimension is one of a filter, whose value is taken from the message.
type dimension struct {
	name string
	of   filter.Selector
}

// Spec is how a metric filter is written.
type Spec struct {
	Pattern               string
	Namespace, Name, Unit string
	Value                 string
	Default               *float64
	Dimensions            map[string]string
}

// New reads a metric filter.
func New(s Spec) (*Filter, error) {
	p, err := filter.Parse(s.Pattern)
	if err != nil {
		return nil, fmt.Errorf("Invalid filter pattern: %w", err)
	}
	f := &Filter{Namespace: s.Namespace, Name: s.Name, Unit: s.Unit, Default: s.Default, pattern: p}
	if strings.HasPrefix(s.Value, "$") {
		sel, err := filter.NewSelector(s.Value)
		if err != nil || !p.Structured() {
			return nil, fmt.Errorf("Invalid metric value: %s", s.Value)
		}
		f.value = &sel
	} else if f.number, err = strconv.ParseFloat(s.Value, 64); err != nil || math.IsNaN(f.number) || math.IsInf(f.number, 0) {
		return nil, fmt.Errorf("Invalid metric value: %s", s.Value)
	}
	if len(s.Dimensions) > 0 && s.Default != nil {
		return nil, fmt.Errorf("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
	}
	if len(s.Dimensions) > MaxDimensions {
		return nil, fmt.Errorf("A metric filter can have at most %d dimensions.", MaxDimensions)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Dimensions)) {
		sel, err := filter.NewSelector(s.Dimensions[name])
		if err != nil || !p.Structured() {
			return nil, fmt.Errorf("Invalid metric dimension: %s", s.Dimensions[name])
		}
		f.by = append(f.by, dimension{name, sel})
	}
	return f, nil
}

// Maybe says whether any of many messages may match.
func (f *Filter) Maybe(text string) bool { return f.pattern.Maybe(text) }

// Key names a metric in a minute, or in a second if its resolution is high.
type Key struct {
	Namespace, Name, Unit string
	Dimensions            string // see Pairs
	At                    int64  // milliseconds
	Resolution            int32  // 1 or 60 seconds
}

// Pairs are the dimensions, as names and values in turn.
func (k Key) Pairs() []string {
	if k.Dimensions == "" {
		return nil
	}
	return strings.Split(k.Dimensions, "\x00")
}

// Batch is the values that were found, with how often each was.
type Batch struct {
	values map[Key]map[float64]float64
	seen   map[Key]bool // minutes of filters with a default in which events came in
}

// NewBatch returns an empty Batch.
func NewBatch() *Batch {
	return &Batch{values: make(map[Key]map[float64]float64), seen: make(map[Key]bool)}
}

// add counts a value.
func (b *Batch) add(k Key, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	k.At -= k.At % (int64(k.Resolution) * 1000)
	m := b.values[k]
	if m == nil {
		m = make(map[float64]float64)
		b.values[k] = m
	}
	m[v]++
}

// Add takes an event into account.
func (b *Batch) Add(f *Filter, at int64, message string) {
	k := Key{Namespace: f.Namespace, Name: f.Name, Unit: f.Unit, At: at - at%60_000, Resolution: 60}
	if f.Default != nil {
		b.seen[k] = true
	}
	if !f.pattern.Match(message) {
		return
	}
	v := f.number
	if f.value == nil && len(f.by) == 0 {
		b.add(k, v)
		return
	}
	m := f.pattern.Read(message)
	if f.value != nil {
		text, ok := m.Get(*f.value)
		if !ok {
			return
		}
		var err error
		if v, err = strconv.ParseFloat(text, 64); err != nil {
			return
		}
	}
	var pairs []string
	for _, d := range f.by {
		text, ok := m.Get(d.of)
		if !ok || text == "" {
			return
		}
		pairs = append(pairs, d.name, text)
	}
	k.Dimensions = strings.Join(pairs, "\x00")
	b.add(k, v)
}

// Skip says that events came in at a time which do not match f, so that its
// default value counts.
func (b *Batch) Skip(f *Filter, at int64) {
	if f.Default != nil {
		b.seen[Key{Namespace: f.Namespace, Name: f.Name, Unit: f.Unit, At: at - at%60_000, Resolution: 60}] = true
	}
}

// Finish adds the default values of those filters of which nothing was found in
// a minute in which events came in.
func (b *Batch) Finish(filters []*Filter) {
	for _, f := range filters {
		if f.Default == nil {
			continue
		}
		for k := range b.seen {
			if k.Namespace == f.Namespace && k.Name == f.Name && k.Unit == f.Unit && b.values[k] == nil {
				b.add(k, *f.Default)
			}
		}
	}
}

// Point is the values of a metric in a minute.
type Point struct {
	Key

	Values, Counts []float64
}

// maxValues is how many different values one point may have.
const maxValues = 150

// Points returns what was found, by namespace and in order.
func (b *Batch) Points() []Point {
	keys := slices.SortedFunc(maps.Keys(b.values), func(x, y Key) int {
		return cmp.Or(strings.Compare(x.Namespace, y.Namespace), strings.Compare(x.Name, y.Name),
			strings.Compare(x.Dimensions, y.Dimensions), strings.Compare(x.Unit, y.Unit),
			cmp.Compare(x.At, y.At), cmp.Compare(x.Resolution, y.Resolution))
	})
	var out []Point
	for _, k := range keys {
		p := Point{Key: k}
		for _, v := range slices.Sorted(maps.Keys(b.values[k])) {
			if len(p.Values) == maxValues {
				out = append(out, p)
				p = Point{Key: k}
			}
			p.Values = append(p.Values, v)
			p.Counts = append(p.Counts, b.values[k][v])
		}
		out = append(out, p)
	}
	return out
}

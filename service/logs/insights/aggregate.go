package insights

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// aggregate is a function over many records. In an expression it stands for its
// result, which the row that is made has in a slot.
type aggregate struct {
	name    string
	of      expr // nil of count(*)
	percent float64
	slot    int
}

// slotName is where a row keeps an aggregate's result.
func slotName(slot int) string { return "\x00" + string(rune('0'+slot)) }

func (a *aggregate) eval(r *record) value { return r.set[slotName(a.slot)] }

// tally is what an aggregate knows of the records so far.
type tally struct {
	count      int64
	sum, sqr   float64 // sqr is the sum of squares of differences (Welford)
	mean       float64
	best       value
	at         int64 // of best, where the time decides
	distinct   *distinct
	percentile *sketch
}

// add takes a record into account.
func (t *tally) add(a *aggregate, r *record, seed maphash.Seed) {
	if a.of == nil {
		t.count++
		return
	}
	v := a.of.eval(r)
	if v.kind == missing {
		return
	}
	switch a.name {
	case "count":
		t.count++
	case "count_distinct":
		if t.distinct == nil {
			t.distinct = &distinct{}
		}
		t.distinct.add(maphash.String(seed, v.String()))
	case "min", "max", "sortsfirst", "sortslast":
		t.take(a, v, 0)
	case "earliest", "latest", "first", "last":
		t.take(a, v, r.time())
	default:
		if n, ok := v.number(); ok {
			t.addNumber(a, n)
		}
	}
}

// addNumber takes a number into account.
func (t *tally) addNumber(a *aggregate, n float64) {
	t.count++
	t.sum += n
	d := n - t.mean
	t.mean += d / float64(t.count)
	t.sqr += d * (n - t.mean)
	if a.name == "pct" || a.name == "median" {
		if t.percentile == nil {
			t.percentile = &sketch{}
		}
		t.percentile.add(n)
	}
}

// take keeps the better of two values.
func (t *tally) take(a *aggregate, v value, at int64) {
	if t.best.kind == missing {
		t.best, t.at, t.count = v.clone(), at, 1
		return
	}
	var better bool
	switch a.name {
	case "min":
		better = compare(v, t.best) < 0
	case "max":
		better = compare(v, t.best) > 0
	case "sortsfirst":
		better = strings.Compare(v.String(), t.best.String()) < 0
	case "sortslast":
		better = strings.Compare(v.String(), t.best.String()) > 0
	case "earliest", "first":
		better = at < t.at
	default:
		better = at > t.at
	}
	if better {
		t.best, t.at = v.clone(), at
	}
}

// clone is a value that does not hold on to the line that it was part of.
func (v value) clone() value {
	v.text = strings.Clone(v.text)
	return v
}

// merge takes what another tally knows into account.
func (t *tally) merge(a *aggregate, o *tally) {
	if o.best.kind != missing {
		t.take(a, o.best, o.at)
		return
	}
	if o.distinct != nil {
		if t.distinct == nil {
			t.distinct = &distinct{}
		}
		t.distinct.merge(o.distinct)
		return
	}
	if o.count == 0 {
		return
	}
	n, m := float64(t.count), float64(o.count)
	d := o.mean - t.mean
	t.sqr += o.sqr + d*d*n*m/(n+m)
	t.mean += d * m / (n + m)
	t.count += o.count
	t.sum += o.sum
	if o.percentile != nil {
		if t.percentile == nil {
			t.percentile = &sketch{}
		}
		t.percentile.merge(o.percentile)
	}
}

// result is the aggregate's value.
func (t *tally) result(a *aggregate) value {
	switch a.name {
	case "count":
		return numberValue(float64(t.count))
	case "count_distinct":
		if t.distinct == nil {
			return numberValue(0)
		}
		return numberValue(t.distinct.count())
	case "min", "max", "sortsfirst", "sortslast", "earliest", "latest", "first", "last":
		return t.best
	}
	if t.count == 0 {
		return value{}
	}
	switch a.name {
	case "sum":
		return finite(t.sum)
	case "avg":
		return finite(t.sum / float64(t.count))
	case "stddev":
		return finite(math.Sqrt(t.sqr / float64(t.count)))
	default:
		return finite(t.percentile.quantile(a.percent / 100))
	}
}

// maxGroups is how many groups a stats command tells apart; records of further
// ones are left out.
const maxGroups = 100_000

// group is the tallies of one combination of values.
type group struct {
	by      []value
	tallies []tally
}

// table is what a stats command has so far.
type table struct {
	command statsCommand
	seed    maphash.Seed
	groups  map[string]*group
	order   []*group
	key     []byte
	by      []value // of the record that is added
	held    int     // the weight of all groups
}

// over implements collector.
func (t *table) over() bool { return t.held > maxHeld }

// weight implements collector.
func (t *table) weight() int { return t.held }

func newTable(c statsCommand, seed maphash.Seed) *table {
	return &table{command: c, seed: seed, groups: make(map[string]*group)}
}

// find returns the group of some values; nil when there are too many.
func (t *table) find(by []value) *group {
	t.key = t.key[:0]
	for _, v := range by {
		t.key = append(t.key, byte(min(v.kind, 1)))
		t.key = append(t.key, v.String()...)
		t.key = append(t.key, 0)
	}
	g := t.groups[string(t.key)]
	if g == nil {
		if len(t.groups) >= maxGroups {
			return nil
		}
		g = &group{by: make([]value, len(by)), tallies: make([]tally, len(t.command.aggregates))}
		for i, v := range by {
			g.by[i] = v.clone()
			t.held += v.weight()
		}
		t.held += recordWeight + len(t.key) + valueWeight*len(t.command.columns)
		for i := range g.tallies {
			t.held += g.tallies[i].weight()
		}
		t.groups[string(t.key)] = g
		t.order = append(t.order, g)
	}
	return g
}

// add takes a record into account.
func (t *table) add(r *record) {
	if t.over() {
		return
	}
	t.by = t.by[:0]
	for _, n := range t.command.by {
		t.by = append(t.by, n.expr.eval(r))
	}
	if g := t.find(t.by); g != nil {
		for i, a := range t.command.aggregates {
			before := g.tallies[i].weight()
			g.tallies[i].add(a, r, t.seed)
			t.held += g.tallies[i].weight() - before
		}
	}
}

// merge takes what another table has into account.
func (t *table) merge(from collector) {
	for _, o := range from.(*table).order {
		if t.over() {
			return
		}
		if g := t.find(o.by); g != nil {
			for i, a := range t.command.aggregates {
				before := g.tallies[i].weight()
				g.tallies[i].merge(a, &o.tallies[i])
				t.held += g.tallies[i].weight() - before
			}
		}
	}
}

// records makes a row of each group, in the order of their values, the newest
// times first. Without groups there is one of them all.
func (t *table) records() []*record {
	if len(t.command.by) == 0 && len(t.order) == 0 {
		t.find(nil)
	}
	slices.SortFunc(t.order, func(a, b *group) int {
		for i, v := range a.by {
			w := b.by[i]
			if v.kind == instant {
				v, w = w, v
			}
			if c := cmp.Or(compare(v, w), strings.Compare(v.String(), w.String())); c != 0 {
				return c
			}
		}
		return 0
	})
	out := make([]*record, 0, len(t.order))
	for _, g := range t.order {
		r := &record{set: make(map[string]value, len(g.by)+2*len(g.tallies))}
		for i, a := range t.command.aggregates {
			r.put(slotName(i), g.tallies[i].result(a))
		}
		for i, n := range t.command.by {
			r.put(n.name, g.by[i])
		}
		for _, n := range t.command.columns {
			r.put(n.name, n.expr.eval(r))
		}
		for i := range t.command.aggregates {
			delete(r.set, slotName(i))
		}
		out = append(out, r)
	}
	return out
}

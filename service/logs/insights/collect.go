package insights

import (
	"cmp"
	"slices"
)

// collector takes the records that are left of the events. Each worker has its
// own; they are merged into a fresh one.
type collector interface {
	add(r *record)
	merge(from collector)
	records() []*record
	// over says that what was added does not fit into memory, and was left out.
	over() bool
	// weight is how much memory it takes, in bytes.
	weight() int
}

// ranked is a record with the values that it is ordered by.
type ranked struct {
	keys []value
	of   *record
	same string // what makes it a duplicate of another; "" for nothing

	weight int // of all of it, once it is kept
}

// ordered keeps the first records in an order, without duplicates if it is told
// so.
type ordered struct {
	sort  []sortKey
	dedup []expr
	most  int

	kept  []ranked
	byKey map[string]int // place in kept
	bar   *ranked        // what comes behind it is among the first no more
	held  int            // the weight of what is kept
}

// over implements collector: of large records fewer are kept.
func (o *ordered) over() bool { return false }

// weight implements collector.
func (o *ordered) weight() int { return o.held }

// before orders two records: by the keys, then the newest first.
func (o *ordered) before(a, b *ranked) int {
	for i, k := range o.sort {
		if c := compare(a.keys[i], b.keys[i]); c != 0 {
			if k.desc {
				return -c
			}
			return c
		}
	}
	x, y := a.of.event, b.of.event
	if x == nil || y == nil {
		return 0
	}
	return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(y.Version, x.Version), cmp.Compare(y.Index, x.Index))
}

// add keeps a record, if it is among the first.
func (o *ordered) add(r *record) {
	n := ranked{of: r}
	if len(o.sort) > 0 {
		n.keys = make([]value, len(o.sort))
		for i, k := range o.sort {
			n.keys[i] = k.expr.eval(r)
		}
	}
	if o.bar != nil && o.before(&n, o.bar) > 0 {
		return
	}
	n.same = sameness(o.dedup, r)
	o.put(n, true)
}

// put keeps a record that is among the first. fresh says that its memory is part
// of a chunk.
func (o *ordered) put(n ranked, fresh bool) {
	if n.same != "" {
		if o.byKey == nil {
			o.byKey = make(map[string]int)
		}
		if i, ok := o.byKey[n.same]; ok {
			if o.before(&n, &o.kept[i]) < 0 {
				o.held -= o.kept[i].weight
				o.kept[i] = n.lasting(fresh)
				o.held += o.kept[i].weight
			}
			return
		}
		o.byKey[n.same] = len(o.kept)
	}
	n = n.lasting(fresh)
	o.kept = append(o.kept, n)
	o.held += n.weight
	if len(o.kept) >= 2*o.most {
		o.cut()
	}
	if o.held > maxHeld && len(o.kept) > 1 {
		o.most = len(o.kept) / 2
		o.cut()
	}
}

// lasting is a record that may be kept.
func (n ranked) lasting(fresh bool) ranked {
	if fresh {
		n.of = n.of.keep()
		for i := range n.keys {
			n.keys[i] = n.keys[i].clone()
		}
		n.weight = n.of.weight() + len(n.same)
		for _, v := range n.keys {
			n.weight += v.weight()
		}
	}
	return n
}

// cut orders what is kept, and drops what is not among the first.
func (o *ordered) cut() {
	slices.SortStableFunc(o.kept, func(a, b ranked) int { return o.before(&a, &b) })
	if len(o.kept) >= o.most {
		clear(o.kept[o.most:])
		o.kept = o.kept[:o.most]
		bar := o.kept[o.most-1]
		o.bar = &bar
		o.held = 0
		for _, n := range o.kept {
			o.held += n.weight
		}
	}
	if o.byKey != nil {
		clear(o.byKey)
		for i, n := range o.kept {
			if n.same != "" {
				o.byKey[n.same] = i
			}
		}
	}
}

// merge takes what another one has kept.
func (o *ordered) merge(from collector) {
	for _, n := range from.(*ordered).kept {
		if o.bar == nil || o.before(&n, o.bar) <= 0 {
			o.put(n, false)
		}
	}
}

// records are what is kept, in order.
func (o *ordered) records() []*record {
	o.cut()
	out := make([]*record, len(o.kept))
	for i, n := range o.kept {
		out[i] = n.of
	}
	return out
}

// sameness is what makes records duplicates of each other. One that misses a
// value is none.
func sameness(of []expr, r *record) string {
	if len(of) == 0 {
		return ""
	}
	var key []byte
	for _, e := range of {
		v := e.eval(r)
		if v.kind == missing {
			return ""
		}
		key = append(append(key, v.String()...), 0)
	}
	return string(key)
}

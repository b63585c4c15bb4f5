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
}

// ranked is a record with the values that it is ordered by.
type ranked struct {
	keys []value
	of   *record
	same string // what makes it a duplicate of another; "" for nothing
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
	bytes int            // of the messages that are kept
}

// maxKept bounds the memory of what is kept: of very long messages fewer are.
const maxKept = 128 << 20

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
				o.kept[i] = n.lasting(fresh)
			}
			return
		}
		o.byKey[n.same] = len(o.kept)
	}
	o.kept = append(o.kept, n.lasting(fresh))
	if n.of.event != nil {
		o.bytes += len(n.of.event.Message)
	}
	if len(o.kept) >= 2*o.most {
		o.cut()
	}
	if o.bytes > maxKept && len(o.kept) > 1 {
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
		o.bytes = 0
		for _, n := range o.kept {
			if n.of.event != nil {
				o.bytes += len(n.of.event.Message)
			}
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

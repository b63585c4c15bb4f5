package insights

// maxHeld bounds the memory of what a collector holds, in bytes.
const maxHeld = 128 << 20

// What things weigh beside their text, about.
const (
	recordWeight = 300
	valueWeight  = 100 // with its place in a map
)

// weight is how much memory a value takes.
func (v value) weight() int { return valueWeight + len(v.text) + weigh(v.any) }

// weigh is how much memory a map or list of JSON takes.
func weigh(x any) int {
	n := 0
	switch x := x.(type) {
	case map[string]any:
		for name, e := range x {
			n += valueWeight + len(name) + weigh(e)
		}
	case []any:
		for _, e := range x {
			n += valueWeight + weigh(e)
		}
	case string:
		n = len(x)
	}
	return n
}

// weight is how much memory a record takes.
func (r *record) weight() int {
	n := recordWeight
	if r.event != nil {
		n += len(r.event.Message)
	}
	for name, v := range r.set {
		n += len(name) + v.weight()
	}
	for name, v := range r.found {
		n += len(name) + v.weight()
	}
	for _, p := range r.picked {
		n += valueWeight + len(p.Text)
	}
	return n
}

// weight is how much memory a tally takes.
func (t *tally) weight() int {
	n := 2*valueWeight + t.best.weight()
	if p := t.percentile; p != nil {
		n += 8*len(p.exact) + valueWeight*(len(p.buckets)+len(p.below))
	}
	if d := t.distinct; d != nil {
		n += len(d.registers) + valueWeight*len(d.hashes)
	}
	return n
}

package kv

// writes are the points that a transaction writes, in the order in which it
// first did. Most write a handful, which is searched faster than a map is made.
type writes struct {
	points []point
	index  map[string]int // of points by key, once they are more than a handful
}

// handful is how many points are searched one by one.
const handful = 12

// at returns what is written at key, or nil. It is good until the next add.
func (w *writes) at(key []byte) *point {
	if w.index != nil {
		if i, ok := w.index[string(key)]; ok {
			return &w.points[i]
		}
		return nil
	}
	for i := range w.points {
		if w.points[i].key == string(key) {
			return &w.points[i]
		}
	}
	return nil
}

// add adds a point whose key is not written yet.
func (w *writes) add(p point) {
	if w.points == nil {
		w.points = make([]point, 0, 4)
	}
	w.points = append(w.points, p)
	switch {
	case w.index != nil:
		w.index[p.key] = len(w.points) - 1
	case len(w.points) > handful:
		w.reindex()
	}
}

// remove drops the points in s.
func (w *writes) remove(s span) {
	kept := w.points[:0]
	for _, p := range w.points {
		if !s.holds([]byte(p.key)) {
			kept = append(kept, p)
		}
	}
	clear(w.points[len(kept):])
	w.points = kept
	if w.index != nil {
		w.reindex()
	}
}

// reindex makes the index anew.
func (w *writes) reindex() {
	w.index = make(map[string]int, 2*len(w.points))
	for i := range w.points {
		w.index[w.points[i].key] = i
	}
}

package pattern

import (
	"cmp"
	"slices"
)

// Set holds patterns, each under a key, and finds those that an event matches
// without trying them all.
//
// It is a tree that decides by one field at a time. Each branch divides its
// patterns by what they want of the field that divides them best; an event's
// own value of that field then says where to look further. What a leaf holds
// is tried in full, so the tree may let too many through but never too few.
//
// A Set is not safe for changes while it is used.
type Set[K comparable] struct {
	entries map[K]*entry[K]
	root    branch[K]
	added   uint64
}

// entry is one pattern of a Set.
type entry[K comparable] struct {
	key     K
	order   uint64
	pattern *Pattern
	roads   []*road[K]
}

// road is one combination of a pattern's alternatives: the fields that must
// be as it wants them for the pattern to match this way.
type road[K comparable] struct {
	entry *entry[K]
	wants []want
}

// want is what a road needs of a field, if the index can use it.
type want struct {
	id    string // the path as one string
	path  []string
	tests []test
}

// How the tree grows.
const (
	maxLeaf  = 8  // a leaf with more roads is divided, if that helps
	maxRoads = 16 // a pattern with more combinations is indexed by what they have in common
)

// NewSet returns an empty Set.
func NewSet[K comparable]() *Set[K] { return &Set[K]{entries: make(map[K]*entry[K])} }

// Len returns how many patterns there are.
func (s *Set[K]) Len() int { return len(s.entries) }

// Add puts a pattern into the set, in place of another with its key.
func (s *Set[K]) Add(key K, p *Pattern) {
	s.Remove(key)
	s.added++
	e := &entry[K]{key: key, order: s.added, pattern: p}
	if p.root.alternatives() <= maxRoads {
		for _, wants := range p.root.expand([][]want{nil}) {
			e.roads = append(e.roads, &road[K]{e, wants})
		}
	} else {
		e.roads = []*road[K]{{e, p.root.common(nil)}}
	}
	s.entries[key] = e
	for _, r := range e.roads {
		s.root.add(r, nil)
	}
}

// Remove takes the pattern of a key out of the set, if there is one.
func (s *Set[K]) Remove(key K) {
	e := s.entries[key]
	if e == nil {
		return
	}
	delete(s.entries, key)
	for _, r := range e.roads {
		s.root.remove(r)
	}
}

// Match returns the keys of the patterns that e matches, in the order in which
// they were added.
func (s *Set[K]) Match(e *Event) []K {
	var found []*entry[K]
	s.root.find(e, &found)
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b *entry[K]) int { return cmp.Compare(a.order, b.order) })
	found = slices.Compact(found) // several ways may lead to one
	keys := make([]K, 0, len(found))
	for _, f := range found {
		keys = append(keys, f.key)
	}
	return keys
}

// expand continues each of the roads so far by what o wants: by each of its
// alternatives, where it has them.
func (o *object) expand(roads [][]want) [][]want {
	for i := range o.fields {
		f := &o.fields[i]
		if f.object != nil {
			roads = f.object.expand(roads)
			continue
		}
		for j := range roads {
			roads[j] = f.want(roads[j])
		}
	}
	if len(o.or) == 0 {
		return roads
	}
	var out [][]want
	for i := range o.or {
		own := make([][]want, len(roads))
		for j := range roads {
			own[j] = slices.Clone(roads[j])
		}
		out = append(out, o.or[i].expand(own)...)
	}
	return out
}

// common appends what o wants whichever alternative is taken.
func (o *object) common(wants []want) []want {
	for i := range o.fields {
		if f := &o.fields[i]; f.object != nil {
			wants = f.object.common(wants)
		} else {
			wants = f.want(wants)
		}
	}
	return wants
}

// want appends what f wants, unless the field's absence will do.
func (f *field) want(wants []want) []want {
	for i := range f.any {
		if f.any[i].op == absent {
			return wants
		}
	}
	var id []byte
	for _, name := range f.path {
		id = append(append(id, name...), 0)
	}
	return append(wants, want{string(id), f.path, f.any})
}

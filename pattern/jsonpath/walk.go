package jsonpath

import (
	"fmt"

	"maru.dev/maru/pattern/value"
)

// walk collects what an indefinite path matches.
type walk struct {
	path   *Path
	root   any
	found  []any
	detail string
}

// visit goes on from v with the step i. Definite tells that every step so far
// was: then a step that cannot be taken is a fault, and visit returns false.
func (w *walk) visit(v any, i int, definite bool) bool {
	if i == len(w.path.steps) {
		w.found = append(w.found, v)
		return true
	}
	s := &w.path.steps[i]
	switch s.kind {
	case stepName, stepIndex:
		next, detail := w.path.one(v, i)
		if detail != "" {
			if definite {
				w.detail = detail
			}
			return !definite
		}
		return w.visit(next, i+1, definite)
	case stepScan:
		return w.scan(v, i+1)
	case stepNames:
		return w.names(v, s.names, i)
	case stepWildcard:
		for _, child := range children(v) {
			w.visit(child, i+1, false)
		}
	case stepFilter:
		w.filtered(v, s.filter, i)
	case stepIndexes, stepSlice:
		array, ok := v.([]any)
		if !ok {
			if definite {
				w.detail = fmt.Sprintf("Filter: %s can only be applied to arrays. Current context is: %s",
					(&Path{steps: w.path.steps[i : i+1]}).upTo(1)[1:], shown(v))
			}
			return !definite
		}
		for _, n := range s.chosen(len(array)) {
			w.visit(array[n], i+1, false)
		}
	}
	return true
}

// names goes on with several members, or at the end takes them together.
func (w *walk) names(v any, names []string, i int) bool {
	o, ok := v.(*value.Object)
	if !ok {
		return true
	}
	if i == len(w.path.steps)-1 {
		picked := value.NewObject(len(names))
		for _, name := range names {
			if m, ok := o.Get(name); ok {
				picked.Set(name, m)
			}
		}
		w.found = append(w.found, picked)
		return true
	}
	for _, name := range names {
		if m, ok := o.Get(name); ok {
			w.visit(m, i+1, false)
		}
	}
	return true
}

// filtered goes on with the elements, or the object, that a filter accepts.
func (w *walk) filtered(v any, f filter, i int) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if f.accepts(candidate{e, w.root}) {
				w.visit(e, i+1, false)
			}
		}
	case *value.Object:
		if f.accepts(candidate{v, w.root}) {
			w.visit(v, i+1, false)
		}
	}
}

// scan applies the step i to v and to everything below it.
func (w *walk) scan(v any, i int) bool {
	if i == len(w.path.steps) {
		return true
	}
	s := &w.path.steps[i]
	switch v := v.(type) {
	case *value.Object:
		if s.kind != stepIndex && s.kind != stepIndexes && s.kind != stepSlice {
			w.visit(v, i, false)
		}
		for _, child := range v.All() {
			w.scan(child, i)
		}
	case []any:
		if s.kind != stepName && s.kind != stepNames {
			w.visit(v, i, false)
		}
		for _, child := range v {
			w.scan(child, i)
		}
	}
	return true
}

// chosen returns the places that several indexes or a slice name.
func (s *step) chosen(length int) []int {
	var places []int
	if s.kind == stepIndexes {
		for _, index := range s.indexes {
			if n := place(index, length); n >= 0 {
				places = append(places, n)
			}
		}
		return places
	}
	from, to := 0, length
	if s.from != nil {
		from = *s.from
		if from < 0 {
			from = max(from+length, 0)
		}
	}
	if s.to != nil {
		to = *s.to
		if to < 0 {
			to += length
		}
	}
	for n := from; n < min(to, length); n++ {
		places = append(places, n)
	}
	return places
}

// children returns the values directly below v.
func children(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case *value.Object:
		all := make([]any, 0, v.Len())
		for _, child := range v.All() {
			all = append(all, child)
		}
		return all
	}
	return nil
}

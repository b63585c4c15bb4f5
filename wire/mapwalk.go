package wire

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// mapWalk goes over the maps of one type. reflect makes a copy on the heap of
// each key and value it hands out; a walk has room for them that it uses again.
type mapWalk struct {
	iter   reflect.MapIter
	key    reflect.Value // the entry at hand
	value  reflect.Value
	places []mapPlace    // of sorted, the entries in the order of their keys
	values reflect.Value // their values, in the map's order: a slice
	pool   *sync.Pool
}

// mapPlace is where the value of a key is held.
type mapPlace struct {
	key string
	at  int
}

// walk lends a walk for maps of type t, to be released.
func (t *Type) walk() *mapWalk {
	w, _ := t.walks.Get().(*mapWalk)
	if w == nil {
		w = &mapWalk{
			key:    reflect.New(t.Go.Key()).Elem(),
			value:  reflect.New(t.Go.Elem()).Elem(),
			values: reflect.New(reflect.SliceOf(t.Go.Elem())).Elem(),
			pool:   &t.walks,
		}
	}
	return w
}

// maxWalked is how many values a walk keeps room for from one map to the next.
const maxWalked = 64

// release gives the walk back, without what it has seen.
func (w *mapWalk) release() {
	w.iter.Reset(reflect.Value{})
	w.key.SetZero()
	w.value.SetZero()
	clear(w.places)
	w.places = w.places[:0]
	if w.values.Len() > maxWalked {
		w.values.SetZero()
	}
	w.values.Clear()
	w.values.SetLen(0)
	w.pool.Put(w)
}

// over begins to go over m in any order, with next.
func (w *mapWalk) over(m reflect.Value) { w.iter.Reset(m) }

// next sets key and value to the next entry's.
func (w *mapWalk) next() bool {
	if !w.iter.Next() {
		return false
	}
	w.key.SetIterKey(&w.iter)
	w.value.SetIterValue(&w.iter)
	return true
}

// sorted returns the entries of m in the order of their keys; at tells each
// one's value.
func (w *mapWalk) sorted(m reflect.Value) []mapPlace {
	n := m.Len()
	if w.values.Cap() < n {
		w.values.Grow(n)
	}
	w.values.SetLen(n)
	w.iter.Reset(m)
	for i := 0; i < n && w.iter.Next(); i++ {
		w.key.SetIterKey(&w.iter)
		w.values.Index(i).SetIterValue(&w.iter)
		w.places = append(w.places, mapPlace{w.key.String(), i})
	}
	slices.SortFunc(w.places, func(a, b mapPlace) int { return strings.Compare(a.key, b.key) })
	return w.places
}

// at returns the value of one of sorted's entries.
func (w *mapWalk) at(p mapPlace) reflect.Value { return w.values.Index(p.at) }

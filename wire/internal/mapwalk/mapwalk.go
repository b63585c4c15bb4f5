// Package mapwalk goes over maps without leaving garbage behind.
package mapwalk

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Walk goes over the maps of one type. reflect makes a copy on the heap of
// each key and value it hands out; a walk has room for them that it uses again.
type Walk struct {
	iter   reflect.MapIter
	Key    reflect.Value // the entry at hand
	Value  reflect.Value
	places []Place       // of Sorted, the entries in the order of their keys
	values reflect.Value // their values, in the map's order: a slice
	pool   *sync.Pool
}

// Place is where the value of a key is held.
type Place struct {
	Key string
	at  int
}

// Pool holds the walks of maps of one type.
type Pool struct{ pool sync.Pool }

// Walk lends a walk for maps of type t, to be released.
func (p *Pool) Walk(t reflect.Type) *Walk {
	w, _ := p.pool.Get().(*Walk)
	if w == nil {
		w = &Walk{
			Key:    reflect.New(t.Key()).Elem(),
			Value:  reflect.New(t.Elem()).Elem(),
			values: reflect.New(reflect.SliceOf(t.Elem())).Elem(),
			pool:   &p.pool,
		}
	}
	return w
}

// maxWalked is how many values a walk keeps room for from one map to the next.
const maxWalked = 64

// Release gives the walk back, without what it has seen.
func (w *Walk) Release() {
	w.iter.Reset(reflect.Value{})
	w.Key.SetZero()
	w.Value.SetZero()
	clear(w.places)
	w.places = w.places[:0]
	if w.values.Len() > maxWalked {
		w.values.SetZero()
	}
	w.values.Clear()
	w.values.SetLen(0)
	w.pool.Put(w)
}

// Over begins to go over m in any order, with Next.
func (w *Walk) Over(m reflect.Value) { w.iter.Reset(m) }

// Next sets Key and Value to the next entry's.
func (w *Walk) Next() bool {
	if !w.iter.Next() {
		return false
	}
	w.Key.SetIterKey(&w.iter)
	w.Value.SetIterValue(&w.iter)
	return true
}

// Sorted returns the entries of m in the order of their keys; At tells each
// one's value.
func (w *Walk) Sorted(m reflect.Value) []Place {
	n := m.Len()
	if w.values.Cap() < n {
		w.values.Grow(n)
	}
	w.values.SetLen(n)
	w.iter.Reset(m)
	for i := 0; i < n && w.iter.Next(); i++ {
		w.Key.SetIterKey(&w.iter)
		w.values.Index(i).SetIterValue(&w.iter)
		w.places = append(w.places, Place{w.Key.String(), i})
	}
	slices.SortFunc(w.places, func(a, b Place) int { return strings.Compare(a.Key, b.Key) })
	return w.places
}

// At returns the value of one of Sorted's entries.
func (w *Walk) At(p Place) reflect.Value { return w.values.Index(p.at) }

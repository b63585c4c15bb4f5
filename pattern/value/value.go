// Package value holds JSON values as workflows, paths and mapping templates
// compute with them.
//
// A value is one of
//
//	nil       null
//	bool
//	int64     a number that was written without fraction and exponent
//	float64   any other number
//	string
//	[]any     an array of values
//	*Object   an object, its members in the order in which they were written
//
// Values are never changed once they are shared: whoever wants another array or
// object makes one (see Object.Clone). So a state's input can be kept, handed to
// several branches, and compared later, without copies.
//
// The order of members and the two kinds of numbers are kept because users see
// them: what a workflow passes on looks as it was given.
package value

import (
	"iter"
	"slices"
)

// Object is a JSON object that remembers the order of its members. The zero
// Object is empty and ready for use.
type Object struct {
	names  []string
	values []any
	index  map[string]int // made once the object is too large to look through
}

// indexFrom is the number of members above which a map finds them faster than
// a look at each.
const indexFrom = 12

// NewObject returns an empty object with room for n members.
func NewObject(n int) *Object {
	return &Object{names: make([]string, 0, n), values: make([]any, 0, n)}
}

// Of returns an object of names and values in turn, as in Of("a", int64(1)).
func Of(members ...any) *Object {
	o := NewObject(len(members) / 2)
	for i := 0; i+1 < len(members); i += 2 {
		o.Set(members[i].(string), members[i+1])
	}
	return o
}

// Len returns the number of members; a nil object has none.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.names)
}

// Get returns the member of a name, and whether there is one.
func (o *Object) Get(name string) (any, bool) {
	if i := o.find(name); i >= 0 {
		return o.values[i], true
	}
	return nil, false
}

// Set gives the member of a name its value. A new member comes last; one that
// was there keeps its place.
func (o *Object) Set(name string, v any) {
	if i := o.find(name); i >= 0 {
		o.values[i] = v
		return
	}
	o.names, o.values = append(o.names, name), append(o.values, v)
	switch {
	case o.index != nil:
		o.index[name] = len(o.names) - 1
	case len(o.names) > indexFrom:
		o.reindex()
	}
}

// Delete takes the member of a name away, if there is one.
func (o *Object) Delete(name string) {
	i := o.find(name)
	if i < 0 {
		return
	}
	o.names, o.values = slices.Delete(o.names, i, i+1), slices.Delete(o.values, i, i+1)
	if o.index != nil {
		o.reindex()
	}
}

// All goes through the members in order.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i := range o.Len() {
			if !yield(o.names[i], o.values[i]) {
				return
			}
		}
	}
}

// Names returns the names of the members in order. The caller owns them.
func (o *Object) Names() []string {
	if o == nil {
		return nil
	}
	return slices.Clone(o.names)
}

// Clone returns an object of the same members, which may be changed; the values
// are shared.
func (o *Object) Clone() *Object {
	c := NewObject(o.Len() + 1)
	for name, v := range o.All() {
		c.names, c.values = append(c.names, name), append(c.values, v)
	}
	if len(c.names) > indexFrom {
		c.reindex()
	}
	return c
}

// find returns the place of a name, or -1.
func (o *Object) find(name string) int {
	if o == nil {
		return -1
	}
	if o.index != nil {
		if i, ok := o.index[name]; ok {
			return i
		}
		return -1
	}
	return slices.Index(o.names, name)
}

// reindex makes the map from names to places anew.
func (o *Object) reindex() {
	o.index = make(map[string]int, 2*len(o.names))
	for i, name := range o.names {
		o.index[name] = i
	}
}

// Equal tells whether two values are the same: numbers by what they are worth,
// objects whatever the order of their members.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case int64:
		switch b := b.(type) {
		case int64:
			return a == b
		case float64:
			return float64(a) == b
		}
		return false
	case float64:
		switch b := b.(type) {
		case int64:
			return a == float64(b)
		case float64:
			return a == b
		}
		return false
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, Equal)
	case *Object:
		b, ok := b.(*Object)
		return ok && equalObjects(a, b)
	}
	return a == b // nil, bool, string
}

// equalObjects compares members by name.
func equalObjects(a, b *Object) bool {
	if a.Len() != b.Len() {
		return false
	}
	for name, v := range a.All() {
		w, ok := b.Get(name)
		if !ok || !Equal(v, w) {
			return false
		}
	}
	return true
}

// FromFloat returns a number as a value: an int64 if it is whole and small
// enough for every whole number around it to be told apart, else a float64.
func FromFloat(f float64) any {
	if n := int64(f); float64(n) == f && n <= 1<<53 && n >= -1<<53 {
		return n
	}
	return f
}

// Float returns a number of either kind as a float64, and whether v is one.
func Float(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

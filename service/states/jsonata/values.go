package jsonata

import (
	"math"
	"slices"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
)

// Within an evaluation a value is a workflow's value, or one of
//
//	Undefined  nothing
//	*array     an array that was made here, with what must be known of it
//	callable   a function
//
// A number that was computed is an int64 if it is whole (value.FromFloat);
// arithmetic itself is JavaScript's.

// array is an array that was made by the expression.
type array struct {
	items []any

	// sequence: the result of a query, which is its only element if it has but
	// one, and nothing if it has none.
	sequence bool

	keep   bool // but stays an array with one element, for a [] in the path
	cons   bool // made by an array constructor: a path does not flatten it
	tuples bool // its elements are *tuple
	outer  bool // it stands around an array that is the expression's input

	growing bool // a grouping is still adding to it: nobody else has it yet
}

// newSequence returns a sequence of some elements.
func newSequence(items ...any) *array { return &array{items: items, sequence: true} }

// tuple is an element of a path that binds variables.
type tuple struct {
	at   any // the element itself
	vars []binding
}

// binding is a variable and its value.
type binding struct {
	name  string
	value any
}

// with returns a copy of the tuple with another element and room for n more
// variables.
func (t *tuple) with(at any, n int) *tuple {
	return &tuple{at: at, vars: append(make([]binding, 0, len(t.vars)+n), t.vars...)}
}

// set gives a variable its value.
func (t *tuple) set(name string, v any) {
	for i := range t.vars {
		if t.vars[i].name == name {
			t.vars[i].value = v
			return
		}
	}
	t.vars = append(t.vars, binding{name, v})
}

// list returns an array's elements, and whether it is one.
func list(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case *array:
		return v.items, true
	}
	return nil, false
}

// isArray tells whether a value is an array.
func isArray(v any) bool {
	_, ok := list(v)
	return ok
}

// asSequence returns the array behind v if it is a sequence.
func asSequence(v any) *array {
	if a, ok := v.(*array); ok && a.sequence {
		return a
	}
	return nil
}

// isUndefined tells whether there is no value.
func isUndefined(v any) bool { return v == Undefined{} }

// number is float for what expressions compute with: what is not finite is an
// error.
func number(v any) (float64, bool, error) {
	f, ok := value.Float(v)
	if ok && math.IsInf(f, 0) {
		return 0, false, fault.Of("D1001", f)
	}
	return f, ok && !math.IsNaN(f), nil
}

// numbers returns the elements of an array of numbers alone.
func numbers(v any) ([]float64, bool, error) {
	items, ok := list(v)
	if !ok {
		return nil, false, nil
	}
	result := make([]float64, len(items))
	for i, item := range items {
		f, ok, err := number(item)
		if err != nil || !ok {
			return nil, false, err
		}
		result[i] = f
	}
	return result, true, nil
}

// truth is what $boolean makes of a value; of nothing it makes false.
func (ev *evaluator) truth(v any) (bool, error) {
	switch v := v.(type) {
	case nil, Undefined:
		return false, nil
	case bool:
		return v, nil
	case string:
		return v != "", nil
	case int64, float64:
		f, ok, err := number(v)
		return ok && f != 0, err
	case *value.Object:
		return v.Len() > 0, nil
	}
	items, _ := list(v)
	if err := ev.enter(); err != nil {
		return false, err
	}
	defer ev.leave()
	for _, item := range items {
		if t, err := ev.truth(item); t || err != nil {
			return t, err
		}
	}
	return false, nil
}

// equal tells whether two values are the same, arrays and objects by what they
// hold.
func (ev *evaluator) equal(a, b any) (bool, error) {
	switch a := a.(type) {
	case int64, float64:
		f, _ := value.Float(a)
		g, ok := value.Float(b)
		return ok && f == g, nil
	case *value.Object:
		if b, ok := b.(*value.Object); ok {
			return ev.equalObjects(a, b)
		}
		return false, nil
	case []any, *array:
		return ev.equalArrays(a, b)
	}
	if isArray(b) {
		return false, nil
	}
	return a == b, nil // nil, bool, string, functions by identity
}

// equalArrays compares arrays element by element.
func (ev *evaluator) equalArrays(a, b any) (bool, error) {
	x, _ := list(a)
	y, ok := list(b)
	if !ok || len(x) != len(y) {
		return false, nil
	}
	if err := ev.enter(); err != nil {
		return false, err
	}
	defer ev.leave()
	for i := range x {
		if same, err := ev.equal(x[i], y[i]); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// equalObjects compares objects member by member.
func (ev *evaluator) equalObjects(a, b *value.Object) (bool, error) {
	if a == b {
		return true, nil
	}
	if a.Len() != b.Len() {
		return false, nil
	}
	if err := ev.enter(); err != nil {
		return false, err
	}
	defer ev.leave()
	for name, v := range a.All() {
		w, ok := b.Get(name)
		if !ok {
			return false, nil
		}
		if same, err := ev.equal(v, w); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// identical tells whether two values are one: for arrays and objects that means
// the same one.
func identical(a, b any) bool {
	if f, ok := value.Float(a); ok {
		g, ok := value.Float(b)
		return ok && f == g
	}
	x, ok := a.([]any)
	if !ok {
		return !isArray(b) && a == b || isArray(b) && isArray(a) && a == b
	}
	y, ok := b.([]any)
	return ok && len(x) > 0 && len(x) == len(y) && &x[0] == &y[0]
}

// join is $append: the elements of two values, each of which may be an array.
func (ev *evaluator) join(a, b any) (any, error) {
	if isUndefined(a) {
		return b, nil
	}
	if isUndefined(b) {
		return a, nil
	}
	x, ok := list(a)
	if !ok {
		x = []any{a}
	}
	y, ok := list(b)
	if !ok {
		y = []any{b}
	}
	if err := ev.grow(len(x) + len(y)); err != nil {
		return nil, err
	}
	return slices.Concat(x, y), nil
}

// field is the member of an object, or of each object in an array.
func (ev *evaluator) field(v any, name string) (any, error) {
	switch v := v.(type) {
	case *value.Object:
		if member, ok := v.Get(name); ok {
			return member, nil
		}
	case []any:
		return ev.fields(v, name)
	case *array:
		return ev.fields(v.items, name)
	}
	return Undefined{}, nil
}

// fields is field for the elements of an array.
func (ev *evaluator) fields(items []any, name string) (any, error) {
	if err := ev.enter(); err != nil {
		return nil, err
	}
	defer ev.leave()
	result := newSequence()
	for _, item := range items {
		v, err := ev.field(item, name)
		if err != nil {
			return nil, err
		}
		before := len(result.items)
		result.flatten(v)
		if err := ev.longer(before, len(result.items)); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// flatten adds a value, of an array its elements.
func (a *array) flatten(v any) {
	if items, ok := list(v); ok {
		a.items = append(a.items, items...)
	} else if !isUndefined(v) {
		a.items = append(a.items, v)
	}
}

// maxNesting is how deep arrays and objects may lie in each other in a result.
const maxNesting = 1000

// plain makes a value one that the world outside knows. Functions within become
// empty strings, as in $string.
func (ev *evaluator) plain(v any) (any, error) {
	p, _, err := ev.toPlain(v, 0)
	return p, err
}

// toPlain is plain, and tells whether the result is another value.
func (ev *evaluator) toPlain(v any, depth int) (_ any, changed bool, err error) {
	if depth > maxNesting {
		return nil, false, fault.New("U1004")
	}
	// what is shared within a value is as large as if it were not, once written
	if err := ev.take(16); err != nil {
		return nil, false, err
	}
	if err := ev.tick(); err != nil {
		return nil, false, err
	}
	switch v := v.(type) {
	case *array:
		items, _, err := ev.plainItems(v.items, depth)
		return items, true, err
	case []any:
		items, changed, err := ev.plainItems(v, depth)
		return items, changed, err
	case *value.Object:
		return ev.plainObject(v, depth)
	case callable:
		return "", true, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, true, nil
		}
	}
	return v, false, nil
}

// plainItems makes the elements of an array plain.
func (ev *evaluator) plainItems(items []any, depth int) ([]any, bool, error) {
	var made []any
	for i, item := range items {
		p, changed, err := ev.toPlain(item, depth+1)
		if err != nil {
			return nil, false, err
		}
		if isUndefined(p) {
			p, changed = nil, true
		}
		if changed && made == nil {
			if err := ev.grow(len(items)); err != nil {
				return nil, false, err
			}
			made = slices.Clone(items)
		}
		if changed {
			made[i] = p
		}
	}
	if made != nil {
		return made, true, nil
	}
	if items == nil {
		items = []any{}
	}
	return items, false, nil
}

// plainObject makes the members of an object plain.
func (ev *evaluator) plainObject(o *value.Object, depth int) (*value.Object, bool, error) {
	made := o
	for name, v := range o.All() {
		p, changed, err := ev.toPlain(v, depth+1)
		if err != nil {
			return nil, false, err
		}
		if !changed {
			continue
		}
		if made == o {
			if err := ev.grow(o.Len()); err != nil {
				return nil, false, err
			}
			made = o.Clone()
		}
		made.Set(name, p)
	}
	return made, made != o, nil
}

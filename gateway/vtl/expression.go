package vtl

import "maru.dev/maru/gateway/vtl/java"

// expression is what has a value; nil is none.
type expression interface {
	eval(r *run) (any, error)
}

type (
	// constant is a value that was written.
	constant struct{ v any }

	// interpolation is a text with references and directives in it.
	interpolation struct{ body block }

	// listing is [a, b], interval [a..b], mapping {a : b}.
	listing  struct{ items []expression }
	interval struct{ first, last expression }
	mapping  struct{ keys, values []expression }

	// operation is two values with an operator between them, opposite the
	// opposite of one.
	operation struct {
		operator    operator
		left, right expression
	}
	opposite struct{ of expression }
)

// eval returns the constant.
func (e constant) eval(*run) (any, error) { return e.v, nil }

// eval renders the text.
func (e *interpolation) eval(r *run) (any, error) {
	made, err := r.capture(e.body)
	return made, err
}

// eval makes the list.
func (e *listing) eval(r *run) (any, error) {
	l := &java.List{Items: make([]any, len(e.items))}
	for i, item := range e.items {
		var err error
		if l.Items[i], err = item.eval(r); err != nil {
			return nil, err
		}
	}
	return l, r.used.Spend(len(l.Items))
}

// eval makes the list of whole numbers, upwards or downwards.
func (e *interval) eval(r *run) (any, error) {
	first, err := e.first.eval(r)
	if err != nil {
		return nil, err
	}
	last, err := e.last.eval(r)
	if err != nil {
		return nil, err
	}
	from, okFrom := first.(int64)
	to, okTo := last.(int64)
	if !okFrom || !okTo {
		return nil, nil
	}
	by, length := int64(1), uint64(to)-uint64(from)
	if to < from {
		by, length = -1, uint64(from)-uint64(to)
	}
	if length >= java.MaxItems {
		return nil, java.TooLong()
	}
	l := &java.List{Items: make([]any, length+1)}
	for i := range l.Items {
		l.Items[i] = from + int64(i)*by
	}
	return l, r.used.Spend(len(l.Items)/8 + 1)
}

// eval makes the map.
func (e *mapping) eval(r *run) (any, error) {
	m := &java.Map{}
	for i := range e.keys {
		k, err := e.keys[i].eval(r)
		if err != nil {
			return nil, err
		}
		v, err := e.values[i].eval(r)
		if err != nil {
			return nil, err
		}
		if err := r.used.Weigh(k); err != nil {
			return nil, err
		}
		m.Put(k, v)
	}
	return m, r.used.Spend(len(e.keys) + 1)
}

// eval returns whether the value is none, or false.
func (e *opposite) eval(r *run) (any, error) {
	holds, err := r.truth(e.of)
	return !holds, err
}

// truth tells whether a condition holds. References hold if they have a value
// other than false; what is written as it is, and what is computed, does not.
func (r *run) truth(e expression) (bool, error) {
	switch e := e.(type) {
	case *reference:
		v, err := e.eval(r)
		holds, isBool := v.(bool)
		return holds || !isBool && v != nil, err
	case constant, *operation, *opposite:
		v, err := e.eval(r)
		return v == true, err
	}
	return false, nil
}

// eval computes the operation. What cannot be computed has no value.
func (e *operation) eval(r *run) (any, error) {
	if err := r.used.Step(); err != nil {
		return nil, err
	}
	if e.operator == and || e.operator == or {
		holds, err := r.truth(e.left)
		if err != nil || holds == (e.operator == or) {
			return holds, err
		}
		return wrap(r.truth(e.right))
	}
	left, err := e.left.eval(r)
	if err != nil {
		return nil, err
	}
	right, err := e.right.eval(r)
	if err != nil {
		return nil, err
	}
	switch e.operator {
	case equal, unequal:
		same, err := r.used.Equal(left, right)
		return same == (e.operator == equal), err
	case less, atMost, greater, atLeast:
		return compared(e.operator, left, right), nil
	case plus:
		if isText(left) || isText(right) {
			return r.used.Concat(shownOf(e.left, left), shownOf(e.right, right))
		}
	}
	return computed(e.operator, left, right), nil
}

// wrap makes a condition a value.
func wrap(holds bool, err error) (any, error) { return holds, err }

// isText tells whether a value is a string.
func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

// shownOf is what an operand is shown as: a reference without a value as it was
// written.
func shownOf(e expression, v any) any {
	if ref, ok := e.(*reference); ok && v == nil {
		return ref.source
	}
	return v
}

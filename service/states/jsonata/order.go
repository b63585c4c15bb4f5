package jsonata

import (
	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// orderBy sorts by the terms of an order-by. What has no value for a term comes
// last.
func (ev *evaluator) orderBy(n *syntax.Node, input *array, env *frame) (any, error) {
	if len(input.items) <= 1 {
		return input, nil
	}
	sorted, err := ev.mergeSort(input.items, func(a, b any) (bool, error) {
		for i := range n.Terms {
			c, err := ev.compareTerm(n, &n.Terms[i], a, b, input.tuples, env)
			if err != nil || c != 0 {
				return c > 0, err
			}
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return sorted, ev.grow(len(sorted))
}

// compareTerm compares two elements by one term.
func (ev *evaluator) compareTerm(n *syntax.Node, term *syntax.Term, a, b any, tuples bool, env *frame) (int, error) {
	x, err := ev.termOf(term, a, tuples, env)
	if err != nil {
		return 0, err
	}
	y, err := ev.termOf(term, b, tuples, env)
	if err != nil {
		return 0, err
	}
	switch noX, noY := isUndefined(x), isUndefined(y); {
	case noX && noY:
		return 0, nil
	case noX:
		return 1, nil
	case noY:
		return -1, nil
	case !ordered(x):
		return 0, fault.At("T2008", "", n.Position).WithValue(x)
	case !ordered(y):
		return 0, fault.At("T2008", "", n.Position).WithValue(y)
	}
	c, ok := compareValues(x, y)
	if !ok {
		e := fault.At("T2007", "", n.Position).WithValue(x)
		e.Value2 = y
		return 0, e
	}
	if term.Descending {
		c = -c
	}
	return c, nil
}

// termOf evaluates a term for an element.
func (ev *evaluator) termOf(term *syntax.Term, item any, tuples bool, env *frame) (any, error) {
	if t, ok := item.(*tuple); ok && tuples {
		return ev.eval(term.Expression, t.at, t.scope(env))
	}
	return ev.eval(term.Expression, item, env)
}

// mergeSort sorts without changing its argument. It keeps the order of what is
// equal, and asks in the order of the reference, because a comparison may be any
// function of the user's.
func (ev *evaluator) mergeSort(items []any, after func(a, b any) (bool, error)) ([]any, error) {
	if len(items) <= 1 {
		return items, nil
	}
	middle := len(items) / 2
	left, err := ev.mergeSort(items[:middle], after)
	if err != nil {
		return nil, err
	}
	right, err := ev.mergeSort(items[middle:], after)
	if err != nil {
		return nil, err
	}
	merged := make([]any, 0, len(items))
	for len(left) > 0 && len(right) > 0 {
		if err := ev.tick(); err != nil {
			return nil, err
		}
		swap, err := after(left[0], right[0])
		if err != nil {
			return nil, err
		}
		if swap {
			merged, right = append(merged, right[0]), right[1:]
		} else {
			merged, left = append(merged, left[0]), left[1:]
		}
	}
	return append(append(merged, left...), right...), nil
}

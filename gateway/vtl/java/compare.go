package java

import (
	"math"

	"maru.dev/maru/pattern/value"
)

// Equal tells whether two values are: numbers by what they are worth, collections
// by what they have, and values of different kinds by their texts.
func (u *Usage) Equal(a, b any) (bool, error) {
	if err := u.Step(); err != nil {
		return false, err
	}
	if a == nil || b == nil {
		return a == nil && b == nil, nil
	}
	switch a := a.(type) {
	case int64, float64:
		if order, ok := Compare(a, b); ok {
			return order == 0, nil
		}
	case *List:
		if b, ok := b.(*List); ok {
			return u.equalLists(a, b)
		}
	case *Map:
		if b, ok := b.(*Map); ok {
			return u.equalMaps(a, b)
		}
	}
	left, err := u.Text(a)
	if err != nil {
		return false, err
	}
	right, err := u.Text(b)
	return left == right, err
}

// equalLists compares element by element.
func (u *Usage) equalLists(a, b *List) (bool, error) {
	if a == b || len(a.Items) != len(b.Items) {
		return a == b, nil
	}
	for i := range a.Items {
		if same, err := u.Equal(a.Items[i], b.Items[i]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// equalMaps compares by key, whatever the order.
func (u *Usage) equalMaps(a, b *Map) (bool, error) {
	if a == b || a.Len() != b.Len() {
		return a == b, nil
	}
	for _, k := range a.keys {
		other, ok := b.values[k]
		if !ok {
			return false, nil
		}
		if same, err := u.Equal(a.values[k], other); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// Compare compares two numbers.
func Compare(a, b any) (order int, ok bool) {
	x, okX := a.(int64)
	y, okY := b.(int64)
	if okX && okY {
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	f, okF := value.Float(a)
	g, okG := value.Float(b)
	switch {
	case !okF || !okG || math.IsNaN(f) || math.IsNaN(g):
		return 0, false
	case f < g:
		return -1, true
	case f > g:
		return 1, true
	}
	return 0, true
}

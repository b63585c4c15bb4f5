package vtl

import (
	"math"
	"math/bits"
)

// operator stands between two values.
type operator uint8

const (
	or operator = iota
	and
	equal
	unequal
	less
	atMost
	greater
	atLeast
	plus
	minus
	times
	by
	modulo
)

// equal tells whether two values are: numbers by what they are worth, collections
// by what they have, and values of different kinds by their texts.
func (r *run) equal(a, b any) (bool, error) {
	if err := r.step(); err != nil {
		return false, err
	}
	if a == nil || b == nil {
		return a == nil && b == nil, nil
	}
	switch a := a.(type) {
	case int64, float64:
		if order, ok := ordered(a, b); ok {
			return order == 0, nil
		}
	case *List:
		if b, ok := b.(*List); ok {
			return r.equalLists(a, b)
		}
	case *Map:
		if b, ok := b.(*Map); ok {
			return r.equalMaps(a, b)
		}
	}
	left, err := r.text(a)
	if err != nil {
		return false, err
	}
	right, err := r.text(b)
	return left == right, err
}

// equalLists compares element by element.
func (r *run) equalLists(a, b *List) (bool, error) {
	if a == b || len(a.Items) != len(b.Items) {
		return a == b, nil
	}
	for i := range a.Items {
		if same, err := r.equal(a.Items[i], b.Items[i]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// equalMaps compares by key, whatever the order.
func (r *run) equalMaps(a, b *Map) (bool, error) {
	if a == b || a.Len() != b.Len() {
		return a == b, nil
	}
	for _, k := range a.keys {
		other, ok := b.values[k]
		if !ok {
			return false, nil
		}
		if same, err := r.equal(a.values[k], other); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// ordered compares two numbers.
func ordered(a, b any) (order int, ok bool) {
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
	f, okF := float(a)
	g, okG := float(b)
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

// compared tells whether an order holds, which it only does between numbers; of
// other values Velocity can tell nothing.
func compared(o operator, a, b any) any {
	order, ok := ordered(a, b)
	if !ok {
		return false
	}
	switch o {
	case less:
		return order < 0
	case atMost:
		return order <= 0
	case greater:
		return order > 0
	default:
		return order >= 0
	}
}

// float returns a number as a float64.
func float(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// computed computes with two numbers: whole ones as Java does, and nil of what are
// none, or of a division by zero.
func computed(o operator, left, right any) any {
	a, okA := left.(int64)
	b, okB := right.(int64)
	if okA && okB {
		return computedWhole(o, a, b)
	}
	x, okX := float(left)
	y, okY := float(right)
	if !okX || !okY {
		return nil
	}
	switch o {
	case plus:
		return x + y
	case minus:
		return x - y
	case times:
		return x * y
	case by:
		if y == 0 {
			return nil
		}
		return x / y
	case modulo:
		if y == 0 {
			return nil
		}
		return math.Mod(x, y)
	}
	return nil
}

// computedWhole computes with whole numbers. What is beyond 64 bits becomes a
// floating one.
func computedWhole(o operator, a, b int64) any {
	switch o {
	case plus:
		if sum := a + b; (sum > a) == (b > 0) {
			return sum
		}
		return float64(a) + float64(b)
	case minus:
		if difference := a - b; (difference < a) == (b > 0) {
			return difference
		}
		return float64(a) - float64(b)
	case times:
		if high, _ := bits.Mul64(magnitude(a), magnitude(b)); high == 0 {
			if product := a * b; a == 0 || product/a == b && !(a == -1 && b == math.MinInt64) {
				return product
			}
		}
		return float64(a) * float64(b)
	case by, modulo:
		switch {
		case b == 0:
			return nil
		case o == modulo && b == -1:
			return int64(0)
		case o == modulo:
			return a % b
		case b == -1 && a == math.MinInt64:
			return -float64(a)
		}
		return a / b
	}
	return nil
}

// magnitude returns a number without its sign.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

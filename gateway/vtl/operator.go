package vtl

import (
	"math"
	"math/bits"

	"maru.dev/maru/gateway/vtl/java"
	"maru.dev/maru/pattern/value"
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

// compared tells whether an order holds, which it only does between numbers; of
// other values Velocity can tell nothing.
func compared(o operator, a, b any) any {
	order, ok := java.Compare(a, b)
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

// computed computes with two numbers: whole ones as Java does, and nil of what are
// none, or of a division by zero.
func computed(o operator, left, right any) any {
	a, okA := left.(int64)
	b, okB := right.(int64)
	if okA && okB {
		return computedWhole(o, a, b)
	}
	x, okX := value.Float(left)
	y, okY := value.Float(right)
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

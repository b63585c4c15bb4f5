package java

import (
	"math"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/value"
)

// invokeNumber calls a number's method. The static ones of Java's Integer and Double
// are among them, since templates have no other way to read a number.
func invokeNumber(v any, name string, args []any) (any, error) {
	if len(args) == 0 {
		return invokeNumberAlone(v, name)
	}
	if len(args) == 1 {
		switch name {
		case "compareTo":
			if order, ok := Compare(v, args[0]); ok && sameKind(v, args[0]) {
				return int64(order), nil
			}
		case "toString":
			return text(args[0]), nil
		case "parseInt", "parseLong", "valueOf", "parseDouble", "parseFloat":
			if s, ok := args[0].(string); ok {
				_, isFloat := v.(float64)
				return parsed(s, isFloat || name == "parseDouble" || name == "parseFloat")
			}
			if _, ok := value.Float(args[0]); ok && name == "valueOf" {
				return args[0], nil
			}
		}
		return nil, ErrNoMethod
	}
	if len(args) == 2 {
		return invokeNumbers(name, args[0], args[1])
	}
	return nil, ErrNoMethod
}

// invokeNumberAlone calls a method without arguments.
func invokeNumberAlone(v any, name string) (any, error) {
	f, _ := value.Float(v)
	switch name {
	case "intValue", "longValue", "shortValue", "byteValue":
		if n, ok := v.(int64); ok {
			return n, nil
		}
		return saturated(f), nil
	case "doubleValue", "floatValue":
		return f, nil
	case "isNaN":
		return math.IsNaN(f), nil
	case "isInfinite":
		return math.IsInf(f, 0), nil
	}
	return nil, ErrNoMethod
}

// saturated cuts a number to a whole one as Java does: what is too large becomes
// the largest.
func saturated(f float64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f >= math.MaxInt32:
		return math.MaxInt32
	case f <= math.MinInt32:
		return math.MinInt32
	}
	return int64(f)
}

// invokeNumbers calls a static method of two numbers.
func invokeNumbers(name string, a, b any) (any, error) {
	if s, ok := a.(string); ok && name == "parseInt" {
		base, ok := b.(int64)
		if !ok || base < 2 || base > 36 {
			return nil, ErrNoMethod
		}
		n, err := strconv.ParseInt(s, int(base), 32)
		if err != nil {
			return nil, notNumber(s)
		}
		return n, nil
	}
	order, ok := Compare(a, b)
	if !ok {
		return nil, ErrNoMethod
	}
	switch name {
	case "compare":
		return int64(order), nil
	case "max":
		if order >= 0 {
			return a, nil
		}
		return b, nil
	case "min":
		if order <= 0 {
			return a, nil
		}
		return b, nil
	case "sum":
		x, okX := a.(int64)
		y, okY := b.(int64)
		if okX && okY {
			return x + y, nil
		}
		f, _ := value.Float(a)
		g, _ := value.Float(b)
		return f + g, nil
	}
	return nil, ErrNoMethod
}

// parsed reads a number; a text that is none fails the run, as Java throws.
func parsed(s string, floating bool) (any, error) {
	if floating {
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return nil, notNumber(s)
		}
		return f, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil, notNumber(s)
	}
	return n, nil
}

// notNumber is what Java throws for a text that is no number.
func notNumber(s string) error { return Throw("For input string: %q", s) }

// invokeBool calls a method of a boolean.
func invokeBool(v bool, name string, args []any) (any, error) {
	switch {
	case name == "booleanValue" && len(args) == 0:
		return v, nil
	case (name == "parseBoolean" || name == "valueOf") && texts(args, 1):
		return strings.EqualFold(args[0].(string), "true"), nil
	}
	return nil, ErrNoMethod
}

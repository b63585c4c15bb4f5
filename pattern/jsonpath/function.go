package jsonpath

import (
	"math"

	"maru.dev/maru/pattern/value"
)

// functionKnown tells whether paths may end in a function.
func functionKnown(name string) bool {
	switch name {
	case "length", "size", "min", "max", "avg", "sum", "stddev", "keys", "first", "last":
		return true
	}
	return false
}

// callFunction computes the function that a path ends in.
func callFunction(name string, v any) (any, string) {
	switch name {
	case "length", "size":
		switch v := v.(type) {
		case []any:
			return int64(len(v)), ""
		case *value.Object:
			return int64(v.Len()), ""
		case string:
			return int64(len([]rune(v))), ""
		}
		return nil, "Aggregation function attempted to calculate value using empty array"
	case "keys":
		o, ok := v.(*value.Object)
		if !ok {
			return nil, "Unable to list the keys of something that is no object"
		}
		keys := make([]any, 0, o.Len())
		for name := range o.All() {
			keys = append(keys, name)
		}
		return keys, ""
	case "first", "last":
		array, ok := v.([]any)
		if !ok || len(array) == 0 {
			return nil, "Aggregation function attempted to calculate value using empty array"
		}
		if name == "first" {
			return array[0], ""
		}
		return array[len(array)-1], ""
	}
	return aggregate(name, v)
}

// aggregate computes a number of an array's numbers; other elements are left out.
func aggregate(name string, v any) (any, string) {
	var numbers []float64
	array, _ := v.([]any)
	for _, e := range array {
		if n, ok := value.Float(e); ok {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return nil, "Aggregation function attempted to calculate value using empty array"
	}
	low, high, sum, squares := math.Inf(1), math.Inf(-1), 0.0, 0.0
	for _, n := range numbers {
		low, high, sum, squares = min(low, n), max(high, n), sum+n, squares+n*n
	}
	count := float64(len(numbers))
	switch name {
	case "min":
		return low, ""
	case "max":
		return high, ""
	case "avg":
		return sum / count, ""
	case "sum":
		return sum, ""
	default: // stddev
		return math.Sqrt(squares/count - sum*sum/count/count), ""
	}
}

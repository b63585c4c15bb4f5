package path

import (
	"math"
	"slices"

	"maru.dev/maru/pattern/value"
)

// maxRange is how many elements States.ArrayRange makes at most.
const maxRange = 1000

// list returns the first argument, which must be an array.
func (in *invocation) list() ([]any, error) {
	a, ok := in.args[0].([]any)
	if !ok {
		return nil, reasonf("Invalid arguments: the argument %s must be an array", in.name(0))
	}
	return a, nil
}

// whole returns an argument that must be a number, rounded as Java rounds.
func (in *invocation) whole(n int) (int64, error) {
	switch v := in.args[n].(type) {
	case int64:
		return v, nil
	case float64:
		if math.Abs(v) < 1<<62 {
			return int64(math.Floor(v + 0.5)), nil
		}
	}
	return 0, reasonf("Invalid arguments: the argument %s must be a number", in.name(n))
}

// array is States.Array.
func array(in *invocation) (any, error) { return in.args, nil }

// arrayPartition is States.ArrayPartition.
func arrayPartition(in *invocation) (any, error) {
	list, err := in.list()
	if err != nil {
		return nil, err
	}
	size, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	if size <= 0 {
		return nil, reasonf("Invalid arguments: the chunk size must be a positive number")
	}
	chunks := []any{}
	for from := 0; from < len(list); {
		to := len(list)
		if size < int64(len(list)-from) {
			to = from + int(size)
		}
		chunks = append(chunks, list[from:to:to])
		from = to
	}
	return chunks, nil
}

// arrayContains is States.ArrayContains.
func arrayContains(in *invocation) (any, error) {
	list, err := in.list()
	if err != nil {
		return nil, err
	}
	return slices.ContainsFunc(list, func(e any) bool { return value.Equal(e, in.args[1]) }), nil
}

// arrayRange is States.ArrayRange, whose end belongs to the range.
func arrayRange(in *invocation) (any, error) {
	first, err := in.whole(0)
	if err != nil {
		return nil, err
	}
	last, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	step, err := in.whole(2)
	if err != nil {
		return nil, err
	}
	if step == 0 {
		return nil, reasonf("Invalid arguments: the step must not be zero")
	}
	if n := (float64(last) - float64(first)) / float64(step); n >= maxRange {
		return nil, reasonf("Invalid arguments: the range has more than 1000 elements")
	}
	made := []any{}
	for n := first; step > 0 && n <= last || step < 0 && n >= last; n += step {
		made = append(made, n)
	}
	return made, nil
}

// arrayGetItem is States.ArrayGetItem.
func arrayGetItem(in *invocation) (any, error) {
	list, err := in.list()
	if err != nil {
		return nil, err
	}
	n, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	if n < 0 || n >= int64(len(list)) {
		return nil, reasonf("Index %d out of bounds for length %d", n, len(list))
	}
	return list[n], nil
}

// arrayLength is States.ArrayLength.
func arrayLength(in *invocation) (any, error) {
	list, err := in.list()
	return int64(len(list)), err
}

// arrayUnique is States.ArrayUnique; of equal elements the first stays.
func arrayUnique(in *invocation) (any, error) {
	list, err := in.list()
	if err != nil {
		return nil, err
	}
	unique, seen := []any{}, map[string]bool{}
	for _, e := range list {
		if key := distinct(e); !seen[key] {
			seen[key] = true
			unique = append(unique, e)
		}
	}
	return unique, nil
}

// distinct returns a text that equal scalars share; arrays and objects are told
// apart as they are written.
func distinct(v any) string {
	if n, ok := v.(float64); ok && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		v = int64(n)
	}
	return string(value.Text(v))
}

// mathAdd is States.MathAdd.
func mathAdd(in *invocation) (any, error) {
	a, err := in.whole(0)
	if err != nil {
		return nil, err
	}
	b, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	for _, n := range []int64{a, b} {
		if n > math.MaxInt32 || n < math.MinInt32 {
			return nil, reasonf("Invalid arguments: the numbers must be between -2147483648 and 2147483647")
		}
	}
	return a + b, nil
}

// mathRandom is States.MathRandom: from the start up to, not including, the end.
func mathRandom(in *invocation) (any, error) {
	start, err := in.whole(0)
	if err != nil {
		return nil, err
	}
	end, err := in.whole(1)
	if err != nil {
		return nil, err
	}
	if end <= start || end > math.MaxInt32 || start < math.MinInt32 {
		return nil, reasonf("Invalid arguments: the end must be greater than the start")
	}
	if len(in.args) < 3 {
		return start + int64(in.env.Random()*float64(end-start)), nil
	}
	seed, err := in.whole(2)
	if err != nil {
		return nil, err
	}
	return start + int64(seeded(seed)*float64(end-start)), nil
}

// seeded returns the number between 0 and 1 that belongs to a seed.
func seeded(seed int64) float64 {
	x := uint64(seed) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

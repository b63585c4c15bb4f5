package jsonata

import (
	"math"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
)

// fold computes a number of an array of them; an empty one has none.
func fold(args []any, f func(a, b float64) float64) (total float64, n int) {
	items, _ := list(argument(args, 0))
	for i, item := range items {
		v, _ := value.Float(item)
		if i == 0 {
			total = v
		} else {
			total = f(total, v)
		}
	}
	return total, len(items)
}

func add(a, b float64) float64 { return a + b }

func sum(_ *evaluator, args []any) (any, error) {
	if isUndefined(argument(args, 0)) {
		return Undefined{}, nil
	}
	total, _ := fold(args, add)
	return value.FromFloat(total), nil
}

func count(_ *evaluator, args []any) (any, error) {
	items, _ := list(argument(args, 0))
	return int64(len(items)), nil
}

func maximum(_ *evaluator, args []any) (any, error) {
	total, n := fold(args, math.Max)
	if n == 0 {
		return Undefined{}, nil
	}
	return value.FromFloat(total), nil
}

func minimum(_ *evaluator, args []any) (any, error) {
	total, n := fold(args, math.Min)
	if n == 0 {
		return Undefined{}, nil
	}
	return value.FromFloat(total), nil
}

func average(_ *evaluator, args []any) (any, error) {
	total, n := fold(args, add)
	if n == 0 {
		return Undefined{}, nil
	}
	return value.FromFloat(total / float64(n)), nil
}

// mapFunction is $map.
func mapFunction(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok {
		return Undefined{}, nil
	}
	result := newSequence()
	for i, item := range items {
		v, err := ev.callback(argument(args, 1), item, int64(i), args[0])
		if err != nil {
			return nil, err
		}
		if !isUndefined(v) {
			result.items = append(result.items, v)
		}
	}
	return result, ev.grow(len(result.items))
}

// filterFunction is $filter.
func filterFunction(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok {
		return Undefined{}, nil
	}
	result := newSequence()
	for i, item := range items {
		t, err := ev.test(argument(args, 1), item, int64(i), args[0])
		if err != nil {
			return nil, err
		}
		if t {
			result.items = append(result.items, item)
		}
	}
	return result, ev.grow(len(result.items))
}

// test calls a function for its truth.
func (ev *evaluator) test(f any, args ...any) (bool, error) {
	v, err := ev.callback(f, args...)
	if err != nil {
		return false, err
	}
	return ev.truth(v)
}

func single(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok {
		return Undefined{}, nil
	}
	var match any = Undefined{}
	matched := false
	for i, item := range items {
		t := true
		if f := argument(args, 1); !isUndefined(f) {
			var err error
			if t, err = ev.test(f, item, int64(i), args[0]); err != nil {
				return nil, err
			}
		}
		if !t {
			continue
		}
		if matched {
			e := fault.New("D3138")
			e.Index = i
			return nil, e
		}
		match, matched = item, true
	}
	if !matched {
		return nil, fault.New("D3139")
	}
	return match, nil
}

func zip(ev *evaluator, args []any) (any, error) {
	shortest := math.MaxInt
	for _, a := range args {
		items, _ := list(a)
		shortest = min(shortest, len(items))
	}
	if len(args) == 0 {
		shortest = 0
	}
	if err := ev.grow(shortest); err != nil {
		return nil, err
	}
	result := make([]any, shortest)
	for i := range result {
		row := make([]any, len(args))
		for j, a := range args {
			items, _ := list(a)
			row[j] = items[i]
		}
		if err := ev.grow(len(row)); err != nil {
			return nil, err
		}
		result[i] = row
	}
	return result, nil
}

func reduce(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok {
		return Undefined{}, nil
	}
	f, ok := argument(args, 1).(callable)
	if !ok || f.arity() < 2 {
		e := fault.New("D3050")
		e.Index = 1
		return nil, e
	}
	result, rest := argument(args, 2), items
	if isUndefined(result) && len(items) > 0 {
		result, rest = items[0], items[1:]
	}
	for i, item := range rest {
		var err error
		place := int64(len(items) - len(rest) + i)
		if result, err = ev.callback(f, result, item, place, args[0]); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// appendFunction is $append.
func appendFunction(ev *evaluator, args []any) (any, error) {
	return ev.join(argument(args, 0), argument(args, 1))
}

func reverse(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok || len(items) <= 1 {
		return argument(args, 0), nil
	}
	result := make([]any, len(items))
	for i, item := range items {
		result[len(items)-1-i] = item
	}
	return result, ev.grow(len(result))
}

// sortFunction is $sort.
func sortFunction(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok || len(items) <= 1 {
		return argument(args, 0), nil
	}
	after := func(a, b any) (bool, error) { return ev.test(argument(args, 1), a, b) }
	if isUndefined(argument(args, 1)) {
		if !sortable(items) {
			e := fault.New("D3070")
			e.Index = 1
			return nil, e
		}
		after = func(a, b any) (bool, error) {
			c, _ := compareValues(a, b)
			return c > 0, nil
		}
	}
	sorted, err := ev.mergeSort(items, after)
	if err != nil {
		return nil, err
	}
	return sorted, ev.grow(len(sorted))
}

// sortable tells whether values are all numbers or all strings.
func sortable(items []any) bool {
	for _, item := range items {
		if k := (kinds{}).Type(item); k != 'n' && k != 's' || k != (kinds{}).Type(items[0]) {
			return false
		}
	}
	return true
}

func shuffle(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok || len(items) <= 1 {
		return argument(args, 0), nil
	}
	result := make([]any, len(items))
	for i, item := range items {
		j := min(int(ev.random()*float64(i+1)), i)
		result[i] = result[j]
		result[j] = item
	}
	return result, ev.grow(len(result))
}

// distinct leaves of equal elements the first.
func distinct(ev *evaluator, args []any) (any, error) {
	v := argument(args, 0)
	items, ok := list(v)
	if !ok || len(items) <= 1 {
		return v, nil
	}
	result := &array{sequence: asSequence(v) != nil, items: []any{}}
	seen := make(map[any]bool, len(items)) // of what maps can tell apart
	for _, item := range items {
		key, simple := simpleKey(item)
		if simple {
			if seen[key] {
				continue
			}
			seen[key] = true
		} else if same, err := ev.among(result.items, item); err != nil {
			return nil, err
		} else if same {
			continue
		}
		result.items = append(result.items, item)
	}
	return result, ev.grow(len(result.items))
}

// simpleKey returns a value that is equal for equal simple values.
func simpleKey(v any) (any, bool) {
	switch v := v.(type) {
	case nil, bool, string:
		return v, true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return nil, false
}

// among tells whether a value equals one of others.
func (ev *evaluator) among(items []any, v any) (bool, error) {
	for _, item := range items {
		if err := ev.tick(); err != nil {
			return false, err
		}
		if same, err := ev.equal(v, item); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

package jsonata

import (
	"math"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// path evaluates a path: each step with each element that the one before gave.
// From the first step that binds a variable on the elements are tuples, which
// carry the variables.
func (ev *evaluator) path(n *syntax.Node, input any, env *frame) (any, error) {
	items, ok := list(input)
	if !ok || n.List[0].Kind == syntax.Variable {
		items = []any{input}
	}
	var result any = Undefined{}
	var tuples *array
	streaming := false
	for i, step := range n.List {
		streaming = streaming || step.Tuple
		var err error
		switch {
		case i == 0 && step.ConsArray:
			result, err = ev.eval(step, asInput(input, items), env)
		case streaming:
			tuples, err = ev.tupleStep(step, items, tuples, env)
		default:
			result, err = ev.step(step, items, env, i == len(n.List)-1)
		}
		if err != nil {
			return nil, err
		}
		if streaming {
			continue
		}
		// a constructor of which a filter left one value has no elements any more,
		// but is not nothing either
		if items, ok = list(result); isUndefined(result) || ok && len(items) == 0 {
			break
		}
	}
	if streaming {
		result = tuples
		if !n.Tuple {
			plain := newSequence()
			for _, t := range tuples.items {
				plain.items = append(plain.items, t.(*tuple).at)
			}
			result = plain
		}
	}
	if n.KeepSingleton {
		result = keepSingleton(result)
	}
	if n.Group == nil {
		return result, nil
	}
	if streaming {
		return ev.group(n.Group, tuples, env)
	}
	return ev.group(n.Group, result, env)
}

// asInput is the input of a step that is evaluated once for all elements.
func asInput(input any, items []any) any {
	if isArray(input) {
		return input
	}
	return newSequence(items...)
}

// keepSingleton marks a result to stay an array.
func keepSingleton(result any) any {
	a, ok := result.(*array)
	if !ok {
		return result
	}
	if a.cons && !a.sequence {
		a = newSequence(a)
	}
	a.keep = true
	return a
}

// step evaluates a step with each element and puts the results in one sequence.
func (ev *evaluator) step(n *syntax.Node, items []any, env *frame, last bool) (any, error) {
	if n.Kind == syntax.Sort {
		sorted, err := ev.orderBy(n, &array{items: items, sequence: true}, env)
		if err != nil {
			return nil, err
		}
		return ev.stages(n, sorted, env)
	}
	var first any
	found, results := 0, newSequence()
	for _, item := range items {
		v, err := ev.stepOne(n, item, env)
		if err != nil {
			return nil, err
		}
		if isUndefined(v) {
			continue
		}
		if found++; found == 1 {
			first = v
			continue
		}
		if found == 2 {
			results.add(first)
		}
		before := len(results.items)
		results.add(v)
		if err := ev.longer(before, len(results.items)); err != nil {
			return nil, err
		}
	}
	if found == 1 {
		if last && isArray(first) && asSequence(first) == nil {
			return first, nil
		}
		results.add(first)
	}
	return results, ev.grow(len(results.items))
}

// add adds a step's result: an array's elements, unless a constructor made it.
func (a *array) add(v any) {
	if made, ok := v.(*array); ok && made.cons {
		a.items = append(a.items, v)
	} else {
		a.flatten(v)
	}
}

// stepOne evaluates a step and its filters with one element.
func (ev *evaluator) stepOne(n *syntax.Node, item any, env *frame) (v any, err error) {
	if n.Kind == syntax.Name && n.Predicates == nil && n.Group == nil && !n.KeepArray {
		if o, ok := item.(*value.Object); ok { // most steps are of this kind
			if v, ok = o.Get(n.Text); !ok {
				return Undefined{}, nil
			}
		} else if v, err = ev.eval(n, item, env); err != nil {
			return nil, err
		}
	} else if v, err = ev.eval(n, item, env); err != nil {
		return nil, err
	}
	for _, s := range n.Stages {
		if v, err = ev.filter(s.Filter, v, env); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// stages applies a step's filters and index bindings to all results at once.
func (ev *evaluator) stages(n *syntax.Node, v any, env *frame) (any, error) {
	for _, s := range n.Stages {
		if s.Filter != nil {
			var err error
			if v, err = ev.filter(s.Filter, v, env); err != nil {
				return nil, err
			}
			continue
		}
		items, _ := list(v)
		for i, item := range items {
			if t, ok := item.(*tuple); ok {
				t.set(s.Index, int64(i))
			}
		}
	}
	return v, nil
}

// tupleStep evaluates a step with each tuple; the first such step makes tuples
// of the elements before it.
func (ev *evaluator) tupleStep(n *syntax.Node, items []any, tuples *array, env *frame) (*array, error) {
	if n.Kind == syntax.Sort {
		return ev.sortTuples(n, items, tuples, env)
	}
	if tuples == nil {
		tuples = &array{}
		for _, item := range items {
			tuples.items = append(tuples.items, &tuple{at: item})
		}
	}
	result := &array{sequence: true, tuples: true}
	for _, item := range tuples.items {
		t := item.(*tuple)
		v, err := ev.eval(n, t.at, t.scope(env))
		if err != nil {
			return nil, err
		}
		if isUndefined(v) {
			continue
		}
		before := len(result.items)
		result.items = append(result.items, t.spread(n, v)...)
		if err := ev.longer(before, len(result.items)); err != nil {
			return nil, err
		}
	}
	return ev.tupleStages(n, result, env)
}

// tupleStages is stages for tuples.
func (ev *evaluator) tupleStages(n *syntax.Node, tuples *array, env *frame) (*array, error) {
	v, err := ev.stages(n, tuples, env)
	if err != nil {
		return nil, err
	}
	a := v.(*array)
	a.tuples = true
	return a, nil
}

// sortTuples is tupleStep for an order-by.
func (ev *evaluator) sortTuples(n *syntax.Node, items []any, tuples *array, env *frame) (*array, error) {
	if tuples != nil {
		sorted, err := ev.orderBy(n, tuples, env)
		if err != nil {
			return nil, err
		}
		sortedItems, _ := list(sorted)
		return ev.tupleStages(n, &array{items: sortedItems, sequence: true, tuples: true}, env)
	}
	sorted, err := ev.orderBy(n, newSequence(items...), env)
	if err != nil {
		return nil, err
	}
	result := &array{sequence: true, tuples: true}
	sortedItems, _ := list(sorted)
	for i, item := range sortedItems {
		t := &tuple{at: item}
		if n.Index != "" {
			t.set(n.Index, int64(i))
		}
		result.items = append(result.items, t)
	}
	return ev.tupleStages(n, result, env)
}

// scope returns a frame in which the tuple's variables are bound.
func (t *tuple) scope(env *frame) *frame {
	return &frame{parent: env, vars: append([]binding(nil), t.vars...)}
}

// spread returns a tuple for each element of what a step made of this one.
func (t *tuple) spread(n *syntax.Node, v any) []any {
	items, ok := list(v)
	if !ok {
		items = []any{v}
	}
	a, _ := v.(*array)
	result := make([]any, 0, len(items))
	for i, item := range items {
		if inner, ok := item.(*tuple); ok && a != nil && a.tuples {
			joined := t.with(inner.at, len(inner.vars))
			for _, b := range inner.vars {
				joined.set(b.name, b.value)
			}
			result = append(result, joined)
			continue
		}
		next := t.with(item, 3)
		if n.Focus != "" {
			next.at = t.at
			next.set(n.Focus, item)
		}
		if n.Index != "" {
			next.set(n.Index, int64(i))
		}
		if n.Ancestor != nil {
			next.set(n.Ancestor.Label, t.at)
		}
		result = append(result, next)
	}
	return result
}

// filter keeps what a predicate selects: by position if it is a number or an
// array of them, else if it is true.
func (ev *evaluator) filter(predicate *syntax.Node, v any, env *frame) (any, error) {
	items, ok := list(v)
	if !ok {
		items = []any{v}
	}
	results := newSequence()
	if a, ok := v.(*array); ok {
		results.tuples = a.tuples
	}
	if f, ok := value.Float(predicate.Value); ok && predicate.Kind == syntax.Number {
		i := position(f, len(items))
		if i < 0 || i >= len(items) || isUndefined(items[i]) {
			return results, nil
		}
		if isArray(items[i]) {
			return items[i], nil
		}
		results.items = items[i : i+1 : i+1]
		return results, nil
	}
	for i, item := range items {
		context, scope := item, env
		if t, ok := item.(*tuple); ok && results.tuples {
			context, scope = t.at, t.scope(env)
		}
		selected, err := ev.eval(predicate, context, scope)
		if err != nil {
			return nil, err
		}
		if err := ev.selectItem(results, item, selected, i, len(items)); err != nil {
			return nil, err
		}
	}
	return results, ev.grow(len(results.items))
}

// position is the place that a number means in an array; from the end if it is
// negative.
func position(f float64, length int) int {
	f = math.Floor(f)
	if f < 0 {
		f += float64(length)
	}
	if !(f >= 0 && f < float64(length)) {
		return -1
	}
	return int(f)
}

// selectItem adds an item to the results if the predicate's value selects it.
func (ev *evaluator) selectItem(results *array, item, selected any, index, length int) error {
	if f, ok, err := number(selected); err != nil {
		return err
	} else if ok {
		selected = []any{f}
	}
	positions, ok, err := numbers(selected)
	if err != nil {
		return err
	}
	if ok {
		if err := ev.work(4 * len(positions) / perStep); err != nil {
			return err
		}
		for _, f := range positions {
			if position(f, length) == index {
				results.items = append(results.items, item)
			}
		}
		return nil
	}
	t, err := ev.truth(selected)
	if t {
		results.items = append(results.items, item)
	}
	return err
}

// wildcard returns the values of all members, those that are arrays element by
// element.
func (ev *evaluator) wildcard(input any) (any, error) {
	if a, ok := input.(*array); ok && a.outer {
		input = a.items[0]
	}
	var members []any
	switch v := input.(type) {
	case *value.Object:
		for _, member := range v.All() {
			members = append(members, member)
		}
	default:
		members, _ = list(v)
	}
	flat, result := false, newSequence()
	for _, member := range members {
		if !isArray(member) {
			result.items = append(result.items, member)
			continue
		}
		flat = true
		if err := ev.flatten(member, result); err != nil {
			return nil, err
		}
	}
	if flat { // no longer a sequence: as if appended
		return result.items, ev.grow(len(result.items))
	}
	return result, ev.grow(len(result.items))
}

// flatten adds the elements of arrays within arrays.
func (ev *evaluator) flatten(v any, result *array) error {
	items, ok := list(v)
	if !ok {
		result.items = append(result.items, v)
		return ev.tick()
	}
	if err := ev.enter(); err != nil {
		return err
	}
	defer ev.leave()
	for _, item := range items {
		if err := ev.flatten(item, result); err != nil {
			return err
		}
	}
	return nil
}

// descendants returns a value and all within it.
func (ev *evaluator) descendants(input any) (any, error) {
	if isUndefined(input) {
		return input, nil
	}
	result := newSequence()
	if err := ev.descend(input, result); err != nil {
		return nil, err
	}
	if len(result.items) == 1 {
		return result.items[0], nil
	}
	return result, ev.grow(len(result.items))
}

// descend adds a value and all within it to the result.
func (ev *evaluator) descend(v any, result *array) error {
	if err := ev.enter(); err != nil {
		return err
	}
	defer ev.leave()
	items, ok := list(v)
	if !ok {
		result.items = append(result.items, v)
	}
	if o, ok := v.(*value.Object); ok {
		for _, member := range o.All() {
			if err := ev.descend(member, result); err != nil {
				return err
			}
		}
	}
	for _, item := range items {
		if err := ev.descend(item, result); err != nil {
			return err
		}
	}
	return nil
}

package jsonata

import (
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// array evaluates an array constructor. An element that is itself a constructor
// stays an array; of others that are arrays the elements are taken.
func (ev *evaluator) array(n *syntax.Node, input any, env *frame) (any, error) {
	result := &array{items: []any{}, cons: n.ConsArray}
	for _, e := range n.List {
		v, err := ev.eval(e, input, env)
		if err != nil {
			return nil, err
		}
		before := len(result.items)
		if e.Kind == syntax.Array && !isUndefined(v) {
			result.items = append(result.items, v)
		} else {
			result.flatten(v)
		}
		if err := ev.longer(before, len(result.items)); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// groupEntry gathers what has one key.
type groupEntry struct {
	key  string
	pair int // which member's expression made the key
	data any // for tuples a *tuple or an array of them
}

// group evaluates an object constructor for each element of what stands before
// it, or a grouping. Elements that give one key are put together.
func (ev *evaluator) group(n *syntax.Node, v any, env *frame) (any, error) {
	items, ok := list(v)
	if !ok {
		items = []any{v}
	}
	a, _ := v.(*array)
	streaming := a != nil && a.tuples
	if len(items) == 0 && !streaming {
		items = []any{Undefined{}}
	}
	entries, err := ev.groupEntries(n, items, streaming, env)
	if err != nil {
		return nil, err
	}
	result := value.NewObject(len(entries))
	for i := range entries {
		context, scope := entries[i].data, env
		if streaming {
			t, err := ev.reduceTuples(context)
			if err != nil {
				return nil, err
			}
			context, scope = t.at, t.scope(env)
		}
		member, err := ev.eval(n.Pairs[entries[i].pair][1], context, scope)
		if err != nil {
			return nil, err
		}
		if !isUndefined(member) {
			result.Set(entries[i].key, member)
		}
	}
	return result, ev.grow(2 * len(entries))
}

// groupEntries evaluates the keys for each element.
func (ev *evaluator) groupEntries(n *syntax.Node, items []any, streaming bool, env *frame) ([]groupEntry, error) {
	var entries []groupEntry
	places := make(map[string]int, len(n.Pairs))
	for _, item := range items {
		context, scope := item, env
		if streaming {
			t := item.(*tuple)
			context, scope = t.at, t.scope(env)
		}
		for pair := range n.Pairs {
			k, err := ev.eval(n.Pairs[pair][0], context, scope)
			if err != nil {
				return nil, err
			}
			key, ok := k.(string)
			if !ok {
				if isUndefined(k) {
					continue
				}
				return nil, fault.At("T1003", "", n.Position).WithValue(k)
			}
			place, ok := places[key]
			if !ok {
				places[key] = len(entries)
				entries = append(entries, groupEntry{key: key, pair: pair, data: item})
				continue
			}
			entry := &entries[place]
			if entry.pair != pair {
				return nil, fault.At("D1009", "", n.Position).WithValue(key)
			}
			if entry.data, err = ev.accumulate(entry.data, item); err != nil {
				return nil, err
			}
		}
	}
	for i := range entries {
		settle(entries[i].data)
	}
	return entries, nil
}

// accumulate is join without copying what was joined before.
func (ev *evaluator) accumulate(data, item any) (any, error) {
	a, ok := data.(*array)
	if !ok || !a.growing {
		joined, err := ev.join(data, item)
		if items, ok := joined.([]any); ok && err == nil {
			return &array{items: items, growing: true}, nil
		}
		return joined, err
	}
	before := len(a.items)
	a.flatten(item)
	return a, ev.longer(before, len(a.items))
}

// settle ends the growth of an array: from now on others may have it.
func settle(v any) {
	if a, ok := v.(*array); ok {
		a.growing = false
	}
}

// reduceTuples makes one tuple of several: of each variable the values are put
// together.
func (ev *evaluator) reduceTuples(data any) (*tuple, error) {
	if t, ok := data.(*tuple); ok {
		return t, nil
	}
	items, _ := list(data)
	result := items[0].(*tuple).with(items[0].(*tuple).at, 0)
	for _, item := range items[1:] {
		t := item.(*tuple)
		var err error
		if result.at, err = ev.accumulate(result.at, t.at); err != nil {
			return nil, err
		}
		for _, b := range t.vars {
			var before any = Undefined{}
			for _, r := range result.vars {
				if r.name == b.name {
					before = r.value
				}
			}
			joined, err := ev.accumulate(before, b.value)
			if err != nil {
				return nil, err
			}
			result.set(b.name, joined)
		}
	}
	settle(result.at)
	for _, b := range result.vars {
		settle(b.value)
	}
	return result, nil
}

package jsonata

import (
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// transform is the function that |pattern|update,deletion| is.
type transform struct {
	node  *syntax.Node
	input any
	env   *frame
}

func (*transform) arity() int { return 1 }

// transform copies a value and changes the copy where the pattern leads.
func (ev *evaluator) transform(t *transform, v any) (any, error) {
	switch (kinds{}).Type(v) {
	case 'm':
		return v, nil
	case 'o', 'a':
	default:
		e := fault.Of("T0410", v)
		e.Index = 1
		return nil, e
	}
	if override := ev.lookup("clone", t.env); !isUndefined(override) {
		f, ok := override.(callable)
		if !ok {
			return nil, fault.At("T2013", "", t.node.Position)
		}
		var err error
		if v, err = ev.invoke(f, []any{v}, nil, t.env); err != nil {
			return nil, err
		}
	}
	own := make(map[*value.Object]bool)
	result, err := ev.copyValue(v, own)
	if err != nil {
		return nil, err
	}
	matches, err := ev.eval(t.node.LHS, result, t.env)
	if err != nil || isUndefined(matches) {
		return result, err
	}
	items, ok := list(matches)
	if !ok {
		items = []any{matches}
	}
	for _, item := range items {
		if err := ev.change(t, item, own); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// change applies the update and the deletion to one match. What is no part of
// the copy is looked at, but not changed: values are never changed in place.
func (ev *evaluator) change(t *transform, match any, own map[*value.Object]bool) error {
	object, ok := match.(*value.Object)
	if !ok || !own[object] {
		object = nil
	}
	update, err := ev.eval(t.node.Then, match, t.env)
	if err != nil {
		return err
	}
	if !isUndefined(update) {
		members, ok := update.(*value.Object)
		if !ok {
			return fault.At("T2011", "", t.node.Then.Position).WithValue(update)
		}
		for name, v := range members.All() {
			if object == nil {
				break
			}
			// a copy, or the object could come to lie within itself
			if v, err = ev.copyValue(v, own); err != nil {
				return err
			}
			object.Set(name, v)
		}
	}
	if t.node.Else == nil {
		return nil
	}
	deletions, err := ev.eval(t.node.Else, match, t.env)
	if err != nil || isUndefined(deletions) {
		return err
	}
	items, ok := list(deletions)
	if !ok {
		items = []any{deletions}
	}
	for _, item := range items {
		if _, ok := item.(string); !ok {
			return fault.At("T2012", "", t.node.Else.Position).WithValue(deletions)
		}
	}
	for _, item := range items {
		if object != nil {
			object.Delete(item.(string))
		}
	}
	return nil
}

// copyValue copies a value with all that is in it; the objects that it makes it
// puts into own.
func (ev *evaluator) copyValue(v any, own map[*value.Object]bool) (any, error) {
	if err := ev.enter(); err != nil {
		return nil, err
	}
	defer ev.leave()
	if o, ok := v.(*value.Object); ok {
		c := value.NewObject(o.Len())
		own[c] = true
		for name, member := range o.All() {
			m, err := ev.copyValue(member, own)
			if err != nil {
				return nil, err
			}
			c.Set(name, m)
		}
		return c, ev.grow(2 * o.Len())
	}
	items, ok := list(v)
	if !ok {
		return v, nil
	}
	c := make([]any, len(items))
	for i, item := range items {
		var err error
		if c[i], err = ev.copyValue(item, own); err != nil {
			return nil, err
		}
	}
	return c, ev.grow(len(c))
}

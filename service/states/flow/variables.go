package flow

import "maru.dev/maru/pattern/value"

// Variables are the workflow variables that a state can read: those of its own
// scope and, behind them, those of the scopes around it. They are never changed;
// an assignment makes others. A nil *Variables has none.
type Variables struct {
	outer *Variables
	own   *value.Object
}

// NewVariables returns a scope that holds own and can read outer; either may be
// nil. Branches of a Parallel state and items of an inline Map state get one each.
func NewVariables(outer *Variables, own *value.Object) *Variables {
	return &Variables{outer: outer, own: own}
}

// Own returns the variables of this scope alone, which is what a store keeps
// of it. It must not be changed.
func (v *Variables) Own() *value.Object {
	if v == nil {
		return nil
	}
	return v.own
}

// Lookup returns a variable's value from the nearest scope that has it.
func (v *Variables) Lookup(name string) (any, bool) {
	for ; v != nil; v = v.outer {
		if found, ok := v.own.Get(name); ok {
			return found, true
		}
	}
	return nil, false
}

// All returns every variable that can be read, as TestState shows them.
func (v *Variables) All() *value.Object {
	if v == nil {
		return &value.Object{}
	}
	all := v.outer.All()
	for name, found := range v.own.All() {
		all.Set(name, found)
	}
	return all
}

// assign returns the variables after an assignment in this scope.
func (v *Variables) assign(assigned *value.Object) *Variables {
	if v == nil {
		return &Variables{own: assigned.Clone()}
	}
	own := v.own.Clone()
	for name, set := range assigned.All() {
		own.Set(name, set)
	}
	return &Variables{outer: v.outer, own: own}
}

// size returns how many bytes the variables have, up to a limit.
func (v *Variables) size(limit int) int {
	n := 0
	for ; v != nil && n <= limit; v = v.outer {
		for name, found := range v.own.All() {
			size, _ := value.Size(found, limit-n)
			if n += size + len(name); n > limit {
				break
			}
		}
	}
	return n
}

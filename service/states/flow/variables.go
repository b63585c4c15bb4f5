package flow

import "maru.dev/maru/service/states/value"

// Variables are the workflow variables that a state can read: those of its own
// scope and, behind them, those of the scopes around it. They are never changed;
// an assignment makes others. A nil *Variables has none.
type Variables struct {
	outer *Variables
	own   *value.Object
}

// NewVariables returns a scope that holds own and can read outer; either may be nil.
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

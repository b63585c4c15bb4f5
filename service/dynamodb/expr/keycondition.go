package expr

import (
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
)

// KeyCondition is a condition on one key attribute, from an expression or from
// the legacy KeyConditions.
type KeyCondition struct {
	Name   string
	Op     string // =, <, <=, >, >=, BETWEEN or begins_with
	Values []attr.Value
}

// KeyConditions are the conditions of a query, at most one on each attribute.
type KeyConditions []KeyCondition

// On returns the condition on an attribute.
func (l KeyConditions) On(name string) (c KeyCondition, ok bool) {
	for i := range l {
		if l[i].Name == name {
			return l[i], true
		}
	}
	return KeyCondition{}, false
}

// With is l with a condition, in place of the one on the same attribute.
func (l KeyConditions) With(c KeyCondition) KeyConditions {
	for i := range l {
		if l[i].Name == c.Name {
			l[i] = c
			return l
		}
	}
	return append(l, c)
}

// ParseKeyCondition parses a KeyConditionExpression.
func ParseKeyCondition(text string, params *Params) (KeyConditions, error) {
	p, err := newParser(KeyConditionExpression, text, params)
	if err != nil {
		return nil, err
	}
	root, err := p.parseOr()
	if err != nil {
		return nil, err
	}
	if err := p.wantTruth(root); err != nil {
		return nil, err
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	if err := p.verdict(); err != nil {
		return nil, err
	}
	return collectKeys(root, make(KeyConditions, 0, 2))
}

// collectKeys takes a tree of ANDs apart.
func collectKeys(n *node, into KeyConditions) (KeyConditions, error) {
	if n.op == opAnd {
		var err error
		for _, kid := range n.kids {
			if into, err = collectKeys(kid, into); err != nil {
				return nil, err
			}
		}
		return into, nil
	}
	c, err := keyCondition(n)
	if err != nil {
		return nil, err
	}
	if _, twice := into.On(c.Name); twice {
		return nil, Invalid("KeyConditionExpressions must only contain one condition per key")
	}
	return append(into, c), nil
}

// keyCondition turns one comparison around so that the attribute stands first.
func keyCondition(n *node) (KeyCondition, error) {
	switch n.op {
	case opEq, opLt, opLe, opGt, opGe, opBetween, opBeginsWith:
	default:
		return KeyCondition{}, Invalid("Invalid operator used in KeyConditionExpression: %s", n.op)
	}
	o, kids := n.op, n.kids
	if len(kids) == 2 && kids[0].op == opValue && kids[1].op == opPath && o != opBeginsWith {
		o, kids = o.mirrored(), []*node{kids[1], kids[0]}
	}
	if kids[0].op == opSize {
		return KeyCondition{}, Invalid("KeyConditionExpressions cannot contain nested operations")
	}
	if kids[0].op != opPath {
		return KeyCondition{}, Invalid("Invalid condition in KeyConditionExpression: No key attribute specified")
	}
	c := KeyCondition{Op: o.String(), Name: kids[0].path.Top()}
	if len(kids[0].path) > 1 {
		return c, Invalid("KeyConditionExpressions cannot have conditions on nested attributes")
	}
	for _, kid := range kids[1:] {
		switch kid.op {
		case opValue:
			c.Values = append(c.Values, kid.value)
		case opPath:
			return c, Invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
		default:
			return c, Invalid("KeyConditionExpressions cannot contain nested operations")
		}
	}
	return c, nil
}

// mirrored is the operator that says the same with its operands exchanged.
func (o op) mirrored() op {
	switch o {
	case opLt:
		return opGt
	case opLe:
		return opGe
	case opGt:
		return opLt
	case opGe:
		return opLe
	}
	return o
}

// Holds tells whether a key value fulfils c.
func (c KeyCondition) Holds(v attr.Value) bool {
	first := c.Values[0]
	switch c.Op {
	case opBetween.String():
		return ordered(opGe, v, first) && ordered(opLe, v, c.Values[1])
	case opBeginsWith.String():
		return strings.HasPrefix(v.Text, first.Text)
	}
	for o := opEq; o <= opGe; o++ {
		if o.String() == c.Op {
			return (&node{op: o}).relation(v, first)
		}
	}
	return false
}

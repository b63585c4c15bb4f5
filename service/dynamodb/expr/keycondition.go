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

// ParseKeyCondition parses a KeyConditionExpression into conditions by attribute.
func ParseKeyCondition(text string, params *Params) (map[string]KeyCondition, error) {
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
	out := make(map[string]KeyCondition, 2)
	return out, collectKeys(root, out)
}

// collectKeys takes a tree of ANDs apart.
func collectKeys(n *node, into map[string]KeyCondition) error {
	if n.op == opAnd {
		for _, kid := range n.kids {
			if err := collectKeys(kid, into); err != nil {
				return err
			}
		}
		return nil
	}
	c, err := keyCondition(n)
	if err != nil {
		return err
	}
	if _, twice := into[c.Name]; twice {
		return Invalid("KeyConditionExpressions must only contain one condition per key")
	}
	into[c.Name] = c
	return nil
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

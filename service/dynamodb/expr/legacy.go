package expr

import (
	"slices"

	"maru.dev/maru/service/dynamodb/attr"
)

// comparison is what a legacy ComparisonOperator takes and becomes.
type comparison struct {
	op       op
	negated  bool
	min, max int // number of values
	kinds    uint32
}

// The types that the legacy operators compare, as bits: none means any.
const (
	texts    = 1<<attr.String | 1<<attr.Binary
	scalars  = texts | 1<<attr.Number
	elements = scalars | 1<<attr.Bool | 1<<attr.Null | 1<<attr.List | 1<<attr.Map
)

// legacyComparison returns what a ComparisonOperator is in the expression language.
func legacyComparison(name string) (comparison, bool) {
	switch name {
	case "EQ":
		return comparison{op: opEq, min: 1, max: 1}, true
	case "NE":
		return comparison{op: opNe, min: 1, max: 1}, true
	case "LE":
		return comparison{op: opLe, min: 1, max: 1, kinds: scalars}, true
	case "LT":
		return comparison{op: opLt, min: 1, max: 1, kinds: scalars}, true
	case "GE":
		return comparison{op: opGe, min: 1, max: 1, kinds: scalars}, true
	case "GT":
		return comparison{op: opGt, min: 1, max: 1, kinds: scalars}, true
	case "NOT_NULL":
		return comparison{op: opExists}, true
	case "NULL":
		return comparison{op: opNotExists}, true
	case "CONTAINS":
		return comparison{op: opContains, min: 1, max: 1, kinds: elements}, true
	case "NOT_CONTAINS":
		return comparison{op: opContains, negated: true, min: 1, max: 1, kinds: elements}, true
	case "BEGINS_WITH":
		return comparison{op: opBeginsWith, min: 1, max: 1, kinds: texts}, true
	case "IN":
		return comparison{op: opIn, min: 1, max: maxOperands, kinds: scalars}, true
	case "BETWEEN":
		return comparison{op: opBetween, min: 2, max: 2, kinds: scalars}, true
	}
	return comparison{}, false
}

// checkLegacy holds a legacy condition's values against its operator.
func checkLegacy(operator string, values []attr.Value) (comparison, error) {
	c, ok := legacyComparison(operator)
	if !ok {
		return c, Invalid("One or more parameter values were invalid: Unknown ComparisonOperator: %s", operator)
	}
	if len(values) < c.min || len(values) > c.max {
		return c, Invalid("One or more parameter values were invalid: Invalid number of argument(s) for the %s ComparisonOperator", operator)
	}
	for _, v := range values {
		if c.kinds != 0 && c.kinds>>v.Kind&1 == 0 {
			return c, Invalid("One or more parameter values were invalid: ComparisonOperator %s is not valid for %s AttributeValue type", operator, v.Kind)
		}
		if len(values) > 1 && v.Kind != values[0].Kind {
			return c, Invalid("One or more parameter values were invalid: AttributeValues inside AttributeValueList must be of same type")
		}
	}
	if c.op == opBetween {
		if order, _ := attr.Compare(values[0], values[1]); order > 0 {
			return c, Invalid("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound")
		}
	}
	return c, nil
}

// Legacy returns the condition that a legacy parameter puts on one attribute.
func Legacy(name, operator string, values []attr.Value) (*Condition, error) {
	c, err := checkLegacy(operator, values)
	if err != nil {
		return nil, err
	}
	path := Path{{Name: name}}
	n := &node{op: c.op, kids: []*node{{op: opPath, path: path}}}
	for _, v := range values {
		n.kids = append(n.kids, &node{op: opValue, value: v})
	}
	if c.negated { // an attribute that is not there contains nothing, and fulfils neither
		exists := &node{op: opExists, kids: n.kids[:1]}
		n = &node{op: opAnd, kids: []*node{exists, {op: opNot, kids: []*node{n}}}}
	}
	return &Condition{root: n, paths: []Path{path}}, nil
}

// Join makes one condition of several on one attribute each, which are in the
// order of these: all of them, or with or any of them. Without any it is nil,
// which is always fulfilled.
func Join(conditions []*Condition, or bool) *Condition {
	if len(conditions) == 0 {
		return nil
	}
	root := &node{op: opAnd}
	if or {
		root.op = opOr
	}
	out := &Condition{root: root}
	for _, c := range conditions {
		root.kids = append(root.kids, c.root)
		root.tops = append(root.tops, c.paths[0].Top())
		out.paths = append(out.paths, c.paths...)
		if c.root.truth(nil) == or {
			root.absent++
		}
	}
	return out
}

// joined is truth for what Join makes. There is no limit to how many conditions
// that are, so of an item with fewer attributes it looks at these: all other
// conditions are on attributes that are not there.
func (n *node) joined(item attr.Item) bool {
	decisive, absent := n.op == opOr, n.absent
	for i := range item {
		at, ok := slices.BinarySearch(n.tops, item[i].Name)
		if !ok {
			continue
		}
		if n.kids[at].truth(item) == decisive {
			return decisive
		}
		if n.kids[at].truth(nil) == decisive {
			absent--
		}
	}
	return (absent > 0) == decisive
}

// LegacyKey returns the key condition of one entry of the legacy KeyConditions.
func LegacyKey(name, operator string, values []attr.Value) (KeyCondition, error) {
	c, err := checkLegacy(operator, values)
	if err != nil {
		return KeyCondition{}, err
	}
	if c.op == opNe || c.op == opIn || c.op == opContains || c.op == opExists || c.op == opNotExists {
		return KeyCondition{}, Invalid("Attempted conditional constraint is not an indexable operation")
	}
	return KeyCondition{Name: name, Op: c.op.String(), Values: values}, nil
}

// Change is one entry of the legacy AttributeUpdates.
type Change struct {
	Name   string
	Action string // PUT, ADD or DELETE
	Value  attr.Value
}

// LegacyUpdate returns the update that AttributeUpdates ask for.
func LegacyUpdate(changes []Change) (*Update, error) {
	u := &Update{takes: len(changes) > 0}
	for _, c := range changes {
		u.takes = u.takes && c.Action == "DELETE"
		a := action{path: Path{{Name: c.Name}}, value: &node{op: opValue, value: c.Value}}
		k := c.Value.Kind
		switch {
		case c.Action == "DELETE" && k == attr.Missing:
			a.section = remove
		case k == attr.Missing:
			return nil, Invalid("One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified")
		case c.Action == "PUT":
			a.section = set
		case c.Action == "ADD" && (k.IsSet() || k == attr.Number || k == attr.List):
			a.section = add
		case c.Action == "DELETE" && k.IsSet():
			a.section = del
		default:
			return nil, Invalid("One or more parameter values were invalid: %s action is not supported for the type %s", c.Action, k)
		}
		u.actions = append(u.actions, a)
	}
	return u, nil
}

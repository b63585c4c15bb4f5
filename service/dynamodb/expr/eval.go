package expr

import (
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
)

// truth evaluates a condition.
func (n *node) truth(item attr.Item) bool {
	if len(item) < len(n.tops) {
		return n.joined(item)
	}
	switch n.op {
	case opAnd:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !k.truth(item) })
	case opOr:
		return slices.ContainsFunc(n.kids, func(k *node) bool { return k.truth(item) })
	case opNot:
		return !n.kids[0].truth(item)
	}
	first := n.kids[0].yield(item)
	switch n.op {
	case opExists:
		return first.Kind != attr.Missing
	case opNotExists:
		return first.Kind == attr.Missing
	case opIn:
		return slices.ContainsFunc(n.kids[1:], func(k *node) bool { return same(first, k.yield(item)) })
	case opBetween:
		return ordered(opGe, first, n.kids[1].yield(item)) && ordered(opLe, first, n.kids[2].yield(item))
	}
	return n.relation(first, n.kids[1].yield(item))
}

// relation evaluates an operator of two operands.
func (n *node) relation(a, b attr.Value) bool {
	switch n.op {
	case opEq:
		return same(a, b)
	case opNe:
		return !same(a, b)
	case opTypeIs:
		return a.Kind != attr.Missing && a.Kind.String() == b.Text
	case opBeginsWith:
		return a.Kind == b.Kind && (a.Kind == attr.String || a.Kind == attr.Binary) && strings.HasPrefix(a.Text, b.Text)
	case opContains:
		return contains(a, b)
	}
	return ordered(n.op, a, b)
}

// same is equality between values that exist.
func same(a, b attr.Value) bool { return a.Kind != attr.Missing && attr.Equal(a, b) }

// ordered compares two scalars of one type; others stand in no order.
func ordered(o op, a, b attr.Value) bool {
	c, ok := attr.Compare(a, b)
	if !ok {
		return false
	}
	switch o {
	case opLt:
		return c < 0
	case opLe:
		return c <= 0
	case opGt:
		return c > 0
	}
	return c >= 0
}

// contains looks for b in a text, a set or a list.
func contains(a, b attr.Value) bool {
	switch a.Kind {
	case attr.String, attr.Binary:
		return a.Kind == b.Kind && strings.Contains(a.Text, b.Text)
	case attr.StringSet, attr.NumberSet, attr.BinarySet:
		return a.Kind.Element() == b.Kind && a.HasMember(b)
	case attr.List:
		return slices.ContainsFunc(a.List, func(v attr.Value) bool { return same(v, b) })
	}
	return false
}

// yield evaluates an operand of a condition.
func (n *node) yield(item attr.Item) attr.Value {
	switch n.op {
	case opPath:
		return n.path.Get(item)
	case opValue:
		return n.value
	}
	return size(n.kids[0].yield(item))
}

// size is the function size: bytes of a text, members of anything else. What
// has no size yields nothing, and compares with nothing.
func size(v attr.Value) attr.Value {
	switch v.Kind {
	case attr.String, attr.Binary:
		return attr.Num(strconv.Itoa(len(v.Text)))
	case attr.List, attr.StringSet, attr.NumberSet, attr.BinarySet:
		return attr.Num(strconv.Itoa(len(v.List)))
	case attr.Map:
		return attr.Num(strconv.Itoa(len(v.Map)))
	}
	return attr.Value{}
}

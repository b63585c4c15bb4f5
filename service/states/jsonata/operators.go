package jsonata

import (
	"cmp"
	"errors"
	"math"
	"strings"
	"unicode/utf8"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// binary evaluates an operator.
func (ev *evaluator) binary(n *syntax.Node, input any, env *frame) (any, error) {
	lhs, err := ev.eval(n.LHS, input, env)
	if err != nil {
		return nil, err
	}
	if n.Text == "and" || n.Text == "or" {
		v, err := ev.logical(n, lhs, input, env)
		return v, located(err, n)
	}
	rhs, err := ev.eval(n.RHS, input, env)
	if err != nil {
		return nil, err
	}
	v, err := ev.operate(n.Text, lhs, rhs)
	return v, located(err, n)
}

// located says of an operator's error where it is.
func located(err error, n *syntax.Node) error {
	var e *fault.Error
	if errors.As(err, &e) {
		e.Token, e.Position = n.Text, n.Position
	}
	return err
}

// logical evaluates and and or; the right side only if it counts.
func (ev *evaluator) logical(n *syntax.Node, lhs, input any, env *frame) (any, error) {
	t, err := ev.truth(lhs)
	if err != nil {
		return nil, err
	}
	if t == (n.Text == "or") {
		return t, nil
	}
	rhs, err := ev.eval(n.RHS, input, env)
	if err != nil {
		return nil, err
	}
	return ev.truth(rhs)
}

// operate applies an operator to its operands.
func (ev *evaluator) operate(operator string, lhs, rhs any) (any, error) {
	switch operator {
	case "+", "-", "*", "/", "%":
		return arithmetic(operator, lhs, rhs)
	case "=", "!=":
		if isUndefined(lhs) || isUndefined(rhs) {
			return false, nil
		}
		same, err := ev.equal(lhs, rhs)
		return same == (operator == "="), err
	case "<", "<=", ">", ">=":
		return compareBy(operator, lhs, rhs)
	case "&":
		return ev.concat(lhs, rhs)
	case "..":
		return ev.span(lhs, rhs)
	case "in":
		return contains(lhs, rhs), ev.read([]any{rhs})
	}
	return nil, fault.At("S0204", operator, 0)
}

// arithmetic computes as JavaScript does.
func arithmetic(operator string, lhs, rhs any) (any, error) {
	a, ok, err := number(lhs)
	if err != nil {
		return nil, err
	}
	if !ok && !isUndefined(lhs) {
		return nil, fault.Of("T2001", lhs)
	}
	b, ok, err := number(rhs)
	if err != nil {
		return nil, err
	}
	if !ok && !isUndefined(rhs) {
		return nil, fault.Of("T2002", rhs)
	}
	if isUndefined(lhs) || isUndefined(rhs) {
		return Undefined{}, nil
	}
	switch operator {
	case "+":
		a += b
	case "-":
		a -= b
	case "*":
		a *= b
	case "/":
		a /= b
	case "%":
		a = math.Mod(a, b)
	}
	return value.FromFloat(a), nil
}

// negate evaluates a minus sign.
func (ev *evaluator) negate(n *syntax.Node, input any, env *frame) (any, error) {
	v, err := ev.eval(n.LHS, input, env)
	if err != nil || isUndefined(v) {
		return v, err
	}
	f, ok, err := number(v)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.At("D1002", n.Text, n.Position).WithValue(v)
	}
	return value.FromFloat(-f), nil
}

// ordered tells whether a value has an order.
func ordered(v any) bool {
	switch v.(type) {
	case int64, float64, string:
		return true
	}
	return false
}

// compareBy evaluates an operator of order.
func compareBy(operator string, lhs, rhs any) (any, error) {
	noLeft, noRight := isUndefined(lhs), isUndefined(rhs)
	switch {
	case !noLeft && !ordered(lhs):
		return nil, fault.Of("T2010", lhs)
	case !noRight && !ordered(rhs):
		if noLeft { // the reference shows the left one then
			return nil, fault.New("T2010")
		}
		return nil, fault.Of("T2010", rhs)
	case noLeft || noRight:
		return Undefined{}, nil
	}
	c, ok := compareValues(lhs, rhs)
	if !ok {
		e := fault.Of("T2009", lhs)
		e.Value2 = rhs
		return nil, e
	}
	if isNaN(lhs) || isNaN(rhs) {
		return false, nil
	}
	switch operator {
	case "<":
		return c < 0, nil
	case "<=":
		return c <= 0, nil
	case ">":
		return c > 0, nil
	}
	return c >= 0, nil
}

// isNaN tells whether a value is a number that is none.
func isNaN(v any) bool {
	f, ok := v.(float64)
	return ok && math.IsNaN(f)
}

// compareValues orders two numbers or two strings.
func compareValues(a, b any) (int, bool) {
	if s, ok := a.(string); ok {
		t, ok := b.(string)
		return compareStrings(s, t), ok
	}
	f, _ := value.Float(a)
	g, ok := value.Float(b)
	return cmp.Compare(f, g), ok
}

// compareStrings orders strings by UTF-16 units, as JavaScript does: characters
// beyond the first plane come before its last ones.
func compareStrings(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && i < len(a) && !utf8.RuneStart(a[i]) {
		i--
	}
	r, _ := utf8.DecodeRuneInString(a[i:])
	s, _ := utf8.DecodeRuneInString(b[min(i, len(b)):])
	if i < len(a) && i < len(b) && (r > 0xFFFF) != (s > 0xFFFF) && (r >= 0xE000 && s >= 0xE000) {
		return cmp.Compare(s, r)
	}
	return strings.Compare(a, b)
}

// concat is the & operator.
func (ev *evaluator) concat(lhs, rhs any) (any, error) {
	a, err := ev.asText(lhs)
	if err != nil {
		return nil, err
	}
	b, err := ev.asText(rhs)
	if err != nil {
		return nil, err
	}
	return a + b, ev.text(len(a) + len(b))
}

// asText is what & makes of an operand; nothing is the empty string.
func (ev *evaluator) asText(v any) (string, error) {
	if isUndefined(v) {
		return "", nil
	}
	return ev.stringify(v, false)
}

// maxRange is how many numbers a range may have.
const maxRange = 10_000_000

// span is the range operator.
func (ev *evaluator) span(lhs, rhs any) (any, error) {
	a, ok := value.Float(lhs)
	if !isUndefined(lhs) && (!ok || a != math.Trunc(a) || math.IsInf(a, 0)) {
		return nil, fault.Of("T2003", lhs)
	}
	b, ok := value.Float(rhs)
	if !isUndefined(rhs) && (!ok || b != math.Trunc(b) || math.IsInf(b, 0)) {
		return nil, fault.Of("T2004", rhs)
	}
	if isUndefined(lhs) || isUndefined(rhs) || a > b {
		return Undefined{}, nil
	}
	size := b - a + 1
	if size > maxRange {
		return nil, fault.Of("D2014", value.FromFloat(size))
	}
	if err := ev.grow(int(size)); err != nil {
		return nil, err
	}
	result := &array{items: make([]any, int(size)), sequence: true}
	for i := range result.items {
		result.items[i] = value.FromFloat(a + float64(i))
	}
	return result, nil
}

// contains is the in operator.
func contains(lhs, rhs any) bool {
	if isUndefined(lhs) || isUndefined(rhs) {
		return false
	}
	items, ok := list(rhs)
	if !ok {
		return identical(lhs, rhs)
	}
	for _, item := range items {
		if identical(lhs, item) {
			return true
		}
	}
	return false
}

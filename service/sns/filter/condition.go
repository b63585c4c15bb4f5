package filter

import (
	"encoding/json"
	"math"
	"net/netip"
	"strings"
)

// test is a condition on one value; absent, a value that is not there.
type test func(v value) bool

// value is a leaf of a message.
type value struct {
	kind   kind
	text   string
	number float64
	truth  bool
}

// kind is the type of a value.
type kind uint8

// The kinds of values. Absent is what a key without any value has.
const (
	absent kind = iota
	null
	text
	number
	truth
)

// valueOf returns a JSON leaf as a value.
func valueOf(raw any) (value, bool) {
	switch v := raw.(type) {
	case nil:
		return value{kind: null}, true
	case bool:
		return value{kind: truth, truth: v}, true
	case string:
		return value{kind: text, text: v}, true
	case json.Number:
		f, err := v.Float64()
		if err != nil { // too large for us; no condition can name it
			f = math.Inf(1)
		}
		return value{kind: number, number: f}, true
	}
	return value{}, false
}

// testOf reads one condition.
func testOf(raw any) (test, error) {
	if object, ok := raw.(map[string]any); ok {
		if len(object) != 1 {
			return nil, fail("Only one key allowed in match expression")
		}
		for name, operand := range object {
			return operator(name, operand)
		}
	}
	want, ok := valueOf(raw)
	if !ok {
		return nil, fail("Match value must be String, number, true, false, or null")
	}
	if err := inRange(want); err != nil {
		return nil, err
	}
	return func(v value) bool { return v == want }, nil
}

// inRange refuses numbers that SNS does not match on.
func inRange(v value) error {
	if v.kind == number && math.Abs(v.number) > maxNumber {
		return fail("Value must be between -1.0E9 and 1.0E9, inclusive")
	}
	return nil
}

// operator reads a condition that is an object: the table of match types.
func operator(name string, operand any) (test, error) {
	switch name {
	case "exists":
		want, ok := operand.(bool)
		if !ok {
			return nil, fail("exists match pattern must be either true or false.")
		}
		return func(v value) bool { return (v.kind != absent) == want }, nil
	case "numeric":
		return numeric(operand)
	case "anything-but":
		return anythingBut(operand)
	}
	return pattern(name, operand)
}

// pattern reads a condition on text.
func pattern(name string, operand any) (test, error) {
	var make func(pattern string) (func(string) bool, error)
	switch name {
	case "prefix":
		make = func(p string) (func(string) bool, error) {
			return func(s string) bool { return strings.HasPrefix(s, p) }, nil
		}
	case "suffix":
		make = func(p string) (func(string) bool, error) {
			return func(s string) bool { return strings.HasSuffix(s, p) }, nil
		}
	case "equals-ignore-case":
		make = func(p string) (func(string) bool, error) {
			return func(s string) bool { return strings.EqualFold(s, p) }, nil
		}
	case "wildcard":
		make = wildcard
	case "cidr":
		make = cidr
	default:
		return nil, fail("Unrecognized match type %s", name)
	}
	p, ok := operand.(string)
	if !ok {
		return nil, fail("%s match pattern must be a string", name)
	}
	match, err := make(p)
	if err != nil {
		return nil, err
	}
	return func(v value) bool { return v.kind == text && match(v.text) }, nil
}

// anythingBut reads a condition that holds for values that are not listed.
func anythingBut(operand any) (test, error) {
	if object, ok := operand.(map[string]any); ok {
		return anythingButPattern(object)
	}
	list, ok := operand.([]any)
	if !ok {
		list = []any{operand}
	}
	if len(list) == 0 {
		return nil, fail("Empty arrays are not allowed")
	}
	unwanted := make(map[value]bool, len(list))
	for _, raw := range list {
		v, ok := valueOf(raw)
		if !ok || v.kind != text && v.kind != number {
			return nil, fail("Inside anything but list, start|null|boolean is not supported.")
		}
		if err := inRange(v); err != nil {
			return nil, err
		}
		unwanted[v] = true
	}
	return func(v value) bool { return v.kind > null && !unwanted[v] }, nil
}

// anythingButPattern reads the form {"anything-but": {"prefix": "x"}}, whose
// pattern may be a list.
func anythingButPattern(object map[string]any) (test, error) {
	if len(object) != 1 {
		return nil, fail("Only one key allowed in match expression")
	}
	var unwanted []test
	for name, operand := range object {
		if name == "cidr" || name == "exists" || name == "numeric" || name == "anything-but" {
			return nil, fail("Unsupported anything-but pattern: %s", name)
		}
		list, ok := operand.([]any)
		if !ok {
			list = []any{operand}
		}
		if len(list) == 0 {
			return nil, fail("Empty arrays are not allowed")
		}
		for _, raw := range list {
			t, err := pattern(name, raw)
			if err != nil {
				return nil, err
			}
			unwanted = append(unwanted, t)
		}
	}
	return func(v value) bool {
		if v.kind <= null {
			return false
		}
		for _, t := range unwanted {
			if t(v) {
				return false
			}
		}
		return true
	}, nil
}

// cidr reads a condition on IP addresses.
func cidr(p string) (func(string) bool, error) {
	block, err := netip.ParsePrefix(p)
	if err != nil {
		return nil, fail("Malformed CIDR, one '/' required")
	}
	return func(s string) bool {
		addr, err := netip.ParseAddr(s)
		return err == nil && block.Contains(addr)
	}, nil
}

// numeric reads a range: an operator and a number, or two of each.
func numeric(operand any) (test, error) {
	list, ok := operand.([]any)
	if !ok {
		return nil, fail("Value of numeric must be an array.")
	}
	op, limit, rest, err := comparison(list)
	if err != nil {
		return nil, err
	}
	holds := compare(op, limit)
	if len(rest) > 0 {
		if op != ">" && op != ">=" {
			return nil, fail("Too many elements in numeric expression")
		}
		if second, isText := rest[0].(string); !isText || second != "<" && second != "<=" {
			return nil, fail("Bad numeric range operator: %v", rest[0])
		}
		op2, top, more, err := comparison(rest)
		switch {
		case err != nil:
			return nil, err
		case len(more) > 0:
			return nil, fail("Too many terms in numeric range expression")
		case top <= limit:
			return nil, fail("Bottom must be less than top")
		}
		bottom, ceiling := holds, compare(op2, top)
		holds = func(f float64) bool { return bottom(f) && ceiling(f) }
	}
	return func(v value) bool { return v.kind == number && holds(v.number) }, nil
}

// comparison reads an operator and its number off a list.
func comparison(list []any) (op string, limit float64, rest []any, err error) {
	if len(list) == 0 {
		return "", 0, nil, fail("Invalid member in numeric match: ]")
	}
	op, ok := list[0].(string)
	if !ok {
		return "", 0, nil, fail("Invalid member in numeric match: %v", list[0])
	}
	if compare(op, 0) == nil {
		return "", 0, nil, fail("Unrecognized numeric range operator: %s", op)
	}
	if len(list) < 2 {
		return "", 0, nil, fail("Value of %s must be numeric", op)
	}
	v, _ := valueOf(list[1])
	if v.kind != number {
		return "", 0, nil, fail("Value of %s must be numeric", op)
	}
	return op, v.number, list[2:], inRange(v)
}

// compare returns what a numeric operator asks of a number; nil if there is no
// such operator.
func compare(op string, limit float64) func(float64) bool {
	switch op {
	case "=":
		return func(f float64) bool { return f == limit }
	case "<":
		return func(f float64) bool { return f < limit }
	case "<=":
		return func(f float64) bool { return f <= limit }
	case ">":
		return func(f float64) bool { return f > limit }
	case ">=":
		return func(f float64) bool { return f >= limit }
	}
	return nil
}

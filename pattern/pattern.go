// Package pattern matches events against event patterns: JSON objects that say
// which values a field may have. It is the language of EventBridge rules and
// of filters on event sources.
package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// maxDepth bounds how deep patterns and events may nest.
const maxDepth = 100

// Pattern is a compiled pattern. It is safe for concurrent use.
type Pattern struct{ root fields }

// fields is one object of a pattern: all of its fields must match.
type fields struct {
	names []string // sorted, for a fixed order of work
	tests map[string]node
	or    []fields // "$or": one of them must match
}

// node is what a field must be: an object of further fields, or one of several
// tests of a value.
type node struct {
	object *fields
	any    []test
}

// test looks at one value; present is false for a field that is not there.
type test func(value any, present bool) bool

// Compile reads a pattern.
//
// Spec: EventBridge User Guide, Comparison operators for use in event patterns.
func Compile(text []byte) (*Pattern, error) {
	v, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("Event pattern is not valid. Reason: %w", err)
	}
	object, ok := v.(map[string]any)
	if !ok || len(object) == 0 {
		return nil, errors.New("Event pattern is not valid. Reason: Filter is not an object")
	}
	root, err := compileFields(object, 0)
	if err != nil {
		return nil, fmt.Errorf("Event pattern is not valid. Reason: %w", err)
	}
	return &Pattern{root}, nil
}

// parse decodes JSON with numbers as they are written.
func parse(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// MatchJSON says whether an event in JSON matches. What is no JSON matches
// nothing.
func (p *Pattern) MatchJSON(event []byte) bool {
	v, err := parse(event)
	return err == nil && p.Match(v)
}

// Match says whether a decoded event matches: maps, slices, strings, booleans,
// nil, and json.Number or float64.
func (p *Pattern) Match(event any) bool { return p.root.match(event, 0) }

// compileFields reads one object of a pattern.
func compileFields(object map[string]any, depth int) (fields, error) {
	f := fields{tests: make(map[string]node)}
	if depth > maxDepth {
		return f, errors.New("it nests too deep")
	}
	for name, v := range object {
		if name == "$or" {
			alternatives, ok := v.([]any)
			if ok && len(alternatives) > 1 && allObjects(alternatives) {
				for _, a := range alternatives {
					alternative, err := compileFields(a.(map[string]any), depth+1)
					if err != nil {
						return f, err
					}
					f.or = append(f.or, alternative)
				}
				continue
			}
		}
		n, err := compileNode(name, v, depth)
		if err != nil {
			return f, err
		}
		f.names = append(f.names, name)
		f.tests[name] = n
	}
	slices.Sort(f.names)
	return f, nil
}

// allObjects says whether every element is an object.
func allObjects(list []any) bool {
	for _, v := range list {
		if _, ok := v.(map[string]any); !ok {
			return false
		}
	}
	return true
}

// compileNode reads what one field must be.
func compileNode(name string, v any, depth int) (node, error) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return node{}, errors.New("Empty objects are not allowed")
		}
		object, err := compileFields(v, depth+1)
		return node{object: &object}, err
	case []any:
		if len(v) == 0 {
			return node{}, errors.New("Empty arrays are not allowed")
		}
		n := node{}
		for _, element := range v {
			t, err := compileTest(element)
			if err != nil {
				return node{}, err
			}
			n.any = append(n.any, t)
		}
		return n, nil
	}
	return node{}, fmt.Errorf("%q must be an object or an array", name)
}

// match says whether value is an object, or an array with one, whose fields
// all match.
func (f *fields) match(value any, depth int) bool {
	if depth > maxDepth {
		return false
	}
	if list, ok := value.([]any); ok {
		return slices.ContainsFunc(list, func(v any) bool { return f.match(v, depth+1) })
	}
	object, _ := value.(map[string]any) // a nil map has no fields, which is what a test for absence wants
	for _, name := range f.names {
		v, present := object[name]
		if !f.tests[name].match(v, present, depth) {
			return false
		}
	}
	return len(f.or) == 0 || slices.ContainsFunc(f.or, func(a fields) bool { return a.match(value, depth+1) })
}

// match says whether a field's value is what the node wants. Of an array, one
// element is enough.
func (n node) match(value any, present bool, depth int) bool {
	if n.object != nil {
		return n.object.match(value, depth+1)
	}
	list, isList := value.([]any)
	for _, t := range n.any {
		if !isList && t(value, present) {
			return true
		}
		if isList && (slices.ContainsFunc(list, func(v any) bool { return t(v, true) }) || len(list) == 0 && t(nil, false)) {
			return true
		}
	}
	return false
}

// compileTest reads one element of a field's array: a value, or an object with
// one operator.
func compileTest(v any) (test, error) {
	operator, ok := v.(map[string]any)
	if !ok {
		if _, isList := v.([]any); isList {
			return nil, errors.New("arrays may not hold arrays")
		}
		return func(value any, present bool) bool { return present && equal(value, v) }, nil
	}
	if len(operator) != 1 {
		return nil, errors.New("Only one key allowed in match expression")
	}
	for name, operand := range operator {
		switch name {
		case "exists":
			want, ok := operand.(bool)
			if !ok {
				return nil, errors.New("match value must be either true or false")
			}
			return func(_ any, present bool) bool { return present == want }, nil
		case "anything-but":
			return compileAnythingBut(operand)
		case "numeric":
			return compileNumeric(operand)
		case "cidr":
			return compileCIDR(operand)
		}
		return compileText(name, operand)
	}
	return nil, nil
}

// compileText reads an operator over strings.
func compileText(name string, operand any) (test, error) {
	if nested, ok := operand.(map[string]any); ok && len(nested) == 1 && (name == "prefix" || name == "suffix") {
		if text, ok := nested["equals-ignore-case"].(string); ok {
			return foldedEnd(name, text), nil
		}
	}
	text, ok := operand.(string)
	if !ok {
		return nil, fmt.Errorf("%s match pattern must be a string", name)
	}
	var is func(string) bool
	switch name {
	case "prefix":
		is = func(s string) bool { return strings.HasPrefix(s, text) }
	case "suffix":
		is = func(s string) bool { return strings.HasSuffix(s, text) }
	case "equals-ignore-case":
		is = func(s string) bool { return strings.EqualFold(s, text) }
	case "wildcard":
		if strings.Contains(text, "**") {
			return nil, errors.New("Consecutive wildcard characters at pos " + fmt.Sprint(strings.Index(text, "**")))
		}
		is = wildcard(text)
	default:
		return nil, fmt.Errorf("Unrecognized match type %s", name)
	}
	return textTest(is), nil
}

// textTest is a test that only strings pass.
func textTest(is func(string) bool) test {
	return func(value any, _ bool) bool {
		s, ok := value.(string)
		return ok && is(s)
	}
}

// foldedEnd tests a string's beginning or end without regard to case.
func foldedEnd(name, text string) test {
	return textTest(func(s string) bool {
		if len(s) < len(text) {
			return false
		}
		if name == "prefix" {
			return strings.EqualFold(s[:len(text)], text)
		}
		return strings.EqualFold(s[len(s)-len(text):], text)
	})
}

// wildcard returns whether a string matches text, in which * stands for
// anything and a backslash takes the next character's meaning away.
func wildcard(text string) func(string) bool {
	var parts []string
	var part strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			part.WriteByte(text[i])
		case text[i] == '*':
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(text[i])
		}
	}
	last := part.String()
	return func(s string) bool {
		if len(parts) == 0 {
			return s == last
		}
		rest, ok := strings.CutPrefix(s, parts[0])
		if !ok {
			return false
		}
		for _, p := range parts[1:] {
			i := strings.Index(rest, p)
			if i < 0 {
				return false
			}
			rest = rest[i+len(p):]
		}
		return strings.HasSuffix(rest, last)
	}
}

// compileAnythingBut reads what a value may not be. A field that is absent
// does not match.
func compileAnythingBut(operand any) (test, error) {
	var not []test
	switch v := operand.(type) {
	case []any:
		if len(v) == 0 {
			return nil, errors.New("Empty arrays are not allowed")
		}
		for _, element := range v {
			if _, isObject := element.(map[string]any); isObject {
				return nil, errors.New("Inside anything but list, start|null|boolean is not supported")
			}
			not = append(not, func(value any, _ bool) bool { return equal(value, element) })
		}
	case map[string]any:
		if len(v) != 1 {
			return nil, errors.New("Only one key allowed in match expression")
		}
		for name, inner := range v {
			list, isList := inner.([]any)
			if !isList {
				list = []any{inner}
			}
			for _, element := range list {
				t, err := compileText(name, element)
				if err != nil {
					return nil, err
				}
				not = append(not, t)
			}
		}
	default:
		not = append(not, func(value any, _ bool) bool { return equal(value, v) })
	}
	return func(value any, present bool) bool {
		return present && !slices.ContainsFunc(not, func(t test) bool { return t(value, true) })
	}, nil
}

// compileNumeric reads comparisons that must all hold.
func compileNumeric(operand any) (test, error) {
	list, ok := operand.([]any)
	if !ok || len(list) == 0 || len(list)%2 != 0 {
		return nil, errors.New("Value of numeric must be an array")
	}
	var all []func(float64) bool
	for i := 0; i < len(list); i += 2 {
		sign, _ := list[i].(string)
		bound, ok := numberOf(list[i+1])
		if !ok {
			return nil, fmt.Errorf("Value of %s must be numeric", sign)
		}
		compare, ok := comparison(sign, bound)
		if !ok {
			return nil, fmt.Errorf("Unrecognized numeric range operator: %s", sign)
		}
		all = append(all, compare)
	}
	return func(value any, _ bool) bool {
		n, ok := numberOf(value)
		return ok && !slices.ContainsFunc(all, func(holds func(float64) bool) bool { return !holds(n) })
	}, nil
}

// comparison is one numeric comparison.
func comparison(sign string, bound float64) (func(float64) bool, bool) {
	switch sign {
	case "=":
		return func(n float64) bool { return n == bound }, true
	case "<":
		return func(n float64) bool { return n < bound }, true
	case "<=":
		return func(n float64) bool { return n <= bound }, true
	case ">":
		return func(n float64) bool { return n > bound }, true
	case ">=":
		return func(n float64) bool { return n >= bound }, true
	}
	return nil, false
}

// compileCIDR reads a range of addresses.
func compileCIDR(operand any) (test, error) {
	text, _ := operand.(string)
	block, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, fmt.Errorf("Malformed CIDR, one '/' required: %s", text)
	}
	return textTest(func(s string) bool {
		address, err := netip.ParseAddr(s)
		return err == nil && block.Contains(address)
	}), nil
}

// numberOf reads a number.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	case float64:
		return v, true
	}
	return 0, false
}

// equal says whether a value is the one that a pattern names.
func equal(value, want any) bool {
	if n, ok := numberOf(want); ok {
		m, ok := numberOf(value)
		return ok && m == n
	}
	switch want := want.(type) {
	case string:
		s, ok := value.(string)
		return ok && s == want
	case bool:
		b, ok := value.(bool)
		return ok && b == want
	case nil:
		return value == nil
	}
	return false
}

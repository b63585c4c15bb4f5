package filter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Scope is what of a message a policy looks at.
type Scope string

// The scopes, as FilterPolicyScope names them.
const (
	Attributes Scope = "MessageAttributes"
	Body       Scope = "MessageBody"
)

// Limits of SNS.
const (
	maxSize         = 256 << 10
	maxKeys         = 5
	maxCombinations = 150
	maxNumber       = 1e9
)

// Error is why a text is no policy, in the words that follow SNS's "Invalid
// parameter: ".
type Error struct{ Reason string }

// Error is the reason.
func (e *Error) Error() string { return e.Reason }

// fail makes an Error as most of them are worded.
func fail(format string, args ...any) error {
	return &Error{"FilterPolicy: " + fmt.Sprintf(format, args...)}
}

// Policy decides which messages a subscription receives.
type Policy struct {
	scope Scope
	root  node
}

// node is an object of a policy: every field and one of each alternative list
// must match.
type node struct {
	fields []field
	ors    [][]node
}

// field is a key of a policy: nested, or with tests of which one must hold.
type field struct {
	name  string
	child *node
	tests []test
}

// Parse reads a policy. Its error, if any, is an *Error.
func Parse(text string, scope Scope) (*Policy, error) {
	if len(text) > maxSize {
		return nil, fail("Filter policy is too large")
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var raw any
	if err := dec.Decode(&raw); err != nil {
		return nil, fail("failed to parse JSON. %v", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fail("failed to parse JSON. There is more after the object")
	}
	object, ok := raw.(map[string]any)
	if !ok {
		return nil, fail("Filter is not an object")
	}
	if len(object) > maxKeys {
		return nil, fail("Filter policy can not have more than %d keys", maxKeys)
	}
	p := parser{scope: scope}
	root, combinations, err := p.object(object, 1, 1)
	if err != nil {
		return nil, err
	}
	if combinations > maxCombinations {
		return nil, fail("Filter policy is too complex")
	}
	return &Policy{scope: scope, root: root}, nil
}

// parser reads the parts of a policy.
type parser struct{ scope Scope }

// object reads an object at a depth, from 1, and returns the combinations of
// values that it multiplies those before it to.
func (p parser) object(raw map[string]any, depth, combinations int) (node, int, error) {
	var n node
	if p.scope == Attributes && depth > 1 {
		return n, 0, &Error{"Filter policy scope MessageAttributes does not support nested filter policy"}
	}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		var err error
		switch value := raw[name].(type) {
		case map[string]any:
			var child node
			if child, combinations, err = p.object(value, depth+1, combinations); err != nil {
				return n, 0, err
			}
			n.fields = append(n.fields, field{name: name, child: &child})
		case []any:
			if alternatives, ok := alternativesOf(name, value); ok {
				var or []node
				if or, combinations, err = p.or(alternatives, depth, combinations); err != nil {
					return n, 0, err
				}
				n.ors = append(n.ors, or)
				continue
			}
			tests, err := testsOf(value)
			if err != nil {
				return n, 0, err
			}
			n.fields = append(n.fields, field{name: name, tests: tests})
			combinations = capped(combinations * len(tests) * depth)
		default:
			return n, 0, fail("%q must be an object or an array", name)
		}
	}
	return n, combinations, nil
}

// alternativesOf tells whether a key is the operator $or, and not a field of
// that name: it lists two objects or more.
func alternativesOf(name string, value []any) ([]map[string]any, bool) {
	if name != "$or" || len(value) < 2 {
		return nil, false
	}
	out := make([]map[string]any, 0, len(value))
	for _, v := range value {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		out = append(out, object)
	}
	return out, true
}

// or reads alternatives. Each is combined with what stands before them.
func (p parser) or(alternatives []map[string]any, depth, combinations int) ([]node, int, error) {
	var out []node
	sum := 0
	for _, raw := range alternatives {
		n, c, err := p.object(raw, depth, combinations)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, n)
		sum = capped(sum + c)
	}
	return out, sum, nil
}

// capped keeps a product from overflowing; what is above the limit is alike.
func capped(n int) int { return min(n, 1<<20) }

// testsOf reads the conditions of one key.
func testsOf(list []any) ([]test, error) {
	if len(list) == 0 {
		return nil, fail("Empty arrays are not allowed")
	}
	out := make([]test, 0, len(list))
	for _, raw := range list {
		t, err := testOf(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

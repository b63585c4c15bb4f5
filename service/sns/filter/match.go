package filter

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// Attribute is a message attribute as it is published. Binary ones are no
// matter to filters and are left out.
type Attribute struct {
	DataType string
	Value    string
}

// Scope returns what of a message p looks at.
func (p *Policy) Scope() Scope { return p.scope }

// Match tells whether p lets a message through.
func (p *Policy) Match(attributes map[string]Attribute, body string) bool {
	if p.scope == Body {
		return p.matchBody(body)
	}
	object := make(map[string]any, len(attributes))
	for name, a := range attributes {
		switch {
		case a.DataType == "String.Array":
			if list, ok := decodeJSON(a.Value); ok {
				object[name] = list
			}
		case strings.HasPrefix(a.DataType, "Number"):
			object[name] = json.Number(a.Value)
		case strings.HasPrefix(a.DataType, "String"):
			object[name] = a.Value
		}
	}
	return p.root.match(object)
}

// matchBody tells whether p lets a message with this body through. A body that
// is no JSON object matches nothing.
func (p *Policy) matchBody(body string) bool {
	raw, ok := decodeJSON(body)
	if !ok {
		return false
	}
	object, ok := raw.(map[string]any)
	return ok && p.root.match(object)
}

// decodeJSON reads one JSON value, its numbers as they are written.
func decodeJSON(s string) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader([]byte(s)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, false
	}
	_, err := dec.Token()
	return v, err == io.EOF
}

// match tells whether an object satisfies n.
func (n *node) match(object map[string]any) bool {
	for i := range n.fields {
		raw, there := object[n.fields[i].name]
		if !n.fields[i].match(raw, there) {
			return false
		}
	}
	for _, alternatives := range n.ors {
		if !anyMatch(alternatives, object) {
			return false
		}
	}
	return true
}

// anyMatch tells whether an object satisfies one of the alternatives.
func anyMatch(alternatives []node, object map[string]any) bool {
	for i := range alternatives {
		if alternatives[i].match(object) {
			return true
		}
	}
	return false
}

// match tells whether what stands at f's name satisfies f.
func (f *field) match(raw any, there bool) bool {
	if f.child != nil {
		return f.child.matchIn(raw)
	}
	if !there {
		return f.passes(value{})
	}
	some, matched := f.passesIn(raw)
	return matched || !some && f.passes(value{})
}

// matchIn tells whether an object, or one of an array of them, satisfies n.
// Anything else has no properties.
func (n *node) matchIn(raw any) bool {
	switch v := raw.(type) {
	case map[string]any:
		return n.match(v)
	case []any:
		for _, element := range v {
			if n.matchIn(element) {
				return true
			}
		}
		return false
	}
	return n.match(nil)
}

// passesIn tries the leaves of raw, which may be an array, and tells whether
// there are some and whether one passes.
func (f *field) passesIn(raw any) (some, matched bool) {
	if list, ok := raw.([]any); ok {
		for _, element := range list {
			s, m := f.passesIn(element)
			if some = some || s; m {
				return true, true
			}
		}
		return some, false
	}
	v, ok := valueOf(raw)
	return ok, ok && f.passes(v)
}

// passes tells whether one of f's conditions holds for v.
func (f *field) passes(v value) bool {
	for _, t := range f.tests {
		if t(v) {
			return true
		}
	}
	return false
}

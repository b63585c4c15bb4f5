// Package pattern matches events against event patterns: JSON objects that say
// which values a field may have. It is the language of EventBridge rules and
// of filters on event sources. A Pattern stands alone; a Set holds any number
// of them in one index.
package pattern

import (
	"errors"
	"fmt"
)

// maxAlternatives is how many combinations of alternatives a pattern may have.
const maxAlternatives = 1000

// Pattern is a compiled pattern. It is safe for concurrent use.
type Pattern struct{ root object }

// object is one object of a pattern: all of its fields must match, and one of
// its alternatives, if there are any.
type object struct {
	fields []field
	or     []object // "$or"
}

// field is what a field of an event must be: an object of further fields, or
// one of several tests of its value.
type field struct {
	name   string
	path   []string // from the event's root
	object *object
	any    []test
}

// Compile reads a pattern.
//
// Spec: EventBridge User Guide, Comparison operators for use in event patterns.
func Compile(text []byte) (*Pattern, error) {
	p, err := compile(text)
	if err != nil {
		return nil, fmt.Errorf("Event pattern is not valid. Reason: %w", err)
	}
	return p, nil
}

// compile is Compile without the words before the reason.
func compile(text []byte) (*Pattern, error) {
	e, err := ParseEvent(text)
	if err != nil {
		return nil, err
	}
	if e.root.kind != objectKind {
		return nil, errors.New("Filter is not an object")
	}
	p := new(Pattern)
	if err := p.root.compile(&e.root, nil); err != nil {
		return nil, err
	}
	if p.root.alternatives() > maxAlternatives {
		return nil, errors.New("Rule is too complex - try using fewer combinations of values within \"$or\"")
	}
	return p, nil
}

// MatchJSON says whether an event in JSON matches. What is no JSON matches
// nothing.
func (p *Pattern) MatchJSON(event []byte) bool {
	e, err := ParseEvent(event)
	return err == nil && p.MatchEvent(e)
}

// Match says whether a decoded event matches: maps, slices, strings, booleans,
// nil, and json.Number or float64.
func (p *Pattern) Match(event any) bool { return p.MatchEvent(NewEvent(event)) }

// MatchEvent says whether an event matches.
func (p *Pattern) MatchEvent(e *Event) bool { return p.root.match(&e.root, e) }

// compile reads one object of a pattern.
func (o *object) compile(v *value, path []string) error {
	if len(v.items) == 0 {
		return errors.New("Empty objects are not allowed")
	}
	for i := range v.items {
		content := &v.items[i]
		name := content.name
		if name == "$or" && isAlternatives(content) {
			o.or = make([]object, len(content.items))
			for j := range content.items {
				if err := o.or[j].compile(&content.items[j], path); err != nil {
					return err
				}
			}
			continue
		}
		f := field{name: name, path: append(path[:len(path):len(path)], name)}
		if err := f.compile(content); err != nil {
			return err
		}
		o.fields = append(o.fields, f)
	}
	return nil
}

// isAlternatives tells whether the value of a field "$or" makes it the
// operator; otherwise it is a field like any other.
func isAlternatives(v *value) bool {
	if v.kind != listKind || len(v.items) < 2 {
		return false
	}
	for i := range v.items {
		if v.items[i].kind != objectKind {
			return false
		}
	}
	return true
}

// alternatives counts the combinations of alternatives, up to one more than is
// allowed.
func (o *object) alternatives() int {
	n := 1
	for i := range o.fields {
		if inner := o.fields[i].object; inner != nil {
			n = min(n*inner.alternatives(), maxAlternatives+1)
		}
	}
	if len(o.or) == 0 {
		return n
	}
	sum := 0
	for i := range o.or {
		sum = min(sum+o.or[i].alternatives(), maxAlternatives+1)
	}
	return min(n*sum, maxAlternatives+1)
}

// compile reads what a field must be.
func (f *field) compile(v *value) error {
	switch v.kind {
	case objectKind:
		f.object = new(object)
		return f.object.compile(v, f.path)
	case listKind:
		if len(v.items) == 0 {
			return errors.New("Empty arrays are not allowed")
		}
		f.any = make([]test, len(v.items))
		for i := range v.items {
			if err := f.any[i].compile(&v.items[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%q must be an object or an array", f.name)
}

// match says whether v is an object, or a list with one, that is as o wants it.
// A nil v is a field that is not there, as which it has no fields.
func (o *object) match(v *value, e *Event) bool {
	if v != nil && v.kind == listKind && len(v.items) > 0 {
		for i := range v.items {
			if o.match(&v.items[i], e) {
				return true
			}
		}
		return false
	}
	for i := range o.fields {
		f := &o.fields[i]
		var inner *value
		if v != nil {
			inner = v.field(f.name)
		}
		if !f.match(inner, e) {
			return false
		}
	}
	if len(o.or) == 0 {
		return true
	}
	for i := range o.or {
		if o.or[i].match(v, e) {
			return true
		}
	}
	return false
}

// match says whether a field's value is what f wants; nil is none. Of a list
// one element is enough. A test for absence looks at the whole event: there
// may be no such field in any element of the lists that lead to it.
func (f *field) match(v *value, e *Event) bool {
	if f.object != nil {
		return f.object.match(v, e)
	}
	for i := range f.any {
		t := &f.any[i]
		if t.op == absent {
			if !e.root.has(f.path) {
				return true
			}
			continue
		}
		if v != nil && !v.leaves(nil, func(leaf *value) bool { return !t.holds(leaf) }) {
			return true
		}
	}
	return false
}

package filter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Structured says whether a pattern is about the parts of a message, so that
// these have names.
func (p *Pattern) Structured() bool { return p.json || p.fields != nil }

// Selector names a part of a message: "$.path" of JSON, "$name" of columns.
type Selector struct {
	path   path
	column string
}

// NewSelector reads a selector.
func NewSelector(text string) (Selector, error) {
	if !strings.HasPrefix(text, "$") || len(text) < 2 {
		return Selector{}, fmt.Errorf("%q is no selector", text)
	}
	if text[1] != '.' && text[1] != '[' {
		return Selector{column: text[1:]}, nil
	}
	p := &parser{rest: text}
	at, err := p.path()
	if err == nil && strings.TrimSpace(p.rest) != "" {
		err = fmt.Errorf("selector goes on at %q", p.rest)
	}
	return Selector{path: at}, err
}

// Message is a message whose parts are asked for, read once.
type Message struct {
	pattern *Pattern
	object  any
	columns map[string]string
}

// Read takes a message apart, in the way that the pattern does.
func (p *Pattern) Read(message string) *Message {
	m := &Message{pattern: p}
	if p.fields != nil {
		m.columns = namedColumns(p.fields, columns(message))
		return m
	}
	d := json.NewDecoder(strings.NewReader(message))
	d.UseNumber()
	if d.Decode(&m.object) != nil {
		m.object = nil
	}
	return m
}

// Get returns the first value that a selector leads to.
func (m *Message) Get(s Selector) (string, bool) {
	if s.column != "" {
		v, ok := m.columns[s.column]
		return v, ok
	}
	for _, v := range s.path.find(m.object) {
		if text, ok := scalar(v); ok {
			return text, true
		}
	}
	return "", false
}

// Extracted are the values that a pattern is about: of its selectors, or of its
// columns.
func (p *Pattern) Extracted(message string) map[string]string {
	out := make(map[string]string)
	m := p.Read(message)
	for name, v := range m.columns {
		out["$"+name] = v
	}
	for _, text := range p.paths {
		if s, err := NewSelector(text); err == nil {
			if v, ok := m.Get(s); ok {
				out[text] = v
			}
		}
	}
	return out
}

// namedColumns are the values of columns by the names of their fields; one
// without a name has its number, from 1.
func namedColumns(fields []field, values []string) map[string]string {
	out := make(map[string]string, len(fields))
	put := func(fields []field, values []string, first int) {
		for i, f := range fields {
			if i >= len(values) {
				return
			}
			name := f.name
			if name == "" {
				name = strconv.Itoa(first + i)
			}
			out[name] = values[i]
		}
	}
	for i, f := range fields {
		if !f.rest {
			continue
		}
		put(fields[:i], values, 1)
		after := fields[i+1:]
		if skip := len(values) - len(after); skip >= i {
			put(after, values[skip:], skip+1)
		}
		return out
	}
	put(fields, values, 1)
	return out
}

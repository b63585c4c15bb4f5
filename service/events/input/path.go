// Package input makes what a target of a rule gets of an event: a part of it,
// or a template filled in with parts.
package input

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Path leads to a part of an event, as "$.detail.items[0].id" does.
type Path []step

// step is one field's name, or one element's place.
type step struct {
	name  string
	index int
	list  bool
}

// ParsePath reads a path: names after dots or in brackets and quotes, and
// places in brackets.
func ParsePath(text string) (Path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, fmt.Errorf("%q does not begin with $", text)
	}
	p := Path{}
	for rest != "" {
		s, after, err := parseStep(rest)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		p, rest = append(p, s), after
	}
	return p, nil
}

// parseStep reads the first step of a path's rest.
func parseStep(rest string) (s step, after string, err error) {
	switch rest[0] {
	case '.':
		end := strings.IndexAny(rest[1:], ".[") + 1
		if end == 0 {
			end = len(rest)
		}
		s.name = rest[1:end]
		if s.name == "" || strings.ContainsAny(s.name, "*@?()'\" ]") {
			return s, "", fmt.Errorf("%q is no name", s.name)
		}
		return s, rest[end:], nil
	case '[':
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return s, "", fmt.Errorf("a bracket is not closed")
		}
		inner := rest[1:end]
		if n := len(inner); n >= 2 && (inner[0] == '\'' || inner[0] == '"') && inner[n-1] == inner[0] {
			s.name = inner[1 : n-1]
			return s, rest[end+1:], nil
		}
		s.list = true
		if s.index, err = strconv.Atoi(inner); err != nil || s.index < 0 {
			return s, "", fmt.Errorf("%q is no place in a list", inner)
		}
		return s, rest[end+1:], nil
	}
	return s, "", fmt.Errorf("%q does not continue a path", rest)
}

// In returns the part of an event, in JSON, that the path leads to; nil if
// there is none.
func (p Path) In(event []byte) []byte {
	d := jsontext.NewDecoder(bytes.NewReader(event), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for _, s := range p {
		if !s.enter(d) {
			return nil
		}
	}
	v, err := d.ReadValue()
	if err != nil {
		return nil
	}
	return bytes.Clone(v)
}

// enter moves d to the value that s leads to.
func (s step) enter(d *jsontext.Decoder) bool {
	opening, err := d.ReadToken()
	if err != nil || s.list && opening.Kind() != '[' || !s.list && opening.Kind() != '{' {
		return false
	}
	for i := 0; d.PeekKind() != ']' && d.PeekKind() != '}' && d.PeekKind() != 0; i++ {
		if s.list {
			if i == s.index {
				return true
			}
		} else {
			name, err := d.ReadToken()
			if err != nil {
				return false
			}
			if name.String() == s.name {
				return true
			}
		}
		if d.SkipValue() != nil {
			return false
		}
	}
	return false
}

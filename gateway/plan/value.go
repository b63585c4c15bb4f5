package plan

import (
	"fmt"
	"strings"
)

// Value is the right side of a parameter mapping: text with references in it.
type Value struct{ parts []valuePart }

// valuePart is text, or a reference when From is set.
type valuePart struct {
	text string
	ref  Ref
}

// Ref names something of a request, a response, or what surrounds them.
type Ref struct {
	From Origin
	Name string // a header's or parameter's name, or a path into a body
}

// Origin is where a reference points.
type Origin string

// The origins. Those without a name of their own have an empty Ref.Name for
// the whole: $request.path and $request.body.
const (
	RequestHeader  Origin = "request.header"
	RequestQuery   Origin = "request.querystring"
	RequestPath    Origin = "request.path"
	RequestBody    Origin = "request.body"
	ResponseHeader Origin = "response.header"
	ResponseBody   Origin = "response.body"
	ContextValue   Origin = "context"
	StageVariable  Origin = "stageVariables"
)

// Side says in which direction a mapping works: what it may refer to.
type Side bool

// The sides of an integration.
const (
	OfRequest  Side = false
	OfResponse Side = true
)

// ParseValue reads a value: "$request.header.a", "text", or a mixture with
// references in braces, "/v1/${request.path.id}".
func ParseValue(s string, side Side) (Value, error) {
	if strings.HasPrefix(s, "$") && !strings.HasPrefix(s, "${") {
		ref, err := parseRef(s[1:], side)
		return Value{[]valuePart{{ref: ref}}}, err
	}
	var v Value
	for s != "" {
		i := strings.Index(s, "${")
		if i < 0 {
			v.parts = append(v.parts, valuePart{text: s})
			break
		}
		if i > 0 {
			v.parts = append(v.parts, valuePart{text: s[:i]})
		}
		name, rest, ok := strings.Cut(s[i+2:], "}")
		if !ok {
			return v, fmt.Errorf("Invalid mapping expression specified: %s", s)
		}
		ref, err := parseRef(name, side)
		if err != nil {
			return v, err
		}
		v.parts = append(v.parts, valuePart{ref: ref})
		s = rest
	}
	return v, nil
}

// parseRef reads a reference without its dollar sign.
func parseRef(s string, side Side) (Ref, error) {
	invalid := fmt.Errorf("Invalid mapping expression specified: $%s", s)
	for _, from := range [...]Origin{
		RequestHeader, RequestQuery, RequestPath, RequestBody, ResponseHeader, ResponseBody, ContextValue, StageVariable,
	} {
		rest, ok := strings.CutPrefix(s, string(from))
		if !ok || rest != "" && rest[0] != '.' {
			continue
		}
		ofRequest := strings.HasPrefix(string(from), "request")
		ofResponse := strings.HasPrefix(string(from), "response")
		if ofRequest && side == OfResponse || ofResponse && side == OfRequest {
			return Ref{}, invalid
		}
		whole := from == RequestPath || from == RequestBody || from == ResponseBody
		switch {
		case rest == "" && whole:
			return Ref{From: from}, nil
		case rest == "" || !validName(from, rest[1:]):
			return Ref{}, invalid
		}
		return Ref{From: from, Name: rest[1:]}, nil
	}
	return Ref{}, invalid
}

// validName tells what a reference may name.
func validName(from Origin, name string) bool {
	if name == "" {
		return false
	}
	for _, c := range []byte(name) {
		ok := isWord(c) || c == '-' || c == '.'
		switch from {
		case RequestBody, ResponseBody:
			ok = ok || strings.IndexByte(`[]'"*@$`, c) >= 0
		case RequestPath, RequestQuery, RequestHeader, ResponseHeader:
			ok = ok || c > ' ' && c < 0x7f && strings.IndexByte(`{}$"'\`, c) < 0
		}
		if !ok {
			return false
		}
	}
	return true
}

// Eval writes the value with references looked up; what is not there is empty.
func (v Value) Eval(look func(Ref) string) string {
	if len(v.parts) == 1 {
		return v.parts[0].eval(look)
	}
	var b strings.Builder
	for _, p := range v.parts {
		b.WriteString(p.eval(look))
	}
	return b.String()
}

// eval is the text of one part.
func (p valuePart) eval(look func(Ref) string) string {
	if p.ref.From == "" {
		return p.text
	}
	return look(p.ref)
}

// Only returns the reference that the value consists of, if it is one.
func (v Value) Only() (Ref, bool) {
	if len(v.parts) != 1 || v.parts[0].ref.From == "" {
		return Ref{}, false
	}
	return v.parts[0].ref, true
}

// Refs are the references in the value.
func (v Value) Refs() []Ref {
	var refs []Ref
	for _, p := range v.parts {
		if p.ref.From != "" {
			refs = append(refs, p.ref)
		}
	}
	return refs
}

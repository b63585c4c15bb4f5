package plan

import (
	"errors"
	"strings"
)

// RouteKey is a parsed route key: "$default", or a method and a path.
type RouteKey struct {
	Default  bool
	Method   string // "ANY" for all
	Segments []Segment
}

// Segment is one part of a route's path between slashes.
type Segment struct {
	Text   string // the literal, or the variable's name
	Var    bool
	Greedy bool // {name+}: all the rest of a path
}

// AnyMethod is the method of routes for all methods.
const AnyMethod = "ANY"

// errRouteKey is AWS's word on route keys that are none.
var errRouteKey = errors.New(`The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"`)

// isMethod tells whether a route may be for a method.
func isMethod(s string) bool {
	switch s {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", AnyMethod:
		return true
	}
	return false
}

// ParseRouteKey reads a route key of an HTTP API.
func ParseRouteKey(key string) (RouteKey, error) {
	if key == "$default" {
		return RouteKey{Default: true}, nil
	}
	method, path, ok := strings.Cut(key, " ")
	if !ok || !isMethod(method) || !strings.HasPrefix(path, "/") || len(key) > 1024 {
		return RouteKey{}, errRouteKey
	}
	k := RouteKey{Method: method}
	if path == "/" {
		return k, nil
	}
	seen := map[string]bool{}
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		s, ok := parseSegment(part)
		if !ok || s.Greedy && i != len(parts)-1 || s.Var && seen[s.Text] {
			return RouteKey{}, errRouteKey
		}
		if s.Var {
			seen[s.Text] = true
		}
		k.Segments = append(k.Segments, s)
	}
	return k, nil
}

// parseSegment reads one part of a path. An empty one stands for a slash at
// the end.
func parseSegment(part string) (Segment, bool) {
	if !strings.ContainsAny(part, "{}") {
		return Segment{Text: part}, !strings.ContainsAny(part, " \t\r\n?#")
	}
	name, opens := strings.CutPrefix(part, "{")
	name, closes := strings.CutSuffix(name, "}")
	name, greedy := strings.CutSuffix(name, "+")
	if !opens || !closes || !isVariable(name) {
		return Segment{}, false
	}
	return Segment{Text: name, Var: true, Greedy: greedy}, true
}

// isVariable tells whether a path variable or a stage variable may be named so.
func isVariable(name string) bool {
	for _, c := range []byte(name) {
		if !isWord(c) && c != '.' && c != '-' && c != ':' {
			return false
		}
	}
	return name != ""
}

// isWord tells letters, digits and underscores.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// String writes k in its canonical form.
func (k RouteKey) String() string {
	if k.Default {
		return "$default"
	}
	return k.Method + " " + k.Path()
}

// Path is the path with its variables: "/pets/{id}".
func (k RouteKey) Path() string {
	if len(k.Segments) == 0 {
		return "/"
	}
	var b strings.Builder
	for _, s := range k.Segments {
		b.WriteByte('/')
		switch {
		case s.Greedy:
			b.WriteString("{" + s.Text + "+}")
		case s.Var:
			b.WriteString("{" + s.Text + "}")
		default:
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// Shape is Path without the variables' names: two routes of one method and
// shape would match the same requests.
func (k RouteKey) Shape() string {
	c := k
	c.Segments = make([]Segment, len(k.Segments))
	for i, s := range k.Segments {
		if s.Var {
			s.Text = ""
		}
		c.Segments[i] = s
	}
	return c.String()
}

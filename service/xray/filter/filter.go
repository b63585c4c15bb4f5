// Package filter is X-Ray's filter expressions: what they say, and whether a
// trace, a service or an edge is as they say.
package filter

import "strings"

// Subject is what an expression is about: a trace, or inside of service(…){…}
// and edge(…){…} one visit of a service or one request between two.
type Subject interface {
	// Bool returns the value of ok, error, throttle, fault, partial and the like.
	Bool(keyword string) bool
	// Numbers returns the values of responsetime, duration, http.status and the
	// like; none where there is none.
	Numbers(keyword string) []float64
	// Strings returns the values of http.url, user and the like.
	Strings(keyword string) []string
	// Annotations returns the values under a key: string, float64 or bool.
	Annotations(key string) []any
	// Services returns the visits of services.
	Services(match ID) []Subject
	// Edges returns the requests between services.
	Edges(from, to ID) []Subject
	// Group tells whether the subject belongs to the group of a name or ARN.
	Group(name string) bool
	// Causes returns the paths of the root causes of a kind ("fault", "error",
	// "responsetime").
	Causes(kind string) []Cause
}

// Cause is a root cause: the path to it, from the trace's root.
type Cause struct {
	Services []CauseService
}

// CauseService is one service on the way to a root cause.
type CauseService struct {
	Name, Type string
	Path       []CauseEntity
}

// CauseEntity is one segment or subsegment on the way to a root cause.
type CauseEntity struct {
	Name     string
	Coverage float64
	Remote   bool
	Messages []string // of exceptions
	Types    []string
}

// ID names services; an empty member is any.
type ID struct{ Name, Type, Account string }

// Matches tells whether a service is one that id names.
func (id ID) Matches(name, kind, account string) bool {
	return (id.Name == "" || id.Name == name) && (id.Type == "" || strings.EqualFold(id.Type, kind)) &&
		(id.Account == "" || id.Account == account)
}

// Expr is an expression that has been read.
type Expr struct{ root node }

// Match tells whether s is as the expression says. An Expr of nothing matches
// everything.
func (e *Expr) Match(s Subject) bool { return e == nil || e.root == nil || e.root.match(s) }

// Entity is what an expression that selects services or an edge, and nothing
// else, selects: for statistics.
type Entity struct {
	Edge     bool
	From, To ID   // of an edge
	Service  ID   // otherwise
	Inner    Expr // what the visits must be like
}

// Entities returns what an expression selects: services and edges, joined by
// OR. It is false for any other expression.
func (e *Expr) Entities() ([]Entity, bool) {
	if e == nil || e.root == nil {
		return nil, false
	}
	return entities(e.root)
}

func entities(n node) ([]Entity, bool) {
	switch n := n.(type) {
	case or:
		a, ok := entities(n.a)
		b, ok2 := entities(n.b)
		return append(a, b...), ok && ok2
	case serviceNode:
		return []Entity{{Service: n.id, Inner: Expr{n.inner}}}, true
	case edgeNode:
		return []Entity{{Edge: true, From: n.from, To: n.to, Inner: Expr{n.inner}}}, true
	}
	return nil, false
}

// node is a part of an expression.
type node interface{ match(s Subject) bool }

type (
	and  struct{ a, b node }
	or   struct{ a, b node }
	not  struct{ of node }
	flag struct {
		keyword string
		want    bool
	}
	number struct {
		keyword, op string
		value       float64
	}
	text      struct{ keyword, op, value string }
	annotated struct {
		key, op string
		value   any // nil: it is there
	}
	serviceNode struct {
		id    ID
		inner node // nil: any visit
	}
	edgeNode struct {
		from, to ID
		inner    node
	}
	group struct {
		name string
		want bool
	}
	cause struct {
		kind, part, op, value string
	}
)

func (n and) match(s Subject) bool    { return n.a.match(s) && n.b.match(s) }
func (n or) match(s Subject) bool     { return n.a.match(s) || n.b.match(s) }
func (n not) match(s Subject) bool    { return !n.of.match(s) }
func (n flag) match(s Subject) bool   { return s.Bool(n.keyword) == n.want }
func (n group) match(s Subject) bool  { return s.Group(n.name) == n.want }
func (n number) match(s Subject) bool { return anyOf(s.Numbers(n.keyword), n.op, n.value, compare) }
func (n text) match(s Subject) bool   { return anyOf(s.Strings(n.keyword), n.op, n.value, compareText) }

func (n serviceNode) match(s Subject) bool { return among(s.Services(n.id), n.inner) }
func (n edgeNode) match(s Subject) bool    { return among(s.Edges(n.from, n.to), n.inner) }

// among tells whether one of the subjects is as inner says.
func among(subjects []Subject, inner node) bool {
	for _, s := range subjects {
		if inner == nil || inner.match(s) {
			return true
		}
	}
	return false
}

// anyOf compares a value with each of a keyword's: "!=" is that none is equal.
func anyOf[T any](values []T, op string, want T, how func(T, string, T) bool) bool {
	if op == "!=" {
		return !anyOf(values, "=", want, how)
	}
	for _, v := range values {
		if how(v, op, want) {
			return true
		}
	}
	return false
}

// match compares values of the wanted kind; a value of another is unlike it.
func (n annotated) match(s Subject) bool {
	values := s.Annotations(n.key)
	switch want := n.value.(type) {
	case string:
		return anyOf(only[string](values), n.op, want, compareText)
	case float64:
		return anyOf(only[float64](values), n.op, want, compare)
	case bool:
		return anyOf(only[bool](values), n.op, want, func(a bool, _ string, b bool) bool { return a == b })
	}
	return len(values) > 0
}

// only returns the values of a type.
func only[T any](values []any) (out []T) {
	for _, v := range values {
		if v, ok := v.(T); ok {
			out = append(out, v)
		}
	}
	return out
}

// match looks for a root cause with a part that is as the expression says.
func (n cause) match(s Subject) bool {
	var found []string
	for _, c := range s.Causes(n.kind) {
		for _, svc := range c.Services {
			if n.part == "service" {
				found = append(found, svc.Name)
			}
			for _, e := range svc.Path {
				switch n.part {
				case "entity":
					found = append(found, e.Name)
				case "exception", "message":
					found = append(found, e.Messages...)
				case "type":
					found = append(found, e.Types...)
				}
			}
		}
	}
	return anyOf(found, n.op, n.value, compareText)
}

// compare compares numbers.
func compare(a float64, op string, b float64) bool {
	switch op {
	case "=":
		return a == b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	}
	return false
}

// compareText compares strings.
func compareText(a, op, b string) bool {
	switch op {
	case "=":
		return a == b
	case "CONTAINS":
		return strings.Contains(a, b)
	case "BEGINSWITH":
		return strings.HasPrefix(a, b)
	case "ENDSWITH":
		return strings.HasSuffix(a, b)
	}
	return false
}

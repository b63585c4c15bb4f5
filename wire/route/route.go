// Package route finds the operation that a request to a REST service is for.
package route

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"maru.dev/maru/wire"
)

// Table finds the operation of a REST service that a request is for: a tree
// of path segments, in which a literal goes before a label and a label before
// a greedy one. Among operations of the same path, the one with the most of
// its conditions on query string and headers wins; nothing is ranked by hand.
type Table struct{ root routeNode }

// routeNode is one place in the tree of segments.
type routeNode struct {
	literal map[string]*routeNode
	label   *routeNode
	routes  []*route // that end here
	greedy  []*route // whose last label takes the rest of the path
}

// route is one operation's place.
type route struct {
	op     *wire.Operation
	labels []string
	fixed  []fixedParam
	// Required members outside of path and body tell operations of the same
	// template apart: UploadPart is a PutObject with an uploadId.
	query, headers []string
}

// fixedParam is a part of the template's own query string.
type fixedParam struct {
	name, value string
	anyValue    bool
}

// New lays out the operations of svc.
func New(svc *wire.Service) (*Table, error) {
	t := new(Table)
	for i := range svc.Operations {
		if err := t.add(svc, &svc.Operations[i]); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", svc.ID, svc.Operations[i].Name, err)
		}
	}
	t.root.sort()
	return t, nil
}

func (t *Table) add(svc *wire.Service, op *wire.Operation) error {
	path, query, _ := strings.Cut(op.Path, "?")
	entry := &route{op: op}
	for part := range strings.SplitSeq(query, "&") {
		name, value, hasValue := strings.Cut(part, "=")
		if name != "" && name != "x-id" {
			entry.fixed = append(entry.fixed, fixedParam{name, value, !hasValue || value == ""})
		}
	}
	entry.require(svc)
	node := &t.root
	rest := strings.Trim(path, "/")
	for rest != "" {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		name, isLabel := strings.CutPrefix(segment, "{")
		switch {
		case !isLabel:
			node = node.child(segment)
		case strings.HasSuffix(name, "+}"):
			if rest != "" {
				return fmt.Errorf("greedy label inside of %s", op.Path)
			}
			entry.labels = append(entry.labels, strings.TrimSuffix(name, "+}"))
			node.greedy = append(node.greedy, entry)
			return nil
		case strings.HasSuffix(name, "}"):
			entry.labels = append(entry.labels, strings.TrimSuffix(name, "}"))
			if node.label == nil {
				node.label = new(routeNode)
			}
			node = node.label
		default:
			return fmt.Errorf("label with a suffix in %s", op.Path)
		}
	}
	node.routes = append(node.routes, entry)
	return nil
}

// require notes the required members that travel in query string and headers.
func (e *route) require(svc *wire.Service) {
	if e.op.Input == wire.NoShape {
		return
	}
	for _, m := range svc.Shapes[e.op.Input].Members {
		name := m.WireName
		if name == "" {
			name = m.Name
		}
		switch {
		case !m.Required:
		case m.Location == wire.QueryString:
			e.query = append(e.query, name)
		case m.Location == wire.Header:
			e.headers = append(e.headers, name)
		}
	}
}

func (n *routeNode) child(segment string) *routeNode {
	if n.literal == nil {
		n.literal = map[string]*routeNode{}
	}
	if n.literal[segment] == nil {
		n.literal[segment] = new(routeNode)
	}
	return n.literal[segment]
}

// sort puts the more demanding routes of each place first. Where the model has
// two names for one request, the operation that is there goes first, and then
// the newer name, which is the longer.
func (n *routeNode) sort() {
	order := func(a, b *route) int {
		if d := len(b.fixed) - len(a.fixed); d != 0 {
			return d
		}
		if d := len(b.query) + len(b.headers) - len(a.query) - len(a.headers); d != 0 {
			return d
		}
		if (a.op.New != nil) != (b.op.New != nil) {
			if a.op.New != nil {
				return -1
			}
			return 1
		}
		return len(b.op.Name) - len(a.op.Name)
	}
	slices.SortStableFunc(n.routes, order)
	slices.SortStableFunc(n.greedy, order)
	for _, c := range n.literal {
		c.sort()
	}
	if n.label != nil {
		n.label.sort()
	}
}

// Match finds the operation of a request. The path is in its escaped form. For
// a bucket that the host names, the edge passes the path with the bucket
// before it, so that both styles are one from here on.
func (t *Table) Match(method, escapedPath string, query url.Values, header http.Header) (*wire.Operation, wire.Labels, bool) {
	m := matcher{method: method, query: query, header: header}
	found := m.walk(&t.root, strings.TrimPrefix(escapedPath, "/"))
	if found == nil {
		return nil, nil, false
	}
	labels := make(wire.Labels, len(found.labels))
	for i, name := range found.labels {
		value, err := url.PathUnescape(m.values[i])
		if err != nil {
			return nil, nil, false
		}
		labels[name] = value
	}
	return found.op, labels, true
}

// matcher is one walk through the tree.
type matcher struct {
	method string
	query  url.Values
	header http.Header
	values []string // of the labels so far, escaped
}

func (m *matcher) walk(n *routeNode, rest string) *route {
	if rest == "" {
		return m.pick(n.routes)
	}
	segment, after, _ := strings.Cut(rest, "/")
	if segment != "" {
		if c := n.literal[segment]; c != nil {
			if found := m.walk(c, after); found != nil {
				return found
			}
		}
		if n.label != nil {
			m.values = append(m.values, segment)
			if found := m.walk(n.label, after); found != nil {
				return found
			}
			m.values = m.values[:len(m.values)-1]
		}
	}
	if len(n.greedy) == 0 {
		return nil
	}
	m.values = append(m.values, rest)
	if found := m.pick(n.greedy); found != nil {
		return found
	}
	m.values = m.values[:len(m.values)-1]
	return nil
}

// pick returns the most demanding route that the request meets, or else, among
// those whose fixed parameters it meets, the one that asks for least: its
// validation will say what is missing.
func (m *matcher) pick(routes []*route) *route {
	var lenient *route
	for _, e := range routes {
		if e.op.Method != m.method || !m.hasFixed(e) {
			continue
		}
		if m.hasRequired(e) {
			return e
		}
		if lenient == nil || len(e.fixed) == len(lenient.fixed) {
			lenient = e
		}
	}
	return lenient
}

func (m *matcher) hasFixed(e *route) bool {
	for _, p := range e.fixed {
		values, ok := m.query[p.name]
		if !ok || !p.anyValue && !slices.Contains(values, p.value) {
			return false
		}
	}
	return true
}

func (m *matcher) hasRequired(e *route) bool {
	for _, name := range e.query {
		if !m.query.Has(name) {
			return false
		}
	}
	for _, name := range e.headers {
		if m.header.Get(name) == "" {
			return false
		}
	}
	return true
}

package gateway

import "strings"

// node is a place in the tree of an API's routes: one level for each segment
// of a path. Finding a route takes as long as its path, however many there are.
type node struct {
	literal  map[string]*node
	variable *node
	here     leaf // routes that end here
	greedy   leaf // routes that end here in a greedy variable
}

// leaf holds the routes of one path, by method.
type leaf struct {
	methods map[string]*routePlan
	any     *routePlan
}

// add puts a route under its segments.
func (n *node) add(r *routePlan) {
	for _, s := range r.key.Segments {
		switch {
		case s.Greedy:
			n.greedy.add(r)
			return
		case s.Var:
			if n.variable == nil {
				n.variable = &node{}
			}
			n = n.variable
		default:
			next := n.literal[s.Text]
			if next == nil {
				next = &node{}
				if n.literal == nil {
					n.literal = make(map[string]*node)
				}
				n.literal[s.Text] = next
			}
			n = next
		}
	}
	n.here.add(r)
}

// add puts a route under its method.
func (l *leaf) add(r *routePlan) {
	if r.key.Method == "ANY" {
		l.any = r
		return
	}
	if l.methods == nil {
		l.methods = make(map[string]*routePlan)
	}
	l.methods[r.key.Method] = r
}

// of returns the route for a method: its own before that for any.
func (l *leaf) of(method string) *routePlan {
	if r := l.methods[method]; r != nil {
		return r
	}
	return l.any
}

// find returns the most specific route for a method and what is left of a
// path, without its first slash: literal segments before variables before
// greedy variables, each as far to the left as can be. more tells whether
// there is a segment left, which may be empty.
func (n *node) find(method, rest string, more bool) *routePlan {
	if !more {
		return n.here.of(method)
	}
	segment, after, again := strings.Cut(rest, "/")
	if next := n.literal[segment]; next != nil {
		if r := next.find(method, after, again); r != nil {
			return r
		}
	}
	if n.variable != nil && segment != "" {
		if r := n.variable.find(method, after, again); r != nil {
			return r
		}
	}
	if rest != "" {
		return n.greedy.of(method)
	}
	return nil
}

// lookup finds the route for a method and a path.
func (st *stagePlan) lookup(method, path string) *routePlan {
	rest := strings.TrimPrefix(path, "/")
	if r := st.tree.find(method, rest, rest != ""); r != nil {
		return r
	}
	return st.fallback
}

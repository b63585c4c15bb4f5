package rest

import "strings"

// node is a place in the tree of an API's resources: one level for each part of a
// path. Finding a resource takes as long as its path, however many there are.
type node struct {
	literal  map[string]*node
	variable *node
	here     *resourcePlan
	greedy   *resourcePlan // what ends here in a greedy variable
}

// resourcePlan is a resource with its methods, by verb; ANY stands for all that
// have none.
type resourcePlan struct {
	id, path string
	methods  map[string]*methodPlan
}

// of returns the method for a verb: its own before that for any.
func (r *resourcePlan) of(verb string) *methodPlan {
	if r == nil {
		return nil
	}
	if m := r.methods[verb]; m != nil {
		return m
	}
	return r.methods["ANY"]
}

// variableOf returns the name of a path's part that is a variable, {name} or
// {name+}.
func variableOf(part string) (name string, ok bool) {
	if !strings.HasPrefix(part, "{") || !strings.HasSuffix(part, "}") {
		return "", false
	}
	return part[1 : len(part)-1], true
}

// add puts a resource in its place.
func (n *node) add(r *resourcePlan) {
	rest := strings.Trim(r.path, "/")
	for more := rest != ""; more; {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		name, variable := variableOf(part)
		switch {
		case strings.HasSuffix(name, "+"):
			n.greedy = r
			return
		case variable:
			if n.variable == nil {
				n.variable = &node{}
			}
			n = n.variable
		default:
			next := n.literal[part]
			if next == nil {
				next = &node{}
				if n.literal == nil {
					n.literal = make(map[string]*node)
				}
				n.literal[part] = next
			}
			n = next
		}
	}
	n.here = r
}

// find returns the most specific method for a verb and a path without slashes
// at its ends: exact parts before variables before greedy ones, each as far to the
// left as can be.
func (n *node) find(verb, path string) *methodPlan {
	if path == "" {
		return n.here.of(verb)
	}
	part, rest, _ := strings.Cut(path, "/")
	if next := n.literal[part]; next != nil {
		if m := next.find(verb, rest); m != nil {
			return m
		}
	}
	if n.variable != nil && part != "" {
		if m := n.variable.find(verb, rest); m != nil {
			return m
		}
	}
	return n.greedy.of(verb)
}

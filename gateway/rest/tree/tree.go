// Package tree finds the resource of a REST API that a path is of.
package tree

import (
	"net/url"
	"strings"
)

// Resource is a resource with its methods, by verb; ANY stands for all that have
// none.
type Resource[M any] struct {
	ID, Path string
	Methods  map[string]*M
}

// of returns the method for a verb: its own before that for any.
func (r *Resource[M]) of(verb string) *M {
	if r == nil {
		return nil
	}
	if m := r.Methods[verb]; m != nil {
		return m
	}
	return r.Methods["ANY"]
}

// Node is a place in the tree of an API's resources: one level for each part of a
// path. Finding a resource takes as long as its path, however many there are. The
// zero Node is an empty tree.
type Node[M any] struct {
	literal  map[string]*Node[M]
	variable *Node[M]
	here     *Resource[M]
	greedy   *Resource[M] // what ends here in a greedy variable
}

// Add puts a resource in its place.
func (n *Node[M]) Add(r *Resource[M]) {
	rest := strings.Trim(r.Path, "/")
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
				n.variable = &Node[M]{}
			}
			n = n.variable
		default:
			next := n.literal[part]
			if next == nil {
				next = &Node[M]{}
				if n.literal == nil {
					n.literal = make(map[string]*Node[M])
				}
				n.literal[part] = next
			}
			n = next
		}
	}
	n.here = r
}

// Find returns the most specific method for a verb and a path, as it was sent:
// exact parts before variables before greedy ones, each as far to the left as can
// be. A slash at the path's end means nothing.
func (n *Node[M]) Find(verb, path string) *M {
	return n.find(verb, strings.TrimPrefix(strings.TrimSuffix(path, "/"), "/"))
}

// find is Find below a node.
func (n *Node[M]) find(verb, path string) *M {
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

// Variables are the values of a resource's variables in a path that it was found
// for, decoded; nil for none.
func Variables(resource, path string) (values map[string]string) {
	rest := strings.Trim(path, "/")
	for part := range strings.SplitSeq(strings.Trim(resource, "/"), "/") {
		var segment string
		name, variable := variableOf(part)
		if strings.HasSuffix(name, "+") {
			name, segment = strings.TrimSuffix(name, "+"), rest
		} else {
			segment, rest, _ = strings.Cut(rest, "/")
		}
		if !variable {
			continue
		}
		if decoded, err := url.PathUnescape(segment); err == nil {
			segment = decoded
		}
		if values == nil {
			values = make(map[string]string)
		}
		values[name] = segment
	}
	return values
}

// variableOf returns the name of a path's part that is a variable, {name} or
// {name+}.
func variableOf(part string) (name string, ok bool) {
	if !strings.HasPrefix(part, "{") || !strings.HasSuffix(part, "}") {
		return "", false
	}
	return part[1 : len(part)-1], true
}

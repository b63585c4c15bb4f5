package jsonata

import (
	"maru.dev/maru/service/states/jsonata/syntax"
)

// Reference is a variable that an expression uses and does not bind.
type Reference struct {
	// Name is without $; "" is the context outside of any path, be it written $ or
	// left out before a field's name, and "$" is $$, the input.
	Name string

	// Path are the fields taken from it, as far as they are written out.
	Path []string

	// Position is the place behind it in the source, in UTF-16 units.
	Position int

	// Call tells that it is called as a function.
	Call bool
}

// Variables returns the variables that the expression uses without binding them,
// functions among them, in the order of the source. Whether a variable is bound
// where a lambda is called cannot always be known: bindings anywhere in the
// scopes around a lambda count for its body.
func (e *Expression) Variables() []Reference {
	w := &walker{source: e.source}
	w.node(e.root, &scope{}, true)
	return w.found
}

// walker gathers references.
type walker struct {
	source string
	found  []Reference
}

// scope holds the names bound around a node.
type scope struct {
	parent *scope
	bound  map[string]bool
	later  map[string]bool // bound in the same block, after what is being looked at
}

// bind adds a name.
func (s *scope) bind(name string) {
	if s.bound == nil {
		s.bound = make(map[string]bool)
	}
	s.bound[name] = true
}

// has tells whether a name is bound.
func (s *scope) has(name string) bool {
	for ; s != nil; s = s.parent {
		if s.bound[name] {
			return true
		}
	}
	return false
}

// node gathers what a node uses. outside tells that the context is still the
// expression's input.
func (w *walker) node(n *syntax.Node, s *scope, outside bool) {
	if n == nil {
		return
	}
	switch n.Kind {
	case syntax.Variable:
		w.variable(n, s, nil, outside, false)
	case syntax.Path:
		w.path(n, s, outside)
		return
	case syntax.Block:
		inner := &scope{parent: s, later: laterBindings(n.List)}
		w.all(n.List, inner, outside)
	case syntax.Bind:
		w.node(n.RHS, s, outside)
		s.bind(n.Text)
	case syntax.Lambda:
		w.lambda(n, s, outside)
	case syntax.Function, syntax.Partial:
		if n.LHS.Kind == syntax.Variable {
			w.variable(n.LHS, s, nil, outside, true)
		} else {
			w.node(n.LHS, s, outside)
		}
		w.all(n.List, s, outside)
	case syntax.Transform:
		w.node(n.LHS, s, false)
		w.node(n.Then, s, false)
		w.node(n.Else, s, false)
	default:
		w.node(n.LHS, s, outside)
		w.node(n.RHS, s, outside)
		w.node(n.Then, s, outside)
		w.node(n.Else, s, outside)
		w.all(n.List, s, outside)
		w.pairs(n, s, outside)
		for _, t := range n.Terms {
			w.node(t.Expression, s, false)
		}
	}
	w.decorations(n, s)
}

// all gathers what several nodes use.
func (w *walker) all(nodes []*syntax.Node, s *scope, outside bool) {
	for _, n := range nodes {
		w.node(n, s, outside)
	}
}

// pairs gathers what an object's members use.
func (w *walker) pairs(n *syntax.Node, s *scope, outside bool) {
	for _, p := range n.Pairs {
		w.node(p[0], s, outside)
		w.node(p[1], s, outside)
	}
}

// lambda gathers what a lambda's body uses. Within, what is bound later in the
// scopes around counts as bound.
func (w *walker) lambda(n *syntax.Node, s *scope, outside bool) {
	if n.Thunk {
		w.node(n.RHS, s, outside)
		return
	}
	inner := &scope{parent: &scope{bound: make(map[string]bool)}}
	for p := s; p != nil; p = p.parent {
		for name := range p.bound {
			inner.parent.bound[name] = true
		}
		for name := range p.later {
			inner.parent.bound[name] = true
		}
	}
	for _, p := range n.List {
		inner.bind(p.Text)
	}
	w.node(n.RHS, inner, outside)
}

// path gathers what the steps of a path use. The variables that steps bind are
// known to all that follow.
func (w *walker) path(n *syntax.Node, s *scope, outside bool) {
	inner := &scope{parent: s}
	for _, step := range n.List {
		for _, name := range []string{step.Focus, step.Index} {
			if name != "" {
				inner.bind(name)
			}
		}
		for _, stage := range step.Stages {
			if stage.Index != "" {
				inner.bind(stage.Index)
			}
		}
	}
	first := n.List[0]
	if first.Kind == syntax.Variable {
		w.variable(first, s, fields(n), outside, false)
		w.decorations(first, inner)
	} else {
		w.bare(n, outside)
		w.node(first, inner, outside)
	}
	for _, step := range n.List[1:] {
		w.node(step, inner, false)
	}
	w.decorations(n, inner)
}

// bare adds a reference to the context for a path that begins with a field of
// it.
func (w *walker) bare(n *syntax.Node, outside bool) {
	first := n.List[0]
	switch first.Kind {
	case syntax.Name, syntax.Wildcard, syntax.Descendant:
	default:
		return
	}
	if !outside {
		return
	}
	var path []string
	if first.Kind == syntax.Name {
		path = append([]string{first.Text}, fields(n)...)
	}
	w.found = append(w.found, Reference{Path: path, Position: utf16Offset(w.source, first.Position)})
}

// fields are the names that follow a path's first step.
func fields(n *syntax.Node) (names []string) {
	if n.List[0].Predicates != nil || n.List[0].Group != nil {
		return nil
	}
	for _, step := range n.List[1:] {
		if step.Kind != syntax.Name {
			break
		}
		names = append(names, step.Text)
	}
	return names
}

// decorations gathers what a node's filters and groupings use.
func (w *walker) decorations(n *syntax.Node, s *scope) {
	for _, stage := range n.Stages {
		w.node(stage.Filter, s, false)
	}
	for _, filter := range n.Predicates {
		w.node(filter, s, false)
	}
	if n.Group != nil {
		w.pairs(n.Group, s, false)
	}
}

// variable adds a reference if its variable is not bound. The context counts
// only where it is the input.
func (w *walker) variable(n *syntax.Node, s *scope, path []string, outside, call bool) {
	if n.Text == "" && !outside || s.has(n.Text) {
		return
	}
	w.found = append(w.found, Reference{Name: n.Text, Path: path, Position: utf16Offset(w.source, n.Position), Call: call})
}

// laterBindings are the names that a block binds in its own scope.
func laterBindings(list []*syntax.Node) map[string]bool {
	names := make(map[string]bool)
	var visit func(n *syntax.Node)
	visit = func(n *syntax.Node) {
		if n == nil || n.Kind == syntax.Block || n.Kind == syntax.Lambda {
			return
		}
		if n.Kind == syntax.Bind {
			names[n.Text] = true
		}
		for _, c := range []*syntax.Node{n.LHS, n.RHS, n.Then, n.Else} {
			visit(c)
		}
		for _, c := range n.List {
			visit(c)
		}
	}
	for _, n := range list {
		visit(n)
	}
	return names
}

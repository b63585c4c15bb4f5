package asl

import "maru.dev/maru/service/states/jsonata/syntax"

// topLevelNames returns the fields that an expression takes from its context
// outside of any path, of which there is none in a workflow: phone in
// {% phone[0] %}. Names behind a path's first step, in filters, sort terms and
// groupings are those of what stands before them.
func topLevelNames(source string) []string {
	root, err := syntax.Parse(source)
	if err != nil {
		return nil
	}
	var t topLevel
	t.node(root)
	return t.names
}

// topLevel gathers names.
type topLevel struct{ names []string }

// node gathers the names of a node whose context is the expression's.
func (t *topLevel) node(n *syntax.Node) {
	if n == nil {
		return
	}
	switch n.Kind {
	case syntax.Name:
		t.names = append(t.names, n.Text)
	case syntax.Path:
		t.node(n.List[0])
	case syntax.Lambda:
		t.node(n.RHS) // its List are parameters
	case syntax.Transform, syntax.Sort:
	default:
		for _, child := range []*syntax.Node{n.LHS, n.RHS, n.Then, n.Else} {
			t.node(child)
		}
		for _, child := range n.List {
			t.node(child)
		}
		for _, pair := range n.Pairs {
			t.node(pair[0])
			t.node(pair[1])
		}
	}
}

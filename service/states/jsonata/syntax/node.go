// Package syntax reads JSONata expressions: text becomes tokens, tokens a tree
// by binding power (Pratt's way), and the tree is rewritten into the one that is
// evaluated: steps are gathered into paths, filters, sorts and bindings become
// parts of their steps, and the parent operator finds the step it means.
package syntax

// Kind is what a node is.
type Kind int

// The kinds of nodes. Those after Apply exist only until the tree is rewritten.
const (
	Path       Kind = iota // List are the steps
	Binary                 // Text is the operator, LHS and RHS the operands
	Negate                 // LHS is the operand
	Array                  // List are the elements
	Object                 // Pairs are the members
	Name                   // Text is the field
	String                 // Value is the string
	Number                 // Value is the number
	Literal                // Value is true, false or null
	Wildcard               // *
	Descendant             // **
	Parent                 // %, Slot is where it finds its value
	Condition              // LHS ? Then : Else
	Block                  // List are the expressions
	Bind                   // Text is the variable, RHS its value
	Regex                  // Regexp
	Function               // LHS is the function, List the arguments
	Partial                // as Function; some arguments are Placeholder
	Variable               // Text is the name without $
	Lambda                 // List are the parameters, RHS the body
	Transform              // LHS is the pattern, Then the update, Else the deletion
	Sort                   // Terms
	Apply                  // LHS ~> RHS
	Placeholder
	Operator
	End
)

// String returns the name that the reference gives to the kind.
func (k Kind) String() string {
	return [...]string{
		"path", "binary", "unary", "unary", "unary", "name", "string", "number", "value", "wildcard", "descendant",
		"parent", "condition", "block", "bind", "regex", "function", "partial", "variable", "lambda", "transform",
		"sort", "apply", "operator", "operator", "(end)",
	}[k]
}

// Node is a part of an expression.
type Node struct {
	Kind     Kind
	Position int // behind its token, in bytes of the source
	Text     string
	Value    any
	LHS, RHS *Node
	Then     *Node
	Else     *Node
	List     []*Node
	Pairs    [][2]*Node
	Terms    []Term

	// Stages are filters and index bindings of a step within a path; Predicates
	// the filters of a node that is no step.
	Stages     []Stage
	Predicates []*Node

	// Group is the grouping behind a node, {key: value}.
	Group *Node

	// Focus and Index are variables that a step binds, with @ and #.
	Focus, Index string

	// Ancestor is set for a step whose input a later % means.
	Ancestor *Slot

	// Slot is what a % reads.
	Slot *Slot

	// Signature is a lambda's.
	Signature *Signature
	Regexp    *Regexp

	KeepArray     bool // a [] stands behind it: its value stays an array
	KeepSingleton bool // a path of which some step has KeepArray
	ConsArray     bool // an array constructor at an end of a path: it is not flattened
	Tuple         bool // a step that binds variables: from here on the path carries them
	Thunk         bool // a call in a tail position: evaluated by who called

	seeking []*Slot // what % within this node are still to find
}

// Term is one term of an order-by.
type Term struct {
	Expression *Node
	Descending bool
}

// Stage is one thing done to a step's result: a filter, or if there is none the
// binding of the index to a variable.
type Stage struct {
	Filter *Node
	Index  string
}

// Slot connects a parent operator with the step whose input it means.
type Slot struct {
	Label string
	level int
}

// clone copies a tree that was not rewritten yet.
func (n *Node) clone() *Node {
	if n == nil {
		return nil
	}
	c := *n
	c.LHS, c.RHS, c.Then, c.Else = n.LHS.clone(), n.RHS.clone(), n.Then.clone(), n.Else.clone()
	c.List = make([]*Node, len(n.List))
	for i, e := range n.List {
		c.List[i] = e.clone()
	}
	c.Pairs = make([][2]*Node, len(n.Pairs))
	for i, p := range n.Pairs {
		c.Pairs[i] = [2]*Node{p[0].clone(), p[1].clone()}
	}
	c.Terms = make([]Term, len(n.Terms))
	for i, t := range n.Terms {
		c.Terms[i] = Term{Expression: t.Expression.clone(), Descending: t.Descending}
	}
	return &c
}

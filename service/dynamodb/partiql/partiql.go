// Package partiql reads statements of PartiQL, the dialect of SQL that DynamoDB
// takes. It knows nothing of tables: what a statement means is said in
// DynamoDB's own expressions (see Writer), so that both have one evaluator.
package partiql

import (
	"fmt"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
)

// Kind is what a statement does.
type Kind uint8

// The kinds of statement. Exists is a condition that a transaction may hold.
const (
	Select Kind = iota
	Insert
	Update
	Delete
	Exists
)

// Reads tells whether a statement only reads.
func (k Kind) Reads() bool { return k == Select }

// Statement is a statement that is well formed, with its parameters filled in.
type Statement struct {
	Kind      Kind
	Table     string
	Index     string      // of a Select; "" is the table
	Paths     []expr.Path // of a Select; nil is all
	Where     *Expr       // nil is none
	Order     []Order     // of a Select
	Item      attr.Item   // of an Insert
	Changes   []Change    // of an Update
	Returning string      // "ALL OLD", "MODIFIED NEW" and so on; "" is nothing
}

// Order is an attribute that a Select is ordered by.
type Order struct {
	Name       string
	Descending bool
}

// Change is one SET or REMOVE of an Update.
type Change struct {
	Path   expr.Path
	Value  *Expr // nil is REMOVE
	Action string
}

// The actions of a Change: as a section of an update expression is called.
const (
	Set       = "SET"
	Remove    = "REMOVE"
	AddToSet  = "ADD"
	TakeAway  = "DELETE"
	maxNested = 32 // levels of a literal, as of any value
)

// Expr is a condition or an operand.
type Expr struct {
	Op    string // AND, OR, NOT, a comparison, BETWEEN, IN, a function, + or -; "" is a path or a value
	Kids  []*Expr
	Path  expr.Path // of an operand, when it is one
	Value attr.Value
}

// IsPath tells whether e is nothing but a path.
func (e *Expr) IsPath() bool { return e.Op == "" && e.Path != nil }

// IsValue tells whether e is nothing but a value.
func (e *Expr) IsValue() bool { return e.Op == "" && e.Path == nil }

// malformed is the error of a statement that cannot be read.
func malformed(format string, args ...any) error {
	return expr.Invalid("Statement wasn't well formed, can't be processed: %s", fmt.Sprintf(format, args...))
}

// Writer writes Exprs as DynamoDB's expressions, with a placeholder for each
// name and value.
type Writer struct {
	names  map[string]string
	values map[string]attr.Value
}

// NewWriter returns a Writer without placeholders.
func NewWriter() *Writer {
	return &Writer{names: map[string]string{}, values: map[string]attr.Value{}}
}

// Params are the placeholders of all that has been written.
func (w *Writer) Params() *expr.Params { return expr.NewParams(w.names, w.values) }

// Path writes a path.
func (w *Writer) Path(p expr.Path) string {
	out := ""
	for i, s := range p {
		if s.Name == "" {
			out += fmt.Sprintf("[%d]", s.Index)
			continue
		}
		if i > 0 {
			out += "."
		}
		name := fmt.Sprintf("#n%d", len(w.names))
		w.names[name] = s.Name
		out += name
	}
	return out
}

// Value writes a value.
func (w *Writer) Value(v attr.Value) string {
	name := fmt.Sprintf(":v%d", len(w.values))
	w.values[name] = v
	return name
}

// Expr writes a condition or an operand.
func (w *Writer) Expr(e *Expr) string {
	switch e.Op {
	case "":
		if e.Path != nil {
			return w.Path(e.Path)
		}
		return w.Value(e.Value)
	case "NOT":
		return "NOT " + w.inner(e.Kids[0])
	case "AND", "OR":
		return w.joined(e.Kids, " "+e.Op+" ")
	case "BETWEEN":
		return w.Expr(e.Kids[0]) + " BETWEEN " + w.Expr(e.Kids[1]) + " AND " + w.Expr(e.Kids[2])
	case "IN":
		return w.Expr(e.Kids[0]) + " IN (" + w.list(e.Kids[1:]) + ")"
	case "=", "<>", "<", "<=", ">", ">=", "+", "-":
		return w.Expr(e.Kids[0]) + " " + e.Op + " " + w.Expr(e.Kids[1])
	}
	return e.Op + "(" + w.list(e.Kids) + ")"
}

// joined writes conditions with a word between them.
func (w *Writer) joined(kids []*Expr, word string) string {
	out := ""
	for i, kid := range kids {
		if i > 0 {
			out += word
		}
		out += w.inner(kid)
	}
	return out
}

// inner writes a condition inside of another.
func (w *Writer) inner(e *Expr) string {
	switch e.Op {
	case "AND", "OR", "NOT":
		return "(" + w.Expr(e) + ")"
	}
	return w.Expr(e)
}

// list writes operands one after another.
func (w *Writer) list(kids []*Expr) string {
	out := ""
	for i, kid := range kids {
		if i > 0 {
			out += ", "
		}
		out += w.Expr(kid)
	}
	return out
}

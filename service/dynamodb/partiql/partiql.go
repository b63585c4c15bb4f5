// Package partiql reads statements of PartiQL, the dialect of SQL that DynamoDB
// takes. It knows nothing of tables: what a statement means is said in
// DynamoDB's own expressions (see Writer), so that both have one evaluator.
package partiql

import (
	"fmt"
	"strings"

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
	var b strings.Builder
	w.path(&b, p)
	return b.String()
}

// Expr writes a condition or an operand.
func (w *Writer) Expr(e *Expr) string {
	var b strings.Builder
	w.expr(&b, e)
	return b.String()
}

// path writes a path.
func (w *Writer) path(b *strings.Builder, p expr.Path) {
	for i, s := range p {
		if s.Name == "" {
			fmt.Fprintf(b, "[%d]", s.Index)
			continue
		}
		if i > 0 {
			b.WriteByte('.')
		}
		name := fmt.Sprintf("#n%d", len(w.names))
		w.names[name] = s.Name
		b.WriteString(name)
	}
}

// value writes a value.
func (w *Writer) value(b *strings.Builder, v attr.Value) {
	name := fmt.Sprintf(":v%d", len(w.values))
	w.values[name] = v
	b.WriteString(name)
}

// expr writes a condition or an operand.
func (w *Writer) expr(b *strings.Builder, e *Expr) {
	switch e.Op {
	case "":
		if e.Path != nil {
			w.path(b, e.Path)
			return
		}
		w.value(b, e.Value)
	case "NOT":
		b.WriteString("NOT ")
		w.inner(b, e.Kids[0])
	case "AND", "OR":
		w.list(b, e.Kids, " "+e.Op+" ", w.inner)
	case "BETWEEN":
		w.list(b, e.Kids[:2], " BETWEEN ", w.expr)
		b.WriteString(" AND ")
		w.expr(b, e.Kids[2])
	case "IN":
		w.expr(b, e.Kids[0])
		b.WriteString(" IN (")
		w.list(b, e.Kids[1:], ", ", w.expr)
		b.WriteByte(')')
	case "=", "<>", "<", "<=", ">", ">=", "+", "-":
		w.list(b, e.Kids, " "+e.Op+" ", w.expr)
	default:
		b.WriteString(e.Op + "(")
		w.list(b, e.Kids, ", ", w.expr)
		b.WriteByte(')')
	}
}

// inner writes a condition inside of another.
func (w *Writer) inner(b *strings.Builder, e *Expr) {
	switch e.Op {
	case "AND", "OR", "NOT":
		b.WriteByte('(')
		w.expr(b, e)
		b.WriteByte(')')
	default:
		w.expr(b, e)
	}
}

// list writes conditions or operands one after another.
func (w *Writer) list(b *strings.Builder, kids []*Expr, between string, write func(b *strings.Builder, e *Expr)) {
	for i, kid := range kids {
		if i > 0 {
			b.WriteString(between)
		}
		write(b, kid)
	}
}

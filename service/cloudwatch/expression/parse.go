package expression

import (
	"fmt"
	"slices"
	"strconv"
)

// maxDepth is how deep an expression may nest.
const maxDepth = 100

// Error is a fault of an expression.
type Error struct{ Message string }

// Error returns the fault in CloudWatch's words.
func (e *Error) Error() string { return e.Message }

// kind is what a node of an expression is.
type kind uint8

const (
	literal kind = iota // a number
	text                // a text
	name                // the id of another query
	keyword             // REPEAT, ASC
	array               // [a, b]
	call                // F(a, b), an operator of two operands, or "neg"
	operation
	negation
)

// Expr is an expression, or a part of one.
type Expr struct {
	kind   kind
	number float64
	text   string // of a text, name, keyword, function or operator
	args   []*Expr
	// function is the one that is called.
	function function
}

// Parse reads an expression.
func Parse(s string) (*Expr, error) {
	if len(s) > MaxLength {
		return nil, &Error{fmt.Sprintf("The expression is longer than %d characters", MaxLength)}
	}
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	p := parser{tokens: tokens}
	e, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.class != end {
		return nil, unexpected(t)
	}
	return e, nil
}

// Names are the ids that an expression refers to, in the order of the text.
func (e *Expr) Names() []string {
	var out []string
	e.walk(func(n *Expr) {
		if n.kind == name && !slices.Contains(out, n.text) {
			out = append(out, n.text)
		}
	})
	return out
}

// Calls says whether an expression calls a function.
func (e *Expr) Calls(function string) bool {
	found := false
	e.walk(func(n *Expr) { found = found || n.kind == call && n.text == function })
	return found
}

// walk visits an expression and its parts.
func (e *Expr) walk(visit func(*Expr)) {
	visit(e)
	for _, a := range e.args {
		a.walk(visit)
	}
}

// parser reads tokens.
type parser struct {
	tokens []token
	next   int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.next] }

// take goes on when the next token is an operator or word of this text.
func (p *parser) take(text string) bool {
	if t := p.peek(); t.class != quoted && t.text == text {
		p.next++
		return true
	}
	return false
}

// unexpected is the error of a token that does not fit.
func unexpected(t token) error {
	if t.class == end {
		return &Error{"Unexpected end of expression"}
	}
	return &Error{fmt.Sprintf("Unexpected token '%s' at position %d", t.text, t.at)}
}

// levels are the operators of two operands, the loosest first.
var levels = [][]string{
	{"OR", "||"}, {"AND", "&&"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/"},
}

// binary reads operators of a level and the tighter ones in their operands.
func (p *parser) binary(level int) (*Expr, error) {
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		if t.class != operator && t.class != word || !slices.Contains(levels[level], t.text) {
			return left, nil
		}
		p.next++
		right, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		left = &Expr{kind: operation, text: canonical(t.text), args: []*Expr{left, right}}
	}
}

// canonical is the one name of an operator that has two.
func canonical(op string) string {
	switch op {
	case "&&":
		return "AND"
	case "||":
		return "OR"
	}
	return op
}

// unary reads signs, and powers, which bind tighter.
func (p *parser) unary() (*Expr, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, &Error{"The expression is nested too deeply"}
	}
	if p.take("-") {
		of, err := p.unary()
		if err != nil {
			return nil, err
		}
		return &Expr{kind: negation, args: []*Expr{of}}, nil
	}
	base, err := p.primary()
	if err != nil || !p.take("^") {
		return base, err
	}
	power, err := p.unary()
	if err != nil {
		return nil, err
	}
	return &Expr{kind: operation, text: "^", args: []*Expr{base, power}}, nil
}

// primary reads what operators stand between.
func (p *parser) primary() (*Expr, error) {
	t := p.peek()
	p.next++
	switch t.class {
	case number:
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, unexpected(t)
		}
		return &Expr{kind: literal, number: v}, nil
	case quoted:
		return &Expr{kind: text, text: t.text}, nil
	case word:
		return p.word(t)
	case operator:
		switch t.text {
		case "(":
			e, err := p.binary(0)
			if err == nil && !p.take(")") {
				err = unexpected(p.peek())
			}
			return e, err
		case "[":
			args, err := p.list("]")
			return &Expr{kind: array, args: args}, err
		}
	}
	p.next--
	return nil, unexpected(t)
}

// word reads a function's call, a keyword or the name of a query.
func (p *parser) word(t token) (*Expr, error) {
	lower := t.text[0] >= 'a' && t.text[0] <= 'z'
	if p.take("(") {
		f, known := functions[t.text]
		if !known {
			return nil, &Error{fmt.Sprintf("Unsupported function '%s'", t.text)}
		}
		args, err := p.list(")")
		return &Expr{kind: call, text: t.text, args: args, function: f}, err
	}
	switch {
	case lower:
		return &Expr{kind: name, text: t.text}, nil
	case slices.Contains([]string{"REPEAT", "LINEAR", "AVG", "MIN", "MAX", "SUM", "STDDEV", "ASC", "DESC"}, t.text):
		return &Expr{kind: keyword, text: t.text}, nil
	}
	return nil, unexpected(t)
}

// list reads expressions up to a closing bracket.
func (p *parser) list(closing string) ([]*Expr, error) {
	var out []*Expr
	if p.take(closing) {
		return out, nil
	}
	for {
		e, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		switch {
		case p.take(closing):
			return out, nil
		case !p.take(","):
			return nil, unexpected(p.peek())
		}
	}
}

package partiql

import (
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
)

// functions are what may be called, with how many arguments.
var functions = map[string]int{
	"begins_with": 2, "contains": 2, "attribute_type": 2, "size": 1, "list_append": 2, "set_add": 2, "set_delete": 2,
}

// or reads conditions joined by OR.
func (p *parser) or() (*Expr, error) {
	return p.joined("OR", func() (*Expr, error) { return p.joined("AND", p.not) })
}

// joined reads conditions joined by one keyword.
func (p *parser) joined(keyword string, part func() (*Expr, error)) (*Expr, error) {
	first, err := part()
	if err != nil || !p.peek().keyword(keyword) {
		return first, err
	}
	e := &Expr{Op: keyword, Kids: []*Expr{first}}
	for p.word(keyword) {
		kid, err := part()
		if err != nil {
			return nil, err
		}
		e.Kids = append(e.Kids, kid)
	}
	return e, nil
}

// not reads a condition that may be negated.
func (p *parser) not() (*Expr, error) {
	if !p.word("NOT") {
		return p.comparison()
	}
	kid, err := p.not()
	return &Expr{Op: "NOT", Kids: []*Expr{kid}}, err
}

// comparison reads a comparison, a function that is a condition, or a condition
// in parentheses.
func (p *parser) comparison() (*Expr, error) {
	if p.accept("(") {
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	}
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	switch {
	case t.is("="), t.is("<>"), t.is("!="), t.is("<"), t.is("<="), t.is(">"), t.is(">="):
		p.at++
		right, err := p.operand()
		if err != nil {
			return nil, err
		}
		return compared(left, strings.Replace(t.text, "!=", "<>", 1), right), nil
	case p.word("BETWEEN"):
		return p.between(left)
	case p.word("IN"):
		return p.in(left)
	case p.word("NOT"):
		if err := p.expectWords("IN"); err != nil {
			return nil, err
		}
		e, err := p.in(left)
		return &Expr{Op: "NOT", Kids: []*Expr{e}}, err
	case p.word("IS"):
		return p.is(left)
	case left.Op == "":
		return nil, p.unexpected()
	}
	return left, nil
}

// mirrored are the comparisons that say the same with their operands exchanged.
var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// compared is a comparison, with the attribute first when it is with a value.
func compared(left *Expr, op string, right *Expr) *Expr {
	if left.IsValue() && right.IsPath() {
		left, op, right = right, mirrored[op], left
	}
	return &Expr{Op: op, Kids: []*Expr{left, right}}
}

// between reads the bounds of BETWEEN.
func (p *parser) between(left *Expr) (*Expr, error) {
	low, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.expectWords("AND"); err != nil {
		return nil, err
	}
	high, err := p.operand()
	return &Expr{Op: "BETWEEN", Kids: []*Expr{left, low, high}}, err
}

// in reads the list of IN, in either kind of bracket.
func (p *parser) in(left *Expr) (*Expr, error) {
	end := ")"
	if p.accept("[") {
		end = "]"
	} else if err := p.expect("("); err != nil {
		return nil, err
	}
	e := &Expr{Op: "IN", Kids: []*Expr{left}}
	for {
		kid, err := p.operand()
		if err != nil {
			return nil, err
		}
		e.Kids = append(e.Kids, kid)
		if p.accept(end) {
			return e, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// is reads what follows IS.
func (p *parser) is(left *Expr) (*Expr, error) {
	not := p.word("NOT")
	var e *Expr
	switch {
	case !left.IsPath():
		return nil, p.unexpected()
	case p.word("MISSING"):
		e = &Expr{Op: "attribute_not_exists", Kids: []*Expr{left}}
	case p.word("NULL"):
		e = &Expr{Op: "attribute_type", Kids: []*Expr{left, {Value: attr.Str(attr.Null.String())}}}
	default:
		return nil, p.unexpected()
	}
	if not {
		return &Expr{Op: "NOT", Kids: []*Expr{e}}, nil
	}
	return e, nil
}

// sum reads an operand of SET: one, or two with a sign between them.
func (p *parser) sum() (*Expr, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if !t.is("+") && !t.is("-") {
		return left, nil
	}
	p.at++
	right, err := p.operand()
	return &Expr{Op: t.text, Kids: []*Expr{left, right}}, err
}

// operand reads a path, a value or a call.
func (p *parser) operand() (*Expr, error) {
	t := p.peek()
	if t.kind == word && p.tokens[p.at+1].is("(") {
		return p.call()
	}
	if t.kind == quoted || t.kind == word && !t.keyword("TRUE") && !t.keyword("FALSE") && !t.keyword("NULL") {
		path, err := p.path()
		return &Expr{Path: path}, err
	}
	v, err := p.literal(0)
	return &Expr{Value: v}, err
}

// call reads a function and its arguments.
func (p *parser) call() (*Expr, error) {
	e := &Expr{Op: strings.ToLower(p.next().text)}
	p.at++ // the parenthesis
	want, known := functions[e.Op]
	if !known {
		return nil, malformed("no function %s", e.Op)
	}
	for len(e.Kids) == 0 || p.accept(",") {
		kid, err := p.operand()
		if err != nil {
			return nil, err
		}
		e.Kids = append(e.Kids, kid)
	}
	if len(e.Kids) != want {
		return nil, malformed("%s takes %d arguments", e.Op, want)
	}
	return e, p.expect(")")
}

package filter

import (
	"errors"
	"fmt"
	"strings"
)

// The limits of an expression.
const (
	maxLength = 2000
	maxDepth  = 50
)

// The keywords that compare by themselves.
var (
	flags = map[string]bool{
		"ok": true, "error": true, "throttle": true, "fault": true, "partial": true,
		"inferred": true, "first": true, "last": true, "remote": true, "root": true,
	}
	numbers = map[string]bool{"responsetime": true, "duration": true, "http.status": true, "index": true, "coverage": true}
	texts   = map[string]bool{
		"http.url": true, "http.method": true, "http.useragent": true, "http.clientip": true, "user": true,
		"name": true, "type": true, "message": true, "availabilityzone": true, "instance.id": true, "resource.arn": true,
	}
)

// Parse reads an expression. Nothing but space is an expression that everything
// matches.
func Parse(expression string) (*Expr, error) {
	if len(expression) > maxLength {
		return nil, fmt.Errorf("expression is longer than %d characters", maxLength)
	}
	tokens, err := split(expression)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 1 {
		return &Expr{}, nil
	}
	p := &parser{tokens: tokens}
	n, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if !p.at(end) {
		return nil, p.unexpected()
	}
	return &Expr{n}, nil
}

// parser reads tokens.
type parser struct {
	tokens []token
	i      int
}

func (p *parser) peek() token         { return p.tokens[p.i] }
func (p *parser) at(kind byte) bool   { return p.peek().kind == kind }
func (p *parser) is(text string) bool { return p.at(sign) && p.peek().text == text }

// word tells whether a certain word comes next.
func (p *parser) word(w string) bool { return p.at(word) && strings.EqualFold(p.peek().text, w) }

// next takes a token; the last one stays.
func (p *parser) next() token {
	t := p.peek()
	if t.kind != end {
		p.i++
	}
	return t
}

// take takes a sign if it comes next.
func (p *parser) take(text string) bool {
	if p.is(text) {
		p.i++
		return true
	}
	return false
}

// expect takes a sign that must come next.
func (p *parser) expect(text string) error {
	if !p.take(text) {
		return fmt.Errorf("expected %q at position %d", text, p.peek().at)
	}
	return nil
}

// unexpected is the error of a token that has no place here.
func (p *parser) unexpected() error {
	t := p.peek()
	if t.kind == end {
		return errors.New("the expression ends too early")
	}
	return fmt.Errorf("unexpected %q at position %d", t.text, t.at)
}

func (p *parser) or(depth int) (node, error) {
	a, err := p.and(depth)
	for err == nil && p.word("OR") {
		p.next()
		var b node
		b, err = p.and(depth)
		a = or{a, b}
	}
	return a, err
}

// and reads what is joined by AND, or by nothing at all.
func (p *parser) and(depth int) (node, error) {
	a, err := p.unary(depth)
	for err == nil && !p.at(end) && !p.is(")") && !p.is("}") && !p.word("OR") {
		if p.word("AND") {
			p.next()
		}
		var b node
		b, err = p.unary(depth)
		a = and{a, b}
	}
	return a, err
}

func (p *parser) unary(depth int) (node, error) {
	if depth > maxDepth {
		return nil, errors.New("the expression is nested too deeply")
	}
	if p.is("!") || p.word("NOT") {
		p.next()
		n, err := p.unary(depth + 1)
		return not{n}, err
	}
	if p.take("(") {
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	return p.keyword(depth)
}

// keyword reads one keyword with its comparison.
func (p *parser) keyword(depth int) (node, error) {
	if !p.at(word) {
		return nil, p.unexpected()
	}
	t := p.peek()
	name := strings.ToLower(t.text)
	switch {
	case strings.HasPrefix(name, "annotation."):
		p.next()
		return p.annotation(t.text[len("annotation."):])
	case name == "annotation":
		p.next()
		return p.bracketed()
	case flags[name]:
		p.next()
		return p.flag(name)
	case numbers[name]:
		p.next()
		return p.number(name)
	case texts[name]:
		p.next()
		op, value, err := p.text()
		return text{name, op, value}, err
	case name == "service":
		p.next()
		return p.service(depth)
	case name == "edge":
		p.next()
		return p.edge(depth)
	case name == "group", name == "group.name", name == "group.arn":
		p.next()
		return p.group(name)
	case strings.HasPrefix(name, "rootcause."):
		p.next()
		return p.cause(name)
	}
	return nil, fmt.Errorf("unknown keyword %q at position %d", t.text, t.at)
}

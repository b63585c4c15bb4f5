package vtl

import (
	"strconv"
	"strings"
)

// expression reads an expression.
func (p *parser) expression() (expression, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.binary(0)
}

// levels are the operators between two values, by how tightly they bind.
func levels(level int) []operatorWord {
	switch level {
	case 0:
		return []operatorWord{{"||", or}, {"or", or}}
	case 1:
		return []operatorWord{{"&&", and}, {"and", and}}
	case 2:
		return []operatorWord{{"==", equal}, {"!=", unequal}, {"eq", equal}, {"ne", unequal}}
	case 3:
		return []operatorWord{
			{"<=", atMost}, {">=", atLeast}, {"<", less}, {">", greater}, {"le", atMost}, {"ge", atLeast}, {"lt", less}, {"gt", greater},
		}
	case 4:
		return []operatorWord{{"+", plus}, {"-", minus}}
	case 5:
		return []operatorWord{{"*", times}, {"/", by}, {"%", modulo}}
	}
	return nil
}

// operatorWord is an operator as it is written.
type operatorWord struct {
	text     string
	operator operator
}

// binary reads values with operators between them that bind as a level's, or more
// tightly.
func (p *parser) binary(level int) (expression, error) {
	words := levels(level)
	if words == nil {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	for {
		o, ok, err := p.operator(words)
		if err != nil || !ok {
			return left, err
		}
		right, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		left = &operation{operator: o, left: left, right: right}
	}
}

// operator takes one of the operators if it comes next.
func (p *parser) operator(words []operatorWord) (operator, bool, error) {
	p.spaces()
	rest := p.text[p.at:]
	for _, w := range words {
		if !strings.HasPrefix(rest, w.text) {
			continue
		}
		next := p.byteAt(p.at + len(w.text))
		if letter(w.text[0]) && word(next) {
			continue
		}
		if w.operator == minus && (next >= '0' && next <= '9') {
			return 0, false, p.unexpected(p.at) // Velocity takes it for a negative number
		}
		p.at += len(w.text)
		return w.operator, true, nil
	}
	return 0, false, nil
}

// unary reads a value, or the opposite of one.
func (p *parser) unary() (expression, error) {
	p.spaces()
	negated := p.peek() == '!'
	if negated {
		p.at++
	} else if rest := p.text[p.at:]; strings.HasPrefix(rest, "not") && !word(p.byteAt(p.at+3)) {
		p.at += 3
		negated = true
	}
	if !negated {
		return p.primary()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	e, err := p.unary()
	return &opposite{of: e}, err
}

// primary reads one value.
func (p *parser) primary() (expression, error) {
	p.spaces()
	at := p.at
	switch c := p.peek(); {
	case c == '$':
		return p.target()
	case c == '"' || c == '\'':
		return p.quoted(c)
	case c == '(':
		p.at++
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		return e, p.expect(')')
	case c == '[':
		p.at++
		return p.list()
	case c == '{':
		p.at++
		return p.mapping()
	case c >= '0' && c <= '9' || c == '-' || c == '.':
		return p.number()
	}
	switch p.identifier() {
	case "true":
		return constant{true}, nil
	case "false":
		return constant{false}, nil
	}
	p.at = at
	return nil, p.unexpected(at)
}

// number reads a number; two dots after it are those of a range.
func (p *parser) number() (expression, error) {
	from := p.at
	p.accept('-')
	digits := p.digits()
	whole := true
	if p.peek() == '.' && p.byteAt(p.at+1) != '.' {
		p.at++
		whole = false
		digits += p.digits()
	}
	if digits == 0 {
		p.at = from
		return nil, p.unexpected(from)
	}
	if before := p.at; p.accept('e') || p.accept('E') {
		if !p.accept('-') {
			p.accept('+')
		}
		whole = false
		if p.digits() == 0 {
			p.at = before
			return nil, p.unexpected(before)
		}
	}
	text := p.text[from:p.at]
	if whole {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return constant{n}, nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, p.failAt(from, "The number "+text+" is out of range")
	}
	return constant{f}, nil
}

// digits takes digits, and tells how many.
func (p *parser) digits() int {
	from := p.at
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.at++
	}
	return p.at - from
}

// list reads the rest of [a, b] or [a..b].
func (p *parser) list() (expression, error) {
	p.spaces()
	if p.accept(']') {
		return &listing{}, nil
	}
	first, err := p.expression()
	if err != nil {
		return nil, err
	}
	p.spaces()
	if strings.HasPrefix(p.text[p.at:], "..") {
		p.at += 2
		last, err := p.expression()
		if err != nil {
			return nil, err
		}
		return &interval{first: first, last: last}, p.expect(']')
	}
	l := &listing{items: []expression{first}}
	if p.accept(']') {
		return l, nil
	}
	if err := p.expect(','); err != nil {
		return nil, err
	}
	rest, err := p.arguments(']')
	if err == nil && len(rest) == 0 {
		err = p.unexpected(p.at - 1)
	}
	l.items = append(l.items, rest...)
	return l, err
}

// mapping reads the rest of {a : b, c : d}.
func (p *parser) mapping() (expression, error) {
	m := &mapping{}
	p.spaces()
	if p.accept('}') {
		return m, nil
	}
	for {
		key, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect(':'); err != nil {
			return nil, err
		}
		v, err := p.expression()
		if err != nil {
			return nil, err
		}
		m.keys, m.values = append(m.keys, key), append(m.values, v)
		p.spaces()
		if p.accept('}') {
			return m, nil
		}
		if err := p.expect(','); err != nil {
			return nil, err
		}
	}
}

// quoted reads a string: in single quotes as it is, in double quotes with what it
// refers to. A quote within is written twice.
func (p *parser) quoted(quote byte) (expression, error) {
	from := p.at
	p.at++
	for {
		i := strings.IndexByte(p.text[p.at:], quote)
		if i < 0 {
			return nil, p.failAt(from, "A string has no end")
		}
		p.at += i + 1
		if !p.accept(quote) {
			break
		}
	}
	q := string(quote)
	content := strings.ReplaceAll(p.text[from+1:p.at-1], q+q, q)
	if quote == '\'' || !strings.ContainsAny(content, "$#") {
		return constant{content}, nil
	}
	before := p.text[:from+1]
	inner := &parser{text: content, macros: p.macros, nested: p.nested, line: p.line + strings.Count(before, "\n")}
	inner.column = len(before) - strings.LastIndexByte(before, '\n') - 1
	if inner.line == p.line {
		inner.column += p.column
	}
	body, err := inner.template()
	return &interpolation{body: body}, err
}

package filter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
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
func (p *parser) is(sign string) bool { return p.at(sign0) && p.peek().text == sign }

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
func (p *parser) take(sign string) bool {
	if p.is(sign) {
		p.i++
		return true
	}
	return false
}

// expect takes a sign that must come next.
func (p *parser) expect(sign string) error {
	if !p.take(sign) {
		return fmt.Errorf("expected %q at position %d", sign, p.peek().at)
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

// operator takes one of the operators.
func (p *parser) operator(allowed ...string) (string, bool) {
	t := p.peek()
	for _, op := range allowed {
		if t.kind == sign0 && t.text == op || t.kind == word && strings.EqualFold(t.text, op) {
			p.next()
			return op, true
		}
	}
	return "", false
}

func (p *parser) flag(name string) (node, error) {
	op, ok := p.operator("=", "!=")
	if !ok {
		return flag{name, true}, nil
	}
	want := p.word("true")
	if !want && !p.word("false") {
		return nil, p.unexpected()
	}
	p.next()
	return flag{name, want == (op == "=")}, nil
}

func (p *parser) number(name string) (node, error) {
	op, ok := p.operator("=", "!=", "<", "<=", ">", ">=")
	if !ok {
		return nil, p.unexpected()
	}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	f, ok := v.(float64)
	if !ok {
		return nil, fmt.Errorf("%s is compared with a number", name)
	}
	return number{name, op, f}, nil
}

// text reads an operator of strings and a string.
func (p *parser) text() (op, value string, err error) {
	op, ok := p.operator("=", "!=", "CONTAINS", "BEGINSWITH", "ENDSWITH")
	if !ok {
		return "", "", p.unexpected()
	}
	if !p.at(quoted) {
		return "", "", p.unexpected()
	}
	return op, p.next().text, nil
}

// value reads a string, a number or a boolean.
func (p *parser) value() (any, error) {
	t := p.peek()
	switch {
	case t.kind == quoted:
		p.next()
		return t.text, nil
	case p.word("true"), p.word("false"):
		p.next()
		return strings.EqualFold(t.text, "true"), nil
	case t.kind == word:
		if f, err := strconv.ParseFloat(t.text, 64); err == nil {
			p.next()
			return f, nil
		}
	}
	return nil, p.unexpected()
}

// bracketed reads annotation[key]; the key may stand in quotes.
func (p *parser) bracketed() (node, error) {
	if err := p.expect("["); err != nil {
		return nil, err
	}
	if !p.at(word) && !p.at(quoted) {
		return nil, p.unexpected()
	}
	key := p.next().text
	if err := p.expect("]"); err != nil {
		return nil, err
	}
	return p.annotation(key)
}

func (p *parser) annotation(key string) (node, error) {
	if key == "" {
		return nil, p.unexpected()
	}
	op, ok := p.operator("=", "!=", "<", "<=", ">", ">=", "CONTAINS", "BEGINSWITH", "ENDSWITH")
	if !ok {
		return annotated{key: key}, nil
	}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	equal := op == "=" || op == "!="
	switch v.(type) {
	case string:
		ok = equal || len(op) > 2
	case float64:
		ok = len(op) <= 2
	case bool:
		ok = equal
	}
	if !ok {
		return nil, fmt.Errorf("%s does not go with %v", op, v)
	}
	return annotated{key, op, v}, nil
}

// service reads service(…){…}.
func (p *parser) service(depth int) (node, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var n serviceNode
	var err error
	if !p.is(")") {
		if n.id, err = p.id(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	n.inner, err = p.block(depth)
	return n, err
}

// edge reads edge(…, …){…}.
func (p *parser) edge(depth int) (node, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var n edgeNode
	var err error
	if !p.is(")") {
		if n.from, err = p.id(); err != nil {
			return nil, err
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
		if n.to, err = p.id(); err != nil {
			return nil, err
		}
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	n.inner, err = p.block(depth)
	return n, err
}

// block reads {…}, which may be left out.
func (p *parser) block(depth int) (node, error) {
	if !p.take("{") || p.take("}") {
		return nil, nil
	}
	n, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	return n, p.expect("}")
}

// id reads a name, or id(name: …, type: …, account.id: …).
func (p *parser) id() (ID, error) {
	if p.at(quoted) {
		return ID{Name: p.next().text}, nil
	}
	if !p.word("id") {
		return ID{}, p.unexpected()
	}
	p.next()
	var id ID
	err := p.arguments(func(name, value string) bool {
		switch name {
		case "name":
			id.Name = value
		case "type":
			id.Type = value
		case "account.id":
			id.Account = value
		default:
			return false
		}
		return true
	})
	return id, err
}

// arguments reads (name: "value", …).
func (p *parser) arguments(set func(name, value string) bool) error {
	if err := p.expect("("); err != nil {
		return err
	}
	for n := 0; !p.take(")"); n++ {
		if n > 0 {
			if err := p.expect(","); err != nil {
				return err
			}
		}
		if !p.at(word) {
			return p.unexpected()
		}
		name := p.next()
		if err := p.expect(":"); err != nil {
			return err
		}
		if !p.at(quoted) {
			return p.unexpected()
		}
		if !set(strings.ToLower(name.text), p.next().text) {
			return fmt.Errorf("unknown argument %q at position %d", name.text, name.at)
		}
	}
	return nil
}

// group reads group.name = "…", group.arn = "…" or group(name: "…").
func (p *parser) group(name string) (node, error) {
	if name == "group" {
		g := group{want: true}
		err := p.arguments(func(name, value string) bool {
			g.name = value
			return name == "name" || name == "arn"
		})
		return g, err
	}
	op, ok := p.operator("=", "!=")
	if !ok || !p.at(quoted) {
		return nil, p.unexpected()
	}
	return group{p.next().text, op == "="}, nil
}

// cause reads rootcause.fault.service = "…" and the like.
func (p *parser) cause(name string) (node, error) {
	parts := strings.Split(name, ".")
	kinds := map[string]bool{"fault": true, "error": true, "responsetime": true}
	known := map[string]bool{"service": true, "entity": true, "exception": true, "message": true, "type": true}
	if len(parts) != 3 || !kinds[parts[1]] || !known[parts[2]] {
		return nil, fmt.Errorf("unknown keyword %q", name)
	}
	op, value, err := p.text()
	return cause{parts[1], parts[2], op, value}, err
}

// The kinds of tokens.
const (
	end    = byte(0)
	word   = byte('w')
	quoted = byte('q')
	sign0  = byte('s')
)

// token is a word, a string in quotes, or a sign.
type token struct {
	kind byte
	text string
	at   int
}

// split cuts an expression into tokens; the last is of kind end.
func split(s string) (out []token, err error) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c < 0x80 && unicode.IsSpace(rune(c)):
			i++
		case c == '"' || c == '\'':
			value, n, err := unquote(s[i:])
			if err != nil {
				return nil, fmt.Errorf("%w at position %d", err, i)
			}
			out = append(out, token{quoted, value, i})
			i += n
		case strings.IndexByte("!<>=(){}[],:", c) >= 0:
			n := 1
			if strings.IndexByte("!<>", c) >= 0 && strings.HasPrefix(s[i+1:], "=") {
				n = 2
			}
			out = append(out, token{sign0, s[i : i+n], i})
			i += n
		case wordByte(c):
			n := 1
			for i+n < len(s) && wordByte(s[i+n]) {
				n++
			}
			out = append(out, token{word, s[i : i+n], i})
			i += n
		default:
			return nil, fmt.Errorf("unexpected character at position %d", i)
		}
	}
	return append(out, token{kind: end, at: len(s)}), nil
}

// wordByte tells whether a byte may be part of a word: a keyword, a number, or
// an annotation's key.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == '+' ||
		c == '/' || c == '@'
}

// unquote reads a string in quotes, and tells how long it is. A backslash takes
// the next character as it is.
func unquote(s string) (value string, n int, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == s[0]:
			return b.String(), i + 1, nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, errors.New("a string does not end")
}

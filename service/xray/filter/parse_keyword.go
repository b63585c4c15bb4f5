package filter

import (
	"fmt"
	"strconv"
	"strings"
)

// operator takes one of the operators.
func (p *parser) operator(allowed ...string) (string, bool) {
	t := p.peek()
	for _, op := range allowed {
		if t.kind == sign && t.text == op || t.kind == word && strings.EqualFold(t.text, op) {
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

// Package rule reads the rules of CloudWatch's composite alarms:
//
//	(ALARM("a") OR ALARM(b)) AND NOT OK("arn:aws:cloudwatch:…:alarm:c")
//
// NOT binds tighter than AND, and AND tighter than OR.
package rule

import (
	"fmt"
	"slices"
	"strings"
)

const (
	// MaxLength is how long a rule may be.
	MaxLength = 10240
	// MaxChildren is how many alarms a rule may name.
	MaxChildren = 100
	// MaxElements is how many alarms, constants and pairs of parentheses a rule
	// may have.
	MaxElements = 500
)

// Error is a fault of a rule.
type Error struct{ Message string }

// Error tells it.
func (e *Error) Error() string { return e.Message }

// node is a part of a rule.
type node struct {
	op    string // AND, OR, NOT, TRUE, FALSE, or the state that alarm is asked for
	alarm string
	args  []*node
}

// Rule is one that has been read.
type Rule struct {
	root *node
	// Children are the alarms that it names, by name or ARN as it does, once
	// each in the order of the text.
	Children []string
}

// Eval evaluates the rule over the states of alarms.
func (r *Rule) Eval(state func(alarm string) string) bool { return r.root.eval(state) }

func (n *node) eval(state func(string) string) bool {
	switch n.op {
	case "TRUE":
		return true
	case "FALSE":
		return false
	case "NOT":
		return !n.args[0].eval(state)
	case "AND":
		return n.args[0].eval(state) && n.args[1].eval(state)
	case "OR":
		return n.args[0].eval(state) || n.args[1].eval(state)
	}
	return state(n.alarm) == n.op
}

// Parse reads a rule.
func Parse(s string) (*Rule, error) {
	switch {
	case s == "" || strings.TrimSpace(s) != s:
		return nil, &Error{"AlarmRule must not contain leading or trailing whitespace or be null"}
	case len(s) > MaxLength:
		return nil, &Error{fmt.Sprintf("AlarmRule must not be longer than %d characters", MaxLength)}
	}
	p := &parser{text: s}
	root, err := p.binary("OR")
	if err != nil {
		return nil, err
	}
	p.space()
	if p.at < len(s) {
		return nil, p.unexpected()
	}
	switch {
	case len(p.children) > MaxChildren:
		return nil, &Error{fmt.Sprintf("AlarmRule must not have more than %d children", MaxChildren)}
	case p.elements > MaxElements:
		return nil, &Error{fmt.Sprintf("AlarmRule must not have more than %d elements", MaxElements)}
	}
	return &Rule{root, p.children}, nil
}

// parser reads a rule's text.
type parser struct {
	text     string
	at       int
	children []string
	elements int
	depth    int
}

// unexpected is the error of what does not fit.
func (p *parser) unexpected() error {
	return &Error{fmt.Sprintf("AlarmRule has a syntax error at position %d", p.at)}
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// sign goes on when a character is next.
func (p *parser) sign(c byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// word reads letters and underscores.
func (p *parser) word() string {
	p.space()
	from := p.at
	for p.at < len(p.text) && (p.text[p.at] == '_' || p.text[p.at]|0x20 >= 'a' && p.text[p.at]|0x20 <= 'z') {
		p.at++
	}
	return p.text[from:p.at]
}

// keyword goes on when an operator is next.
func (p *parser) keyword(op string) bool {
	at := p.at
	if p.word() == op {
		return true
	}
	p.at = at
	return false
}

// binary reads operands of OR, or of AND.
func (p *parser) binary(op string) (*node, error) {
	next := func() (*node, error) {
		if op == "OR" {
			return p.binary("AND")
		}
		return p.not()
	}
	left, err := next()
	for err == nil && p.keyword(op) {
		var right *node
		if right, err = next(); err == nil {
			left = &node{op: op, args: []*node{left, right}}
		}
	}
	return left, err
}

// not reads an element, or its contrary.
func (p *parser) not() (*node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > MaxElements {
		return nil, &Error{"AlarmRule is nested too deeply"}
	}
	if p.keyword("NOT") {
		of, err := p.not()
		return &node{op: "NOT", args: []*node{of}}, err
	}
	p.elements++
	if p.sign('(') {
		of, err := p.binary("OR")
		if err == nil && !p.sign(')') {
			err = p.unexpected()
		}
		return of, err
	}
	from := p.at
	switch op := p.word(); op {
	case "TRUE", "FALSE":
		return &node{op: op}, nil
	case "ALARM", "OK", "INSUFFICIENT_DATA":
		name, err := p.alarm()
		return &node{op: op, alarm: name}, err
	}
	p.at = from
	return nil, p.unexpected()
}

// alarm reads the name in parentheses.
func (p *parser) alarm() (string, error) {
	if !p.sign('(') {
		return "", p.unexpected()
	}
	p.space()
	from := p.at
	var name string
	if p.sign('"') {
		n := strings.IndexByte(p.text[p.at:], '"')
		if n < 0 {
			return "", p.unexpected()
		}
		name = p.text[p.at : p.at+n]
		p.at += n + 1
	} else {
		n := strings.IndexByte(p.text[p.at:], ')')
		if n < 0 {
			return "", p.unexpected()
		}
		name = strings.TrimSpace(p.text[p.at : p.at+n])
		p.at += n
	}
	if name == "" || !p.sign(')') {
		p.at = from
		return "", p.unexpected()
	}
	if !slices.Contains(p.children, name) {
		p.children = append(p.children, name)
	}
	return name, nil
}

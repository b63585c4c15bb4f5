package insights

import (
	"fmt"
	"strconv"
)

// stats reads aggregates, and what they are grouped by.
func (p *parser) stats(q *Query) error {
	var c statsCommand
	p.aggregates = &c.aggregates
	var err error
	c.columns, err = p.columns()
	p.aggregates = nil
	if err != nil {
		return err
	}
	if len(c.aggregates) == 0 {
		return p.fail("stats needs an aggregate function")
	}
	if p.is("by") {
		if err := p.advance(true); err != nil {
			return err
		}
		if c.by, err = p.columns(); err != nil {
			return err
		}
	}
	q.commands = append(q.commands, c)
	q.shown, q.rows = nil, true
	for _, n := range c.by {
		q.show(n.name)
	}
	for _, n := range c.columns {
		q.show(n.name)
	}
	return nil
}

// aggregate reads the arguments of an aggregate function.
func (p *parser) aggregate(name string, t token) (expr, error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	a := &aggregate{name: name, slot: len(*p.aggregates)}
	outer := p.aggregates
	p.aggregates = nil // they do not nest
	defer func() { p.aggregates = outer }()
	switch {
	case p.isSign("*"):
		if name != "count" {
			return nil, p.unexpected()
		}
		if err := p.advance(false); err != nil {
			return nil, err
		}
	case !p.isSign(")"):
		of, err := p.expr()
		if err != nil {
			return nil, err
		}
		a.of = of
	}
	if a.of == nil && name != "count" {
		return nil, &SyntaxError{t.start, p.tok.end, fmt.Sprintf("wrong number of arguments for function %s", t.text)}
	}
	if name == "median" {
		a.percent = 50
	}
	if name == "pct" {
		if err := p.expect(",", true); err != nil {
			return nil, err
		}
		n, err := strconv.ParseFloat(p.tok.text, 64)
		if p.tok.kind != numeral || err != nil || n < 0 || n > 100 {
			return nil, p.fail("percentile must be between 0 and 100")
		}
		a.percent = n
		if err := p.advance(false); err != nil {
			return nil, err
		}
	}
	*outer = append(*outer, a)
	return a, p.expect(")", false)
}

package insights

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse reads a query. What is wrong with it is a *SyntaxError. now is what the
// query's now() is.
func Parse(text string, now time.Time) (*Query, error) {
	if len(text) > maxLength {
		return nil, &SyntaxError{0, len(text), fmt.Sprintf("query is longer than %d characters", maxLength)}
	}
	p := &parser{lexer: lexer{text: text}, now: func() value { return numberValue(float64(now.Unix())) }}
	q := &Query{}
	if err := p.query(q); err != nil {
		return nil, characters(text, err)
	}
	q.members = newMembers(p.names)
	return q, nil
}

// characters turns the offsets of a syntax error from bytes into characters.
func characters(text string, err error) error {
	e, ok := err.(*SyntaxError) //nolint:errorlint // the parser's own, never wrapped
	if !ok {
		return err
	}
	count := func(n int) int { return len([]rune(text[:min(n, len(text))])) }
	return &SyntaxError{count(e.Start), count(e.End), e.Message}
}

// query reads commands between bars.
func (p *parser) query(q *Query) error {
	if err := p.advance(false); err != nil {
		return err
	}
	if p.isSign("|") { // AWS lets a query begin with one
		if err := p.advance(false); err != nil {
			return err
		}
	}
	for {
		if p.tok.kind != word {
			return p.unexpected()
		}
		if err := p.command(q); err != nil {
			return err
		}
		if p.tok.kind == end {
			return p.finish(q)
		}
		if !p.isSign("|") {
			return p.unexpected()
		}
		if err := p.advance(false); err != nil {
			return err
		}
	}
}

// finish holds a query against what commands demand of each other.
func (p *parser) finish(q *Query) error {
	stats := 0
	for _, c := range q.commands {
		if _, ok := c.(statsCommand); ok {
			stats++
		}
	}
	if stats > maxStats {
		return p.fail("a query can have at most %d stats commands", maxStats)
	}
	if len(q.commands) == 0 && q.Source == nil {
		return p.unexpected()
	}
	return nil
}

// command reads one command.
func (p *parser) command(q *Query) error {
	name := strings.ToLower(p.tok.text)
	at := p.tok
	value := name != "dedup"
	if name != "parse" {
		if err := p.advance(value); err != nil {
			return err
		}
	}
	switch name {
	case "fields", "display":
		return p.fields(q, name == "display")
	case "filter", "where":
		return p.filter(q)
	case "filterindex":
		return p.filter(q)
	case "parse":
		return p.parse(q)
	case "sort", "order":
		return p.sort(q)
	case "limit", "head", "tail":
		if name == "limit" {
			return p.limit(q)
		}
	case "stats":
		return p.stats(q)
	case "dedup":
		return p.dedup(q)
	case "pattern":
		return p.pattern(q)
	case "diff":
		return p.diff(q)
	case "unnest":
		return p.unnest(q)
	case "unmask":
		return p.unmask(q)
	case "source":
		return p.source(q, at)
	}
	p.tok = at
	if name == "anomaly" || name == "lookup" {
		return p.fail("the command %s is not supported", at.text)
	}
	return p.fail("unexpected symbol found %s at position %d", at.text, at.start)
}

// columns reads expressions with their names.
func (p *parser) columns() ([]named, error) {
	var out []named
	for {
		start := p.tok.start
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		n := named{p.text[start:p.ended], e}
		if f, ok := e.(field); ok {
			n.name = f.name
		}
		if p.is("as") {
			if err := p.advance(false); err != nil {
				return nil, err
			}
			if n.name, err = p.givenName(); err != nil {
				return nil, err
			}
		}
		out = append(out, n)
		if !p.isSign(",") {
			return out, nil
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
	}
}

// givenName reads a name that the query gives.
func (p *parser) givenName() (string, error) {
	if p.tok.kind != word && p.tok.kind != quoted && p.tok.kind != literal {
		return "", p.unexpected()
	}
	name := p.tok.text
	if p.tok.kind == word && reserved(name) {
		return "", p.unexpected()
	}
	return name, p.advance(false)
}

// show adds a field to those that are shown.
func (q *Query) show(name string) {
	if !slices.Contains(q.shown, name) {
		q.shown = append(q.shown, name)
	}
}

func (p *parser) fields(q *Query, display bool) error {
	list, err := p.columns()
	if err != nil {
		return err
	}
	if display {
		q.shown = nil
	}
	for _, n := range list {
		q.show(n.name)
	}
	q.commands = append(q.commands, fieldsCommand{list})
	return nil
}

func (p *parser) filter(q *Query) error {
	cond, err := p.expr()
	if err != nil {
		return err
	}
	q.commands = append(q.commands, filterCommand{cond: cond})
	return nil
}

func (p *parser) sort(q *Query) error {
	if p.is("by") {
		if err := p.advance(true); err != nil {
			return err
		}
	}
	var c sortCommand
	for {
		e, err := p.expr()
		if err != nil {
			return err
		}
		k := sortKey{expr: e, desc: p.is("desc")}
		if p.is("desc") || p.is("asc") {
			if err := p.advance(false); err != nil {
				return err
			}
		}
		c.keys = append(c.keys, k)
		if !p.isSign(",") {
			break
		}
		if err := p.advance(true); err != nil {
			return err
		}
	}
	q.commands = append(q.commands, c)
	return nil
}

func (p *parser) limit(q *Query) error {
	n, err := strconv.Atoi(p.tok.text)
	if p.tok.kind != numeral || err != nil || n < 1 || n > MaxResults {
		if p.tok.kind == numeral {
			return p.fail("limit must be between 1 and %d", MaxResults)
		}
		return p.unexpected()
	}
	q.commands = append(q.commands, limitCommand{n})
	return p.advance(false)
}

func (p *parser) dedup(q *Query) error {
	list, err := p.columns()
	if err != nil {
		return err
	}
	var c dedupCommand
	for _, n := range list {
		c.of = append(c.of, n.expr)
	}
	q.commands = append(q.commands, c)
	return nil
}

func (p *parser) unnest(q *Query) error {
	of, err := p.expr()
	if err != nil {
		return err
	}
	if !p.is("into") && !p.is("as") {
		return p.unexpected()
	}
	if err := p.advance(false); err != nil {
		return err
	}
	name, err := p.givenName()
	if err != nil {
		return err
	}
	q.commands = append(q.commands, unnestCommand{of, name})
	return nil
}

func (p *parser) unmask(q *Query) error {
	list, err := p.columns()
	if err != nil {
		return err
	}
	for _, n := range list {
		q.show(n.name)
	}
	q.commands = append(q.commands, fieldsCommand{list})
	return nil
}

package insights

import (
	"slices"
	"strings"
)

// maxParsed is how many fields one parse command makes.
const maxParsed = 100

// parse reads "parse field pattern as names"; without a field it is @message.
func (p *parser) parse(q *Query) error {
	if err := p.advance(true); err != nil {
		return err
	}
	c := parseCommand{of: field{"@message"}}
	if p.tok.kind != literal && p.tok.kind != regex {
		of, err := p.parsed()
		if err != nil {
			return err
		}
		c.of = of
	}
	if p.tok.kind != literal && p.tok.kind != regex {
		return p.unexpected()
	}
	what := p.tok
	if err := p.advance(false); err != nil {
		return err
	}
	if p.is("as") {
		for {
			if err := p.advance(false); err != nil {
				return err
			}
			name, err := p.givenName()
			if err != nil {
				return err
			}
			if c.names = append(c.names, name); len(c.names) > maxParsed {
				return p.fail("parse makes more than %d fields", maxParsed)
			}
			if !p.isSign(",") {
				break
			}
		}
	}
	if err := p.parts(&c, what); err != nil {
		return err
	}
	if q.shown != nil && !q.rows {
		for _, n := range c.names {
			q.show(n)
		}
	}
	q.commands = append(q.commands, c)
	return nil
}

// parsed reads the field that is taken apart. Behind it comes a pattern, so a
// slash is no division.
func (p *parser) parsed() (expr, error) {
	t := p.tok
	switch {
	case t.kind == quoted:
		return p.field(t.text), p.advance(true)
	case t.kind != word || reserved(t.text):
		return nil, p.unexpected()
	}
	if err := p.advance(true); err != nil {
		return nil, err
	}
	if !p.isSign("(") {
		return p.field(t.text), nil
	}
	e, err := p.call(t)
	if err != nil || p.tok.kind == literal {
		return e, err
	}
	p.at = p.tok.start
	return e, p.advance(true)
}

// parts says how a parse command takes text apart.
func (p *parser) parts(c *parseCommand, what token) error {
	if what.kind == literal {
		g := newGlob(what.text)
		if g.stars() != len(c.names) || len(c.names) == 0 {
			p.tok = what
			return p.fail("the pattern has %d wildcards for %d fields", g.stars(), len(c.names))
		}
		c.parts = g.match
		return nil
	}
	re, err := p.room.Compile(what.text)
	if err != nil {
		p.tok = what
		return p.fail("invalid regular expression: %v", err)
	}
	groups := make([]int, 0, len(c.names))
	for i, name := range re.SubexpNames() {
		if i > 0 && (name != "" || len(c.names) > 0) {
			groups = append(groups, i)
			if len(c.names) < len(groups) && name != "" {
				c.names = append(c.names, name)
			}
		}
	}
	if len(groups) == 0 || len(groups) != len(c.names) {
		p.tok = what
		return p.fail("the regular expression has %d groups for %d fields", len(groups), len(c.names))
	}
	c.parts = func(s string) []string {
		m := re.FindStringSubmatchIndex(s)
		if m == nil {
			return nil
		}
		out := make([]string, len(groups))
		for i, g := range groups {
			if m[2*g] >= 0 {
				out[i] = s[m[2*g]:m[2*g+1]]
			}
		}
		return out
	}
	return nil
}

// glob is a pattern with wildcards: the text before the first one, and behind
// each.
type glob []string

func newGlob(s string) glob { return strings.Split(s, "*") }

// stars is how many wildcards there are.
func (g glob) stars() int { return len(g) - 1 }

// match returns what stands for each wildcard in the first place where all of
// the pattern is found; nil if there is none. Each takes as little as it can; a
// last one with nothing behind it takes the rest.
func (g glob) match(s string) []string {
	i := strings.Index(s, g[0])
	if i < 0 {
		return nil
	}
	rest := s[i+len(g[0]):]
	out := make([]string, 0, g.stars())
	for n, part := range g[1:] {
		if part == "" {
			if n == len(g)-2 {
				out = append(out, rest)
				rest = ""
			} else {
				out = append(out, "")
			}
			continue
		}
		i := strings.Index(rest, part)
		if i < 0 {
			return nil
		}
		out = append(out, rest[:i])
		rest = rest[i+len(part):]
	}
	return slices.Clip(out)
}

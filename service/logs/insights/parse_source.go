package insights

import (
	"strings"
)

// source reads "SOURCE logGroups(namePrefix: ['a'], class: 'STANDARD')".
func (p *parser) source(q *Query, at token) error {
	if len(q.commands) > 0 || q.Source != nil || !p.is("loggroups") {
		p.tok = at
		return p.fail("SOURCE must come first, and name logGroups(…)")
	}
	if err := p.advance(false); err != nil {
		return err
	}
	if err := p.expect("(", false); err != nil {
		return err
	}
	q.Source = &Source{}
	for !p.isSign(")") {
		key := strings.ToLower(p.tok.text)
		if err := p.advance(false); err != nil {
			return err
		}
		if err := p.expect(":", true); err != nil {
			return err
		}
		values, err := p.texts()
		if err != nil {
			return err
		}
		switch key {
		case "nameprefix":
			q.Source.Prefixes = values
		case "accountidentifier", "accountidentifiers":
			q.Source.Accounts = values
		case "class":
			q.Source.Class = values[0]
		default:
			return p.fail("unknown argument %s of logGroups", key)
		}
		if p.isSign(",") {
			if err := p.advance(false); err != nil {
				return err
			}
		}
	}
	return p.advance(false)
}

// texts reads text, or a list of it, that is not empty.
func (p *parser) texts() ([]string, error) {
	if p.tok.kind == literal {
		s := p.tok.text
		return []string{s}, p.advance(false)
	}
	if !p.isSign("[") {
		return nil, p.unexpected()
	}
	l, err := p.list()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range l {
		c, ok := e.(constant)
		if !ok || c.kind != text {
			return nil, p.unexpected()
		}
		out = append(out, c.text)
	}
	if len(out) == 0 {
		return nil, p.unexpected()
	}
	return out, nil
}

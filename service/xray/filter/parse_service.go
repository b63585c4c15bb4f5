package filter

import (
	"fmt"
	"strings"
)

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

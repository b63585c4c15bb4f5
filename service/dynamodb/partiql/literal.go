package partiql

import (
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/number"
)

// literal reads a value that is written out, or a parameter.
func (p *parser) literal(depth int) (attr.Value, error) {
	if depth > maxNested {
		return attr.Value{}, malformed("values are nested too deeply")
	}
	t := p.next()
	switch {
	case t.kind == text:
		return attr.Str(t.text), nil
	case t.kind == digits:
		return numeral(t.text)
	case t.is("-") && p.peek().kind == digits:
		return numeral("-" + p.next().text)
	case t.keyword("TRUE"), t.keyword("FALSE"):
		return attr.Value{Kind: attr.Bool, Bool: t.keyword("TRUE")}, nil
	case t.keyword("NULL"):
		return attr.Value{Kind: attr.Null}, nil
	case t.is("?"):
		if p.used == len(p.params) {
			return attr.Value{}, errParams()
		}
		p.used++
		return p.params[p.used-1], nil
	case t.is("["):
		list, err := p.elements("]", depth+1)
		return attr.Value{Kind: attr.List, List: list}, err
	case t.is("<<"):
		return p.set(depth + 1)
	case t.is("{"):
		return p.object(depth + 1)
	}
	return attr.Value{}, malformed("unexpected %q at %d", t.text, t.at)
}

// numeral reads a number.
func numeral(s string) (attr.Value, error) {
	canonical, err := number.Normal(s)
	if err != nil {
		return attr.Value{}, expr.Invalid("%s", err)
	}
	return attr.Num(canonical), nil
}

// elements reads values up to a closing bracket.
func (p *parser) elements(end string, depth int) ([]attr.Value, error) {
	list := []attr.Value{}
	for !p.accept(end) {
		if len(list) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		v, err := p.literal(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// set reads a set, whose members are of one type.
func (p *parser) set(depth int) (attr.Value, error) {
	members, err := p.elements(">>", depth)
	if err != nil {
		return attr.Value{}, err
	}
	if len(members) == 0 {
		return attr.Value{}, expr.InvalidValue("An string set  may not be empty")
	}
	k := members[0].Kind
	for _, m := range members {
		if m.Kind != k || k != attr.String && k != attr.Number && k != attr.Binary {
			return attr.Value{}, malformed("a set holds texts, numbers or binary values, all of one type")
		}
	}
	v, ok := attr.NewSet(attr.SetOf(k), members)
	if !ok {
		return v, expr.InvalidValue("Input collection contains duplicates.")
	}
	return v, nil
}

// object reads a map.
func (p *parser) object(depth int) (attr.Value, error) {
	m := attr.Item{}
	for !p.accept("}") {
		if len(m) > 0 {
			if err := p.expect(","); err != nil {
				return attr.Value{}, err
			}
		}
		t := p.next()
		if t.kind != text && t.kind != quoted {
			return attr.Value{}, malformed("unexpected %q at %d", t.text, t.at)
		}
		if err := p.expect(":"); err != nil {
			return attr.Value{}, err
		}
		v, err := p.literal(depth)
		if err != nil {
			return attr.Value{}, err
		}
		m = append(m, attr.Attr{Name: t.text, Value: v})
	}
	m.Sort()
	for i := 1; i < len(m); i++ {
		if m[i].Name == m[i-1].Name {
			return attr.Value{}, malformed("%q is there twice", m[i].Name)
		}
	}
	return attr.Value{Kind: attr.Map, Map: m}, nil
}

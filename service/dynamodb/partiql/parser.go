package partiql

import (
	"strconv"
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
)

// parser turns the tokens of one statement into a Statement.
type parser struct {
	tokens []token
	at     int
	params []attr.Value
	used   int // of params
}

// Parse reads a statement whose question marks stand for params, in order.
func Parse(statement string, params []attr.Value) (*Statement, error) {
	tokens, err := lex(statement)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, params: params}
	st, err := p.statement()
	if err != nil {
		return nil, err
	}
	p.accept(";")
	if p.peek().kind != eof {
		return nil, p.unexpected()
	}
	if p.used != len(params) {
		return nil, errParams()
	}
	return st, nil
}

// errParams is the answer to too few or too many parameters.
func errParams() error {
	return expr.Invalid("Number of parameters in request and statement don't match.")
}

func (p *parser) peek() token { return p.tokens[p.at] }

// next returns the present token and goes on.
func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != eof {
		p.at++
	}
	return t
}

// accept goes past punctuation, if it stands here.
func (p *parser) accept(s string) bool {
	if !p.peek().is(s) {
		return false
	}
	p.at++
	return true
}

// word goes past a keyword, if it stands here.
func (p *parser) word(k string) bool {
	if !p.peek().keyword(k) {
		return false
	}
	p.at++
	return true
}

// expect goes past punctuation, which must stand here.
func (p *parser) expect(s string) error {
	if !p.accept(s) {
		return p.unexpected()
	}
	return nil
}

// expectWords goes past keywords, which must stand here.
func (p *parser) expectWords(words ...string) error {
	for _, w := range words {
		if !p.word(w) {
			return p.unexpected()
		}
	}
	return nil
}

// unexpected complains of the present token.
func (p *parser) unexpected() error {
	return malformed("unexpected %q at %d", p.peek().text, p.peek().at)
}

// statement reads a statement of any kind.
func (p *parser) statement() (*Statement, error) {
	switch {
	case p.word("SELECT"):
		return p.selection()
	case p.word("INSERT"):
		return p.insertion()
	case p.word("UPDATE"):
		return p.update()
	case p.word("DELETE"):
		return p.deletion()
	case p.word("EXISTS"):
		return p.existence()
	}
	return nil, p.unexpected()
}

// name reads the name of a table, an index or an attribute.
func (p *parser) name() (string, error) {
	t := p.peek()
	if t.kind != word && t.kind != quoted || t.text == "" {
		return "", p.unexpected()
	}
	p.at++
	return t.text, nil
}

// selection reads what follows SELECT.
func (p *parser) selection() (*Statement, error) {
	st := &Statement{Kind: Select}
	var err error
	if !p.accept("*") {
		if st.Paths, err = p.paths(); err != nil {
			return nil, err
		}
	}
	if err := p.expectWords("FROM"); err != nil {
		return nil, err
	}
	if st.Table, err = p.name(); err != nil {
		return nil, err
	}
	if p.accept(".") {
		if st.Index, err = p.name(); err != nil {
			return nil, err
		}
	}
	if err := p.where(st); err != nil {
		return nil, err
	}
	return st, p.order(st)
}

// paths reads paths with commas between them.
func (p *parser) paths() ([]expr.Path, error) {
	var out []expr.Path
	for {
		path, err := p.path()
		if err != nil {
			return nil, err
		}
		out = append(out, path)
		if !p.accept(",") {
			return out, nil
		}
	}
}

// order reads ORDER BY, if it is there.
func (p *parser) order(st *Statement) error {
	if !p.word("ORDER") {
		return nil
	}
	if err := p.expectWords("BY"); err != nil {
		return err
	}
	for {
		name, err := p.name()
		if err != nil {
			return err
		}
		o := Order{Name: name}
		if p.word("DESC") {
			o.Descending = true
		} else {
			p.word("ASC")
		}
		st.Order = append(st.Order, o)
		if !p.accept(",") {
			return nil
		}
	}
}

// insertion reads what follows INSERT.
func (p *parser) insertion() (*Statement, error) {
	st := &Statement{Kind: Insert}
	err := p.expectWords("INTO")
	if err != nil {
		return nil, err
	}
	if st.Table, err = p.name(); err != nil {
		return nil, err
	}
	if err := p.expectWords("VALUE"); err != nil {
		return nil, err
	}
	v, err := p.literal(0)
	if err != nil {
		return nil, err
	}
	if v.Kind != attr.Map {
		return nil, malformed("VALUE wants an item")
	}
	st.Item = v.Map
	return st, nil
}

// update reads what follows UPDATE.
func (p *parser) update() (*Statement, error) {
	st := &Statement{Kind: Update}
	var err error
	if st.Table, err = p.name(); err != nil {
		return nil, err
	}
	for {
		switch {
		case p.word("SET"):
			err = p.sets(st)
		case p.word("REMOVE"):
			err = p.removes(st)
		case len(st.Changes) == 0:
			err = p.unexpected()
		default:
			if err := p.where(st); err != nil {
				return nil, err
			}
			return st, p.returning(st)
		}
		if err != nil {
			return nil, err
		}
	}
}

// sets reads what follows SET.
func (p *parser) sets(st *Statement) error {
	for {
		path, err := p.path()
		if err != nil {
			return err
		}
		if err := p.expect("="); err != nil {
			return err
		}
		value, err := p.sum()
		if err != nil {
			return err
		}
		c := Change{Path: path, Value: value, Action: Set}
		if action := setFunctions[value.Op]; action != "" {
			if len(value.Kids) != 2 || !value.Kids[0].IsPath() || !value.Kids[1].IsValue() || !value.Kids[1].Value.Kind.IsSet() {
				return malformed("%s wants an attribute and a set", value.Op)
			}
			c = Change{Path: value.Kids[0].Path, Value: value.Kids[1], Action: action}
		}
		st.Changes = append(st.Changes, c)
		if !p.accept(",") {
			return nil
		}
	}
}

// setFunctions are the functions that stand for a section of their own.
var setFunctions = map[string]string{"set_add": AddToSet, "set_delete": TakeAway}

// removes reads what follows REMOVE.
func (p *parser) removes(st *Statement) error {
	paths, err := p.paths()
	for _, path := range paths {
		st.Changes = append(st.Changes, Change{Path: path, Action: Remove})
	}
	return err
}

// deletion reads what follows DELETE.
func (p *parser) deletion() (*Statement, error) {
	st := &Statement{Kind: Delete}
	err := p.expectWords("FROM")
	if err != nil {
		return nil, err
	}
	if st.Table, err = p.name(); err != nil {
		return nil, err
	}
	if err := p.where(st); err != nil {
		return nil, err
	}
	if err := p.returning(st); err != nil {
		return nil, err
	}
	if st.Returning != "" && st.Returning != "ALL OLD" {
		return nil, malformed("DELETE returns ALL OLD *")
	}
	return st, nil
}

// returning reads RETURNING, if it is there.
func (p *parser) returning(st *Statement) error {
	if !p.word("RETURNING") {
		return nil
	}
	which, when := strings.ToUpper(p.next().text), strings.ToUpper(p.next().text)
	if which != "ALL" && which != "MODIFIED" || when != "OLD" && when != "NEW" {
		return malformed("RETURNING wants ALL or MODIFIED, then OLD or NEW")
	}
	st.Returning = which + " " + when
	return p.expect("*")
}

// existence reads what follows EXISTS.
func (p *parser) existence() (*Statement, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if err := p.expectWords("SELECT"); err != nil {
		return nil, err
	}
	st, err := p.selection()
	if err != nil {
		return nil, err
	}
	st.Kind = Exists
	return st, p.expect(")")
}

// where reads WHERE, if it is there.
func (p *parser) where(st *Statement) error {
	if !p.word("WHERE") {
		return nil
	}
	var err error
	st.Where, err = p.or()
	return err
}

// path reads a document path.
func (p *parser) path() (expr.Path, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	path := expr.Path{{Name: name}}
	for {
		switch {
		case p.accept("."):
			if name, err = p.name(); err != nil {
				return nil, err
			}
			path = append(path, expr.Step{Name: name})
		case p.accept("["):
			t := p.next()
			i, err := strconv.Atoi(t.text)
			if t.kind != digits || err != nil {
				return nil, malformed("an index is a number")
			}
			path = append(path, expr.Step{Index: i})
			if err := p.expect("]"); err != nil {
				return nil, err
			}
		default:
			return path, nil
		}
	}
}

package expr

import (
	"slices"

	"maru.dev/maru/service/dynamodb/attr"
)

// section is what an action of an update does.
type section uint8

// The sections of an update expression, in the order in which they are applied.
const (
	set section = iota
	remove
	add
	del
)

// sectionNames are the keywords, by section.
var sectionNames = [...]string{"SET", "REMOVE", "ADD", "DELETE"}

// action is one change to one path.
type action struct {
	section section
	path    Path
	value   *node // of set, add and del
}

// Update is a parsed update.
type Update struct {
	actions []action
	takes   bool // see OnlyTakes
}

// OnlyTakes tells whether u is of the legacy form and only deletes: such an
// update does not make an item that is not there.
func (u *Update) OnlyTakes() bool { return u.takes }

// ParseUpdate parses an UpdateExpression.
func ParseUpdate(text string, params *Params) (*Update, error) {
	p, err := newParser(UpdateExpression, text, params)
	if err != nil {
		return nil, err
	}
	u, err := p.parseSections()
	if err != nil {
		return nil, err
	}
	if err := p.verdict(); err != nil {
		return nil, err
	}
	return u, clashes(UpdateExpression, u.Paths())
}

// parseSections reads the whole expression.
func (p *parser) parseSections() (*Update, error) {
	u, seen := &Update{}, map[section]bool{}
	var twice error
	for p.peek().kind != eof {
		i := slices.IndexFunc(sectionNames[:], p.peek().keyword)
		if i < 0 {
			return nil, p.syntax()
		}
		s := section(i)
		p.at++
		if seen[s] && twice == nil {
			twice = Invalid(`Invalid UpdateExpression: The "%s" section can only be used once in an update expression;`, sectionNames[s])
		}
		seen[s] = true
		if err := p.parseActions(u, s); err != nil {
			return nil, err
		}
	}
	return u, twice
}

// parseActions reads the actions of one section.
func (p *parser) parseActions(u *Update, s section) error {
	for {
		a, err := p.parseAction(s)
		if err != nil {
			return err
		}
		u.actions = append(u.actions, a)
		if !p.accept(",") {
			return nil
		}
	}
}

// parseAction reads a path, and the value that goes with it.
func (p *parser) parseAction(s section) (action, error) {
	path, err := p.parsePath()
	if err != nil {
		return action{}, err
	}
	p.operators++
	a := action{section: s, path: path}
	switch s {
	case set:
		if err := p.expect("="); err != nil {
			return action{}, err
		}
		a.value, err = p.parseSetValue()
	case add, del:
		t := p.peek()
		if t.kind != valueRef {
			return action{}, p.syntax()
		}
		p.at++
		a.value = p.resolveValue(t.text)
		p.checkOperand(s, a.value.value.Kind)
	}
	return a, err
}

// parseSetValue reads an operand, or the sum or difference of two.
func (p *parser) parseSetValue() (*node, error) {
	left, err := p.parseTerm()
	if err != nil {
		return nil, err
	}
	n := &node{op: opAdd, kids: []*node{left}}
	switch {
	case p.accept("+"):
	case p.accept("-"):
		n.op = opSubtract
	default:
		return left, nil
	}
	p.operators++
	right, err := p.parseTerm()
	if err != nil {
		return nil, err
	}
	n.kids = append(n.kids, right)
	p.checkTypes(n, attr.Number)
	return n, nil
}

// parseTerm reads an operand of SET, or a whole value in parentheses.
func (p *parser) parseTerm() (*node, error) {
	if !p.accept("(") {
		return p.parseOperand()
	}
	n, err := p.parseSetValue()
	if err != nil {
		return nil, err
	}
	if n.parens {
		p.fault(parentheses, "The expression has redundant parentheses;")
	}
	n.parens = true
	return n, p.expect(")")
}

// checkOperand holds the value of ADD and DELETE against the types they take.
func (p *parser) checkOperand(s section, k attr.Kind) {
	if k == attr.Missing || k.IsSet() || s == add && k == attr.Number {
		return
	}
	p.fault(operandType, "Incorrect operand type for operator or function; operator: %s, operand type: %s, typeSet: ALLOWED_FOR_%s_OPERAND",
		sectionNames[s], longName(k), sectionNames[s])
}

// longName is a type's name in messages about ADD and DELETE.
func longName(k attr.Kind) string {
	switch k {
	case attr.String:
		return "STRING"
	case attr.Number:
		return "NUMBER"
	case attr.Binary:
		return "BINARY"
	case attr.Bool:
		return "BOOLEAN"
	case attr.List:
		return "LIST"
	case attr.Map:
		return "MAP"
	}
	return k.String()
}

// Paths are the paths that u changes.
func (u *Update) Paths() []Path {
	paths := make([]Path, len(u.actions))
	for i, a := range u.actions {
		paths[i] = a.path
	}
	return paths
}

// Changed is the projection onto what u changes.
func (u *Update) Changed() Projection { return newProjection(u.Paths()) }

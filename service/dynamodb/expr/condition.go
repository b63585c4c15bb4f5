package expr

import "maru.dev/maru/service/dynamodb/attr"

// Condition is a parsed condition or filter expression.
type Condition struct {
	root  *node
	paths []Path
}

// ParseCondition parses a condition or filter; param names the parameter it
// came in.
func ParseCondition(param, text string, params *Params) (*Condition, error) {
	p, err := newParser(param, text, params)
	if err != nil {
		return nil, err
	}
	root, err := p.parseOr()
	if err != nil {
		return nil, err
	}
	if err := p.wantTruth(root); err != nil {
		return nil, err
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	if err := p.verdict(); err != nil {
		return nil, err
	}
	return &Condition{root: root, paths: p.paths}, nil
}

// Paths are all document paths of c.
func (c *Condition) Paths() []Path { return c.paths }

// checkTruth wants n, which stands where a condition is needed, to be one:
// size() alone is none.
func (p *parser) checkTruth(n *node) {
	if n.op == opSize {
		p.fault(misusedFunction, "The function is not allowed to be used this way in an expression; function: size")
	}
}

// parseOr reads conditions joined by OR, or, inside parentheses, an operand.
func (p *parser) parseOr() (*node, error) {
	return p.parseJoined("OR", opOr, func() (*node, error) {
		return p.parseJoined("AND", opAnd, p.parseNot)
	})
}

// parseJoined reads parts joined by one keyword.
func (p *parser) parseJoined(keyword string, joint op, part func() (*node, error)) (*node, error) {
	first, err := part()
	if err != nil || !p.peek().keyword(keyword) {
		return first, err
	}
	n := &node{op: joint, kids: []*node{first}}
	if err := p.wantTruth(first); err != nil {
		return nil, err
	}
	for p.peek().keyword(keyword) {
		p.at++
		p.operators++
		kid, err := part()
		if err != nil {
			return nil, err
		}
		if err := p.wantTruth(kid); err != nil {
			return nil, err
		}
		n.kids = append(n.kids, kid)
	}
	return n, nil
}

// wantTruth refuses a bare operand where a condition is needed.
func (p *parser) wantTruth(n *node) error {
	if n.op == opPath || n.op == opValue {
		return p.syntax()
	}
	p.checkTruth(n)
	return nil
}

// parseNot reads a condition that may be negated.
func (p *parser) parseNot() (*node, error) {
	if !p.peek().keyword("NOT") {
		return p.parseComparison()
	}
	p.at++
	p.operators++
	kid, err := p.parseNot()
	if err != nil {
		return nil, err
	}
	return &node{op: opNot, kids: []*node{kid}}, p.wantTruth(kid)
}

// comparator returns the operator between two operands that t is, if any.
func comparator(t token) (op, bool) {
	if t.kind != punctuation {
		return 0, false
	}
	for o := opEq; o <= opGe; o++ {
		if opNames[o] == t.text {
			return o, true
		}
	}
	return 0, false
}

// parseComparison reads a comparison, a function that is a condition, or
// something in parentheses.
func (p *parser) parseComparison() (*node, error) {
	left, err := p.parsePrimary()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	o, compares := comparator(t)
	if !compares && !t.keyword("BETWEEN") && !t.keyword("IN") {
		return left, nil
	}
	if !left.op.operand() && !left.op.function() {
		return nil, p.syntax()
	}
	p.at++
	n := &node{op: o, kids: []*node{left}}
	switch {
	case compares:
		err = p.parseOperands(n)
	case t.keyword("BETWEEN"):
		n.op = opBetween
		err = p.parseBetween(n)
	default:
		n.op = opIn
		err = p.parseIn(n)
	}
	if err != nil {
		return nil, err
	}
	p.checkComparison(n)
	return n, nil
}

// parsePrimary reads an operand, or a whole condition in parentheses.
func (p *parser) parsePrimary() (*node, error) {
	if !p.accept("(") {
		return p.parseOperand()
	}
	n, err := p.parseOr()
	if err != nil {
		return nil, err
	}
	if n.parens {
		p.fault(parentheses, "The expression has redundant parentheses;")
	}
	n.parens = true
	return n, p.expect(")")
}

// parseOperands reads one more operand of n.
func (p *parser) parseOperands(n *node) error {
	kid, err := p.parseCallOperand()
	n.kids = append(n.kids, kid)
	return err
}

// parseBetween reads the two bounds.
func (p *parser) parseBetween(n *node) error {
	if err := p.parseOperands(n); err != nil {
		return err
	}
	if !p.peek().keyword("AND") {
		return p.syntax()
	}
	p.at++
	return p.parseOperands(n)
}

// parseIn reads the list of IN.
func (p *parser) parseIn(n *node) error {
	if err := p.expect("("); err != nil {
		return err
	}
	for {
		if err := p.parseOperands(n); err != nil {
			return err
		}
		if p.accept(")") {
			return nil
		}
		if err := p.expect(","); err != nil {
			return err
		}
	}
}

// Eval tells whether item fulfils c. A nil condition is always fulfilled.
func (c *Condition) Eval(item attr.Item) bool { return c == nil || c.root.truth(item) }

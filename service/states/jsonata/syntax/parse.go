package syntax

import (
	"maru.dev/maru/service/states/jsonata/fault"
)

// maxDepth is how deep expressions may stand in each other. Chains of operators
// are as deep as they are long.
const maxDepth = 4000

// parser builds the tree of a source.
type parser struct {
	lexer lexer
	token token // the next one
	depth int
	slots int // how many parent operators there are
}

// Parse reads an expression. Its errors are *fault.Error, their positions in
// bytes. A strict reader knows the operators of version 2.0 alone, without ?:
// and ??.
func Parse(source string, strict bool) (*Node, error) {
	p := &parser{lexer: lexer{src: source, strict: strict}}
	if err := p.advance(false); err != nil {
		return nil, err
	}
	raw, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.token.kind != End {
		return nil, fault.At("S0201", p.token.text, p.token.position)
	}
	n, err := p.rewrite(raw)
	if err != nil {
		return nil, err
	}
	if n.Kind == Parent || n.seeking != nil {
		return nil, fault.At("S0217", n.Kind.String(), n.Position)
	}
	return n, nil
}

// advance goes to the next token.
func (p *parser) advance(operatorExpected bool) (err error) {
	p.token, err = p.lexer.next(operatorExpected)
	if err == nil && (p.token.is("!") || p.token.is("~")) {
		return fault.At("S0204", p.token.text, p.token.position)
	}
	return err
}

// expect passes a token that must be there.
func (p *parser) expect(operator string, operatorExpected bool) error {
	if !p.token.is(operator) {
		code := "S0202"
		if p.token.kind == End {
			code = "S0203"
		}
		return fault.At(code, p.token.text, p.token.position).WithValue(operator)
	}
	return p.advance(operatorExpected)
}

// accept passes a token if it is there.
func (p *parser) accept(operator string) (bool, error) {
	if !p.token.is(operator) {
		return false, nil
	}
	return true, p.advance(false)
}

// power is how strongly a token binds what stands before it; 0 does not.
func power(t token) int {
	if t.kind != Operator {
		return 0
	}
	switch t.text {
	case "[", "(", "@", "#":
		return 80
	case ".":
		return 75
	case "{":
		return 70
	case "*", "/", "%":
		return 60
	case "+", "-", "&":
		return 50
	case "=", "<", ">", "^", "!=", "<=", ">=", "~>", "in", "?:", "??":
		return 40
	case "and":
		return 30
	case "or":
		return 25
	case "?":
		return 20
	case ":=":
		return 10
	}
	return 0
}

// enter counts one level more.
func (p *parser) enter() error {
	p.depth++
	if p.depth > maxDepth {
		return fault.At("D1011", "", p.token.position)
	}
	return nil
}

// expression reads as far as operators bind stronger than the one before.
func (p *parser) expression(rbp int) (*Node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()

	t := p.token
	if err := p.advance(true); err != nil {
		return nil, err
	}
	left, err := p.prefix(t)
	for err == nil && rbp < power(p.token) {
		t = p.token
		if err = p.advance(false); err == nil {
			left, err = p.infix(t, left)
		}
	}
	return left, err
}

// prefix reads what begins with a token.
func (p *parser) prefix(t token) (*Node, error) {
	n := &Node{Kind: t.kind, Position: t.position, Text: t.text, Value: t.value, Regexp: t.regexp}
	if t.kind != Operator {
		return n, nil
	}
	var err error
	switch t.text {
	case "and", "or", "in": // fields of that name
	case "*":
		n.Kind = Wildcard
	case "**":
		n.Kind = Descendant
	case "%":
		n.Kind = Parent
	case "-":
		n.Kind = Negate
		n.LHS, err = p.expression(70)
	case "(":
		n.Kind = Block
		n.List, err = p.block()
	case "[":
		n.Kind = Array
		n.List, err = p.elements()
	case "{":
		n.Kind = Object
		n.Pairs, err = p.members()
	case "|":
		err = p.transform(n)
	default:
		err = fault.At("S0211", t.text, t.position)
	}
	return n, err
}

// infix reads what a token joins to the left.
func (p *parser) infix(t token, left *Node) (n *Node, err error) {
	n = &Node{Kind: Binary, Position: t.position, Text: t.text, LHS: left}
	switch t.text {
	case "(":
		return p.call(n)
	case "[":
		return p.filter(n)
	case "{":
		n.Pairs, err = p.members()
	case "^":
		n.Terms, err = p.terms()
	case "?":
		err = p.condition(n)
	case "?:", "??":
		err = p.otherwise(n)
	case ":=":
		if left.Kind != Variable {
			return nil, fault.At("S0212", left.Text, left.Position)
		}
		n.RHS, err = p.expression(power(t) - 1)
	case "@", "#":
		n.RHS, err = p.expression(power(t))
		if err == nil && n.RHS.Kind != Variable {
			err = fault.At("S0214", t.text, n.RHS.Position)
		}
	default:
		n.RHS, err = p.expression(power(t))
	}
	return n, err
}

// call reads the arguments of a call, or the parameters and body of a lambda.
func (p *parser) call(n *Node) (*Node, error) {
	n.Kind = Function
	for !p.token.is(")") {
		var arg *Node
		var err error
		if p.token.is("?") {
			n.Kind = Partial
			arg = &Node{Kind: Placeholder, Text: "?", Position: p.token.position}
			err = p.advance(false)
		} else {
			arg, err = p.expression(0)
		}
		if err != nil {
			return nil, err
		}
		n.List = append(n.List, arg)
		if !p.token.is(",") {
			break
		}
		if err := p.advance(false); err != nil {
			return nil, err
		}
		if p.token.is(")") { // an argument must follow
			return nil, fault.At("S0211", ")", p.token.position)
		}
	}
	if err := p.expect(")", true); err != nil {
		return nil, err
	}
	if n.LHS.Kind == Name && (n.LHS.Text == "function" || n.LHS.Text == "λ") {
		return n, p.lambda(n)
	}
	return n, nil
}

// lambda reads what follows a lambda's parameters.
func (p *parser) lambda(n *Node) error {
	for i, arg := range n.List {
		if arg.Kind != Variable {
			return fault.At("S0208", arg.Text, arg.Position).WithValue(int64(i + 1))
		}
	}
	n.Kind, n.LHS = Lambda, nil
	if p.token.is("<") {
		if err := p.signature(n); err != nil {
			return err
		}
	}
	if err := p.expect("{", false); err != nil {
		return err
	}
	var err error
	if n.RHS, err = p.expression(0); err != nil {
		return err
	}
	return p.expect("}", false)
}

// signature reads a lambda's signature, which lies between < and >.
func (p *parser) signature(n *Node) error {
	start, text := p.token.position, "<"
	for depth := 1; depth > 0 && !p.token.is("{") && p.token.kind != End; {
		if err := p.advance(false); err != nil {
			return err
		}
		switch {
		case p.token.is(">"):
			depth--
		case p.token.is("<"):
			depth++
		}
		if p.token.kind == Variable { // its $ is no part of the name
			text += "$"
		}
		text += p.token.text
	}
	if err := p.expect(">", false); err != nil {
		return err
	}
	s, err := ParseSignature(text)
	if err != nil {
		err.Position += start
		return err
	}
	n.Signature = s
	return nil
}

// block reads expressions up to the closing parenthesis.
func (p *parser) block() (list []*Node, err error) {
	for !p.token.is(")") {
		n, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if more, err := p.accept(";"); err != nil {
			return nil, err
		} else if !more {
			break
		}
	}
	return list, p.expect(")", true)
}

// elements reads an array's elements, which may be ranges.
func (p *parser) elements() (list []*Node, err error) {
	for more := !p.token.is("]"); more; {
		n, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		if p.token.is("..") {
			n = &Node{Kind: Binary, Text: "..", Position: p.token.position, LHS: n}
			if err := p.advance(false); err != nil {
				return nil, err
			}
			if n.RHS, err = p.expression(0); err != nil {
				return nil, err
			}
		}
		list = append(list, n)
		if more, err = p.accept(","); err != nil {
			return nil, err
		}
	}
	return list, p.expect("]", true)
}

// members reads an object's members.
func (p *parser) members() (pairs [][2]*Node, err error) {
	for more := !p.token.is("}"); more; {
		var pair [2]*Node
		if pair[0], err = p.expression(0); err != nil {
			return nil, err
		}
		if err = p.expect(":", false); err != nil {
			return nil, err
		}
		if pair[1], err = p.expression(0); err != nil {
			return nil, err
		}
		pairs = append(pairs, pair)
		if more, err = p.accept(","); err != nil {
			return nil, err
		}
	}
	return pairs, p.expect("}", true)
}

// filter reads a filter, or the empty brackets that keep an array.
func (p *parser) filter(n *Node) (_ *Node, err error) {
	if p.token.is("]") {
		step := n.LHS
		for step.Kind == Binary && step.Text == "[" {
			step = step.LHS
		}
		step.KeepArray = true
		return n.LHS, p.advance(false)
	}
	if n.RHS, err = p.expression(0); err != nil {
		return nil, err
	}
	return n, p.expect("]", true)
}

// terms reads the terms of an order-by.
func (p *parser) terms() (terms []Term, err error) {
	if err = p.expect("(", false); err != nil {
		return nil, err
	}
	for more := true; more; {
		var t Term
		if t.Descending, err = p.accept(">"); err != nil {
			return nil, err
		}
		if !t.Descending {
			if _, err = p.accept("<"); err != nil {
				return nil, err
			}
		}
		if t.Expression, err = p.expression(0); err != nil {
			return nil, err
		}
		terms = append(terms, t)
		if more, err = p.accept(","); err != nil {
			return nil, err
		}
	}
	return terms, p.expect(")", false)
}

// condition reads what follows a question mark.
func (p *parser) condition(n *Node) (err error) {
	n.Kind = Condition
	if n.Then, err = p.expression(0); err != nil {
		return err
	}
	more, err := p.accept(":")
	if err == nil && more {
		n.Else, err = p.expression(0)
	}
	return err
}

// otherwise reads the right side of ?: and ??, which stand for conditions on the
// left side, the second on whether it exists.
func (p *parser) otherwise(n *Node) (err error) {
	n.Kind, n.Then = Condition, n.LHS
	n.LHS = n.Then.clone()
	if n.Text == "??" {
		exists := &Node{Kind: Variable, Text: "exists", Position: n.Position}
		n.LHS = &Node{Kind: Function, Position: n.Position, LHS: exists, List: []*Node{n.LHS}}
	}
	n.Else, err = p.expression(0)
	return err
}

// transform reads |pattern|update,deletion|.
func (p *parser) transform(n *Node) (err error) {
	n.Kind = Transform
	if n.LHS, err = p.expression(0); err != nil {
		return err
	}
	if err = p.expect("|", false); err != nil {
		return err
	}
	if n.Then, err = p.expression(0); err != nil {
		return err
	}
	more, err := p.accept(",")
	if err == nil && more {
		n.Else, err = p.expression(0)
	}
	if err != nil {
		return err
	}
	return p.expect("|", false)
}

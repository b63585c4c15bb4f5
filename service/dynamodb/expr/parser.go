package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
)

// severity orders the faults of an expression that is well formed: AWS reports
// the first one of the lowest severity, wherever it stands.
type severity uint8

// The severities, in the order in which AWS looks for them.
const (
	parentheses severity = iota
	unknownFunction
	misusedFunction
	reservedWord
	undefined
	tooDeep
	operandCount
	sameOperands
	operandType
	severities
)

// op is what a node does.
type op uint8

// The operators and functions of the language.
const (
	opPath op = iota
	opValue
	opAnd
	opOr
	opNot
	opEq
	opNe
	opLt
	opLe
	opGt
	opGe
	opBetween
	opIn
	opExists
	opNotExists
	opTypeIs
	opBeginsWith
	opContains
	opSize
	opAdd
	opSubtract
	opIfNotExists
	opListAppend
)

// opNames is how AWS calls the operators in messages, by op.
var opNames = [...]string{
	"", "", "AND", "OR", "NOT", "=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN",
	"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size",
	"+", "-", "if_not_exists", "list_append",
}

func (o op) String() string { return opNames[o] }

// function tells whether o is written as a function.
func (o op) function() bool {
	return o >= opExists && o <= opSize || o == opIfNotExists || o == opListAppend
}

// operand tells whether o yields a value rather than a truth.
func (o op) operand() bool { return o == opPath || o == opValue || o >= opSize }

// node is a piece of a parsed expression.
type node struct {
	op    op
	path  Path       // opPath
	value attr.Value // opValue
	kids  []*node
	// parens is set on a node that was written in parentheses.
	parens bool

	// Of what Join makes:
	tops   []string // which attributes the kids are about, sorted
	absent int      // how many kids decide when theirs is not there
}

// parser turns one expression into nodes.
type parser struct {
	param     string // which parameter the expression is, for messages
	text      string
	tokens    []token
	at        int
	params    *Params
	faults    [severities]string
	operators int
	paths     []Path
}

// newParser starts on text, which must not be empty or too long.
func newParser(param, text string, params *Params) (*parser, error) {
	if len(text) > maxBytes {
		return nil, Invalid("Invalid %s: Expression size has exceeded the maximum allowed size; expression size: %d", param, len(text))
	}
	p := &parser{param: param, text: text, tokens: lex(text), params: params}
	if p.tokens[0].kind == eof {
		return nil, Invalid("Invalid %s: The expression can not be empty;", param)
	}
	return p, nil
}

// peek returns the present token.
func (p *parser) peek() token { return p.tokens[p.at] }

// next returns the present token and goes on.
func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != eof {
		p.at++
	}
	return t
}

// accept goes past the punctuation s if it stands here.
func (p *parser) accept(s string) bool {
	if !p.peek().is(s) {
		return false
	}
	p.at++
	return true
}

// expect goes past the punctuation s, which must stand here.
func (p *parser) expect(s string) error {
	if !p.accept(s) {
		return p.syntax()
	}
	return nil
}

// end complains of anything left.
func (p *parser) end() error {
	if p.peek().kind != eof {
		return p.syntax()
	}
	return nil
}

// syntax complains of the present token, with its neighbours.
func (p *parser) syntax() error {
	first, last := max(p.at-1, 0), min(p.at+1, len(p.tokens)-1)
	near := p.text[p.tokens[first].start:p.tokens[last].end]
	return Invalid(`Invalid %s: Syntax error; token: "%s", near: "%s"`, p.param, p.peek().text, strings.TrimSpace(near))
}

// fault notes what is wrong with a well-formed expression. Only the first of
// a severity is told, and only that one is written out: it may say a long value.
func (p *parser) fault(s severity, format string, args ...any) {
	if p.faults[s] == "" {
		p.faults[s] = fmt.Sprintf(format, args...)
	}
}

// verdict is the gravest fault, or nil.
func (p *parser) verdict() error {
	if p.operators > maxOperators {
		return Invalid("Invalid %s: The expression contains too many operators; operator count: %d", p.param, p.operators)
	}
	for _, message := range p.faults {
		if message != "" {
			return Invalid("Invalid %s: %s", p.param, message)
		}
	}
	return nil
}

// parsePath reads a document path and resolves its placeholders.
func (p *parser) parsePath() (Path, error) {
	name, err := p.pathName()
	if err != nil {
		return nil, err
	}
	path := Path{{Name: name}}
	for {
		switch {
		case p.accept("."):
			if name, err = p.pathName(); err != nil {
				return nil, err
			}
			path = append(path, Step{Name: name})
		case p.accept("["):
			t := p.peek()
			i, err := strconv.Atoi(t.text)
			if t.kind != integer || err != nil {
				return nil, p.syntax()
			}
			p.at++
			if err := p.expect("]"); err != nil {
				return nil, err
			}
			path = append(path, Step{Index: i})
		default:
			if len(path) > maxSteps {
				p.fault(tooDeep, "The document path has too many nesting levels; nesting levels: %d", len(path))
			}
			p.paths = append(p.paths, path)
			return path, nil
		}
	}
}

// pathName reads one name of a path. A reserved word and an undefined
// placeholder are faults, not syntax errors: parsing goes on.
func (p *parser) pathName() (string, error) {
	t := p.peek()
	switch t.kind {
	case word:
		p.at++
		if isReserved(t.text) {
			p.fault(reservedWord, "Attribute name is a reserved keyword; reserved keyword: %s", t.text)
		}
		return t.text, nil
	case nameRef:
		p.at++
		name, ok := p.params.names[t.text]
		if !ok {
			p.fault(undefined, "An expression attribute name used in the document path is not defined; attribute name: %s", t.text)
			return t.text, nil
		}
		p.params.usedNames[t.text] = true
		return name, nil
	}
	return "", p.syntax()
}

// parseOperand reads a path, a value or a function.
func (p *parser) parseOperand() (*node, error) {
	t := p.peek()
	switch {
	case t.kind == valueRef:
		p.at++
		return p.resolveValue(t.text), nil
	case t.kind == word && p.tokens[p.at+1].is("("):
		return p.parseFunction()
	}
	path, err := p.parsePath()
	if err != nil {
		return nil, err
	}
	return &node{op: opPath, path: path}, nil
}

// resolveValue returns the value of a placeholder.
func (p *parser) resolveValue(ref string) *node {
	v, ok := p.params.values[ref]
	if !ok {
		p.fault(undefined, "An expression attribute value used in expression is not defined; attribute value: %s", ref)
	} else {
		p.params.usedValues[ref] = true
	}
	return &node{op: opValue, value: v}
}

// parseFunction reads a call. Names of functions are told apart by case.
func (p *parser) parseFunction() (*node, error) {
	name := p.next().text
	p.at++ // the parenthesis
	n := &node{}
	for {
		arg, err := p.parseCallOperand()
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, arg)
		if p.accept(")") {
			break
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
	p.operators++
	i := slices.Index(opNames[:], name)
	if i < 0 || !op(i).function() {
		p.fault(unknownFunction, "Invalid function name; function: %s", name)
		return &node{op: opSize, kids: n.kids}, nil
	}
	n.op = op(i)
	p.checkFunction(n)
	return n, nil
}

// parseCallOperand reads an argument, which may stand in parentheses.
func (p *parser) parseCallOperand() (*node, error) {
	if !p.accept("(") {
		return p.parseOperand()
	}
	n, err := p.parseCallOperand()
	if err != nil {
		return nil, err
	}
	if n.parens {
		p.fault(parentheses, "The expression has redundant parentheses;")
	}
	n.parens = true
	return n, p.expect(")")
}

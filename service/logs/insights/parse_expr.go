package insights

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/bounded"
)

// maxDepth bounds how deep expressions are nested.
const maxDepth = 100

// parser reads a query by looking one token ahead.
type parser struct {
	lexer

	tok   token
	ended int // where the token before ended
	now   func() value
	depth int
	// aggregates are those of the stats command that is read; nil elsewhere.
	aggregates *[]*aggregate
	names      []string // the fields so far
	room       bounded.Room
}

// field is a field of the query.
func (p *parser) field(name string) field {
	if !slices.Contains(p.names, name) {
		p.names = append(p.names, name)
	}
	return field{name}
}

// advance reads the next token. value says that one is expected behind it, so
// that a slash begins a regular expression.
func (p *parser) advance(value bool) error {
	p.ended = p.tok.end
	t, err := p.next(value)
	p.tok = t
	return err
}

// fail tells what is wrong at the present token.
func (p *parser) fail(format string, args ...any) error {
	e := max(p.tok.end, p.tok.start)
	return &SyntaxError{p.tok.start, e, fmt.Sprintf(format, args...)}
}

// unexpected tells of a token that has no place here.
func (p *parser) unexpected() error {
	if p.tok.kind == end {
		return p.fail("unexpected end of query")
	}
	return p.fail("unexpected symbol found %s at position %d", p.text[p.tok.start:p.tok.end], p.tok.start)
}

// is says whether the present token is a word, in any case.
func (p *parser) is(name string) bool {
	return p.tok.kind == word && strings.EqualFold(p.tok.text, name)
}

// isSign says whether it is a sign.
func (p *parser) isSign(s string) bool { return p.tok.kind == sign && p.tok.text == s }

// expect reads a sign that must be next.
func (p *parser) expect(s string, value bool) error {
	if !p.isSign(s) {
		return p.unexpected()
	}
	return p.advance(value)
}

// expr reads a condition or value.
func (p *parser) expr() (expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("expression is nested too deep")
	}
	defer func() { p.depth-- }()
	left, err := p.conjunction()
	for err == nil && p.is("or") {
		if err = p.advance(true); err != nil {
			return nil, err
		}
		var right expr
		right, err = p.conjunction()
		left = or{left, right}
	}
	return left, err
}

func (p *parser) conjunction() (expr, error) {
	left, err := p.negation()
	for err == nil && p.is("and") {
		if err = p.advance(true); err != nil {
			return nil, err
		}
		var right expr
		right, err = p.negation()
		left = and{left, right}
	}
	return left, err
}

func (p *parser) negation() (expr, error) {
	if !p.is("not") {
		return p.comparison()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("expression is nested too deep")
	}
	defer func() { p.depth-- }()
	if err := p.advance(true); err != nil {
		return nil, err
	}
	of, err := p.negation()
	return not{of}, err
}

// comparison reads a value, and what it is compared with.
func (p *parser) comparison() (expr, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	negated := false
	if p.is("not") {
		negated = true
		if err := p.advance(true); err != nil {
			return nil, err
		}
		if !p.is("like") && !p.is("in") {
			return nil, p.unexpected()
		}
	}
	var out expr
	switch {
	case p.is("like"), p.isSign("=~"):
		out, err = p.like(left)
	case p.is("in"):
		out, err = p.in(left)
	case p.tok.kind == sign:
		op := p.tok.text
		switch op {
		case "=", "!=", "<", "<=", ">", ">=":
		case "==":
			op = "="
		case "<>":
			op = "!="
		default:
			return left, nil
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
		var right expr
		right, err = p.sum()
		out = comparison{op, left, right}
	default:
		return left, nil
	}
	if negated {
		out = not{out}
	}
	return out, err
}

// like reads what text is searched for.
func (p *parser) like(of expr) (expr, error) {
	onlyRegex := p.isSign("=~")
	if err := p.advance(true); err != nil {
		return nil, err
	}
	if p.tok.kind == regex || onlyRegex && p.tok.kind == literal {
		re, err := p.newPattern(p.tok.text)
		if err != nil {
			return nil, p.fail("invalid regular expression: %v", err)
		}
		return like{of: of, regex: &re}, p.advance(false)
	}
	if onlyRegex {
		return nil, p.unexpected()
	}
	part, err := p.sum()
	return like{of: of, part: part}, err
}

// in reads the values that one is looked for among.
func (p *parser) in(of expr) (expr, error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	if !p.isSign("[") {
		l, err := p.sum()
		return in{of, l}, err
	}
	l, err := p.list()
	return in{of, l}, err
}

// list reads values in brackets.
func (p *parser) list() (list, error) {
	var l list
	if err := p.advance(true); err != nil {
		return nil, err
	}
	for !p.isSign("]") {
		e, err := p.sum()
		if err != nil {
			return nil, err
		}
		l = append(l, e)
		if p.isSign(",") {
			if err := p.advance(true); err != nil {
				return nil, err
			}
		} else if !p.isSign("]") {
			return nil, p.unexpected()
		}
	}
	return l, p.advance(false)
}

// operators reads values joined by operators of one rank.
func (p *parser) operators(ops string, operand func() (expr, error)) (expr, error) {
	left, err := operand()
	for err == nil && p.tok.kind == sign && len(p.tok.text) == 1 && strings.Contains(ops, p.tok.text) {
		op := p.tok.text[0]
		if err = p.advance(true); err != nil {
			return nil, err
		}
		var right expr
		right, err = operand()
		left = arithmetic{op, left, right}
	}
	return left, err
}

func (p *parser) sum() (expr, error) { return p.operators("+-", p.product) }

func (p *parser) product() (expr, error) { return p.operators("*/%", p.power) }

// power reads an exponentiation, which binds to the right.
func (p *parser) power() (expr, error) {
	left, err := p.primary()
	if err != nil || !p.isSign("^") {
		return left, err
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("expression is nested too deep")
	}
	defer func() { p.depth-- }()
	if err := p.advance(true); err != nil {
		return nil, err
	}
	right, err := p.power()
	return arithmetic{'^', left, right}, err
}

// primary reads a value without operators.
func (p *parser) primary() (expr, error) {
	t := p.tok
	switch {
	case t.kind == literal:
		return constant{textValue(t.text)}, p.advance(false)
	case t.kind == numeral:
		n, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, p.fail("invalid number %s", t.text)
		}
		return constant{numberValue(n)}, p.advance(false)
	case t.kind == regex:
		re, err := p.newPattern(t.text)
		if err != nil {
			return nil, p.fail("invalid regular expression: %v", err)
		}
		return re, p.advance(false)
	case t.kind == quoted:
		return p.field(t.text), p.advance(false)
	case p.isSign("("):
		if err := p.advance(true); err != nil {
			return nil, err
		}
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		return e, p.expect(")", false)
	case p.isSign("-"), p.isSign("+"):
		return p.signed()
	case p.isSign("["):
		return p.list()
	case t.kind == word:
		return p.named()
	}
	return nil, p.unexpected()
}

// signed reads a value behind a sign.
func (p *parser) signed() (expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("expression is nested too deep")
	}
	defer func() { p.depth-- }()
	negative := p.isSign("-")
	if err := p.advance(true); err != nil {
		return nil, err
	}
	e, err := p.primary()
	if err != nil || !negative {
		return e, err
	}
	if c, ok := e.(constant); ok && c.kind == number {
		return constant{numberValue(-c.num)}, nil
	}
	return arithmetic{'-', constant{numberValue(0)}, e}, nil
}

// reserved are the words that are no fields.
func reserved(s string) bool {
	switch strings.ToLower(s) {
	case "and", "or", "not", "like", "in", "as", "by":
		return true
	}
	return false
}

// named reads a field, or a call of a function.
func (p *parser) named() (expr, error) {
	t := p.tok
	if reserved(t.text) {
		return nil, p.unexpected()
	}
	if err := p.advance(false); err != nil {
		return nil, err
	}
	if p.isSign("(") {
		return p.call(t)
	}
	switch strings.ToLower(t.text) {
	case "true":
		return constant{truth(true)}, nil
	case "false":
		return constant{truth(false)}, nil
	}
	return p.field(t.text), nil
}

// call reads the arguments of a function.
func (p *parser) call(t token) (expr, error) {
	name := strings.ToLower(t.text)
	if p.aggregates != nil && isAggregate(name) {
		return p.aggregate(name, t)
	}
	switch name {
	case "bin", "datefloor", "dateceil":
		return p.dateFunction(name)
	case "now":
		if err := p.advance(true); err != nil {
			return nil, err
		}
		return constant{p.now()}, p.expect(")", false)
	}
	f, ok := functions()[name]
	if !ok {
		p.tok = t
		if isAggregate(name) {
			return nil, p.fail("aggregate function %s is allowed only in stats", t.text)
		}
		return nil, p.fail("unknown function: %s", t.text)
	}
	args, err := p.arguments()
	if err != nil {
		return nil, err
	}
	if n := len(args); n < f.least || f.most >= 0 && n > f.most {
		return nil, &SyntaxError{t.start, p.tok.start, fmt.Sprintf("wrong number of arguments for function %s", t.text)}
	}
	return invocation{f.run, args}, nil
}

// arguments reads values in parentheses.
func (p *parser) arguments() ([]expr, error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	var args []expr
	for !p.isSign(")") {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
		if p.isSign(",") {
			if err := p.advance(true); err != nil {
				return nil, err
			}
		} else if !p.isSign(")") {
			return nil, p.unexpected()
		}
	}
	return args, p.advance(false)
}

// dateFunction reads bin(period), and datefloor and dateceil of a time and a
// period.
func (p *parser) dateFunction(name string) (expr, error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	var of expr
	if p.tok.kind != period && p.tok.kind != numeral {
		var err error
		if of, err = p.expr(); err != nil {
			return nil, err
		}
		if err := p.expect(",", true); err != nil {
			return nil, err
		}
	} else if name != "bin" {
		return nil, p.unexpected()
	}
	s, err := p.span()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")", false); err != nil {
		return nil, err
	}
	if of == nil {
		return binned{s}, nil
	}
	cut := s.floor
	if name == "dateceil" {
		cut = s.ceil
	}
	return invocation{func(r *record, a []expr) value {
		n, ok := a[0].eval(r).number()
		if !ok {
			return value{}
		}
		return timeValue(cut(int64(n)))
	}, []expr{of}}, nil
}

// span reads a period.
func (p *parser) span() (span, error) {
	start := p.tok
	if p.tok.kind != period && p.tok.kind != numeral {
		return span{}, p.unexpected()
	}
	text := p.tok.text
	if err := p.advance(false); err != nil {
		return span{}, err
	}
	if start.kind == numeral && p.tok.kind == word {
		text += p.tok.text
		if err := p.advance(false); err != nil {
			return span{}, err
		}
	}
	s, ok := readSpan(text)
	if !ok {
		p.tok = start
		return s, p.fail("invalid period %s", text)
	}
	return s, nil
}

package insights

import (
	"math"
	"regexp"
	"strings"
)

// expr is an expression over a record.
type expr interface {
	eval(r *record) value
}

// constant is a number or text of the query.
type constant struct{ value }

func (c constant) eval(*record) value { return c.value }

// field is the value of a field.
type field struct{ name string }

func (f field) eval(r *record) value { return r.get(f.name) }

// list is the values behind "in".
type list []expr

func (l list) eval(r *record) value {
	out := make([]any, len(l))
	for i, e := range l {
		out[i] = e.eval(r).String()
	}
	return value{kind: compound, any: out}
}

// pattern is a regular expression of the query.
type pattern struct {
	*regexp.Regexp

	plain string // what it is, if it is nothing but text
}

func (p pattern) eval(*record) value { return textValue(p.String()) }

// match says whether the expression is found in text.
func (p pattern) match(s string) bool {
	if p.plain != "" {
		return strings.Contains(s, p.plain)
	}
	return p.MatchString(s)
}

// newPattern compiles a regular expression.
func (p *parser) newPattern(s string) (pattern, error) {
	re, err := p.room.Compile(s)
	if err != nil {
		return pattern{}, err
	}
	out := pattern{Regexp: re}
	if prefix, whole := re.LiteralPrefix(); whole {
		out.plain = prefix
	}
	return out, nil
}

// not is the contrary of a condition.
type not struct{ of expr }

func (n not) eval(r *record) value { return truth(!n.of.eval(r).true()) }

// and holds when both do.
type and struct{ a, b expr }

func (a and) eval(r *record) value { return truth(a.a.eval(r).true() && a.b.eval(r).true()) }

// or holds when either does.
type or struct{ a, b expr }

func (o or) eval(r *record) value { return truth(o.a.eval(r).true() || o.b.eval(r).true()) }

// like holds when text has a part, or a regular expression is found in it.
type like struct {
	of    expr
	part  expr
	regex *pattern
}

func (l like) eval(r *record) value {
	v := l.of.eval(r)
	if v.kind == missing {
		return truth(false)
	}
	if l.regex != nil {
		return truth(l.regex.match(v.String()))
	}
	p := l.part.eval(r)
	return truth(p.kind != missing && strings.Contains(v.String(), p.String()))
}

// in holds when one of some values is equal.
type in struct {
	of   expr
	list expr
}

func (i in) eval(r *record) value {
	v := i.of.eval(r)
	if v.kind == missing {
		return truth(false)
	}
	if l, ok := i.list.(list); ok {
		for _, e := range l {
			if equal(v, e.eval(r)) {
				return truth(true)
			}
		}
		return truth(false)
	}
	if l, ok := i.list.eval(r).any.([]any); ok {
		for _, x := range l {
			if equal(v, fromJSON(x)) {
				return truth(true)
			}
		}
	}
	return truth(false)
}

// comparison compares two values. What is missing is equal to nothing, and
// neither smaller nor larger.
type comparison struct {
	op   string
	a, b expr
}

func (c comparison) eval(r *record) value {
	a, b := c.a.eval(r), c.b.eval(r)
	switch c.op {
	case "=":
		return truth(a.kind != missing && b.kind != missing && equal(a, b))
	case "!=":
		return truth(a.kind == missing || b.kind == missing || !equal(a, b))
	}
	if a.kind == missing || b.kind == missing {
		return truth(false)
	}
	_, numA := a.number()
	_, numB := b.number()
	if numA != numB { // a number is neither before nor behind a word
		return truth(false)
	}
	n := compare(a, b)
	switch c.op {
	case "<":
		return truth(n < 0)
	case "<=":
		return truth(n <= 0)
	case ">":
		return truth(n > 0)
	default:
		return truth(n >= 0)
	}
}

// arithmetic computes with two numbers. Of what is none there is no result.
type arithmetic struct {
	op   byte
	a, b expr
}

func (x arithmetic) eval(r *record) value {
	a, okA := x.a.eval(r).number()
	b, okB := x.b.eval(r).number()
	if !okA || !okB {
		return value{}
	}
	var n float64
	switch x.op {
	case '+':
		n = a + b
	case '-':
		n = a - b
	case '*':
		n = a * b
	case '/':
		n = a / b
	case '%':
		n = math.Mod(a, b)
	case '^':
		n = math.Pow(a, b)
	}
	return finite(n)
}

// finite is a number, unless it is none.
func finite(n float64) value {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return value{}
	}
	return numberValue(n)
}

// invocation calls a function.
type invocation struct {
	run  func(r *record, args []expr) value
	args []expr
}

func (c invocation) eval(r *record) value { return c.run(r, c.args) }

// binned is bin(): the record's time, cut to a period.
type binned struct{ span span }

func (b binned) eval(r *record) value {
	v := r.get("@timestamp")
	if v.kind == missing {
		return v
	}
	n, _ := v.number()
	return timeValue(b.span.floor(int64(n)))
}

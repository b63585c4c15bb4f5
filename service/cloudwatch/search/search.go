// Package search reads CloudWatch's search expressions, and tells which metrics
// they find.
//
// A query is a schema, terms or both:
//
//	{Namespace, DimensionName, …} word "exact" Property=word (a OR b) NOT c
//
// Names are taken apart into tokens where capitals and digits begin and at
// whatever is neither letter nor digit. A word that is one token finds, in any
// case, names with that token. One of several finds names that have them in a
// row: in this case if capitals and digits alone part them, in any case if other
// characters do. What is in double quotes finds whole names only.
package search

import (
	"fmt"
	"slices"
	"strings"
)

// MaxLength is how long a query may be.
const MaxLength = 1024

// maxDepth is how deep a query may nest.
const maxDepth = 50

// Error is a fault of a query.
type Error struct{ Message string }

// Error tells it.
func (e *Error) Error() string { return e.Message }

// Dimension is a metric's dimension.
type Dimension struct{ Name, Value string }

// Metric is what queries are asked of.
type Metric struct {
	Namespace, Name string
	Dimensions      []Dimension
}

// Query is a search expression.
type Query struct {
	// Namespace is the schema's, or "".
	Namespace string
	// dimensions are the schema's, sorted; nil is any.
	dimensions []string
	terms      node
}

// node is a condition; nil is met by all.
type node interface{ match(m *Metric) bool }

type (
	and  []node
	or   []node
	not  struct{ of node }
	term struct {
		property string // "" is any name of the metric
		exact    bool
		text     string
		tokens   []string
		delimits bool // the tokens are parted by other characters
	}
)

func (a and) match(m *Metric) bool {
	return !slices.ContainsFunc(a, func(n node) bool { return !n.match(m) })
}

func (o or) match(m *Metric) bool {
	return slices.ContainsFunc(o, func(n node) bool { return n.match(m) })
}

func (n not) match(m *Metric) bool { return !n.of.match(m) }

// match compares the term with the names that it is about.
func (t *term) match(m *Metric) bool {
	switch t.property {
	case "":
		if t.finds(m.Namespace) || t.finds(m.Name) {
			return true
		}
		return slices.ContainsFunc(m.Dimensions, func(d Dimension) bool { return t.finds(d.Name) || t.finds(d.Value) })
	case "Namespace":
		return t.finds(m.Namespace)
	case "MetricName":
		return t.finds(m.Name)
	}
	return slices.ContainsFunc(m.Dimensions, func(d Dimension) bool { return d.Name == t.property && t.finds(d.Value) })
}

// finds says whether the term finds a name.
func (t *term) finds(name string) bool {
	if t.exact {
		return name == t.text
	}
	tokens, _ := split(name)
	if len(t.tokens) == 1 {
		if strings.EqualFold(strings.Join(tokens, ""), t.tokens[0]) {
			return true
		}
		return slices.ContainsFunc(tokens, func(n string) bool { return strings.EqualFold(n, t.tokens[0]) })
	}
	for i := 0; i+len(t.tokens) <= len(tokens); i++ {
		if slices.EqualFunc(tokens[i:i+len(t.tokens)], t.tokens, func(a, b string) bool { return a == b || t.delimits && strings.EqualFold(a, b) }) {
			return true
		}
	}
	return false
}

// Match says whether the query finds a metric.
func (q *Query) Match(m Metric) bool {
	if q.Namespace != "" && q.Namespace != m.Namespace {
		return false
	}
	if q.dimensions != nil {
		names := make([]string, len(m.Dimensions))
		for i, d := range m.Dimensions {
			names[i] = d.Name
		}
		slices.Sort(names)
		if !slices.Equal(names, q.dimensions) {
			return false
		}
	}
	return q.terms == nil || q.terms.match(&m)
}

// class is what a byte is to tokens.
func class(c byte) int {
	switch {
	case c >= 'a' && c <= 'z' || c >= 0x80:
		return 1
	case c >= 'A' && c <= 'Z':
		return 2
	case c >= '0' && c <= '9':
		return 3
	}
	return 0
}

// split takes a name apart; delimits says that other characters than letters
// and digits stand between its tokens.
func split(s string) (tokens []string, delimits bool) {
	for i := 0; i < len(s); {
		c := class(s[i])
		if c == 0 {
			delimits = delimits || len(tokens) > 0
			i++
			continue
		}
		n := i + 1
		for n < len(s) && class(s[n]) == c {
			n++
		}
		if c == 2 && n < len(s) && class(s[n]) == 1 {
			if n-i > 1 { // SDBFailure is SDB and Failure
				n--
			} else {
				for n < len(s) && class(s[n]) == 1 {
					n++
				}
			}
		}
		tokens = append(tokens, s[i:n])
		i = n
	}
	return tokens, delimits
}

// Parse reads a query.
func Parse(s string) (*Query, error) {
	if len(s) > MaxLength {
		return nil, &Error{fmt.Sprintf("The search expression is longer than %d characters", MaxLength)}
	}
	p := &parser{text: s}
	q := &Query{}
	p.space()
	if p.skip('{') {
		if err := p.schema(q); err != nil {
			return nil, err
		}
		p.space()
		p.skip(',')
	}
	p.space()
	if p.more() {
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.more() {
			return nil, p.unexpected()
		}
		q.terms = n
	}
	if q.Namespace == "" && q.terms == nil {
		return nil, &Error{"A search expression must have a metric schema or a search term"}
	}
	return q, nil
}

// parser reads a query's text.
type parser struct {
	text  string
	at    int
	depth int
}

func (p *parser) more() bool { return p.at < len(p.text) }

func (p *parser) space() {
	for p.more() && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) skip(c byte) bool {
	if p.more() && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// unexpected is the error of what does not fit.
func (p *parser) unexpected() error {
	if !p.more() {
		return &Error{"Unexpected end of the search expression"}
	}
	return &Error{fmt.Sprintf("Unexpected character '%c' at position %d of the search expression", p.text[p.at], p.at)}
}

// schema reads what is between the braces.
func (p *parser) schema(q *Query) error {
	var names []string
	for {
		p.space()
		name, _, err := p.name(",}")
		if err != nil {
			return err
		}
		names = append(names, name)
		p.space()
		if p.skip('}') {
			break
		}
		if !p.skip(',') {
			return p.unexpected()
		}
	}
	q.Namespace = names[0]
	if len(names) > 1 {
		q.dimensions = slices.Sorted(slices.Values(names[1:]))
	}
	return nil
}

// name reads a name up to a space or one of the characters that end it, or one
// in double quotes.
func (p *parser) name(ends string) (name string, exact bool, err error) {
	if !p.skip('"') {
		from := p.at
		for p.more() && strings.IndexByte(" \t\r\n\""+ends, p.text[p.at]) < 0 {
			p.at++
		}
		if p.at == from {
			return "", false, p.unexpected()
		}
		return p.text[from:p.at], false, nil
	}
	var b strings.Builder
	for p.more() {
		c := p.text[p.at]
		p.at++
		switch {
		case c == '"':
			return b.String(), true, nil
		case c == '\\' && p.more():
			b.WriteByte(p.text[p.at])
			p.at++
		default:
			b.WriteByte(c)
		}
	}
	return "", false, p.unexpected()
}

// keyword goes on when an operator is next.
func (p *parser) keyword(word string) bool {
	p.space()
	rest := p.text[p.at:]
	if !strings.HasPrefix(rest, word) || len(rest) > len(word) && strings.IndexByte(" \t\r\n(\"", rest[len(word)]) < 0 {
		return false
	}
	p.at += len(word)
	return true
}

// or reads alternatives.
func (p *parser) or() (node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, &Error{"The search expression is nested too deeply"}
	}
	var all or
	for {
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if !p.keyword("OR") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// and reads conditions that stand beside each other, with AND or without.
func (p *parser) and() (node, error) {
	var all and
	for {
		n, err := p.not()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if p.keyword("AND") {
			continue
		}
		p.space()
		at := p.at
		if !p.more() || p.text[p.at] == ')' || p.keyword("OR") {
			p.at = at
			return all, nil
		}
	}
}

// not reads a condition or its contrary.
func (p *parser) not() (node, error) {
	negative := false
	for p.keyword("NOT") {
		negative = !negative
	}
	p.space()
	var of node
	if p.skip('(') {
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		p.space()
		if !p.skip(')') {
			return nil, p.unexpected()
		}
		of = n
	} else {
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		of = t
	}
	if negative {
		return not{of}, nil
	}
	return of, nil
}

// term reads a word, or a property and a word.
func (p *parser) term() (node, error) {
	t := &term{}
	text, exact, err := p.name("=()")
	if err != nil {
		return nil, err
	}
	p.space()
	if p.skip('=') {
		t.property = text
		p.space()
		if text, exact, err = p.name("()"); err != nil {
			return nil, err
		}
	}
	t.text, t.exact = text, exact
	if !exact {
		t.tokens, t.delimits = split(text)
		if len(t.tokens) == 0 {
			return nil, &Error{fmt.Sprintf("The search term '%s' has neither letters nor digits", text)}
		}
	}
	return t, nil
}

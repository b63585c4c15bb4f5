// Package insights reads the queries of CloudWatch Metrics Insights:
//
//	SELECT FUNCTION(metric) FROM namespace | SCHEMA(namespace, dimension, …)
//	[WHERE dimension = 'value' AND …] [GROUP BY dimension, …]
//	[ORDER BY FUNCTION() [ASC | DESC]] [LIMIT n]
//
// Key words are in any case, names are not. A name with other characters than
// letters, digits and underscores stands in double quotes, a value in single
// ones.
package insights

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxSeries is how many series a query returns, at most.
const MaxSeries = 500

// Error is a fault of a query.
type Error struct{ Message string }

// Error tells it.
func (e *Error) Error() string { return e.Message }

// Condition is a comparison of a dimension with a value.
type Condition struct {
	Name  string
	Not   bool
	Value string
}

// Query is one that has been read.
type Query struct {
	Function  string // AVG, COUNT, MAX, MIN or SUM
	Metric    string
	Namespace string
	// Schema, if it is not nil, is exactly what dimensions a metric has, sorted.
	Schema []string
	// Where is met when each of one of its rows is.
	Where   [][]Condition
	GroupBy []string
	// OrderBy is a function, or "".
	OrderBy string
	Desc    bool
	Limit   int
}

// Is says whether an expression is a query, and not metric math.
func Is(expression string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(expression, " \t\r\n"), " ")
	if i := strings.IndexAny(word, "\t\r\n"); i >= 0 {
		word = word[:i]
	}
	return strings.EqualFold(word, "SELECT")
}

// Match says whether a metric's dimensions are those that the query is about.
func (q *Query) Match(dimensions map[string]string) bool {
	if q.Schema != nil {
		if len(dimensions) != len(q.Schema) {
			return false
		}
		for _, name := range q.Schema {
			if _, ok := dimensions[name]; !ok {
				return false
			}
		}
	}
	if len(q.Where) == 0 {
		return true
	}
	return slices.ContainsFunc(q.Where, func(row []Condition) bool {
		return !slices.ContainsFunc(row, func(c Condition) bool {
			value, ok := dimensions[c.Name]
			return (ok && value == c.Value) == c.Not
		})
	})
}

// Parse reads a query.
func Parse(s string) (*Query, error) {
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	q := &Query{Limit: MaxSeries}
	for _, clause := range []func(*Query) error{p.selects, p.from, p.where, p.groupBy, p.orderBy, p.limit} {
		if err := clause(q); err != nil {
			return nil, err
		}
	}
	if p.next < len(p.tokens) {
		return nil, p.unexpected()
	}
	return q, nil
}

// token is a word, a name in quotes, a value or a sign.
type token struct {
	text string
	kind byte // w a word, " a name, ' a value, s a sign
}

// lex takes a query apart.
func lex(s string) ([]token, error) {
	var out []token
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case c == '"' || c == '\'':
			var b strings.Builder
			i++
			for ; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				b.WriteByte(s[i])
			}
			if i == len(s) {
				return nil, &Error{"Unterminated quotes in the query"}
			}
			i++
			out = append(out, token{b.String(), c})
		case wordly(c):
			n := i
			for n < len(s) && wordly(s[n]) {
				n++
			}
			out = append(out, token{s[i:n], 'w'})
			i = n
		case strings.HasPrefix(s[i:], "!="):
			out = append(out, token{"!=", 's'})
			i += 2
		case strings.IndexByte("(),=", c) >= 0:
			out = append(out, token{string(c), 's'})
			i++
		default:
			return nil, &Error{fmt.Sprintf("Unexpected character '%c' in the query", c)}
		}
	}
	return out, nil
}

// wordly says whether a byte may be in a word.
func wordly(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// reserved are the key words that no name may be without quotes.
var reserved = []string{"SELECT", "FROM", "WHERE", "GROUP", "BY", "ORDER", "LIMIT", "SCHEMA", "AND", "OR", "ASC", "DESC"}

// parser reads tokens.
type parser struct {
	tokens []token
	next   int
}

// unexpected is the error of a token that does not fit.
func (p *parser) unexpected() error {
	if p.next >= len(p.tokens) {
		return &Error{"Unexpected end of the query"}
	}
	return &Error{fmt.Sprintf("Unexpected '%s' in the query", p.tokens[p.next].text)}
}

// word goes on when a key word is next.
func (p *parser) word(words ...string) bool {
	for i, w := range words {
		at := p.next + i
		if at >= len(p.tokens) || p.tokens[at].kind != 'w' || !strings.EqualFold(p.tokens[at].text, w) {
			return false
		}
	}
	p.next += len(words)
	return true
}

// sign goes on when a sign is next.
func (p *parser) sign(s string) bool {
	if p.next < len(p.tokens) && p.tokens[p.next] == (token{s, 's'}) {
		p.next++
		return true
	}
	return false
}

// need fails unless something was there.
func (p *parser) need(ok bool) error {
	if !ok {
		return p.unexpected()
	}
	return nil
}

// name reads a namespace, metric or dimension.
func (p *parser) name(into *string) error {
	if p.next >= len(p.tokens) {
		return p.unexpected()
	}
	t := p.tokens[p.next]
	if t.kind != '"' && (t.kind != 'w' || slices.Contains(reserved, strings.ToUpper(t.text))) {
		return p.unexpected()
	}
	*into = t.text
	p.next++
	return nil
}

// function reads one that aggregates.
func (p *parser) function(into *string) error {
	for _, f := range []string{"AVG", "COUNT", "MAX", "MIN", "SUM"} {
		if p.word(f) {
			*into = f
			return p.need(p.sign("("))
		}
	}
	return p.unexpected()
}

func (p *parser) selects(q *Query) error {
	if err := p.need(p.word("SELECT")); err != nil {
		return err
	}
	if err := p.function(&q.Function); err != nil {
		return err
	}
	if err := p.name(&q.Metric); err != nil {
		return err
	}
	return p.need(p.sign(")"))
}

func (p *parser) from(q *Query) error {
	if err := p.need(p.word("FROM")); err != nil {
		return err
	}
	if !p.word("SCHEMA") {
		return p.name(&q.Namespace)
	}
	if err := p.need(p.sign("(")); err != nil {
		return err
	}
	if err := p.name(&q.Namespace); err != nil {
		return err
	}
	q.Schema = []string{}
	for p.sign(",") {
		var name string
		if err := p.name(&name); err != nil {
			return err
		}
		q.Schema = append(q.Schema, name)
	}
	slices.Sort(q.Schema)
	return p.need(p.sign(")"))
}

func (p *parser) where(q *Query) error {
	if !p.word("WHERE") {
		return nil
	}
	q.Where = [][]Condition{nil}
	for {
		c := Condition{}
		if err := p.name(&c.Name); err != nil {
			return err
		}
		c.Not = p.sign("!=")
		if err := p.need(c.Not || p.sign("=")); err != nil {
			return err
		}
		if p.next >= len(p.tokens) || p.tokens[p.next].kind != '\'' {
			return p.unexpected()
		}
		c.Value = p.tokens[p.next].text
		p.next++
		last := len(q.Where) - 1
		q.Where[last] = append(q.Where[last], c)
		switch {
		case p.word("OR"):
			q.Where = append(q.Where, nil)
		case !p.word("AND"):
			return nil
		}
	}
}

func (p *parser) groupBy(q *Query) error {
	if !p.word("GROUP", "BY") {
		return nil
	}
	for {
		var name string
		if err := p.name(&name); err != nil {
			return err
		}
		q.GroupBy = append(q.GroupBy, name)
		if !p.sign(",") {
			return nil
		}
	}
}

func (p *parser) orderBy(q *Query) error {
	if !p.word("ORDER", "BY") {
		return nil
	}
	if err := p.function(&q.OrderBy); err != nil {
		return err
	}
	if err := p.need(p.sign(")")); err != nil {
		return err
	}
	q.Desc = p.word("DESC")
	if !q.Desc {
		p.word("ASC")
	}
	return nil
}

func (p *parser) limit(q *Query) error {
	if !p.word("LIMIT") {
		return nil
	}
	if p.next >= len(p.tokens) {
		return p.unexpected()
	}
	n, err := strconv.Atoi(p.tokens[p.next].text)
	if err != nil || n < 1 || n > MaxSeries {
		return &Error{fmt.Sprintf("LIMIT must be between 1 and %d", MaxSeries)}
	}
	q.Limit = n
	p.next++
	return nil
}

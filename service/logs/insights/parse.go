package insights

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of a query.
const (
	// MaxResults is how many rows a query returns.
	MaxResults = 10_000
	maxLength  = 10_000
	maxStats   = 2
)

// Source is which log groups a query names itself.
type Source struct {
	Prefixes []string
	Accounts []string
	Class    string
}

// Query is a query that has been read.
type Query struct {
	Source *Source // nil when the request names the groups

	commands []command
	shown    []string // fields in the order in which they are shown; nil is the default
	rows     bool     // results are rows of stats or pattern: they have no @ptr
	diff     *offset
	members  *members
}

// offset is how far back the time is that diff compares with.
type offset struct {
	days   int
	months int
	length bool // as far as the queried time is long
}

// command is one step of a query.
type command interface{ isCommand() }

// named is an expression with the name of its column.
type named struct {
	name string
	expr expr
}

type (
	// fieldsCommand adds fields, or with show only says which ones are shown.
	fieldsCommand struct{ list []named }
	// filterCommand keeps records for which a condition holds.
	filterCommand struct {
		cond  expr
		maybe func(text string) bool // see needle
	}
	// parseCommand takes parts of a field.
	parseCommand struct {
		of    expr
		parts func(s string) []string
		names []string
	}
	// unnestCommand makes a record of each element of a list.
	unnestCommand struct {
		of   expr
		name string
	}
	sortKey struct {
		expr expr
		desc bool
	}
	// sortCommand orders records.
	sortCommand struct{ keys []sortKey }
	// dedupCommand keeps the first record of each combination of values.
	dedupCommand struct{ of []expr }
	// limitCommand keeps the first records.
	limitCommand struct{ n int }
	// statsCommand aggregates records.
	statsCommand struct {
		columns    []named
		by         []named
		aggregates []*aggregate
	}
	// patternCommand clusters text.
	patternCommand struct{ of expr }
)

func (fieldsCommand) isCommand()  {}
func (filterCommand) isCommand()  {}
func (parseCommand) isCommand()   {}
func (unnestCommand) isCommand()  {}
func (sortCommand) isCommand()    {}
func (dedupCommand) isCommand()   {}
func (limitCommand) isCommand()   {}
func (statsCommand) isCommand()   {}
func (patternCommand) isCommand() {}

// Parse reads a query. What is wrong with it is a *SyntaxError. now is what the
// query's now() is.
func Parse(text string, now time.Time) (*Query, error) {
	if len(text) > maxLength {
		return nil, &SyntaxError{0, len(text), fmt.Sprintf("query is longer than %d characters", maxLength)}
	}
	p := &parser{lexer: lexer{text: text}, now: func() value { return numberValue(float64(now.Unix())) }}
	q := &Query{}
	if err := p.query(q); err != nil {
		return nil, characters(text, err)
	}
	q.members = newMembers(p.names)
	return q, nil
}

// characters turns the offsets of a syntax error from bytes into characters.
func characters(text string, err error) error {
	e, ok := err.(*SyntaxError) //nolint:errorlint // the parser's own, never wrapped
	if !ok {
		return err
	}
	count := func(n int) int { return len([]rune(text[:min(n, len(text))])) }
	return &SyntaxError{count(e.Start), count(e.End), e.Message}
}

// query reads commands between bars.
func (p *parser) query(q *Query) error {
	if err := p.advance(false); err != nil {
		return err
	}
	if p.isSign("|") { // AWS lets a query begin with one
		if err := p.advance(false); err != nil {
			return err
		}
	}
	for {
		if p.tok.kind != word {
			return p.unexpected()
		}
		if err := p.command(q); err != nil {
			return err
		}
		if p.tok.kind == end {
			return p.finish(q)
		}
		if !p.isSign("|") {
			return p.unexpected()
		}
		if err := p.advance(false); err != nil {
			return err
		}
	}
}

// finish holds a query against what commands demand of each other.
func (p *parser) finish(q *Query) error {
	stats := 0
	for _, c := range q.commands {
		if _, ok := c.(statsCommand); ok {
			stats++
		}
	}
	if stats > maxStats {
		return p.fail("a query can have at most %d stats commands", maxStats)
	}
	if len(q.commands) == 0 && q.Source == nil {
		return p.unexpected()
	}
	return nil
}

// command reads one command.
func (p *parser) command(q *Query) error {
	name := strings.ToLower(p.tok.text)
	at := p.tok
	value := name != "dedup"
	if name != "parse" {
		if err := p.advance(value); err != nil {
			return err
		}
	}
	switch name {
	case "fields", "display":
		return p.fields(q, name == "display")
	case "filter", "where":
		return p.filter(q)
	case "filterindex":
		return p.filter(q)
	case "parse":
		return p.parse(q)
	case "sort", "order":
		return p.sort(q)
	case "limit", "head", "tail":
		if name == "limit" {
			return p.limit(q)
		}
	case "stats":
		return p.stats(q)
	case "dedup":
		return p.dedup(q)
	case "pattern":
		return p.pattern(q)
	case "diff":
		return p.diff(q)
	case "unnest":
		return p.unnest(q)
	case "unmask":
		return p.unmask(q)
	case "source":
		return p.source(q, at)
	}
	p.tok = at
	if name == "anomaly" || name == "lookup" {
		return p.fail("the command %s is not supported", at.text)
	}
	return p.fail("unexpected symbol found %s at position %d", at.text, at.start)
}

// columns reads expressions with their names.
func (p *parser) columns() ([]named, error) {
	var out []named
	for {
		start := p.tok.start
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		n := named{p.text[start:p.ended], e}
		if f, ok := e.(field); ok {
			n.name = f.name
		}
		if p.is("as") {
			if err := p.advance(false); err != nil {
				return nil, err
			}
			if n.name, err = p.name1(); err != nil {
				return nil, err
			}
		}
		out = append(out, n)
		if !p.isSign(",") {
			return out, nil
		}
		if err := p.advance(true); err != nil {
			return nil, err
		}
	}
}

// name1 reads a name that the query gives.
func (p *parser) name1() (string, error) {
	if p.tok.kind != word && p.tok.kind != quoted && p.tok.kind != literal {
		return "", p.unexpected()
	}
	name := p.tok.text
	if p.tok.kind == word && reserved(name) {
		return "", p.unexpected()
	}
	return name, p.advance(false)
}

// show adds a field to those that are shown.
func (q *Query) show(name string) {
	if !slices.Contains(q.shown, name) {
		q.shown = append(q.shown, name)
	}
}

func (p *parser) fields(q *Query, display bool) error {
	list, err := p.columns()
	if err != nil {
		return err
	}
	if display {
		q.shown = nil
	}
	for _, n := range list {
		q.show(n.name)
	}
	q.commands = append(q.commands, fieldsCommand{list})
	return nil
}

func (p *parser) filter(q *Query) error {
	cond, err := p.expr()
	if err != nil {
		return err
	}
	q.commands = append(q.commands, filterCommand{cond: cond})
	return nil
}

func (p *parser) sort(q *Query) error {
	if p.is("by") {
		if err := p.advance(true); err != nil {
			return err
		}
	}
	var c sortCommand
	for {
		e, err := p.expr()
		if err != nil {
			return err
		}
		k := sortKey{expr: e, desc: p.is("desc")}
		if p.is("desc") || p.is("asc") {
			if err := p.advance(false); err != nil {
				return err
			}
		}
		c.keys = append(c.keys, k)
		if !p.isSign(",") {
			break
		}
		if err := p.advance(true); err != nil {
			return err
		}
	}
	q.commands = append(q.commands, c)
	return nil
}

func (p *parser) limit(q *Query) error {
	n, err := strconv.Atoi(p.tok.text)
	if p.tok.kind != numeral || err != nil || n < 1 || n > MaxResults {
		if p.tok.kind == numeral {
			return p.fail("limit must be between 1 and %d", MaxResults)
		}
		return p.unexpected()
	}
	q.commands = append(q.commands, limitCommand{n})
	return p.advance(false)
}

func (p *parser) dedup(q *Query) error {
	list, err := p.columns()
	if err != nil {
		return err
	}
	var c dedupCommand
	for _, n := range list {
		c.of = append(c.of, n.expr)
	}
	q.commands = append(q.commands, c)
	return nil
}

func (p *parser) pattern(q *Query) error {
	of, err := p.expr()
	if err != nil {
		return err
	}
	q.cluster(of)
	return nil
}

// cluster adds a pattern command.
func (q *Query) cluster(of expr) {
	q.commands = append(q.commands, patternCommand{of})
	q.shown, q.rows = []string{"@pattern", "@ratio", "@sampleCount", "@severityLabel"}, true
}

func (p *parser) diff(q *Query) error {
	if n := len(q.commands); n == 0 || !isPattern(q.commands[n-1]) {
		q.cluster(field{"@message"})
	}
	o := offset{length: true}
	if p.tok.kind == word {
		switch strings.ToLower(p.tok.text) {
		case "previousday":
			o = offset{days: 1}
		case "previousweek":
			o = offset{days: 7}
		case "previousmonth":
			o = offset{months: 1}
		default:
			return p.unexpected()
		}
		if err := p.advance(false); err != nil {
			return err
		}
	}
	q.diff = &o
	q.shown = []string{"@pattern", "@sampleCount", "@differenceCount", "@differenceDescription", "@severityLabel"}
	return nil
}

func isPattern(c command) bool {
	_, ok := c.(patternCommand)
	return ok
}

func (p *parser) unnest(q *Query) error {
	of, err := p.expr()
	if err != nil {
		return err
	}
	if !p.is("into") && !p.is("as") {
		return p.unexpected()
	}
	if err := p.advance(false); err != nil {
		return err
	}
	name, err := p.name1()
	if err != nil {
		return err
	}
	q.commands = append(q.commands, unnestCommand{of, name})
	return nil
}

func (p *parser) unmask(q *Query) error {
	list, err := p.columns()
	if err != nil {
		return err
	}
	for _, n := range list {
		q.show(n.name)
	}
	q.commands = append(q.commands, fieldsCommand{list})
	return nil
}

// source reads "SOURCE logGroups(namePrefix: ['a'], class: 'STANDARD')".
func (p *parser) source(q *Query, at token) error {
	if len(q.commands) > 0 || q.Source != nil || !p.is("loggroups") {
		p.tok = at
		return p.fail("SOURCE must come first, and name logGroups(…)")
	}
	if err := p.advance(false); err != nil {
		return err
	}
	if err := p.expect("(", false); err != nil {
		return err
	}
	q.Source = &Source{}
	for !p.isSign(")") {
		key := strings.ToLower(p.tok.text)
		if err := p.advance(false); err != nil {
			return err
		}
		if err := p.expect(":", true); err != nil {
			return err
		}
		values, err := p.texts()
		if err != nil {
			return err
		}
		switch key {
		case "nameprefix":
			q.Source.Prefixes = values
		case "accountidentifier", "accountidentifiers":
			q.Source.Accounts = values
		case "class":
			q.Source.Class = values[0]
		default:
			return p.fail("unknown argument %s of logGroups", key)
		}
		if p.isSign(",") {
			if err := p.advance(false); err != nil {
				return err
			}
		}
	}
	return p.advance(false)
}

// texts reads text, or a list of it, that is not empty.
func (p *parser) texts() ([]string, error) {
	if p.tok.kind == literal {
		s := p.tok.text
		return []string{s}, p.advance(false)
	}
	if !p.isSign("[") {
		return nil, p.unexpected()
	}
	l, err := p.list()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range l {
		c, ok := e.(constant)
		if !ok || c.kind != text {
			return nil, p.unexpected()
		}
		out = append(out, c.text)
	}
	if len(out) == 0 {
		return nil, p.unexpected()
	}
	return out, nil
}

// stats reads aggregates, and what they are grouped by.
func (p *parser) stats(q *Query) error {
	var c statsCommand
	p.aggregates = &c.aggregates
	var err error
	c.columns, err = p.columns()
	p.aggregates = nil
	if err != nil {
		return err
	}
	if len(c.aggregates) == 0 {
		return p.fail("stats needs an aggregate function")
	}
	if p.is("by") {
		if err := p.advance(true); err != nil {
			return err
		}
		if c.by, err = p.columns(); err != nil {
			return err
		}
	}
	q.commands = append(q.commands, c)
	q.shown, q.rows = nil, true
	for _, n := range c.by {
		q.show(n.name)
	}
	for _, n := range c.columns {
		q.show(n.name)
	}
	return nil
}

// aggregate reads the arguments of an aggregate function.
func (p *parser) aggregate(name string, t token) (expr, error) {
	if err := p.advance(true); err != nil {
		return nil, err
	}
	a := &aggregate{name: name, slot: len(*p.aggregates)}
	outer := p.aggregates
	p.aggregates = nil // they do not nest
	defer func() { p.aggregates = outer }()
	switch {
	case p.isSign("*"):
		if name != "count" {
			return nil, p.unexpected()
		}
		if err := p.advance(false); err != nil {
			return nil, err
		}
	case !p.isSign(")"):
		of, err := p.expr()
		if err != nil {
			return nil, err
		}
		a.of = of
	}
	if a.of == nil && name != "count" {
		return nil, &SyntaxError{t.start, p.tok.end, fmt.Sprintf("wrong number of arguments for function %s", t.text)}
	}
	if name == "median" {
		a.percent = 50
	}
	if name == "pct" {
		if err := p.expect(",", true); err != nil {
			return nil, err
		}
		n, err := strconv.ParseFloat(p.tok.text, 64)
		if p.tok.kind != numeral || err != nil || n < 0 || n > 100 {
			return nil, p.fail("percentile must be between 0 and 100")
		}
		a.percent = n
		if err := p.advance(false); err != nil {
			return nil, err
		}
	}
	*outer = append(*outer, a)
	return a, p.expect(")", false)
}

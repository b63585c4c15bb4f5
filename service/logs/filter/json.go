package filter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/bounded"
	"maru.dev/maru/pattern/glob"
	"maru.dev/maru/service/logs/pick"
)

// maxDepth bounds the parentheses of a pattern.
const maxDepth = 20

// condition says whether an event matches. What maybe says no to has no event
// that does; it may be nil.
type condition struct {
	holds func(e *jsonEvent) bool
	maybe func(text string) bool
}

// parseJSON reads a { selector } pattern.
func parseJSON(text string) (*Pattern, error) {
	if text[len(text)-1] != '}' {
		return nil, fmt.Errorf("JSON pattern has no closing brace")
	}
	p := &parser{rest: text[1 : len(text)-1]}
	cond, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.rest != "" {
		return nil, fmt.Errorf("JSON pattern goes on at %q", p.rest)
	}
	m := newJSONMatcher(p.selectors, cond)
	return &Pattern{cost: p.room.Taken(), json: true, paths: p.paths, match: m.match, maybe: cond.maybe}, nil
}

// parser reads a selector or the conditions of a field.
type parser struct {
	rest      string
	paths     []string // the selectors so far, as they are written
	selectors []path
	room      bounded.Room
}

func (p *parser) space() { p.rest = strings.TrimLeft(p.rest, " \t\n") }

// take reads a token that must come next.
func (p *parser) take(token string) bool {
	p.space()
	if !strings.HasPrefix(p.rest, token) {
		return false
	}
	p.rest = p.rest[len(token):]
	return true
}

func (p *parser) or(depth int) (condition, error) {
	left, err := p.and(depth)
	for err == nil && p.take("||") {
		var right condition
		a := left
		if right, err = p.and(depth); err == nil {
			left = condition{func(e *jsonEvent) bool { return a.holds(e) || right.holds(e) }, either(a.maybe, right.maybe)}
		}
	}
	return left, err
}

func (p *parser) and(depth int) (condition, error) {
	left, err := p.primary(depth)
	for err == nil && p.take("&&") {
		var right condition
		a := left
		if right, err = p.primary(depth); err == nil {
			left = condition{func(e *jsonEvent) bool { return a.holds(e) && right.holds(e) }, both(a.maybe, right.maybe)}
		}
	}
	return left, err
}

// primary reads a comparison or a selector in parentheses.
func (p *parser) primary(depth int) (condition, error) {
	if depth > maxDepth {
		return condition{}, fmt.Errorf("JSON pattern is nested deeper than %d", maxDepth)
	}
	if !p.take("(") {
		return p.comparison()
	}
	inner, err := p.or(depth + 1)
	if err != nil {
		return condition{}, err
	}
	if !p.take(")") {
		return condition{}, fmt.Errorf("JSON pattern has no closing parenthesis")
	}
	return inner, nil
}

// comparison reads "$.path op value", "$.path IS x" and "$.path NOT EXISTS".
func (p *parser) comparison() (condition, error) {
	p.space()
	before := p.rest
	path, err := p.path()
	if err != nil {
		return condition{}, err
	}
	i := len(p.selectors)
	p.selectors = append(p.selectors, path)
	p.paths = append(p.paths, strings.TrimSpace(before[:len(before)-len(p.rest)]))
	switch {
	case p.word("NOT"):
		if !p.word("EXISTS") {
			return condition{}, fmt.Errorf("JSON pattern has NOT without EXISTS")
		}
		return condition{holds: func(e *jsonEvent) bool { return !e.any(i, func(pick.Value) bool { return true }) }}, nil
	case p.word("IS"):
		for _, word := range []string{"NULL", "TRUE", "FALSE"} {
			if p.word(word) {
				want := map[string]pick.Kind{"NULL": pick.Null, "TRUE": pick.True, "FALSE": pick.False}[word]
				is := func(v pick.Value) bool { return v.Kind == want }
				return condition{func(e *jsonEvent) bool { return e.any(i, is) }, path.named()}, nil
			}
		}
		return condition{}, fmt.Errorf("JSON pattern has IS without NULL, TRUE or FALSE")
	}
	test, literal, err := p.test()
	if err != nil {
		return condition{}, err
	}
	holds := func(v pick.Value) bool {
		text, ok := scalarText(v)
		return ok && test(text)
	}
	return condition{func(e *jsonEvent) bool { return e.any(i, holds) }, both(path.named(), written(literal))}, nil
}

// word reads a keyword.
func (p *parser) word(word string) bool {
	p.space()
	if len(p.rest) < len(word) || !strings.EqualFold(p.rest[:len(word)], word) {
		return false
	}
	if len(p.rest) > len(word) && !strings.ContainsRune(" \t\n)}&|", rune(p.rest[len(word)])) {
		return false
	}
	p.rest = p.rest[len(word):]
	return true
}

// scalar returns a value as text; objects and lists have none.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// test reads an operator and a value: = != < <= > >= with a number, a string
// with wildcards, an IP range of the form 10.0.*, or a regular expression. A value
// that passes has the literal in it.
func (p *parser) test() (test func(value string) bool, literal string, err error) {
	for _, op := range []string{"!=", "<=", ">=", "=", "<", ">"} {
		if !p.take(op) {
			continue
		}
		p.space()
		want, err := p.value()
		if err != nil {
			return nil, "", err
		}
		if op == "=" && want.regex == nil {
			literal = want.literal()
		}
		test, err = compare(op, want)
		return test, literal, err
	}
	return nil, "", fmt.Errorf("pattern has no operator at %q", p.rest)
}

// value reads the right side of a comparison.
func (p *parser) value() (term, error) {
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '%') {
		t, rest, err := readTerm(p.rest, &p.room)
		p.rest = rest
		return t, err
	}
	end := strings.IndexAny(p.rest, " \t\n)},&|")
	if end < 0 {
		end = len(p.rest)
	}
	if end == 0 {
		return term{}, fmt.Errorf("pattern has no value at %q", p.rest)
	}
	t := term{text: p.rest[:end]}
	p.rest = p.rest[end:]
	return t, nil
}

// compare returns the test that an operator and its right side make.
func compare(op string, want term) (func(string) bool, error) {
	if want.regex != nil {
		switch op {
		case "=":
			return want.regex.MatchString, nil
		case "!=":
			return func(v string) bool { return !want.regex.MatchString(v) }, nil
		}
		return nil, fmt.Errorf("a regular expression takes = or !=, not %s", op)
	}
	number, err := strconv.ParseFloat(want.text, 64)
	isNumber := err == nil
	parts := strings.Split(want.text, "*")
	equal := func(v string) bool {
		if isNumber {
			if n, ok := readNumber(v); ok {
				return n == number
			}
		}
		return glob.Pieces(parts, v)
	}
	switch op {
	case "=":
		return equal, nil
	case "!=":
		return func(v string) bool { return !equal(v) }, nil
	}
	if !isNumber {
		return nil, fmt.Errorf("%s takes a number, not %q", op, want.text)
	}
	return func(v string) bool {
		n, ok := readNumber(v)
		if !ok {
			return false
		}
		switch op {
		case "<":
			return n < number
		case "<=":
			return n <= number
		case ">":
			return n > number
		default:
			return n >= number
		}
	}, nil
}

// readNumber reads a number. Most text is none, and says so by its first
// character: to be told by strconv would cost memory.
func readNumber(s string) (float64, bool) {
	if s == "" || !strings.ContainsRune("+-.0123456789iInN", rune(s[0])) {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// path is a selector's way into an event: names, indexes and wildcards.
type path []step

// step goes to a member by its name, an element by its index, or all elements.
type step struct {
	name  string
	index int // -1 for a name, -2 for all elements
}

// path reads "$.a.b[0].c[*]['d e']".
func (p *parser) path() (path, error) {
	if !p.take("$") {
		return nil, fmt.Errorf("JSON pattern has no $ at %q", p.rest)
	}
	var out path
	for p.rest != "" {
		switch p.rest[0] {
		case '.':
			end := strings.IndexAny(p.rest[1:], ".[ \t\n=!<>)}&|")
			if end < 0 {
				end = len(p.rest) - 1
			}
			if end == 0 {
				return nil, fmt.Errorf("JSON pattern has an empty name at %q", p.rest)
			}
			name := p.rest[1 : end+1]
			p.rest = p.rest[end+1:]
			if name == "*" {
				out = append(out, step{index: -2})
			} else {
				out = append(out, step{name, -1})
			}
		case '[':
			s, err := p.bracket()
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		default:
			return out, nil
		}
	}
	return out, nil
}

// bracket reads "[0]", "[*]" and "['name']".
func (p *parser) bracket() (step, error) {
	end := strings.IndexByte(p.rest, ']')
	if end < 0 {
		return step{}, fmt.Errorf("JSON pattern has no closing bracket")
	}
	inner := p.rest[1:end]
	p.rest = p.rest[end+1:]
	if inner == "*" {
		return step{index: -2}, nil
	}
	if n := len(inner); n >= 2 && (inner[0] == '\'' || inner[0] == '"') && inner[n-1] == inner[0] {
		return step{inner[1 : n-1], -1}, nil
	}
	n, err := strconv.Atoi(inner)
	if err != nil || n < 0 {
		return step{}, fmt.Errorf("JSON pattern has the index %q", inner)
	}
	return step{index: n}, nil
}

// find returns the values that the path leads to in an event.
func (p path) find(event any) []any {
	found := []any{event}
	for _, s := range p {
		var next []any
		for _, v := range found {
			switch v := v.(type) {
			case map[string]any:
				if s.index == -2 {
					for _, member := range v {
						next = append(next, member)
					}
				} else if member, ok := v[s.name]; ok && s.index == -1 {
					next = append(next, member)
				}
			case []any:
				if s.index == -2 {
					next = append(next, v...)
				} else if s.index >= 0 && s.index < len(v) {
					next = append(next, v[s.index])
				}
			}
		}
		found = next
	}
	return found
}

package jsonpath

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"maru.dev/maru/pattern/entire"
	"maru.dev/maru/pattern/value"
)

// maxFilterDepth bounds parentheses and paths within filters.
const maxFilterDepth = 50

// filter is a compiled condition on a candidate.
type filter interface {
	accepts(c candidate) bool
}

// candidate is what a filter is asked about: @, and $ within the filter.
type candidate struct{ current, root any }

// either, both, not, exists and comparison are the conditions there are.
type (
	either     []filter
	both       []filter
	not        struct{ filter }
	exists     struct{ operand operand }
	comparison struct {
		left, right operand
		operator    string
		pattern     *regexp.Regexp
	}
)

// operand is one side of a comparison: a path from @ or $, or a constant.
type operand struct {
	path     *Path
	fromRoot bool
	constant any
}

// get returns the operand's value and whether there is one.
func (o operand) get(c candidate) (any, bool) {
	if o.path == nil {
		return o.constant, true
	}
	from := c.current
	if o.fromRoot {
		from = c.root
	}
	v, detail := o.path.apply(from, c.root)
	return v, detail == ""
}

func (f either) accepts(c candidate) bool {
	for _, g := range f {
		if g.accepts(c) {
			return true
		}
	}
	return false
}

func (f both) accepts(c candidate) bool {
	for _, g := range f {
		if !g.accepts(c) {
			return false
		}
	}
	return true
}

func (f not) accepts(c candidate) bool { return !f.filter.accepts(c) }

// A path without comparison is whether it leads somewhere.
func (f exists) accepts(c candidate) bool {
	v, ok := f.operand.get(c)
	if ok && f.operand.path != nil && !f.operand.path.Definite() {
		array, _ := v.([]any)
		return len(array) > 0
	}
	return ok
}

func (f comparison) accepts(c candidate) bool {
	left, okLeft := f.left.get(c)
	right, okRight := f.right.get(c)
	switch f.operator {
	case "==", "===":
		return okLeft && okRight && value.Equal(left, right)
	case "!=", "!==":
		return okLeft != okRight || okLeft && !value.Equal(left, right)
	}
	if !okLeft || !okRight {
		return false
	}
	switch f.operator {
	case "<", "<=", ">", ">=":
		return ordered(f.operator, left, right)
	case "=~":
		text, ok := left.(string)
		return ok && f.pattern.MatchString(text)
	}
	return collected(f.operator, left, right)
}

// ordered compares two numbers or two strings.
func ordered(operator string, left, right any) bool {
	var order int
	if l, ok := left.(string); ok {
		r, ok := right.(string)
		if !ok {
			return false
		}
		order = strings.Compare(l, r)
	} else {
		l, okL := value.Float(left)
		r, okR := value.Float(right)
		if !okL || !okR {
			return false
		}
		switch {
		case l < r:
			order = -1
		case l > r:
			order = 1
		}
	}
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

// collected evaluates the operators on lists.
func collected(operator string, left, right any) bool {
	list, _ := right.([]any)
	mine, _ := left.([]any)
	switch operator {
	case "in":
		return contains(list, left)
	case "nin":
		return !contains(list, left)
	case "subsetof":
		for _, e := range mine {
			if !contains(list, e) {
				return false
			}
		}
		return left != nil
	case "anyof", "noneof":
		found := false
		for _, e := range mine {
			found = found || contains(list, e)
		}
		return found == (operator == "anyof")
	case "contains":
		if text, ok := left.(string); ok {
			part, ok := right.(string)
			return ok && strings.Contains(text, part)
		}
		return contains(mine, right)
	case "size":
		n, ok := value.Float(right)
		length, sized := callFunction("length", left)
		return ok && sized == "" && float64(length.(int64)) == n
	default: // empty
		want, ok := right.(bool)
		length, sized := callFunction("length", left)
		return ok && sized == "" && (length.(int64) == 0) == want
	}
}

// contains tells whether a list has an element equal to v.
func contains(list []any, v any) bool {
	for _, e := range list {
		if value.Equal(e, v) {
			return true
		}
	}
	return false
}

// filter takes conditions joined by ||.
func (r *reader) filter() (filter, error) {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxFilterDepth {
		return nil, errors.New("a filter is nested too deep")
	}
	var alternatives either
	for {
		f, err := r.conjunction()
		if err != nil {
			return nil, err
		}
		alternatives = append(alternatives, f)
		r.Spaces()
		if !r.AcceptText("||") {
			break
		}
	}
	if len(alternatives) == 1 {
		return alternatives[0], nil
	}
	return alternatives, nil
}

// conjunction takes conditions joined by &&.
func (r *reader) conjunction() (filter, error) {
	var all both
	for {
		f, err := r.condition()
		if err != nil {
			return nil, err
		}
		all = append(all, f)
		r.Spaces()
		if !r.AcceptText("&&") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// condition takes one condition: negated, in parentheses, or a comparison.
func (r *reader) condition() (filter, error) {
	r.Spaces()
	if r.Peek() == '!' {
		r.At++
		r.depth++
		defer func() { r.depth-- }()
		if r.depth > maxFilterDepth {
			return nil, errors.New("a filter is nested too deep")
		}
		f, err := r.condition()
		return not{f}, err
	}
	if r.Accept('(') {
		f, err := r.filter()
		if err != nil {
			return nil, err
		}
		r.Spaces()
		if !r.Accept(')') {
			return nil, errors.New("a ) is missing in a filter")
		}
		return f, nil
	}
	left, err := r.operand()
	if err != nil {
		return nil, err
	}
	r.Spaces()
	operator := r.operator()
	if operator == "" {
		if left.path == nil {
			return nil, errors.New("a filter compares nothing")
		}
		return exists{left}, nil
	}
	return r.comparison(left, operator)
}

// comparison takes the right side of a comparison.
func (r *reader) comparison(left operand, operator string) (filter, error) {
	r.Spaces()
	if operator == "=~" {
		pattern, err := r.pattern()
		return comparison{left: left, operator: operator, pattern: pattern}, err
	}
	right, err := r.operand()
	if err != nil {
		return nil, err
	}
	if left.path == nil && right.path == nil {
		return nil, errors.New("a filter compares two constants")
	}
	return comparison{left: left, right: right, operator: operator}, nil
}

// operator takes an operator, "" if none comes next.
func (r *reader) operator() string {
	for _, o := range []string{"===", "!==", "==", "!=", "=~", "<=", ">=", "<", ">"} {
		if r.AcceptText(o) {
			return o
		}
	}
	for _, o := range []string{"subsetof", "contains", "noneof", "anyof", "empty", "size", "nin", "in"} {
		rest := r.Text[r.At:]
		if len(rest) > len(o) && strings.EqualFold(rest[:len(o)], o) && !unicode.IsLetter(rune(rest[len(o)])) {
			r.At += len(o)
			return o
		}
	}
	return ""
}

// pattern takes /…/ with its flags.
func (r *reader) pattern() (*regexp.Regexp, error) {
	if !r.Accept('/') {
		return nil, errors.New("a pattern is missing after =~")
	}
	from := r.At
	for !r.Done() && r.Peek() != '/' {
		if r.Peek() == '\\' {
			r.At++
		}
		r.At++
	}
	if r.Done() {
		return nil, errors.New("a pattern is not closed")
	}
	source := r.Text[from:r.At]
	r.At++
	flags := ""
	for c := r.Peek(); c == 'i' || c == 's' || c == 'm'; c = r.Peek() {
		flags += string(c)
		r.At++
	}
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	pattern, err := entire.Compile(flags + source)
	if err != nil {
		return nil, fmt.Errorf("a pattern is wrong: %w", err)
	}
	return pattern, nil
}

// operand takes a path from @ or $, or a constant.
func (r *reader) operand() (operand, error) {
	r.Spaces()
	switch r.Peek() {
	case '@', '$':
		fromRoot := r.Peek() == '$'
		r.At++
		p := &Path{definite: true}
		if err := r.steps(p); err != nil {
			return operand{}, err
		}
		p.settle()
		return operand{path: p, fromRoot: fromRoot}, nil
	case '\'', '"':
		s, err := r.quoted()
		return operand{constant: s}, err
	case '[':
		return r.list()
	}
	word := r.Until(" )]&|=!<>,\t\r\n")
	v, err := value.Parse([]byte(word))
	if err != nil {
		return operand{}, fmt.Errorf("%q is no operand of a filter", word)
	}
	return operand{constant: v}, nil
}

// list takes an array of constants.
func (r *reader) list() (operand, error) {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxFilterDepth {
		return operand{}, errors.New("a filter is nested too deep")
	}
	r.At++ // [
	list := []any{}
	for r.Spaces(); !r.Accept(']'); r.Spaces() {
		if len(list) > 0 && !r.Accept(',') {
			return operand{}, errors.New("a comma is missing in a list")
		}
		e, err := r.operand()
		if err != nil {
			return operand{}, err
		}
		if e.path != nil {
			return operand{}, errors.New("a path in a list")
		}
		list = append(list, e.constant)
	}
	return operand{constant: list}, nil
}

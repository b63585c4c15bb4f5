package path

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSteps bounds a path's length, so that a hostile definition cannot make the
// walk deep.
const maxSteps = 500

// errNoPath refuses a text that does not begin like a path.
var errNoPath = errors.New("a path begins with $")

// Parse compiles a path.
func Parse(source string) (*Path, error) {
	p := &Path{source: source, definite: true}
	r := reader{text: source}
	if !r.accept('$') {
		return nil, errNoPath
	}
	switch {
	case r.accept('$'):
		p.root = Context
	case !r.done() && (r.peek() == '_' || identStart(r.rune())):
		p.root = Variable
		p.variable = r.identifier()
	}
	if err := r.steps(p); err != nil {
		return nil, err
	}
	if !r.done() {
		return nil, fmt.Errorf("unexpected %q", r.text[r.at:])
	}
	p.settle()
	return p, nil
}

// ParseReference compiles a reference path.
func ParseReference(source string) (*Path, error) {
	p, err := Parse(source)
	if err != nil {
		return nil, err
	}
	if !p.Reference() {
		return nil, errors.New("not a reference path")
	}
	return p, nil
}

// settle finds out whether the path is definite.
func (p *Path) settle() {
	for i, s := range p.steps {
		switch s.kind {
		case stepName, stepIndex:
		case stepNames:
			p.definite = p.definite && i == len(p.steps)-1
		default:
			p.definite = false
		}
	}
}

// reader goes through the text of a path or an intrinsic function.
type reader struct {
	text  string
	at    int
	depth int
}

// done tells whether the text is at its end.
func (r *reader) done() bool { return r.at >= len(r.text) }

// peek returns the next byte, 0 at the end.
func (r *reader) peek() byte {
	if r.done() {
		return 0
	}
	return r.text[r.at]
}

// rune returns the next character without taking it.
func (r *reader) rune() rune {
	c, _ := utf8.DecodeRuneInString(r.text[r.at:])
	return c
}

// accept takes the byte if it comes next.
func (r *reader) accept(c byte) bool {
	if r.peek() == c && !r.done() {
		r.at++
		return true
	}
	return false
}

// acceptText takes the text if it comes next.
func (r *reader) acceptText(s string) bool {
	if strings.HasPrefix(r.text[r.at:], s) {
		r.at += len(s)
		return true
	}
	return false
}

// spaces takes white space.
func (r *reader) spaces() {
	for !r.done() && strings.IndexByte(" \t\r\n", r.peek()) >= 0 {
		r.at++
	}
}

// identStart tells whether a variable's name may begin with c.
func identStart(c rune) bool { return unicode.IsLetter(c) }

// identifier takes a variable's name.
func (r *reader) identifier() string {
	from := r.at
	for !r.done() {
		c, size := utf8.DecodeRuneInString(r.text[r.at:])
		if c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c) && !unicode.Is(unicode.Mc, c) {
			break
		}
		r.at += size
	}
	return r.text[from:r.at]
}

// steps takes steps up to what cannot be one.
func (r *reader) steps(p *Path) error {
	for !r.done() && p.function == "" {
		if len(p.steps) > maxSteps {
			return errors.New("the path is too long")
		}
		var err error
		switch {
		case r.acceptText(".."):
			p.steps = append(p.steps, step{kind: stepScan})
			if r.peek() == '[' {
				err = r.bracket(p)
			} else {
				err = r.dotted(p)
			}
		case r.accept('.'):
			if r.peek() == '[' {
				err = r.bracket(p)
			} else {
				err = r.dotted(p)
			}
		case r.peek() == '[':
			err = r.bracket(p)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nameEnds are the characters at which a name after a dot ends; within a filter
// operators end it, too.
const (
	nameEnds     = ".[( \t\r\n)]"
	nameEndsMore = nameEnds + ",'\"=!<>&|~"
)

// dotted takes what follows a dot: *, a name, or a function at the end.
func (r *reader) dotted(p *Path) error {
	if r.accept('*') {
		p.steps = append(p.steps, step{kind: stepWildcard})
		return nil
	}
	ends := nameEnds
	if r.depth > 0 {
		ends = nameEndsMore
	}
	from := r.at
	for !r.done() && strings.IndexByte(ends, r.peek()) < 0 {
		r.at++
	}
	name := r.text[from:r.at]
	if name == "" {
		return errors.New("a name is missing after a dot")
	}
	if !r.accept('(') {
		p.steps = append(p.steps, step{kind: stepName, names: []string{name}})
		return nil
	}
	r.spaces()
	if !r.accept(')') || !functionKnown(name) {
		return fmt.Errorf("no function %s() of a path", name)
	}
	if len(p.steps) > 0 && p.steps[len(p.steps)-1].kind == stepScan {
		return errors.New("no function after ..")
	}
	p.function = name
	return nil
}

// bracket takes one step in brackets.
func (r *reader) bracket(p *Path) error {
	r.at++ // [
	r.spaces()
	s, err := r.inBrackets()
	if err != nil {
		return err
	}
	r.spaces()
	if !r.accept(']') {
		return errors.New("a ] is missing")
	}
	p.steps = append(p.steps, s)
	return nil
}

// inBrackets takes what stands between brackets.
func (r *reader) inBrackets() (step, error) {
	switch r.peek() {
	case '*':
		r.at++
		return step{kind: stepWildcard}, nil
	case '\'', '"':
		return r.quotedNames()
	case '?':
		r.at++
		r.spaces()
		if !r.accept('(') {
			return step{}, errors.New("a ( is missing after ?")
		}
		f, err := r.filter()
		if err != nil {
			return step{}, err
		}
		r.spaces()
		if !r.accept(')') {
			return step{}, errors.New("a ) is missing after a filter")
		}
		return step{kind: stepFilter, filter: f}, nil
	}
	return r.numbers()
}

// quotedNames takes 'a' or 'a','b'.
func (r *reader) quotedNames() (step, error) {
	s := step{kind: stepName}
	for {
		name, err := r.quoted()
		if err != nil {
			return step{}, err
		}
		s.names = append(s.names, name)
		r.spaces()
		if !r.accept(',') {
			break
		}
		r.spaces()
	}
	if len(s.names) > 1 {
		s.kind = stepNames
	}
	return s, nil
}

// quoted takes a text in quotes of either kind; a backslash takes the next
// character as it is.
func (r *reader) quoted() (string, error) {
	quote := r.peek()
	if quote != '\'' && quote != '"' {
		return "", errors.New("a quote is missing")
	}
	r.at++
	var b strings.Builder
	for !r.done() {
		c := r.text[r.at]
		r.at++
		switch {
		case c == quote:
			return b.String(), nil
		case c == '\\' && !r.done():
			b.WriteByte(r.text[r.at])
			r.at++
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("a quote is not closed")
}

// numbers takes an index, several, or a slice.
func (r *reader) numbers() (step, error) {
	first, err := r.integer()
	if err != nil {
		return step{}, err
	}
	r.spaces()
	if r.accept(':') {
		r.spaces()
		second, err := r.integer()
		if err != nil {
			return step{}, err
		}
		if first == nil && second == nil {
			return step{}, errors.New("a slice without bounds")
		}
		return step{kind: stepSlice, from: first, to: second}, nil
	}
	if first == nil {
		return step{}, errors.New("an index is missing")
	}
	s := step{kind: stepIndex, indexes: []int{*first}}
	for r.accept(',') {
		r.spaces()
		n, err := r.integer()
		if err != nil || n == nil {
			return step{}, errors.New("an index is missing after a comma")
		}
		s.kind, s.indexes = stepIndexes, append(s.indexes, *n)
		r.spaces()
	}
	return s, nil
}

// integer takes a whole number, nil if none comes next.
func (r *reader) integer() (*int, error) {
	from := r.at
	r.accept('-')
	for c := r.peek(); c >= '0' && c <= '9'; c = r.peek() {
		r.at++
	}
	if r.at == from {
		return nil, nil
	}
	n, err := strconv.Atoi(r.text[from:r.at])
	if err != nil || n > 1<<31-1 || n < -1<<31 {
		return nil, errors.New("a number is out of range")
	}
	return &n, nil
}

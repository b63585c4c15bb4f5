package jsonpath

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/scan"
)

// maxSteps bounds a path's length, so that a hostile definition cannot make the
// walk deep.
const maxSteps = 500

// errNoPath refuses a text that does not begin like a path.
var errNoPath = errors.New("a path begins with $")

// Parse compiles a path that begins with $.
func Parse(source string) (*Path, error) {
	steps, ok := strings.CutPrefix(source, "$")
	if !ok {
		return nil, errNoPath
	}
	return ParseSteps(steps)
}

// ParseSteps compiles what follows the root of a path.
func ParseSteps(source string) (*Path, error) {
	p := &Path{definite: true}
	r := reader{Reader: scan.Reader{Text: source}}
	if err := r.steps(p); err != nil {
		return nil, err
	}
	if !r.Done() {
		return nil, fmt.Errorf("unexpected %q", r.Rest())
	}
	p.settle()
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

// reader goes through the text of a path.
type reader struct {
	scan.Reader

	depth int // of filters within each other
}

// steps takes steps up to what cannot be one.
func (r *reader) steps(p *Path) error {
	for !r.Done() && p.function == "" {
		if len(p.steps) > maxSteps {
			return errors.New("the path is too long")
		}
		var err error
		switch {
		case r.AcceptText(".."):
			p.steps = append(p.steps, step{kind: stepScan})
			if r.Peek() == '[' {
				err = r.bracket(p)
			} else {
				err = r.dotted(p)
			}
		case r.Accept('.'):
			if r.Peek() == '[' {
				err = r.bracket(p)
			} else {
				err = r.dotted(p)
			}
		case r.Peek() == '[':
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
	if r.Accept('*') {
		p.steps = append(p.steps, step{kind: stepWildcard})
		return nil
	}
	ends := nameEnds
	if r.depth > 0 {
		ends = nameEndsMore
	}
	name := r.Until(ends)
	if name == "" {
		return errors.New("a name is missing after a dot")
	}
	if !r.Accept('(') {
		p.steps = append(p.steps, step{kind: stepName, names: []string{name}})
		return nil
	}
	r.Spaces()
	if !r.Accept(')') || !functionKnown(name) {
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
	r.At++ // [
	r.Spaces()
	s, err := r.inBrackets()
	if err != nil {
		return err
	}
	r.Spaces()
	if !r.Accept(']') {
		return errors.New("a ] is missing")
	}
	p.steps = append(p.steps, s)
	return nil
}

// inBrackets takes what stands between brackets.
func (r *reader) inBrackets() (step, error) {
	switch r.Peek() {
	case '*':
		r.At++
		return step{kind: stepWildcard}, nil
	case '\'', '"':
		return r.quotedNames()
	case '?':
		r.At++
		r.Spaces()
		if !r.Accept('(') {
			return step{}, errors.New("a ( is missing after ?")
		}
		f, err := r.filter()
		if err != nil {
			return step{}, err
		}
		r.Spaces()
		if !r.Accept(')') {
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
		r.Spaces()
		if !r.Accept(',') {
			break
		}
		r.Spaces()
	}
	if len(s.names) > 1 {
		s.kind = stepNames
	}
	return s, nil
}

// quoted takes a text in quotes of either kind; a backslash takes the next
// character as it is.
func (r *reader) quoted() (string, error) {
	quote := r.Peek()
	if quote != '\'' && quote != '"' {
		return "", errors.New("a quote is missing")
	}
	r.At++
	var b strings.Builder
	for !r.Done() {
		c := r.Text[r.At]
		r.At++
		switch {
		case c == quote:
			return b.String(), nil
		case c == '\\' && !r.Done():
			b.WriteByte(r.Text[r.At])
			r.At++
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
	r.Spaces()
	if r.Accept(':') {
		r.Spaces()
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
	for r.Accept(',') {
		r.Spaces()
		n, err := r.integer()
		if err != nil || n == nil {
			return step{}, errors.New("an index is missing after a comma")
		}
		s.kind, s.indexes = stepIndexes, append(s.indexes, *n)
		r.Spaces()
	}
	return s, nil
}

// integer takes a whole number, nil if none comes next.
func (r *reader) integer() (*int, error) {
	from := r.At
	r.Accept('-')
	for c := r.Peek(); c >= '0' && c <= '9'; c = r.Peek() {
		r.At++
	}
	if r.At == from {
		return nil, nil
	}
	n, err := strconv.Atoi(r.Text[from:r.At])
	if err != nil || n > 1<<31-1 || n < -1<<31 {
		return nil, errors.New("a number is out of range")
	}
	return &n, nil
}

package path

import (
	"errors"
	"unicode"

	"maru.dev/maru/pattern/jsonpath"
	"maru.dev/maru/pattern/scan"
	"maru.dev/maru/pattern/value"
)

// Root tells what a path begins with.
type Root uint8

const (
	// Input paths begin with $, the state's input.
	Input Root = iota
	// Context paths begin with $$, the context object.
	Context
	// Variable paths begin with a workflow variable, as in $name.
	Variable
)

// Path is a compiled JSONPath with its root. It may be used by many at once.
type Path struct {
	steps    *jsonpath.Path
	source   string
	root     Root
	variable string
}

// Env is what paths and intrinsic functions are evaluated with.
type Env struct {
	// Input is what $ means.
	Input any

	// Context is the context object, which $$ means.
	Context *value.Object

	// Variable returns a workflow variable's value.
	Variable func(name string) (any, bool)

	// Random returns numbers from 0 up to, not including, 1.
	Random func() float64

	// UUID returns a new UUID.
	UUID func() string

	read int // bytes that functions were given, and have given on to each other
}

// NotFoundError is that a path leads nowhere.
type NotFoundError struct {
	Path *Path

	// Detail says where it ended, as "No results for path: $['a']".
	Detail string

	// Root is the value that the path was applied to.
	Root any

	// Undefined tells that there was none: the variable is not defined.
	Undefined bool
}

// Error returns path and detail.
func (e *NotFoundError) Error() string {
	return "Invalid path '" + e.Path.source + "' : " + e.Detail
}

// MismatchError is that a reference path cannot be written to in a document.
type MismatchError = jsonpath.MismatchError

// Parse compiles a path.
func Parse(source string) (*Path, error) {
	p := &Path{source: source}
	r := scan.Reader{Text: source}
	if !r.Accept('$') {
		return nil, errors.New("a path begins with $")
	}
	if r.Accept('$') {
		p.root = Context
	} else if p.variable = identifier(r.Rest()); p.variable != "" {
		p.root = Variable
		r.At += len(p.variable)
	}
	var err error
	p.steps, err = jsonpath.ParseSteps(r.Rest())
	return p, err
}

// identifier returns the variable's name that a text begins with, or "".
func identifier(text string) string {
	for i, c := range text {
		later := i > 0 && (unicode.IsDigit(c) || unicode.In(c, unicode.Mn, unicode.Mc))
		if c != '_' && !unicode.IsLetter(c) && !later {
			return text[:i]
		}
	}
	return text
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

// String returns the path as it was written.
func (p *Path) String() string { return p.source }

// Root returns what the path begins with.
func (p *Path) Root() Root { return p.root }

// Variable returns the name of the variable that the path begins with, or "".
func (p *Path) Variable() string { return p.variable }

// Definite tells whether the path leads to one value and not to a list of matches.
func (p *Path) Definite() bool { return p.steps.Definite() }

// Whole tells whether the path is nothing but its root, such as $ itself.
func (p *Path) Whole() bool { return p.steps.Whole() }

// Reference tells whether the path names members and indexes only.
func (p *Path) Reference() bool { return p.steps.Reference() }

// Set returns doc with v where the reference path leads, as jsonpath does.
func (p *Path) Set(doc, v any) (any, error) { return p.steps.Set(doc, v) }

// Get returns what the path leads to. Its error is a *NotFoundError.
func (p *Path) Get(env *Env) (any, error) {
	root, err := p.start(env)
	if err != nil {
		return nil, err
	}
	v, err := p.steps.Get(root)
	if err != nil {
		return nil, &NotFoundError{Path: p, Detail: err.Error(), Root: root}
	}
	return v, nil
}

// start returns the value that the path is applied to.
func (p *Path) start(env *Env) (any, error) {
	switch p.root {
	case Context:
		return env.Context, nil
	case Variable:
		if env.Variable != nil {
			if v, ok := env.Variable(p.variable); ok {
				return v, nil
			}
		}
		return nil, &NotFoundError{Path: p, Detail: "Variable '" + p.variable + "' is not defined", Undefined: true}
	case Input:
	}
	return env.Input, nil
}

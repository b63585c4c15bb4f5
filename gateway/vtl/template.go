package vtl

import (
	"errors"
	"fmt"
	"maps"

	"maru.dev/maru/gateway/vtl/java"
)

// The limits of a template and of its runs.
const (
	MaxSource = 300 << 10 // bytes of a template
	maxOutput = java.MaxText
	maxTurns  = 1000 // of one loop
	maxCalls  = 20   // macros within each other
	maxNested = 200  // blocks and expressions within each other
)

// Template is a parsed template.
type Template struct {
	body   block
	macros map[string]*macro
}

// SyntaxError is what a template cannot be read for.
type SyntaxError struct {
	Line, Column int // from 1
	Reason       string
}

// Error tells reason and place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at [line %d, column %d]", e.Reason, e.Line, e.Column)
}

// Parse reads a template. Its error is a *SyntaxError.
func Parse(text string) (*Template, error) {
	if len(text) > MaxSource {
		return nil, &SyntaxError{Line: 1, Column: 1, Reason: fmt.Sprintf("The template is larger than %d bytes", MaxSource)}
	}
	p := &parser{text: text, macros: map[string]*macro{}}
	body, err := p.template()
	if err != nil {
		return nil, err
	}
	return &Template{body: body, macros: p.macros}, nil
}

// Run makes the template's text with variables by name. Its error is a *java.ThrownError,
// or one of an Object.
func (t *Template) Run(vars map[string]any) ([]byte, error) {
	r := &run{vars: maps.Clone(vars), macros: t.macros}
	if r.vars == nil {
		r.vars = map[string]any{}
	}
	err := t.body.render(r)
	if err != nil && !errors.Is(err, errStop) && !errors.Is(err, errBreak) {
		return nil, err
	}
	return r.out, nil
}

// What ends a block early, without being a failure.
var (
	errStop  = errors.New("#stop")
	errBreak = errors.New("#break outside of a loop")
)

// run is a template on its way.
type run struct {
	out    []byte
	vars   map[string]any
	macros map[string]*macro
	loop   *loop // the innermost
	used   java.Usage
	calls  int
}

// write adds to what is made.
func (r *run) write(s string) error {
	if len(r.out)+len(s) > maxOutput {
		return java.TooLarge()
	}
	r.out = append(r.out, s...)
	return r.used.Pass(s)
}

// capture renders a block apart from the rest, and returns what it makes.
func (r *run) capture(b block) (string, error) {
	kept := r.out
	r.out = nil
	err := b.render(r)
	made := string(r.out)
	r.out = kept
	return made, err
}

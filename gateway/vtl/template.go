package vtl

import (
	"errors"
	"fmt"
	"maps"
)

// The limits of a template and of its runs.
const (
	MaxSource = 300 << 10 // bytes of a template
	maxOutput = 10 << 20  // bytes of what is made, and of each text on the way
	maxTurns  = 1000      // of one loop
	maxSteps  = 3_000_000 // nodes that a run goes through
	maxCalls  = 20        // macros within each other
	maxNested = 200       // blocks and expressions within each other
	maxItems  = 100_000   // of a list or map

	bytesPerStep = 64 // of a text that is gone through
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

// RunError is what a run has failed of: the template's fault.
type RunError struct{ Reason string }

// Error tells the reason.
func (e *RunError) Error() string { return e.Reason }

// failf makes a RunError.
func failf(format string, args ...any) error { return &RunError{Reason: fmt.Sprintf(format, args...)} }

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

// Run makes the template's text with variables by name. Its error is a *RunError, or
// one of an Object.
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
	steps  int
	calls  int

	weighing int // collections within each other
}

// step counts one more thing done.
func (r *run) step() error { return r.spend(1) }

// spend counts n more things done.
func (r *run) spend(n int) error {
	if r.steps += n; r.steps > maxSteps {
		return failf("The template takes more than %d steps", maxSteps)
	}
	return nil
}

// write adds to what is made.
func (r *run) write(s string) error {
	if len(r.out)+len(s) > maxOutput {
		return errTooLarge()
	}
	r.out = append(r.out, s...)
	return r.spend(len(s)/bytesPerStep + 1)
}

// weigh counts what it takes to go through a value, which is done before it is.
func (r *run) weigh(v any) error {
	switch v := v.(type) {
	case string:
		return r.spend(len(v) / bytesPerStep)
	case *List:
		for _, e := range v.Items {
			if err := r.weighPart(e); err != nil {
				return err
			}
		}
	case *Map:
		for _, k := range v.keys {
			if err := r.weighPart(v.values[k]); err != nil {
				return err
			}
		}
	case *Entry:
		return r.weighPart(v.Of.values[v.Key])
	}
	return nil
}

// weighPart counts a part of a value, within which another may lie, and even the
// value itself.
func (r *run) weighPart(v any) error {
	if err := r.step(); err != nil {
		return err
	}
	if r.weighing++; r.weighing > maxNested {
		return failf("The template makes a collection that is nested too deep")
	}
	defer func() { r.weighing-- }()
	return r.weigh(v)
}

// text returns a value as it is printed.
func (r *run) text(v any) (string, error) {
	if err := r.weigh(v); err != nil {
		return "", err
	}
	return text(v), nil
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

// errTooLarge is that a text grows beyond its limit.
func errTooLarge() error { return failf("The template makes a text of more than %d bytes", maxOutput) }

package jsonata

import (
	"context"
	"errors"
	"time"

	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// Undefined is the value of what is not there, as of a path that leads nowhere.
// It is not null. Host functions receive it for arguments that are absent, and
// may return it.
type Undefined struct{}

// Error is a fault of an expression, found when it is compiled or evaluated.
type Error = fault.Error

// Expression is a compiled expression. It may be evaluated by many at once.
type Expression struct {
	source string
	root   *syntax.Node
}

// Input is what an expression is evaluated with.
type Input struct {
	// Data is what $ and paths begin with; Undefined{} if there is none.
	Data any

	// Variables are the values of variables, their names without $.
	Variables map[string]any

	// Functions are functions of the host, beside those of the language, before
	// which they go.
	Functions map[string]Function

	// Now is the time of $now and $millis.
	Now time.Time

	// Random returns numbers from 0 up to, not including, 1.
	Random func() float64

	// UUID returns a new UUID.
	UUID func() string

	// AllowEval makes $eval known; Step Functions does not have it.
	AllowEval bool

	// Limits bound the work.
	Limits Limits
}

// Limits bound what one evaluation may use; a zero is the default.
type Limits struct {
	// Steps is how many parts of the expression may be evaluated.
	Steps int

	// Depth is how deep calls and paths may lie in each other.
	Depth int

	// Values is how many elements one array may have.
	Values int

	// Text is how many bytes one string may have.
	Text int

	// Memory is about how many bytes may be taken in all, freed or not.
	Memory int
}

// The default limits. A state's data is 256 KiB: what a workflow needs is far
// below them.
const (
	defaultSteps  = 20_000_000
	defaultDepth  = 10_000
	defaultValues = 10_000_000
	defaultText   = 32 << 20
	defaultMemory = 1 << 30
)

// withDefaults fills in the limits that are not set.
func (l Limits) withDefaults() Limits {
	set := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	set(&l.Steps, defaultSteps)
	set(&l.Depth, defaultDepth)
	set(&l.Values, defaultValues)
	set(&l.Text, defaultText)
	set(&l.Memory, defaultMemory)
	return l
}

// Function is a function of the host.
type Function struct {
	// Signature is as lambdas write it, such as "<a-n:a>". Arguments are checked
	// by it before Call; an empty one checks nothing.
	Signature string

	// Arity is how many arguments higher-order functions pass.
	Arity int

	// Call computes the result. An *Error keeps its code; another error is found
	// by errors.As and errors.Is in the one that Eval returns.
	Call func(c Call, args []any) (any, error)
}

// Call is what a host function may use.
type Call struct {
	Context context.Context //nolint:containedctx // it lives as long as the call
	Random  func() float64
	UUID    func() string
}

// Compile reads an expression. Its error is an *Error.
func Compile(source string) (*Expression, error) { return compile(source, false) }

// CompileStrict reads an expression of version 2.0 of the language, which is
// what Step Functions accepts: the operators ?: and ?? are not in it.
func CompileStrict(source string) (*Expression, error) { return compile(source, true) }

// compile reads an expression.
func compile(source string, strict bool) (*Expression, error) {
	root, err := syntax.Parse(source, strict)
	if err != nil {
		return nil, complete(err, source)
	}
	return &Expression{source: source, root: root}, nil
}

// Eval returns the expression's value and whether it has one. Its error is an
// *Error.
func (e *Expression) Eval(ctx context.Context, in Input) (any, bool, error) {
	ev := &evaluator{ctx: ctx, in: &in, limits: in.Limits.withDefaults(), library: library}
	result, err := ev.run(e.root)
	if err != nil {
		return nil, false, complete(err, e.source)
	}
	if result == (Undefined{}) {
		return nil, false, nil
	}
	return result, true, nil
}

// Source returns what the expression was compiled from.
func (e *Expression) Source() string { return e.source }

// complete makes an error ready for who asked.
func complete(err error, source string) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	e.Position = utf16Offset(source, e.Position)
	e.Value, e.Value2 = shown(e.Value), shown(e.Value2)
	return e.Complete()
}

// shown makes a value of an error one that others know; functions and what is
// not there have none.
func shown(v any) any {
	p, err := (&evaluator{limits: Limits{Steps: 100_000}.withDefaults()}).plain(v)
	if err != nil || p == (Undefined{}) {
		return nil
	}
	return p
}

// utf16Offset counts the units of JavaScript's strings before a byte.
func utf16Offset(s string, offset int) int {
	n := 0
	for i, r := range s {
		if i >= offset {
			break
		}
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

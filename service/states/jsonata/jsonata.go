// Package jsonata evaluates JSONata expressions over workflow values.
package jsonata

import (
	"context"
	"errors"
	"time"
)

// Undefined is the value of what is not there, as of a path that leads nowhere.
// It is not null. Host functions receive it for arguments that are absent.
type Undefined struct{}

// Expression is a compiled expression. It may be evaluated by many at once.
type Expression struct {
	source string
}

// Input is what an expression is evaluated with.
type Input struct {
	// Data is what $ and paths begin with; Undefined{} if there is none.
	Data any

	// Variables are the values of variables, their names without $.
	Variables map[string]any

	// Functions are functions of the host, beside those of the language.
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
	Steps  int // nodes evaluated
	Depth  int // calls and paths in each other
	Values int // elements of one array
	Text   int // bytes of one string
}

// Function is a function of the host.
type Function struct {
	// Signature is as lambdas write it, such as "<a-n:a>". Arguments are checked
	// by it before Call; an empty one checks nothing.
	Signature string

	// Arity is how many arguments higher-order functions pass.
	Arity int

	// Call computes the result. It may answer Undefined{}.
	Call func(c Call, args []any) (any, error)
}

// Call is what a host function may use.
type Call struct {
	Context context.Context
	Random  func() float64
	UUID    func() string
}

// Reference is a variable that an expression uses and does not bind.
type Reference struct {
	// Name is without $; "" is the context's input, and "$" the root's.
	Name string

	// Path are the fields taken from it, as far as they are known.
	Path []string

	// Position is the place in the source, in characters.
	Position int

	// Call tells that it is called as a function.
	Call bool
}

// Error is a fault of an expression, found when it is compiled or evaluated.
type Error struct {
	Code     string // as the reference numbers them: S… syntax, T… types, D… evaluation, U… limits
	Message  string
	Token    string
	Position int // behind the token, in characters
	Value    any
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Compile reads an expression. Its error is an *Error.
func Compile(source string) (*Expression, error) {
	return nil, errors.New("jsonata: under construction")
}

// Eval returns the expression's value and whether it has one.
func (e *Expression) Eval(ctx context.Context, in Input) (any, bool, error) {
	return nil, false, errors.New("jsonata: under construction")
}

// Variables returns the variables that the expression uses without binding them,
// in the order of the source.
func (e *Expression) Variables() []Reference { return nil }

// StepFunctions returns the functions that Step Functions adds to the language:
// $partition, $range, $hash, $random with a seed, $uuid and $parse.
func StepFunctions() map[string]Function { return nil }

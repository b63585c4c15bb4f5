package flow

import (
	"context"
	"time"

	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/value"
)

// Scope is what one visit of a state is evaluated with. It is made for the visit
// and used by one goroutine.
type Scope struct {
	State *asl.State

	// Input is the state's raw input.
	Input any

	// Context is the context object, with State and, for Map items, Map.
	Context *value.Object

	// Variables are those that the state may read.
	Variables *Variables

	// Entered is the id of the state's entered event, for messages.
	Entered int64

	// Now is the time of $now() and what Wait and timeouts count from.
	Now time.Time

	// Random returns numbers from 0 up to, not including, 1; UUID a new UUID.
	Random func() float64
	UUID   func() string

	// Trace collects the values between the steps, if it is not nil.
	Trace *Trace
}

// Trace are the values between the steps of one visit. A field that did not
// come about is nil; JSON null is the text null.
type Trace struct {
	AfterInputPath      []byte
	AfterParameters     []byte
	AfterArguments      []byte
	Result              []byte
	AfterResultSelector []byte
	AfterResultPath     []byte
	AfterItemsPath      []byte
	AfterItemSelector   []byte
	AfterItemsPointer   []byte
	AfterItemBatcher    []byte
	Variables           []byte
}

// Outcome is how a state ends well, or how a catcher takes its failure.
type Outcome struct {
	// Output is the state's output, the next one's input.
	Output any

	// Assigned are the variables that were assigned, in order; nil if none.
	Assigned *value.Object

	// Variables are those after the state.
	Variables *Variables

	// Next is the state that follows; End tells that none does.
	Next string
	End  bool
}

// Arguments returns what the state gives to its task, branches or items:
// InputPath and Parameters, or Arguments, applied to the input.
// Of a Map state with ItemSelector it is what InputPath leaves.
func Arguments(ctx context.Context, s *Scope) (any, error) { return nil, nil }

// Complete ends a Task, Parallel or Map state that got a result:
// ResultSelector, ResultPath, Assign and OutputPath, or Assign and Output.
func Complete(ctx context.Context, s *Scope, result any) (*Outcome, error) { return nil, nil }

// Pass runs a Pass state.
func Pass(ctx context.Context, s *Scope) (*Outcome, error) { return nil, nil }

// Succeed runs a Succeed state.
func Succeed(ctx context.Context, s *Scope) (*Outcome, error) { return nil, nil }

// Choose runs a Choice state. No rule that matches and no Default is
// States.NoChoiceMatched.
func Choose(ctx context.Context, s *Scope) (*Outcome, error) { return nil, nil }

// WaitUntil returns when a Wait state is over, which may be in the past.
func WaitUntil(ctx context.Context, s *Scope) (time.Time, error) { return time.Time{}, nil }

// Waited ends a Wait state whose time is over.
func Waited(ctx context.Context, s *Scope) (*Outcome, error) { return nil, nil }

// Fail returns the failure that a Fail state is, or the one of evaluating it.
func Fail(ctx context.Context, s *Scope) (*Failure, error) { return nil, nil }

// Timeouts are how long a task may take; 0 is a limit that was not given.
type Timeouts struct {
	Timeout   time.Duration
	Heartbeat time.Duration
}

// TaskTimeouts returns a Task state's timeouts.
func TaskTimeouts(ctx context.Context, s *Scope) (Timeouts, error) { return Timeouts{}, nil }

// Credentials returns the role that a Task state's Credentials name, or "".
func Credentials(ctx context.Context, s *Scope) (roleARN string, err error) { return "", nil }

package flow

import (
	"fmt"

	"maru.dev/maru/pattern/value"
)

// The names of errors that Step Functions itself reports.
const (
	ErrAll                  = "States.ALL"
	ErrBranchFailed         = "States.BranchFailed"
	ErrDataLimitExceeded    = "States.DataLimitExceeded"
	ErrExceedTolerated      = "States.ExceedToleratedFailureThreshold"
	ErrHeartbeatTimeout     = "States.HeartbeatTimeout"
	ErrHTTPSocket           = "States.Http.Socket"
	ErrIntrinsicFailure     = "States.IntrinsicFailure"
	ErrItemReaderFailed     = "States.ItemReaderFailed"
	ErrNoChoiceMatched      = "States.NoChoiceMatched"
	ErrParameterPathFailure = "States.ParameterPathFailure"
	ErrPermissions          = "States.Permissions"
	ErrQueryEvaluation      = "States.QueryEvaluationError"
	ErrResultPathMatch      = "States.ResultPathMatchFailure"
	ErrResultWriterFailed   = "States.ResultWriterFailed"
	ErrRuntime              = "States.Runtime"
	ErrTaskFailed           = "States.TaskFailed"
	ErrTimeout              = "States.Timeout"
)

// Failure is how a state fails: what Retry and Catch look at, and what the
// execution fails with if neither takes it. Every error of this package that is
// the workflow's own fault is a *Failure; any other is the caller's (a context
// that ended).
type Failure struct { //nolint:errname // a failure is what the language calls it, and more than an error
	// Name is the error's name, such as States.Timeout; it may be empty for
	// errors of functions and Fail states.
	Name string

	// Cause is the explanation, without the words about state and event that
	// FullCause puts before it. EvaluationFailed events carry it so.
	Cause string

	// NoCause tells that there is no cause at all, as of a Fail state without one.
	NoCause bool

	// Location is the field of a JSONata expression that failed, such as Output
	// or Arguments/Key. EvaluationFailed events carry it. It is empty for others.
	Location string

	// Evaluated tells that the failure came from evaluating the state's own
	// fields. State and Entered are that state and the id of its entered event,
	// of which the full cause tells; it does not if State is empty.
	Evaluated bool
	State     string
	Entered   int64
}

// Error returns name and cause.
func (f *Failure) Error() string { return f.Name + ": " + f.FullCause() }

// FullCause returns the cause as executions fail with it and catchers see it.
func (f *Failure) FullCause() string {
	if !f.Evaluated || f.State == "" {
		return f.Cause
	}
	return fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", f.State, f.Entered, f.Cause)
}

// Value returns the failure as catchers pass it on: {"Error": …, "Cause": …}.
func (f *Failure) Value() any { return value.Of("Error", f.Name, "Cause", f.FullCause()) }

// fail returns a failure of evaluating the scope's state.
func (s *Scope) fail(name, format string, args ...any) *Failure {
	return &Failure{Name: name, Cause: fmt.Sprintf(format, args...), Evaluated: true, State: s.State.Name, Entered: s.Entered}
}

// TooLarge returns the failure of a state or task whose result is over the limit
// of 256 KiB. Name is the state's, or what the task was: a function's ARN or an
// integration's service.
func TooLarge(name string) *Failure {
	return &Failure{
		Name:  ErrDataLimitExceeded,
		Cause: "The state/task '" + name + "' returned a result with a size exceeding the maximum number of bytes service limit.",
	}
}

package flow

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
type Failure struct {
	// Name is the error's name, such as States.Timeout; it may be empty for
	// errors of functions and Fail states.
	Name string

	// Cause is the explanation; without the words about state and event that
	// ExecutionFailed puts before it (see CauseAt).
	Cause string

	// NoCause tells that there is no cause at all, as of a Fail state without one.
	NoCause bool

	// Location is the field of a JSONata expression that failed, such as Output
	// or Arguments/Key. EvaluationFailed events carry it. It is empty for others.
	Location string

	// Evaluated tells that the failure came from evaluating the state's own
	// fields, so that the cause tells of state and event at the end.
	Evaluated bool
}

// Error returns name and cause.
func (f *Failure) Error() string { return f.Name + ": " + f.Cause }

// Value returns the failure as catchers pass it on: {"Error": …, "Cause": …}.
func (f *Failure) Value() any { return nil }

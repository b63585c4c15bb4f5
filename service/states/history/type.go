package history

// Type is the kind of an event. Its numbers are stored: new ones come last.
type Type uint8

// The kinds of events, by their names in the API.
const (
	ExecutionStarted Type = iota + 1
	ExecutionSucceeded
	ExecutionFailed
	ExecutionAborted
	ExecutionTimedOut
	ExecutionRedriven
	PassStateEntered
	PassStateExited
	ChoiceStateEntered
	ChoiceStateExited
	WaitStateEntered
	WaitStateExited
	WaitStateAborted
	SucceedStateEntered
	SucceedStateExited
	FailStateEntered
	TaskStateEntered
	TaskStateExited
	TaskStateAborted
	TaskScheduled
	TaskStarted
	TaskStartFailed
	TaskSubmitted
	TaskSubmitFailed
	TaskSucceeded
	TaskFailed
	TaskTimedOut
	LambdaFunctionScheduled
	LambdaFunctionScheduleFailed
	LambdaFunctionStarted
	LambdaFunctionStartFailed
	LambdaFunctionSucceeded
	LambdaFunctionFailed
	LambdaFunctionTimedOut
	ActivityScheduled
	ActivityScheduleFailed
	ActivityStarted
	ActivitySucceeded
	ActivityFailed
	ActivityTimedOut
	ParallelStateEntered
	ParallelStateStarted
	ParallelStateSucceeded
	ParallelStateFailed
	ParallelStateAborted
	ParallelStateExited
	MapStateEntered
	MapStateStarted
	MapStateSucceeded
	MapStateFailed
	MapStateAborted
	MapStateExited
	MapIterationStarted
	MapIterationSucceeded
	MapIterationFailed
	MapIterationAborted
	MapRunStarted
	MapRunSucceeded
	MapRunFailed
	MapRunAborted
	MapRunRedriven
	EvaluationFailed
)

// String returns the name by which the API knows the type.
func (t Type) String() string {
	names := [...]string{
		"",
		"ExecutionStarted",
		"ExecutionSucceeded",
		"ExecutionFailed",
		"ExecutionAborted",
		"ExecutionTimedOut",
		"ExecutionRedriven",
		"PassStateEntered",
		"PassStateExited",
		"ChoiceStateEntered",
		"ChoiceStateExited",
		"WaitStateEntered",
		"WaitStateExited",
		"WaitStateAborted",
		"SucceedStateEntered",
		"SucceedStateExited",
		"FailStateEntered",
		"TaskStateEntered",
		"TaskStateExited",
		"TaskStateAborted",
		"TaskScheduled",
		"TaskStarted",
		"TaskStartFailed",
		"TaskSubmitted",
		"TaskSubmitFailed",
		"TaskSucceeded",
		"TaskFailed",
		"TaskTimedOut",
		"LambdaFunctionScheduled",
		"LambdaFunctionScheduleFailed",
		"LambdaFunctionStarted",
		"LambdaFunctionStartFailed",
		"LambdaFunctionSucceeded",
		"LambdaFunctionFailed",
		"LambdaFunctionTimedOut",
		"ActivityScheduled",
		"ActivityScheduleFailed",
		"ActivityStarted",
		"ActivitySucceeded",
		"ActivityFailed",
		"ActivityTimedOut",
		"ParallelStateEntered",
		"ParallelStateStarted",
		"ParallelStateSucceeded",
		"ParallelStateFailed",
		"ParallelStateAborted",
		"ParallelStateExited",
		"MapStateEntered",
		"MapStateStarted",
		"MapStateSucceeded",
		"MapStateFailed",
		"MapStateAborted",
		"MapStateExited",
		"MapIterationStarted",
		"MapIterationSucceeded",
		"MapIterationFailed",
		"MapIterationAborted",
		"MapRunStarted",
		"MapRunSucceeded",
		"MapRunFailed",
		"MapRunAborted",
		"MapRunRedriven",
		"EvaluationFailed",
	}
	if int(t) >= len(names) {
		return ""
	}
	return names[t]
}

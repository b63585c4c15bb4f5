package flow

import (
	"time"

	"maru.dev/maru/service/states/value"
)

// Execution is what the context object says of an execution.
type Execution struct {
	ID           string
	Input        any
	Name         string
	RoleARN      string
	StartTime    time.Time
	RedriveCount int64
	RedriveTime  time.Time // zero unless redriven
	MachineID    string
	MachineName  string
}

// ExecutionContext returns the context object's lasting part.
func ExecutionContext(e Execution) *value.Object { return nil }

// StateContext returns the context object for one visit of a state, or a retry
// of it: State.EnteredTime, Name and RetryCount beside what was there.
func StateContext(context *value.Object, name string, entered time.Time, retries int64) *value.Object {
	return nil
}

// TokenContext returns the context object with a task's token.
func TokenContext(context *value.Object, token string) *value.Object { return nil }

package flow

import (
	"time"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
)

// timeFormat is how times stand in the context object.
const timeFormat = "2006-01-02T15:04:05.000Z"

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
func ExecutionContext(e Execution) *value.Object {
	execution := value.Of(
		"Id", e.ID, "Input", e.Input, "StartTime", e.StartTime.UTC().Format(timeFormat),
		"Name", e.Name, "RoleArn", e.RoleARN, "RedriveCount", e.RedriveCount,
	)
	if !e.RedriveTime.IsZero() {
		execution.Set("RedriveTime", e.RedriveTime.UTC().Format(timeFormat))
	}
	return value.Of("Execution", execution, "StateMachine", value.Of("Id", e.MachineID, "Name", e.MachineName))
}

// StateContext returns the context object for one visit of a state, or a retry
// of it: State.EnteredTime and Name beside what was there, and RetryCount for
// states that can be retried.
func StateContext(context *value.Object, s *asl.State, entered time.Time, retries int64) *value.Object {
	state := value.Of("Name", s.Name, "EnteredTime", entered.UTC().Format(timeFormat))
	switch s.Type { //nolint:exhaustive // the others have no Retry
	case asl.TypeTask, asl.TypeParallel, asl.TypeMap:
		state.Set("RetryCount", retries)
	}
	return with(context, "State", state)
}

// TokenContext returns the context object with a task's token.
func TokenContext(context *value.Object, token string) *value.Object {
	return with(context, "Task", value.Of("Token", token))
}

// ItemContext returns the context object with Map.Item for what runs for an item.
func ItemContext(context *value.Object, item MapItem) *value.Object {
	object := value.Of("Index", item.Index)
	if item.HasKey {
		object.Set("Key", item.Key)
	}
	object.Set("Value", item.Value)
	if item.Source != "" {
		object.Set("Source", item.Source)
	}
	return with(context, "Map", value.Of("Item", object))
}

// with returns the context object with one member set.
func with(context *value.Object, name string, v any) *value.Object {
	c := context.Clone()
	c.Set(name, v)
	return c
}

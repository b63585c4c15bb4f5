package history

import (
	"fmt"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/wire"
)

// Shown says how events are shown.
type Shown struct {
	// Data tells whether inputs, outputs and the like are included.
	Data bool
	// Load returns the data of another event.
	Load func(event int64) (string, error)
}

// API returns an event as the API shows it.
func (s Shown) API(e *Event) (api.HistoryEvent, error) {
	out := api.HistoryEvent{Timestamp: e.Time(), Type: e.Type.String(), Id: e.ID, PreviousEventId: &e.Prev}
	data, truncated, err := s.data(e)
	if err != nil {
		return out, err
	}
	if setExecution(&out, e, data, truncated) || setState(&out, e, data, truncated, s.assigned(e)) ||
		setTask(&out, e, data, truncated) || setLambda(&out, e, data, truncated) || setActivity(&out, e, data, truncated) {
		return out, nil
	}
	setMap(&out, e)
	return out, nil
}

// data returns an event's data, if it is to be included.
func (s Shown) data(e *Event) (*string, *api.HistoryEventExecutionDataDetails, error) {
	if !s.Data {
		return nil, nil, nil
	}
	truncated := &api.HistoryEventExecutionDataDetails{Truncated: new(false)}
	if e.Same == 0 {
		return &e.Data, truncated, nil
	}
	text, err := s.Load(e.Same)
	if err != nil {
		return nil, nil, fmt.Errorf("load data of event %d: %w", e.Same, err)
	}
	return &text, truncated, nil
}

// assigned returns the variables that an event assigned, each as JSON.
func (s Shown) assigned(e *Event) map[string]string {
	if e.Assigned == "" || !s.Data {
		return nil
	}
	v, err := value.Parse([]byte(e.Assigned))
	o, ok := v.(*value.Object)
	if err != nil || !ok {
		return nil
	}
	out := make(map[string]string, o.Len())
	for name, v := range o.All() {
		out[name] = string(value.Text(v))
	}
	return out
}

// setExecution sets the details of an execution's event.
func setExecution(out *api.HistoryEvent, e *Event, data *string, truncated *api.HistoryEventExecutionDataDetails) bool {
	switch e.Type {
	case ExecutionStarted:
		out.ExecutionStartedEventDetails = &api.ExecutionStartedEventDetails{
			Input: data, InputDetails: truncated, RoleArn: wire.Optional(e.Role), StateMachineVersionArn: wire.Optional(e.Resource), StateMachineAliasArn: wire.Optional(e.ResourceType),
		}
	case ExecutionSucceeded:
		out.ExecutionSucceededEventDetails = &api.ExecutionSucceededEventDetails{Output: data, OutputDetails: truncated}
	case ExecutionFailed:
		out.ExecutionFailedEventDetails = &api.ExecutionFailedEventDetails{Error: e.Error, Cause: e.Cause}
	case ExecutionAborted:
		out.ExecutionAbortedEventDetails = &api.ExecutionAbortedEventDetails{Error: e.Error, Cause: e.Cause}
	case ExecutionTimedOut:
		out.ExecutionTimedOutEventDetails = &api.ExecutionTimedOutEventDetails{Error: e.Error, Cause: e.Cause}
	case ExecutionRedriven:
		out.ExecutionRedrivenEventDetails = &api.ExecutionRedrivenEventDetails{RedriveCount: new(int32(e.Number))}
	case EvaluationFailed:
		out.EvaluationFailedEventDetails = &api.EvaluationFailedEventDetails{Error: e.Error, Cause: e.Cause, Location: wire.Optional(e.Location), State: e.Name}
	default:
		return false
	}
	return true
}

// setState sets the details of a state's begin or end.
func setState(out *api.HistoryEvent, e *Event, data *string, truncated *api.HistoryEventExecutionDataDetails, assigned map[string]string) bool {
	switch e.Type { //nolint:exhaustive // these are the states'
	case PassStateEntered, ChoiceStateEntered, WaitStateEntered, SucceedStateEntered, FailStateEntered, TaskStateEntered, ParallelStateEntered, MapStateEntered:
		out.StateEnteredEventDetails = &api.StateEnteredEventDetails{Name: e.Name, Input: data, InputDetails: truncated}
	case PassStateExited, ChoiceStateExited, WaitStateExited, SucceedStateExited, TaskStateExited, ParallelStateExited, MapStateExited:
		out.StateExitedEventDetails = &api.StateExitedEventDetails{Name: e.Name, Output: data, OutputDetails: truncated, AssignedVariables: assigned}
		if assigned != nil {
			out.StateExitedEventDetails.AssignedVariablesDetails = &api.AssignedVariablesDetails{Truncated: new(false)}
		}
	default:
		return false
	}
	return true
}

// setTask sets the details of a service task's event.
func setTask(out *api.HistoryEvent, e *Event, data *string, truncated *api.HistoryEventExecutionDataDetails) bool {
	switch e.Type { //nolint:exhaustive // these are the tasks'
	case TaskScheduled:
		d := &api.TaskScheduledEventDetails{
			ResourceType: e.ResourceType, Resource: e.Resource, Region: e.Region,
			TimeoutInSeconds: number(e.Timeout), HeartbeatInSeconds: number(e.Heartbeat), TaskCredentials: credentials(e.Role),
		}
		if data != nil {
			d.Parameters = *data
		}
		out.TaskScheduledEventDetails = d
	case TaskStarted:
		out.TaskStartedEventDetails = &api.TaskStartedEventDetails{ResourceType: e.ResourceType, Resource: e.Resource}
	case TaskStartFailed:
		out.TaskStartFailedEventDetails = &api.TaskStartFailedEventDetails{ResourceType: e.ResourceType, Resource: e.Resource, Error: e.Error, Cause: e.Cause}
	case TaskSubmitted:
		out.TaskSubmittedEventDetails = &api.TaskSubmittedEventDetails{ResourceType: e.ResourceType, Resource: e.Resource, Output: data, OutputDetails: truncated}
	case TaskSubmitFailed:
		out.TaskSubmitFailedEventDetails = &api.TaskSubmitFailedEventDetails{ResourceType: e.ResourceType, Resource: e.Resource, Error: e.Error, Cause: e.Cause}
	case TaskSucceeded:
		out.TaskSucceededEventDetails = &api.TaskSucceededEventDetails{ResourceType: e.ResourceType, Resource: e.Resource, Output: data, OutputDetails: truncated}
	case TaskFailed:
		out.TaskFailedEventDetails = &api.TaskFailedEventDetails{ResourceType: e.ResourceType, Resource: e.Resource, Error: e.Error, Cause: e.Cause}
	case TaskTimedOut:
		out.TaskTimedOutEventDetails = &api.TaskTimedOutEventDetails{ResourceType: e.ResourceType, Resource: e.Resource, Error: e.Error, Cause: e.Cause}
	default:
		return false
	}
	return true
}

// setLambda sets the details of a function task's event.
func setLambda(out *api.HistoryEvent, e *Event, data *string, truncated *api.HistoryEventExecutionDataDetails) bool {
	switch e.Type { //nolint:exhaustive // these are the functions'
	case LambdaFunctionScheduled:
		out.LambdaFunctionScheduledEventDetails = &api.LambdaFunctionScheduledEventDetails{
			Resource: e.Resource, Input: data, InputDetails: truncated, TimeoutInSeconds: number(e.Timeout), TaskCredentials: credentials(e.Role),
		}
	case LambdaFunctionScheduleFailed:
		out.LambdaFunctionScheduleFailedEventDetails = &api.LambdaFunctionScheduleFailedEventDetails{Error: e.Error, Cause: e.Cause}
	case LambdaFunctionStartFailed:
		out.LambdaFunctionStartFailedEventDetails = &api.LambdaFunctionStartFailedEventDetails{Error: e.Error, Cause: e.Cause}
	case LambdaFunctionSucceeded:
		out.LambdaFunctionSucceededEventDetails = &api.LambdaFunctionSucceededEventDetails{Output: data, OutputDetails: truncated}
	case LambdaFunctionFailed:
		out.LambdaFunctionFailedEventDetails = &api.LambdaFunctionFailedEventDetails{Error: e.Error, Cause: e.Cause}
	case LambdaFunctionTimedOut:
		out.LambdaFunctionTimedOutEventDetails = &api.LambdaFunctionTimedOutEventDetails{Error: e.Error, Cause: e.Cause}
	default:
		return false
	}
	return true
}

// setActivity sets the details of an activity task's event.
func setActivity(out *api.HistoryEvent, e *Event, data *string, truncated *api.HistoryEventExecutionDataDetails) bool {
	switch e.Type { //nolint:exhaustive // these are the activities'
	case ActivityScheduled:
		out.ActivityScheduledEventDetails = &api.ActivityScheduledEventDetails{
			Resource: e.Resource, Input: data, InputDetails: truncated, TimeoutInSeconds: number(e.Timeout), HeartbeatInSeconds: number(e.Heartbeat),
		}
	case ActivityScheduleFailed:
		out.ActivityScheduleFailedEventDetails = &api.ActivityScheduleFailedEventDetails{Error: e.Error, Cause: e.Cause}
	case ActivityStarted:
		out.ActivityStartedEventDetails = &api.ActivityStartedEventDetails{WorkerName: wire.Optional(e.Name)}
	case ActivitySucceeded:
		out.ActivitySucceededEventDetails = &api.ActivitySucceededEventDetails{Output: data, OutputDetails: truncated}
	case ActivityFailed:
		out.ActivityFailedEventDetails = &api.ActivityFailedEventDetails{Error: e.Error, Cause: e.Cause}
	case ActivityTimedOut:
		out.ActivityTimedOutEventDetails = &api.ActivityTimedOutEventDetails{Error: e.Error, Cause: e.Cause}
	default:
		return false
	}
	return true
}

// setMap sets the details of a map's event.
func setMap(out *api.HistoryEvent, e *Event) {
	iteration := &api.MapIterationEventDetails{Name: &e.Name, Index: new(int32(e.Number))}
	switch e.Type { //nolint:exhaustive // the others have no details
	case MapStateStarted:
		out.MapStateStartedEventDetails = &api.MapStateStartedEventDetails{Length: iteration.Index}
	case MapIterationStarted:
		out.MapIterationStartedEventDetails = iteration
	case MapIterationSucceeded:
		out.MapIterationSucceededEventDetails = iteration
	case MapIterationFailed:
		out.MapIterationFailedEventDetails = iteration
	case MapIterationAborted:
		out.MapIterationAbortedEventDetails = iteration
	case MapRunStarted:
		out.MapRunStartedEventDetails = &api.MapRunStartedEventDetails{MapRunArn: &e.Resource}
	case MapRunFailed:
		out.MapRunFailedEventDetails = &api.MapRunFailedEventDetails{Error: e.Error, Cause: e.Cause}
	case MapRunRedriven:
		out.MapRunRedrivenEventDetails = &api.MapRunRedrivenEventDetails{MapRunArn: &e.Resource, RedriveCount: iteration.Index}
	}
}

// number is a number that may be absent.
func number(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// credentials are those that a task names.
func credentials(role string) *api.TaskCredentials {
	if role == "" {
		return nil
	}
	return &api.TaskCredentials{RoleArn: &role}
}

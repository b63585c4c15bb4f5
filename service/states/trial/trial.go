// Package trial runs one state by itself, as TestState does.
package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/integrate"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/wire"
)

// Trial is where a state is tried.
type Trial struct {
	service.Deps
	Integrations *integrate.Integrations
	Home         machine.Home
	Input        any
}

// Run runs the state that in names.
func (t Trial) Run(ctx context.Context, in *api.TestStateInput) (*api.TestStateOutput, error) {
	state, err := testedState(in)
	if err != nil {
		return nil, err
	}
	scope, err := t.testScope(state, in)
	if err != nil {
		return nil, err
	}
	test := &stateTest{Trial: t, in: in, scope: scope}
	test.http.Reveal = in.RevealSecrets != nil && *in.RevealSecrets
	out, err := test.run(ctx)
	if err != nil {
		return nil, err
	}
	if in.InspectionLevel != nil && *in.InspectionLevel != api.InspectionLevelInfo {
		out.InspectionData = test.inspected(out.InspectionData)
	} else {
		out.InspectionData = nil
	}
	return out, nil
}

// validation is an error of the request's form.
func validation(format string, args ...any) error {
	return &api.ValidationException{Message: fmt.Sprintf(format, args...)}
}

// testedState finds the state that is to be tested.
func testedState(in *api.TestStateInput) (*asl.State, error) {
	if in.StateName != nil {
		tree, findings := asl.Parse([]byte(in.Definition))
		if tree == nil {
			return nil, &api.InvalidDefinition{Message: asl.Message(findings)}
		}
		state, ok := tree.All[*in.StateName]
		if !ok {
			return nil, validation("State name '%s' was not found in the definition", *in.StateName)
		}
		return state, checkTestable(state, in)
	}
	state, findings := asl.ParseState([]byte(in.Definition))
	if state == nil {
		return nil, &api.InvalidDefinition{Message: asl.Message(findings)}
	}
	return state, checkTestable(state, in)
}

// checkTestable sees that a state can be tested as it is asked for.
func checkTestable(state *asl.State, in *api.TestStateInput) error {
	if in.Mock != nil {
		return checkMock(state, in)
	}
	switch {
	case in.Context != nil:
		return validation("A context can only be specified with a mock")
	case state.Type == asl.TypeMap || state.Type == asl.TypeParallel:
		return validation("State type '%s' is only supported when a mock is specified", state.Type)
	case state.Type == asl.TypeTask && (state.Task.Resource.Kind == asl.Activity || state.Task.Resource.Pattern != asl.RequestResponse):
		return validation("Activities and the .sync and .waitForTaskToken patterns are only supported when a mock is specified")
	}
	return nil
}

// checkMock holds a mock, and what is told beside it, against the state.
func checkMock(state *asl.State, in *api.TestStateInput) error {
	mock, fans := in.Mock, state.Type == asl.TypeMap || state.Type == asl.TypeParallel
	switch {
	case !fans && state.Type != asl.TypeTask:
		return validation("State type '%s' is not supported when a mock is specified", state.Type)
	case (mock.Result == nil) == (mock.ErrorOutput == nil):
		return validation("A mock must specify either a result or an errorOutput")
	case mock.ErrorOutput != nil && textOf(mock.ErrorOutput.Error) == "":
		return validation("The error of a mocked errorOutput must be specified")
	}
	c := in.StateConfiguration
	if c == nil {
		return nil
	}
	if name := c.ErrorCausedByState; name != nil {
		if !fans || mock.ErrorOutput == nil {
			return validation("errorCausedByState can only be specified for an errorOutput of a Map or Parallel state")
		}
		if !within(state, *name) {
			return validation("State name '%s' was not found in the state '%s'", *name, state.Name)
		}
	}
	if state.Type != asl.TypeMap && (c.MapIterationFailureCount != nil || c.MapItemReaderData != nil) {
		return validation("mapIterationFailureCount and mapItemReaderData can only be specified for a Map state")
	}
	if c.MapItemReaderData != nil && state.Map.ItemReader == nil {
		return validation("mapItemReaderData can only be specified for a Map state with an ItemReader")
	}
	return nil
}

// within tells whether a state has one of a name below it.
func within(state *asl.State, name string) bool {
	var machines []*asl.Machine
	if state.Parallel != nil {
		machines = state.Parallel.Branches
	}
	if state.Map != nil {
		machines = append(machines, state.Map.Processor)
	}
	for _, m := range machines {
		for _, s := range m.States {
			if s.Name == name || within(s, name) {
				return true
			}
		}
	}
	return false
}

// jsonText reads a JSON text that a request may have.
func jsonText(text *string, what string) (any, error) {
	if text == nil {
		return nil, nil
	}
	v, err := value.Parse([]byte(*text))
	if err != nil {
		return nil, validation("Invalid JSON in %s: %v", what, err)
	}
	return v, nil
}

// testScope makes what the state is evaluated with.
func (t Trial) testScope(state *asl.State, in *api.TestStateInput) (*flow.Scope, error) {
	given, err := jsonText(in.Variables, "variables")
	if err != nil {
		return nil, err
	}
	own, ok := given.(*value.Object)
	if given != nil && !ok {
		return nil, validation("Variables must be a JSON object")
	}
	now := t.Clock.Now()
	h := t.Home
	name := "TestState-" + t.IDs.UUID()
	object := flow.ExecutionContext(flow.Execution{
		ID: h.ARN("execution:TestStateMachine:" + name), Input: t.Input, Name: name, RoleARN: in.RoleArn, StartTime: now,
		MachineID: h.MachineARN("TestStateMachine"), MachineName: "TestStateMachine",
	})
	if in.Context != nil {
		v, err := jsonText(in.Context, "context")
		if err != nil {
			return nil, err
		}
		if object, ok = v.(*value.Object); !ok {
			return nil, validation("The context must be a JSON object")
		}
	}
	tries := int64(0)
	if c := in.StateConfiguration; c != nil && c.RetrierRetryCount != nil {
		tries = int64(*c.RetrierRetryCount)
	}
	object = flow.StateContext(object, state, now, tries)
	if state.Type == asl.TypeTask && state.Task.Resource.Pattern == asl.WaitForTaskToken {
		object = flow.TokenContext(object, "TestStateTaskToken")
	}
	return &flow.Scope{
		State: state, Input: t.Input, Context: object, Variables: flow.NewVariables(nil, own), Entered: 1,
		Now: now, Random: rand.Float64, UUID: t.IDs.UUID, Trace: &flow.Trace{},
	}, nil
}

// stateTest is one test of a state.
type stateTest struct {
	Trial

	in       *api.TestStateInput
	scope    *flow.Scope
	settings *flow.MapSettings // of a Map state
	http     integrate.HTTPTrace
}

// run runs the state.
func (t *stateTest) run(ctx context.Context) (*api.TestStateOutput, error) {
	out, err := t.outcome(ctx)
	if err == nil {
		return succeeded(out), nil
	}
	f, ok := errors.AsType[*flow.Failure](err)
	if !ok {
		return nil, err
	}
	return t.failed(ctx, f)
}

// succeeded shows an outcome.
func succeeded(out *flow.Outcome) *api.TestStateOutput {
	shown := &api.TestStateOutput{Output: new(string(value.Text(out.Output))), Status: new(api.TestExecutionStatusSucceeded)}
	if out.Next != "" {
		shown.NextState = &out.Next
	}
	return shown
}

// outcome runs the state to its outcome or failure.
func (t *stateTest) outcome(ctx context.Context) (*flow.Outcome, error) {
	s := t.scope
	switch s.State.Type {
	case asl.TypePass:
		return flow.Pass(ctx, s)
	case asl.TypeChoice:
		return flow.Choose(ctx, s)
	case asl.TypeSucceed:
		return flow.Succeed(ctx, s)
	case asl.TypeWait:
		if _, err := flow.WaitUntil(ctx, s); err != nil {
			return nil, err
		}
		return flow.Waited(ctx, s)
	case asl.TypeFail:
		f, err := flow.Fail(ctx, s)
		if err != nil {
			return nil, err
		}
		return nil, f
	case asl.TypeTask, asl.TypeMap, asl.TypeParallel:
	}
	result, err := t.result(ctx)
	if err != nil {
		return nil, err
	}
	return flow.Complete(ctx, s, result)
}

// result is what the state's work returns: the service's answer, or the mock.
func (t *stateTest) result(ctx context.Context) (any, error) {
	s := t.scope
	args, err := flow.Arguments(ctx, s)
	if err != nil {
		return nil, err
	}
	if s.State.Type == asl.TypeMap {
		if err := t.mapInput(ctx, t.scope.State.Map); err != nil {
			return nil, err
		}
	}
	if s.State.Type == asl.TypeTask {
		if f := t.Integrations.Check(&s.State.Task.Resource, args); f != nil {
			return nil, f
		}
	}
	if mock := t.in.Mock; mock != nil {
		return t.mocked(mock)
	}
	role := t.in.RoleArn
	if s.State.Type == asl.TypeTask {
		own, err := flow.Credentials(ctx, s)
		if err != nil {
			return nil, err
		}
		role = cmp.Or(own, role)
	}
	h := t.Home
	k := standard.Key{Home: h, Scope: "TestStateMachine", Name: "TestState"}
	as := standard.AsRole(ctx, t.Endpoint, role, k, call.From(ctx).TraceID, "")
	return t.Integrations.Call(as, integrate.Request{
		Resource: &s.State.Task.Resource, Args: args, Execution: k.ARN(), Machine: h.MachineARN("TestStateMachine"), Role: role, Trace: &t.http,
	})
}

// mocked is the mock's result, if a service could have returned it, or its error.
func (t *stateTest) mocked(mock *api.MockInput) (any, error) {
	if e := mock.ErrorOutput; e != nil {
		return nil, &flow.Failure{Name: textOf(e.Error), Cause: textOf(e.Cause), NoCause: e.Cause == nil}
	}
	result, err := jsonText(mock.Result, "mock")
	if err != nil || t.scope.State.Type != asl.TypeTask {
		return result, err
	}
	mode := api.MockResponseValidationModeStrict
	if mock.FieldValidationMode != nil {
		mode = *mock.FieldValidationMode
	}
	if mode == api.MockResponseValidationModeNone {
		return result, nil
	}
	if fault := t.Integrations.CheckResult(&t.scope.State.Task.Resource, result, mode == api.MockResponseValidationModeStrict); fault != "" {
		return nil, validation("Mock result schema validation error: %s", fault)
	}
	return result, nil
}

// textOf is a text that may be absent.
func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// failed shows what becomes of a failure.
func (t *stateTest) failed(ctx context.Context, f *flow.Failure) (*api.TestStateOutput, error) {
	out := &api.TestStateOutput{Error: wire.Optional(f.Name), Status: new(api.TestExecutionStatusFailed), InspectionData: &api.InspectionData{}}
	if !f.NoCause {
		out.Cause = &f.Cause
	}
	counts := make([]int, len(t.scope.State.Retry))
	if c := t.in.StateConfiguration; c != nil && c.RetrierRetryCount != nil {
		for i := range counts {
			counts[i] = int(*c.RetrierRetryCount)
		}
	}
	if again, ok := flow.Retry(t.scope, f, counts); ok {
		out.Status = new(api.TestExecutionStatusRetriable)
		out.InspectionData.ErrorDetails = &api.InspectionErrorDetails{
			RetryIndex: new(int32(again.Index)), RetryBackoffIntervalSeconds: new(int32(again.Delay.Seconds())),
		}
		return out, nil
	}
	caught, index, err := flow.Catch(ctx, t.scope, f)
	if own, ok := errors.AsType[*flow.Failure](err); ok {
		out.Error, out.Cause = &own.Name, &own.Cause
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	if caught != nil {
		shown := succeeded(caught)
		shown.Status, shown.Error, shown.Cause = new(api.TestExecutionStatusCaughtError), out.Error, out.Cause
		shown.InspectionData = &api.InspectionData{ErrorDetails: &api.InspectionErrorDetails{CatchIndex: new(int32(index))}}
		return shown, nil
	}
	return out, nil
}

// inspected shows the values between the steps.
func (t *stateTest) inspected(d *api.InspectionData) *api.InspectionData {
	if d == nil {
		d = &api.InspectionData{}
	}
	show := func(text []byte) *string {
		if text == nil {
			return nil
		}
		return new(string(text))
	}
	tr := t.scope.Trace
	d.Input = new(engine.NewPayload(t.scope.Input).Text)
	d.AfterInputPath, d.AfterParameters, d.AfterArguments = show(tr.AfterInputPath), show(tr.AfterParameters), show(tr.AfterArguments)
	d.Result, d.AfterResultSelector, d.AfterResultPath = show(tr.Result), show(tr.AfterResultSelector), show(tr.AfterResultPath)
	d.AfterItemsPath, d.AfterItemSelector = show(tr.AfterItemsPath), show(tr.AfterItemSelector)
	d.AfterItemsPointer, d.AfterItemBatcher = show(tr.AfterItemsPointer), show(tr.AfterItemBatcher)
	d.Variables = show(tr.Variables)
	if set := t.settings; set != nil {
		d.MaxConcurrency = new(int32(set.MaxConcurrency))
		if t.scope.State.Map.Distributed {
			d.ToleratedFailureCount, d.ToleratedFailurePercentage = new(int32(set.ToleratedFailureCount)), new(float32(set.ToleratedFailurePercentage))
		}
	}
	if *t.in.InspectionLevel == api.InspectionLevelTrace {
		d.Request, d.Response = exchanged(&t.http)
	}
	return d
}

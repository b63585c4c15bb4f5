package flow

import (
	"context"
	"time"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
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

// Trace are the values between the steps of one visit, as JSON texts. A field
// that did not come about is nil.
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

// trace notes a value if anyone wants to know.
func (s *Scope) trace(into func(*Trace) *[]byte, v any) {
	if s.Trace != nil {
		*into(s.Trace) = written(v)
	}
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
func Arguments(ctx context.Context, s *Scope) (any, error) {
	if s.State.QueryLanguage == asl.JSONata {
		if s.State.Arguments == nil {
			return s.Input, nil
		}
		v, err := s.evaluate(ctx, s.Input).value(s.State.Arguments)
		if err != nil {
			return nil, err
		}
		s.trace(func(t *Trace) *[]byte { return &t.AfterArguments }, v)
		return s.limited(v)
	}
	input, err := s.filteredInput(ctx)
	if err != nil || s.State.Parameters == nil {
		return input, err
	}
	v, err := s.evaluate(ctx, input).value(s.State.Parameters)
	if err != nil {
		return nil, err
	}
	s.trace(func(t *Trace) *[]byte { return &t.AfterParameters }, v)
	return s.limited(v)
}

// filteredInput applies InputPath.
func (s *Scope) filteredInput(ctx context.Context) (any, error) {
	v := s.Input
	switch f := s.State.InputPath; {
	case f.Null:
		v = &value.Object{}
	case f.Expr != nil:
		var err error
		if v, err = s.evaluate(ctx, s.Input).selected(f.Expr); err != nil {
			return nil, err
		}
	}
	s.trace(func(t *Trace) *[]byte { return &t.AfterInputPath }, v)
	s.trace(func(t *Trace) *[]byte { return &t.AfterParameters }, v)
	return v, nil
}

// limited refuses a value that is over the limit of payloads, in words that do
// not tell of the event.
func (s *Scope) limited(v any) (any, error) {
	if tooLarge(v, MaxPayload) {
		f := TooLarge(s.State.Name)
		f.Evaluated = true
		return nil, f
	}
	return v, nil
}

// Complete ends a Task, Parallel or Map state that got a result:
// ResultSelector, ResultPath, Assign and OutputPath, or Assign and Output.
func Complete(ctx context.Context, s *Scope, result any) (*Outcome, error) {
	s.trace(func(t *Trace) *[]byte { return &t.Result }, result)
	if s.State.QueryLanguage == asl.JSONata {
		return s.finish(s.evaluate(ctx, s.Input).withResult(result), result, s.State.Assign, s.State.Output)
	}
	assigned, err := s.assigned(s.evaluate(ctx, result), s.State.Assign)
	if err != nil {
		return nil, err
	}
	if s.State.ResultSelector != nil {
		if result, err = s.evaluate(ctx, result).value(s.State.ResultSelector); err != nil {
			return nil, err
		}
	}
	s.trace(func(t *Trace) *[]byte { return &t.AfterResultSelector }, result)
	return s.leave(ctx, s.State.ResultPath, result, assigned)
}

// leave ends a JSONPath state: ResultPath, OutputPath and what was assigned.
func (s *Scope) leave(ctx context.Context, resultPath asl.PathField, result any, assigned *value.Object) (*Outcome, error) {
	v, err := s.merged(resultPath, result)
	if err != nil {
		return nil, err
	}
	s.trace(func(t *Trace) *[]byte { return &t.AfterResultPath }, v)
	if v, err = s.filteredOutput(ctx, v); err != nil {
		return nil, err
	}
	return s.outcome(v, assigned)
}

// merged applies ResultPath: the result in place of the raw input, or within it.
func (s *Scope) merged(resultPath asl.PathField, result any) (any, error) {
	switch {
	case resultPath.Null:
		return s.Input, nil
	case resultPath.Expr == nil:
		return result, nil
	}
	v, err := resultPath.Expr.Path.Set(s.Input, result)
	if err != nil {
		return nil, s.fail(ErrResultPathMatch, "%s", err.Error())
	}
	return v, nil
}

// filteredOutput applies OutputPath.
func (s *Scope) filteredOutput(ctx context.Context, v any) (any, error) {
	switch f := s.State.OutputPath; {
	case f.Null:
		return &value.Object{}, nil
	case f.Expr != nil:
		return s.evaluate(ctx, v).selected(f.Expr)
	}
	return v, nil
}

// finish ends a JSONata state: Assign and Output are computed of the same
// variables. Without Output it is fallback.
func (s *Scope) finish(e *evaluation, fallback any, assign, output *asl.Expr) (*Outcome, error) {
	assigned, err := s.assigned(e, assign)
	if err != nil {
		return nil, err
	}
	v := fallback
	if output != nil {
		if v, err = e.value(output); err != nil {
			return nil, err
		}
	}
	return s.outcome(v, assigned)
}

// assigned computes an Assign.
func (s *Scope) assigned(e *evaluation, assign *asl.Expr) (*value.Object, error) {
	if assign == nil {
		return nil, nil
	}
	v, err := e.value(assign)
	if err != nil {
		return nil, err
	}
	assigned, _ := v.(*value.Object)
	if tooLarge(assigned, MaxVariable) {
		return nil, s.fail(ErrDataLimitExceeded, "The variables assigned in the state '%s' exceed the maximum size of %d bytes.", s.State.Name, MaxVariable)
	}
	return assigned, nil
}

// outcome is the end of the state with what it puts out and assigned.
func (s *Scope) outcome(output any, assigned *value.Object) (*Outcome, error) {
	output, err := s.limited(output)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Output: output, Variables: s.Variables, Next: s.State.Next, End: s.State.End}
	if assigned.Len() > 0 {
		o.Assigned, o.Variables = assigned, s.Variables.assign(assigned)
		if o.Variables.size(MaxVariables) > MaxVariables {
			return nil, s.fail(ErrDataLimitExceeded, "The variables of the execution exceed the maximum size of %d bytes.", MaxVariables)
		}
	}
	if s.Trace != nil {
		s.Trace.Variables = value.Text(o.Variables.All())
	}
	return o, nil
}

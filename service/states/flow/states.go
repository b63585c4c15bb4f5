package flow

import (
	"context"
	"strconv"
	"time"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
)

// Pass runs a Pass state.
func Pass(ctx context.Context, s *Scope) (*Outcome, error) {
	if s.State.QueryLanguage == asl.JSONata {
		return s.finish(s.evaluate(ctx, s.Input), s.Input, s.State.Assign, s.State.Output)
	}
	result, err := Arguments(ctx, s)
	if err != nil {
		return nil, err
	}
	if s.State.Pass.HasResult {
		result = s.State.Pass.Result
		s.trace(func(t *Trace) *[]byte { return &t.Result }, result)
		s.trace(func(t *Trace) *[]byte { return &t.AfterResultSelector }, result)
	}
	assigned, err := s.assigned(s.evaluate(ctx, result), s.State.Assign)
	if err != nil {
		return nil, err
	}
	return s.leave(ctx, s.State.ResultPath, result, assigned)
}

// Succeed runs a Succeed state.
func Succeed(ctx context.Context, s *Scope) (*Outcome, error) { return s.through(ctx) }

// Waited ends a Wait state whose time is over.
func Waited(ctx context.Context, s *Scope) (*Outcome, error) { return s.through(ctx) }

// through ends a state whose result is its input.
func (s *Scope) through(ctx context.Context) (*Outcome, error) {
	if s.State.QueryLanguage == asl.JSONata {
		return s.finish(s.evaluate(ctx, s.Input), s.Input, s.State.Assign, s.State.Output)
	}
	input, err := s.filteredInput(ctx)
	if err != nil {
		return nil, err
	}
	assigned, err := s.assigned(s.evaluate(ctx, input), s.State.Assign)
	if err != nil {
		return nil, err
	}
	if input, err = s.filteredOutput(ctx, input); err != nil {
		return nil, err
	}
	return s.outcome(input, assigned)
}

// maxWaitSeconds is how long a Wait state can wait by seconds.
const maxWaitSeconds = 99_999_999

// WaitUntil returns when a Wait state is over, which may be in the past.
func WaitUntil(ctx context.Context, s *Scope) (time.Time, error) {
	input, err := s.waitInput(ctx)
	if err != nil {
		return time.Time{}, err
	}
	e := s.evaluate(ctx, input)
	if x := s.State.Wait.Seconds; x != nil {
		n, err := e.waitSeconds(x)
		return s.Now.Add(time.Duration(n) * time.Second), err
	}
	x := s.State.Wait.Timestamp
	v, err := e.waitField(x, "TimestampPath")
	if err != nil {
		return time.Time{}, err
	}
	text, isText := v.(string)
	at, ok := parseTime(text)
	switch {
	case isText && ok:
		return at, nil
	case x.Kind == asl.JSONataExpr && !isText:
		return time.Time{}, e.unexpected(x, "string", v)
	case x.Kind == asl.JSONataExpr:
		return time.Time{}, e.queryFailure(x, "returned a value that is not a valid ISO-8601 extended offset date-time format string: %s", text)
	case !isText:
		text = string(value.Text(v))
	}
	return time.Time{}, s.fail(ErrRuntime, "The %s parameter does not reference a valid ISO-8601 extended offset date-time format string: %s == %s", x.Field, x.Source, text)
}

// waitInput is what the paths of a Wait state are applied to.
func (s *Scope) waitInput(ctx context.Context) (any, error) {
	if s.State.QueryLanguage == asl.JSONata {
		return s.Input, nil
	}
	return s.filteredInput(ctx)
}

// waitField computes a field of a Wait state.
func (e *evaluation) waitField(x *asl.Expr, name string) (any, error) {
	if x.Kind != asl.PathExpr {
		return e.value(x)
	}
	v, err := x.Path.Get(&e.env)
	if err != nil {
		return nil, e.scope.fail(ErrRuntime, "The %s parameter does not reference an input value: %s", name, x.Source)
	}
	return v, nil
}

// waitSeconds computes how many seconds a Wait state waits.
func (e *evaluation) waitSeconds(x *asl.Expr) (int64, error) {
	v, err := e.waitField(x, "SecondsPath")
	if err != nil {
		return 0, err
	}
	if x.Kind == asl.JSONataExpr {
		return e.wholeNumber(x, v, 0, maxWaitSeconds)
	}
	n, ok := v.(int64)
	switch {
	case !ok:
		return 0, e.scope.fail(ErrRuntime, "The SecondsPath parameter cannot be parsed as a long value: %s == %s", x.Source, value.Text(v))
	case n < 0:
		return 0, e.scope.fail(ErrRuntime, "The SecondsPath parameter references a negative value: %s == %d", x.Source, n)
	case n > maxWaitSeconds:
		return 0, e.scope.fail(ErrRuntime, "The SecondsPath parameter references a value greater than %d: %s == %d", maxWaitSeconds, x.Source, n)
	}
	return n, nil
}

// wholeNumber checks the number that a JSONata expression made.
func (e *evaluation) wholeNumber(x *asl.Expr, v any, least, most int64) (int64, error) {
	n, ok := v.(int64)
	if f, isFloat := v.(float64); isFloat && f == float64(int64(f)) {
		n, ok = int64(f), true
	}
	if !ok {
		if typeName(v) == "number" {
			return 0, e.queryFailure(x, "returned a value that is not an integer: %s", written(v))
		}
		return 0, e.unexpected(x, "number", v)
	}
	if n < least || n > most {
		return 0, e.queryFailure(x, "returned a value that is not between %d and %d: %d", least, most, n)
	}
	return n, nil
}

// parseTime reads a time as the States Language has it.
func parseTime(s string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || len(s) < 20 || s[10] != 'T' || s[len(s)-1] == 'z' {
		return time.Time{}, false
	}
	return at, true
}

// Fail returns the failure that a Fail state is, or the one of evaluating it.
func Fail(ctx context.Context, s *Scope) (*Failure, error) {
	e := s.evaluate(ctx, s.Input)
	f := &Failure{NoCause: s.State.Fail.Cause == nil}
	var err error
	if f.Name, err = e.failText(s.State.Fail.Error); err != nil {
		return nil, err
	}
	if f.Cause, err = e.failText(s.State.Fail.Cause); err != nil {
		return nil, err
	}
	return f, nil
}

// failText computes a field of a Fail state; nil is "".
func (e *evaluation) failText(x *asl.Expr) (string, error) {
	if x == nil {
		return "", nil
	}
	v, err := e.selected(x)
	if err != nil {
		return "", err
	}
	text, ok := v.(string)
	switch {
	case ok:
		return text, nil
	case x.Kind == asl.JSONataExpr:
		return "", e.unexpected(x, "string", v)
	}
	return "", e.scope.fail(ErrRuntime, "The %s field refers to a value that is not a string: %s", x.Field, x.Source)
}

// Timeouts are how long a task may take; 0 is a limit that was not given.
type Timeouts struct {
	Timeout   time.Duration
	Heartbeat time.Duration
}

// maxTimeout is how many seconds a task may take at most.
const maxTimeout = 99_999_999

// TaskTimeouts returns a Task state's timeouts.
func TaskTimeouts(ctx context.Context, s *Scope) (Timeouts, error) {
	task := s.State.Task
	if task.TimeoutSeconds == nil && task.HeartbeatSeconds == nil {
		return Timeouts{}, nil
	}
	e := s.evaluate(ctx, s.Input)
	if s.State.QueryLanguage == asl.JSONPath {
		input, err := s.filteredInput(ctx)
		if err != nil {
			return Timeouts{}, err
		}
		e.env.Input = input
	}
	timeout, err := e.seconds(task.TimeoutSeconds)
	if err != nil {
		return Timeouts{}, err
	}
	heartbeat, err := e.seconds(task.HeartbeatSeconds)
	if err != nil {
		return Timeouts{}, err
	}
	if timeout > 0 && heartbeat >= timeout && (task.TimeoutSeconds.Kind != asl.Constant || task.HeartbeatSeconds.Kind != asl.Constant) {
		return Timeouts{}, s.fail(ErrRuntime, "HeartbeatSeconds must be smaller than TimeoutSeconds: %d >= %d", heartbeat, timeout)
	}
	return Timeouts{Timeout: time.Duration(timeout) * time.Second, Heartbeat: time.Duration(heartbeat) * time.Second}, nil
}

// seconds computes a timeout; nil is 0.
func (e *evaluation) seconds(x *asl.Expr) (int64, error) {
	if x == nil {
		return 0, nil
	}
	v, err := e.selected(x)
	if err != nil {
		return 0, err
	}
	if x.Kind == asl.JSONataExpr {
		return e.wholeNumber(x, v, 1, maxTimeout)
	}
	n, ok := v.(int64)
	if !ok {
		return 0, e.notInteger(x, v)
	}
	if n < 1 || n > maxTimeout {
		return 0, e.scope.fail(ErrRuntime, "The %s field refers to value \"%s\" which is not between 1 and %d: %s", x.Field, strconv.FormatInt(n, 10), maxTimeout, x.Source)
	}
	return n, nil
}

// notInteger is the failure of a path that leads to no whole number.
func (e *evaluation) notInteger(x *asl.Expr, v any) *Failure {
	return e.scope.fail(ErrRuntime, "The %s field refers to value \"%s\" which is not a valid integer: %s", x.Field, plainText(v), x.Source)
}

// Credentials returns the role that a Task state's Credentials name, or "".
func Credentials(ctx context.Context, s *Scope) (roleARN string, err error) {
	x := s.State.Task.Credentials
	if x == nil {
		return "", nil
	}
	e := s.evaluate(ctx, s.Input)
	if s.State.QueryLanguage == asl.JSONPath {
		if e.env.Input, err = s.filteredInput(ctx); err != nil {
			return "", err
		}
	}
	v, err := e.value(x)
	if err != nil {
		return "", err
	}
	credentials, _ := v.(*value.Object)
	role, _ := credentials.Get("RoleArn")
	roleARN, ok := role.(string)
	if !ok {
		return "", s.fail(ErrRuntime, "The field 'RoleArn' of Credentials must be a string.")
	}
	return roleARN, nil
}

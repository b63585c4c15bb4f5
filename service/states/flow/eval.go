package flow

import (
	"context"
	"errors"
	"fmt"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/jsonata"
	"maru.dev/maru/service/states/path"
)

// evaluation computes expressions of one state. Its Input is what $ means to
// paths; result and failure are what $states has beside input and context.
type evaluation struct {
	ctx     context.Context
	scope   *Scope
	env     path.Env
	result  any
	failure any

	hasResult, hasFailure bool

	// states is $states, made when an expression first wants it.
	states *value.Object
}

// evaluate begins an evaluation in which $ is input.
func (s *Scope) evaluate(ctx context.Context, input any) *evaluation {
	return &evaluation{ctx: ctx, scope: s, env: path.Env{
		Input: input, Context: s.Context, Variable: s.Variables.Lookup, Random: s.Random, UUID: s.UUID,
	}}
}

// withResult makes the state's result known to expressions.
func (e *evaluation) withResult(result any) *evaluation {
	e.result, e.hasResult = result, true
	return e
}

// value computes an expression's value.
func (e *evaluation) value(x *asl.Expr) (any, error) {
	switch x.Kind {
	case asl.PathExpr:
		return e.path(x)
	case asl.IntrinsicExpr:
		return e.intrinsic(x)
	case asl.JSONataExpr:
		return e.jsonata(x)
	case asl.ArrayTemplate:
		array := make([]any, len(x.Elements))
		for i, element := range x.Elements {
			v, err := e.value(element)
			if err != nil {
				return nil, err
			}
			array[i] = v
		}
		return array, nil
	case asl.ObjectTemplate:
		object := value.NewObject(len(x.Names))
		for i, name := range x.Names {
			v, err := e.value(x.Elements[i])
			if err != nil {
				return nil, err
			}
			object.Set(name, v)
		}
		return object, nil
	case asl.Constant:
	}
	return x.Value, nil
}

// path computes a path within a payload template.
func (e *evaluation) path(x *asl.Expr) (any, error) {
	v, err := x.Path.Get(&e.env)
	if missing, ok := errors.AsType[*path.NotFoundError](err); ok {
		if missing.Undefined {
			return nil, e.scope.fail(ErrRuntime, "The JSONPath '%s' specified for the field '%s' references the variable '%s', which is not defined",
				x.Source, x.Field, x.Path.Variable())
		}
		return nil, e.scope.fail(ErrRuntime, "The JSONPath '%s' specified for the field '%s' could not be found in the input '%s'",
			x.Source, x.Field, value.Text(missing.Root))
	}
	return v, err
}

// selected computes a path outside of templates, whose failure is another.
func (e *evaluation) selected(x *asl.Expr) (any, error) {
	if x.Kind != asl.PathExpr {
		return e.value(x)
	}
	v, err := x.Path.Get(&e.env)
	if missing, ok := errors.AsType[*path.NotFoundError](err); ok {
		return nil, e.scope.fail(ErrRuntime, "Invalid path '%s' : %s", x.Source, missing.Detail)
	}
	return v, err
}

// intrinsic computes a call of an intrinsic function.
func (e *evaluation) intrinsic(x *asl.Expr) (any, error) {
	v, err := x.Intrinsic.Eval(&e.env)
	if failed, ok := errors.AsType[*path.IntrinsicError](err); ok {
		name := ErrIntrinsicFailure
		if failed.Lookup {
			name = ErrRuntime
		}
		return nil, e.scope.fail(name, "%s", failed.Error())
	}
	return v, err
}

// jsonata computes a JSONata expression.
func (e *evaluation) jsonata(x *asl.Expr) (any, error) {
	in := jsonata.Input{
		Data: jsonata.Undefined{}, Variables: e.variables(x.Uses), Functions: x.Functions,
		Now: e.scope.Now, Random: e.scope.Random, UUID: e.scope.UUID,
	}
	v, ok, err := x.JSONata.Eval(e.ctx, in)
	if err != nil && e.ctx.Err() != nil {
		return nil, e.ctx.Err()
	}
	if fault, isFault := errors.AsType[*jsonata.Error](err); isFault {
		if fault.Code == "U1003" { // the value is a function
			return nil, e.queryFailure(x, "returned an unsupported result type.")
		}
		return nil, e.queryFailure(x, "threw an error during evaluation. %s", faultText(fault))
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, e.queryFailure(x, "returned nothing (undefined).")
	}
	switch n, plain := value.Size(v, 4*MaxVariables); {
	case !plain:
		return nil, e.queryFailure(x, "returned an unsupported result type.")
	case n > 4*MaxVariables: // it holds parts of itself many times
		return nil, e.queryFailure(x, "threw an error during evaluation. U1001: The expression uses more memory than is allowed")
	}
	return v, nil
}

// faultText writes a fault of an expression with its code, if it has one.
func faultText(fault *jsonata.Error) string {
	if fault.Code == "" {
		return fault.Message
	}
	return fault.Code + ": " + fault.Message
}

// queryFailure is the failure of a JSONata expression.
func (e *evaluation) queryFailure(x *asl.Expr, format string, args ...any) *Failure {
	f := e.scope.fail(ErrQueryEvaluation, "The JSONata expression '%s' specified for the field '%s' %s", x.Source, x.Field, fmt.Sprintf(format, args...))
	f.Location = x.Field
	return f
}

// unexpected is the failure of an expression whose value has the wrong type.
func (e *evaluation) unexpected(x *asl.Expr, want string, v any) *Failure {
	return e.queryFailure(x, "returned an unexpected result type. Expected '%s', but was '%s' for value: %s", want, typeName(v), written(v))
}

// typeName names a value's type.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case int64, float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// variables returns the values of the variables that an expression uses.
func (e *evaluation) variables(uses []string) map[string]any {
	if len(uses) == 0 {
		return nil
	}
	vars := make(map[string]any, len(uses))
	for _, name := range uses {
		if name == "states" {
			vars[name] = e.statesVariable()
		} else if v, ok := e.scope.Variables.Lookup(name); ok {
			vars[name] = v
		}
	}
	return vars
}

// statesVariable returns $states.
func (e *evaluation) statesVariable() *value.Object {
	if e.states == nil {
		e.states = value.Of("input", e.scope.Input, "context", e.scope.Context)
		if e.hasResult {
			e.states.Set("result", e.result)
		}
		if e.hasFailure {
			e.states.Set("errorOutput", e.failure)
		}
	}
	return e.states
}

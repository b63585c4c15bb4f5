package flow

import (
	"context"
	"strings"
	"time"

	"maru.dev/maru/pattern/glob"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
)

// Choose runs a Choice state. No rule that matches and no Default is
// States.NoChoiceMatched.
func Choose(ctx context.Context, s *Scope) (*Outcome, error) {
	if s.State.QueryLanguage == asl.JSONata {
		return s.chooseByCondition(ctx)
	}
	input, err := s.filteredInput(ctx)
	if err != nil {
		return nil, err
	}
	e := s.evaluate(ctx, input)
	next, assign := s.State.Choice.Default, s.State.Assign
	for _, r := range s.State.Choice.Rules {
		ok, err := e.holds(r)
		if err != nil {
			return nil, err
		}
		if ok {
			next, assign = r.Next, r.Assign
			break
		}
	}
	if next == "" {
		return nil, s.noChoice()
	}
	assigned, err := s.assigned(e, assign)
	if err != nil {
		return nil, err
	}
	if input, err = s.filteredOutput(ctx, input); err != nil {
		return nil, err
	}
	o, err := s.outcome(input, assigned)
	if err != nil {
		return nil, err
	}
	o.Next = next
	return o, nil
}

// noChoice is the failure of a Choice state that leads nowhere.
func (s *Scope) noChoice() *Failure {
	return s.fail(ErrNoChoiceMatched, "Failed to transition out of the state. The state does not point to a next state.")
}

// chooseByCondition runs a Choice state of JSONata. A rule brings its own Assign
// and Output; those of the state belong to Default.
func (s *Scope) chooseByCondition(ctx context.Context) (*Outcome, error) {
	e := s.evaluate(ctx, s.Input)
	next, assign, output := s.State.Choice.Default, s.State.Assign, s.State.Output
	for _, r := range s.State.Choice.Rules {
		v, err := e.value(r.Condition)
		if err != nil {
			return nil, err
		}
		ok, isBool := v.(bool)
		if !isBool {
			return nil, e.unexpected(r.Condition, "boolean", v)
		}
		if ok {
			next, assign, output = r.Next, r.Assign, r.Output
			break
		}
	}
	if next == "" {
		return nil, s.noChoice()
	}
	o, err := s.finish(e, s.Input, assign, output)
	if err != nil {
		return nil, err
	}
	o.Next = next
	return o, nil
}

// holds tells whether a rule of a JSONPath state matches.
func (e *evaluation) holds(r *asl.Rule) (bool, error) {
	switch {
	case r.Not != nil:
		ok, err := e.holds(r.Not)
		return !ok, err
	case r.And != nil:
		for _, inner := range r.And {
			if ok, err := e.holds(inner); !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	case r.Or != nil:
		for _, inner := range r.Or {
			if ok, err := e.holds(inner); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	}
	return e.compares(r)
}

// compares evaluates one comparison.
func (e *evaluation) compares(r *asl.Rule) (bool, error) {
	v, err := r.Variable.Path.Get(&e.env)
	if r.Operator == "IsPresent" {
		want, _ := r.Operand.Value.(bool)
		return (err == nil) == want, nil
	}
	if err != nil {
		return false, e.invalidCondition(r.Variable)
	}
	operand := r.Operand.Value
	if r.Operand.Kind == asl.PathExpr {
		if operand, err = r.Operand.Path.Get(&e.env); err != nil {
			return false, e.invalidCondition(r.Operand)
		}
	}
	return compare(strings.TrimSuffix(r.Operator, "Path"), v, operand), nil
}

// invalidCondition is the failure of a rule's path that leads nowhere.
func (e *evaluation) invalidCondition(x *asl.Expr) *Failure {
	return e.scope.fail(ErrRuntime, "Invalid path '%s': The choice state's condition path references an invalid value.", x.Source)
}

// compare evaluates an operator. Values of the wrong kind are never equal,
// smaller or greater.
func compare(operator string, v, operand any) bool {
	switch {
	case strings.HasPrefix(operator, "Is"):
		want, _ := operand.(bool)
		return isOf(operator, v) == want
	case operator == "StringMatches":
		text, ok := v.(string)
		pattern, okPattern := operand.(string)
		return ok && okPattern && matchesPattern(text, pattern)
	case operator == "BooleanEquals":
		a, ok := v.(bool)
		b, okB := operand.(bool)
		return ok && okB && a == b
	case strings.HasPrefix(operator, "String"):
		a, ok := v.(string)
		b, okB := operand.(string)
		return ok && okB && inOrder(strings.TrimPrefix(operator, "String"), strings.Compare(a, b))
	case strings.HasPrefix(operator, "Numeric"):
		order, ok := compareNumbers(v, operand)
		return ok && inOrder(strings.TrimPrefix(operator, "Numeric"), order)
	}
	a, ok := timeOf(v)
	b, okB := timeOf(operand)
	return ok && okB && inOrder(strings.TrimPrefix(operator, "Timestamp"), a.Compare(b))
}

// isOf evaluates the operators that ask for a value's type.
func isOf(operator string, v any) bool {
	switch operator {
	case "IsNull":
		return v == nil
	case "IsNumeric":
		return typeName(v) == "number"
	case "IsString":
		return typeName(v) == "string"
	case "IsBoolean":
		return typeName(v) == "boolean"
	default: // IsTimestamp
		_, ok := timeOf(v)
		return ok
	}
}

// timeOf reads a time.
func timeOf(v any) (at time.Time, ok bool) {
	text, ok := v.(string)
	if !ok {
		return at, false
	}
	return parseTime(text)
}

// inOrder tells whether an order is what the end of an operator's name asks for.
func inOrder(relation string, order int) bool {
	switch relation {
	case "Equals":
		return order == 0
	case "LessThan":
		return order < 0
	case "LessThanEquals":
		return order <= 0
	case "GreaterThan":
		return order > 0
	default: // GreaterThanEquals
		return order >= 0
	}
}

// compareNumbers compares two numbers of either kind.
func compareNumbers(a, b any) (int, bool) {
	if typeName(a) != "number" || typeName(b) != "number" {
		return 0, false
	}
	if value.Equal(a, b) {
		return 0, true
	}
	if x, ok := a.(int64); ok {
		if y, ok := b.(int64); ok {
			if x < y {
				return -1, true
			}
			return 1, true
		}
	}
	if asFloat(a) < asFloat(b) {
		return -1, true
	}
	return 1, true
}

// asFloat returns a number as a float64.
func asFloat(v any) float64 {
	if n, ok := v.(int64); ok {
		return float64(n)
	}
	f, _ := v.(float64)
	return f
}

// matchesPattern matches a text with a pattern in which * is any text, \* a star
// and \\ a backslash. Unlike those of events, it may have stars side by side and a
// backslash before anything.
func matchesPattern(text, pattern string) bool {
	var pieces []string
	var piece strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '*' {
			pieces = append(pieces, piece.String())
			piece.Reset()
			continue
		}
		if i+1 < len(pattern) && pattern[i] == '\\' && (pattern[i+1] == '*' || pattern[i+1] == '\\') {
			i++
		}
		piece.WriteByte(pattern[i])
	}
	return glob.Pieces(append(pieces, piece.String()), text)
}

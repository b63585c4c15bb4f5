package jsonata

import (
	"errors"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// booleanFunction is $boolean.
func booleanFunction(ev *evaluator, args []any) (any, error) {
	if isUndefined(argument(args, 0)) {
		return Undefined{}, nil
	}
	return ev.truth(args[0])
}

func not(ev *evaluator, args []any) (any, error) {
	if isUndefined(argument(args, 0)) {
		return Undefined{}, nil
	}
	t, err := ev.truth(args[0])
	return !t, err
}

func exists(_ *evaluator, args []any) (any, error) { return !isUndefined(argument(args, 0)), nil }

// sift keeps the members that a function wants.
func sift(ev *evaluator, args []any) (any, error) {
	o, _ := argument(args, 0).(*value.Object)
	result := value.NewObject(o.Len())
	for name, v := range o.All() {
		t, err := ev.test(argument(args, 1), v, name, o)
		if err != nil {
			return nil, err
		}
		if t {
			result.Set(name, v)
		}
	}
	if result.Len() == 0 {
		return Undefined{}, nil
	}
	return result, ev.grow(2 * result.Len())
}

func each(ev *evaluator, args []any) (any, error) {
	o, _ := argument(args, 0).(*value.Object)
	result := newSequence()
	for name, v := range o.All() {
		r, err := ev.callback(argument(args, 1), v, name, o)
		if err != nil {
			return nil, err
		}
		if !isUndefined(r) {
			result.items = append(result.items, r)
		}
	}
	return result, ev.grow(len(result.items))
}

// keys are the names of an object's members, or of those of all objects in an
// array.
func keys(ev *evaluator, args []any) (any, error) {
	names := value.NewObject(8)
	if err := ev.collectKeys(argument(args, 0), names); err != nil {
		return nil, err
	}
	result := newSequence()
	for name := range names.All() {
		result.items = append(result.items, name)
	}
	return result, ev.grow(len(result.items))
}

// collectKeys adds the names in a value.
func (ev *evaluator) collectKeys(v any, names *value.Object) error {
	if err := ev.enter(); err != nil {
		return err
	}
	defer ev.leave()
	if o, ok := v.(*value.Object); ok {
		for name := range o.All() {
			names.Set(name, true)
		}
	}
	items, _ := list(v)
	for _, item := range items {
		if err := ev.collectKeys(item, names); err != nil {
			return err
		}
	}
	return nil
}

// lookupFunction is $lookup.
func lookupFunction(ev *evaluator, args []any) (any, error) {
	name, ok := stringArgument(args, 1)
	if !ok {
		return Undefined{}, nil
	}
	return ev.field(argument(args, 0), name)
}

// spread makes of an object one object for each member.
func spread(ev *evaluator, args []any) (any, error) {
	return ev.spreadValue(argument(args, 0))
}

// spreadValue is spread for a value at any depth.
func (ev *evaluator) spreadValue(v any) (any, error) {
	if o, ok := v.(*value.Object); ok {
		result := newSequence()
		for name, member := range o.All() {
			result.items = append(result.items, value.Of(name, member))
		}
		return result, ev.grow(4 * len(result.items))
	}
	items, ok := list(v)
	if !ok {
		return v, nil
	}
	if err := ev.enter(); err != nil {
		return nil, err
	}
	defer ev.leave()
	result := newSequence()
	result.sequence = len(items) == 0 // once something was appended it is none
	for _, item := range items {
		s, err := ev.spreadValue(item)
		if err != nil {
			return nil, err
		}
		before := len(result.items)
		result.flatten(s)
		if err := ev.longer(before, len(result.items)); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// merge makes one object of several; of equal names the last counts.
func merge(ev *evaluator, args []any) (any, error) {
	items, ok := list(argument(args, 0))
	if !ok {
		return Undefined{}, nil
	}
	result := value.NewObject(len(items))
	for _, item := range items {
		o, _ := item.(*value.Object)
		for name, v := range o.All() {
			result.Set(name, v)
		}
	}
	return result, ev.grow(2 * result.Len())
}

// errorFunction is $error.
func errorFunction(_ *evaluator, args []any) (any, error) {
	message, _ := stringArgument(args, 0)
	if message == "" {
		message = "$error() function evaluated"
	}
	return nil, &fault.Error{Code: "D3137", Detail: message}
}

func assert(_ *evaluator, args []any) (any, error) {
	if condition, _ := argument(args, 0).(bool); condition {
		return Undefined{}, nil
	}
	message, _ := stringArgument(args, 1)
	if message == "" {
		message = "$assert() statement failed"
	}
	return nil, &fault.Error{Code: "D3141", Detail: message}
}

// typeFunction is $type.
func typeFunction(_ *evaluator, args []any) (any, error) {
	v := argument(args, 0)
	switch (kinds{}).Type(v) {
	case 'm':
		return v, nil
	case 'l':
		return "null", nil
	case 'n':
		return "number", nil
	case 's':
		return "string", nil
	case 'b':
		return "boolean", nil
	case 'a':
		return "array", nil
	case 'f':
		return "function", nil
	}
	return "object", nil
}

func clone(ev *evaluator, args []any) (any, error) {
	return ev.copyValue(argument(args, 0), make(map[*value.Object]bool))
}

// evalFunction is $eval.
func evalFunction(ev *evaluator, args []any, input any, env *frame) (any, error) {
	source, ok := stringArgument(args, 0)
	if !ok {
		return Undefined{}, nil
	}
	if focus := argument(args, 1); !isUndefined(focus) {
		input = focus
		if items, ok := focus.([]any); ok {
			input = &array{items: []any{items}, sequence: true, outer: true}
		} else if a, ok := focus.(*array); ok && !a.sequence {
			input = &array{items: []any{a}, sequence: true, outer: true}
		}
	}
	root, err := syntax.Parse(source, false)
	if err == nil {
		v, evalErr := ev.eval(root, input, env)
		return v, within("D3121", evalErr, source)
	}
	return nil, within("D3120", err, source)
}

// within is an error in an expression that was given to $eval.
func within(code string, err error, source string) error {
	var e *fault.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	if e.Cause != nil || e.Code == "D1011" || e.Code == "D1012" || e.Code[0] == 'U' {
		return err // limits are those of the whole evaluation
	}
	inner := complete(err, source)
	outer := fault.Of(code, inner.Error())
	outer.Cause = inner
	return outer
}

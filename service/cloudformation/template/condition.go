package template

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// branch evaluates Fn::If: only the branch that is taken.
func (e *Env) branch(ctx context.Context, arg any) (any, error) {
	parts, name, err := ifParts(arg)
	if err != nil {
		return nil, err
	}
	holds, ok := e.Conditions[name]
	if !ok {
		return nil, faulty("unresolved condition dependency %s in Fn::If", name)
	}
	if holds {
		return e.eval(ctx, parts[1])
	}
	return e.eval(ctx, parts[2])
}

// ResolveConditions evaluates the template's conditions into e.Conditions.
func (e *Env) ResolveConditions(ctx context.Context) error {
	e.Conditions = make(map[string]bool, len(e.Template.Conditions))
	own := e.bounded()
	for _, name := range slices.Sorted(maps.Keys(e.Template.Conditions)) {
		if _, err := own.named(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// named evaluates the condition of a name, once. Circles were refused by New.
func (e *Env) named(ctx context.Context, name string) (bool, error) {
	if v, ok := e.Conditions[name]; ok {
		return v, nil
	}
	if e.Template == nil || e.Template.Conditions[name] == nil {
		return false, malformed("Unresolved condition dependency %s in the Conditions block of the template", name)
	}
	v, err := e.Condition(ctx, e.Template.Conditions[name])
	if err != nil {
		return false, err
	}
	e.Conditions[name] = v
	return v, nil
}

// Condition evaluates an expression that is true or false.
func (e *Env) Condition(ctx context.Context, v any) (bool, error) {
	e = e.bounded()
	if text := scalarText(v); strings.EqualFold(text, "true") || strings.EqualFold(text, "false") {
		return strings.EqualFold(text, "true"), nil
	}
	name, arg, ok := function(v)
	if !ok {
		return false, malformed("Every condition must be a condition function")
	}
	switch name {
	case "Condition":
		target, ok := arg.(string)
		if !ok {
			return false, malformed("Every Condition member must be a string.")
		}
		return e.named(ctx, target)
	case "Fn::Equals":
		return e.equals(ctx, arg)
	case "Fn::Not":
		list, err := args(arg, 1, 1, "Fn::Not requires a list argument with one element")
		if err != nil {
			return false, err
		}
		v, err := e.Condition(ctx, list[0])
		return !v, err
	case "Fn::And", "Fn::Or":
		return e.junction(ctx, name, arg)
	case "Fn::Contains", "Fn::EachMemberIn", "Fn::EachMemberEquals":
		return e.membership(ctx, name, arg)
	}
	return false, malformed("%s is not a condition function", name)
}

// junction evaluates Fn::And and Fn::Or.
func (e *Env) junction(ctx context.Context, name string, arg any) (bool, error) {
	list, err := args(arg, 2, 10, "every "+name+" object requires a list of at least 2 and at most 10 boolean parameters.")
	if err != nil {
		return false, err
	}
	all, some := true, false
	for _, el := range list {
		v, err := e.Condition(ctx, el)
		if err != nil {
			return false, err
		}
		all, some = all && v, some || v
	}
	if name == "Fn::And" {
		return all, nil
	}
	return some, nil
}

// equals evaluates Fn::Equals: scalars by their text, lists and maps by theirs.
func (e *Env) equals(ctx context.Context, arg any) (bool, error) {
	list, err := args(arg, 2, 2, "every Fn::Equals object requires a list of 2 string parameters.")
	if err != nil {
		return false, err
	}
	var sides [2]string
	for i := range sides {
		v, err := e.Eval(ctx, list[i])
		if err != nil {
			return false, err
		}
		if sides[i], err = equalText(v); err != nil {
			return false, err
		}
	}
	return sides[0] == sides[1], nil
}

// equalText is v as a text that is equal for equal values.
func equalText(v any) (string, error) {
	switch v.(type) {
	case map[string]any, []any:
		b, err := json.Marshal(v)
		return string(b), err
	}
	return scalarText(v), nil
}

// membership evaluates the functions of rules over lists of texts.
func (e *Env) membership(ctx context.Context, name string, arg any) (bool, error) {
	list, err := args(arg, 2, 2, name+" requires a list argument with two elements")
	if err != nil {
		return false, err
	}
	first, err := e.list(ctx, list[0], name)
	if err != nil {
		return false, err
	}
	switch name {
	case "Fn::Contains":
		want, err := e.text(ctx, list[1], name)
		return slices.ContainsFunc(first, func(v any) bool { return scalarText(v) == want }), err
	case "Fn::EachMemberEquals":
		want, err := e.text(ctx, list[1], name)
		return !slices.ContainsFunc(first, func(v any) bool { return scalarText(v) != want }), err
	}
	second, err := e.list(ctx, list[1], name)
	if err != nil {
		return false, err
	}
	for _, v := range first {
		if !slices.ContainsFunc(second, func(o any) bool { return scalarText(o) == scalarText(v) }) {
			return false, nil
		}
	}
	return true, nil
}

// CheckRules holds the template's rules against the parameters.
func (e *Env) CheckRules(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(e.Template.Rules)) {
		rule, _ := e.Template.Rules[name].(map[string]any)
		if when, ok := rule["RuleCondition"]; ok {
			if holds, err := e.Condition(ctx, when); err != nil || !holds {
				if err != nil {
					return err
				}
				continue
			}
		}
		assertions, _ := rule["Assertions"].([]any)
		for _, a := range assertions {
			assertion, _ := a.(map[string]any)
			holds, err := e.Condition(ctx, assertion["Assert"])
			if err != nil {
				return err
			}
			if !holds {
				return Invalid("Template validation error: Rule %s failed: %s", name, textOf(assertion["AssertDescription"]))
			}
		}
	}
	return nil
}

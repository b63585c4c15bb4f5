package template

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Resolved is what expressions may know of a resource.
type Resolved struct {
	Ref        string
	Attributes map[string]any
}

// Env is what a template's expressions are evaluated against. Its functions
// may be nil where expressions cannot use them.
type Env struct {
	Template *Template

	Partition, Region, Account, URLSuffix string
	StackName, StackID                    string
	NotificationARNs                      []string

	Parameters map[string]any  // as Parameter.Value gives them
	Conditions map[string]bool // filled by ResolveConditions

	// Resource returns a resource that exists already.
	Resource func(name string) (Resolved, bool)
	// Import returns the value of an export.
	Import func(ctx context.Context, name string) (string, error)
	// Dynamic returns the value of a dynamic reference: its service and the rest.
	Dynamic func(ctx context.Context, service, reference string) (string, error)
	// Unknown, where set, stands for resources that Resource does not have:
	// change sets are computed before there is anything.
	Unknown string

	room *room // nil between expressions
}

// noValue is what Ref AWS::NoValue yields: the member or element goes away.
type noValue struct{}

// Eval returns v with every function in it replaced by its value.
func (e *Env) Eval(ctx context.Context, v any) (any, error) {
	out, err := e.bounded().eval(ctx, v)
	if _, none := out.(noValue); none {
		out = nil
	}
	return out, err
}

// eval is Eval, but may return noValue.
func (e *Env) eval(ctx context.Context, v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if name, arg, ok := function(v); ok && e.applies(name, arg) {
			return e.call(ctx, name, arg)
		}
		return e.evalMap(ctx, v)
	case []any:
		return e.evalList(ctx, v)
	case string:
		return e.dynamic(ctx, v)
	}
	return v, nil
}

// applies tells whether a one-member map is a function here. A map with the
// single member Condition is one only if it names a condition: policies have
// Condition blocks.
func (e *Env) applies(name string, arg any) bool {
	if name != "Condition" {
		return true
	}
	target, ok := arg.(string)
	return ok && e.Template != nil && e.Template.Conditions[target] != nil
}

// evalMap evaluates a map's members.
func (e *Env) evalMap(ctx context.Context, m map[string]any) (any, error) {
	out := make(map[string]any, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		v, err := e.eval(ctx, m[key])
		if err != nil {
			return nil, err
		}
		if _, none := v.(noValue); !none {
			out[key] = v
		}
	}
	return out, nil
}

// evalList evaluates a list's elements.
func (e *Env) evalList(ctx context.Context, list []any) ([]any, error) {
	out := make([]any, 0, len(list))
	for _, el := range list {
		v, err := e.eval(ctx, el)
		if err != nil {
			return nil, err
		}
		if _, none := v.(noValue); !none {
			out = append(out, v)
		}
	}
	return out, nil
}

// call evaluates one function, and counts what it has made.
func (e *Env) call(ctx context.Context, name string, arg any) (any, error) {
	out, err := e.apply(ctx, name, arg)
	if err != nil {
		return nil, err
	}
	return out, e.room.takeAll(out)
}

// apply evaluates one function.
func (e *Env) apply(ctx context.Context, name string, arg any) (any, error) {
	switch name {
	case "Ref":
		return e.ref(arg)
	case "Fn::GetAtt":
		return e.getAtt(ctx, arg)
	case "Fn::Sub":
		return e.sub(ctx, arg)
	case "Fn::If":
		return e.branch(ctx, arg)
	case "Fn::Join":
		return e.join(ctx, arg)
	case "Fn::Select":
		return e.selectOne(ctx, arg)
	case "Fn::Split":
		return e.split(ctx, arg)
	case "Fn::FindInMap":
		return e.findInMap(ctx, arg)
	case "Fn::Base64":
		return e.base64(ctx, arg)
	case "Fn::Cidr":
		return e.cidr(ctx, arg)
	case "Fn::GetAZs":
		return e.zones(ctx, arg)
	case "Fn::ImportValue":
		return e.importValue(ctx, arg)
	case "Fn::Length":
		return e.length(ctx, arg)
	case "Fn::ToJsonString":
		return e.toJSON(ctx, arg)
	}
	if isConditionFunction(name) {
		return e.Condition(ctx, map[string]any{name: arg})
	}
	return nil, faulty("Unrecognized function: %s", name)
}

// pseudoValue returns a pseudo parameter.
func (e *Env) pseudoValue(name string) (any, bool) {
	switch name {
	case "AWS::AccountId":
		return e.Account, true
	case "AWS::Region":
		return e.Region, true
	case "AWS::Partition":
		return e.Partition, true
	case "AWS::StackName":
		return e.StackName, true
	case "AWS::StackId":
		return e.StackID, true
	case "AWS::URLSuffix":
		return e.URLSuffix, true
	case "AWS::NoValue":
		return noValue{}, true
	case "AWS::NotificationARNs":
		list := []any{}
		for _, a := range e.NotificationARNs {
			list = append(list, a)
		}
		return list, true
	}
	return nil, false
}

// ref evaluates Ref.
func (e *Env) ref(arg any) (any, error) {
	name, ok := arg.(string)
	if !ok {
		return nil, malformed("Every Ref object must have a single String value.")
	}
	if v, ok := e.pseudoValue(name); ok {
		return v, nil
	}
	if v, ok := e.Parameters[name]; ok {
		return v, nil
	}
	r, ok, err := e.resource(name)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return e.Unknown, nil
	}
	return r.Ref, nil
}

// resource looks a resource up. It is not there, without an error, where an
// unknown value may stand for it.
func (e *Env) resource(name string) (Resolved, bool, error) {
	if e.Resource != nil {
		if r, ok := e.Resource(name); ok {
			return r, true, nil
		}
	}
	if e.Unknown != "" && e.Template != nil && e.Template.Resources[name] != nil {
		return Resolved{}, false, nil
	}
	return Resolved{}, false, malformed("Unresolved resource dependencies [%s] in the Resources block of the template", name)
}

// getAtt evaluates Fn::GetAtt.
func (e *Env) getAtt(ctx context.Context, arg any) (any, error) {
	name, attrExpr, err := getAttParts(arg)
	if err != nil {
		return nil, err
	}
	attr, err := e.text(ctx, attrExpr, "Fn::GetAtt")
	if err != nil {
		return nil, err
	}
	return e.attribute(name, attr)
}

// attribute looks an attribute of a resource up; attributes of attributes are
// named with dots.
func (e *Env) attribute(name, attr string) (any, error) {
	r, ok, err := e.resource(name)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return e.Unknown, nil
	}
	if v, ok := r.Attributes[attr]; ok {
		return v, nil
	}
	var v any = r.Attributes
	for part := range strings.SplitSeq(attr, ".") {
		m, isMap := v.(map[string]any)
		if !isMap {
			return nil, e.noAttribute(name, attr)
		}
		if v, ok = m[part]; !ok {
			return nil, e.noAttribute(name, attr)
		}
	}
	return v, nil
}

// noAttribute is the error for an attribute that a resource lacks.
func (e *Env) noAttribute(name, attr string) error {
	kind := ""
	if e.Template != nil && e.Template.Resources[name] != nil {
		kind = e.Template.Resources[name].Type
	}
	return faulty("resource %s does not support attribute type %s in Fn::GetAtt (%s)", name, attr, kind)
}

// text evaluates an expression that must yield a scalar.
func (e *Env) text(ctx context.Context, v any, where string) (string, error) {
	out, err := e.eval(ctx, v)
	if err != nil {
		return "", err
	}
	switch out.(type) {
	case string, json.Number, bool:
		return scalarText(out), nil
	}
	return "", faulty("%s: every value must be a String", where)
}

// list evaluates an expression that must yield a list.
func (e *Env) list(ctx context.Context, v any, where string) ([]any, error) {
	out, err := e.eval(ctx, v)
	if err != nil {
		return nil, err
	}
	switch out := out.(type) {
	case []any:
		return out, nil
	case string:
		if e.Unknown != "" && out == e.Unknown {
			return []any{out}, nil
		}
	}
	return nil, faulty("%s requires a list argument", where)
}

// args returns a function's argument as a list of between low and high
// elements, unevaluated.
func args(arg any, low, high int, fault string) ([]any, error) {
	list, ok := arg.([]any)
	if !ok || len(list) < low || len(list) > high {
		return nil, faulty("%s", fault)
	}
	return list, nil
}

// join evaluates Fn::Join.
func (e *Env) join(ctx context.Context, arg any) (any, error) {
	const fault = "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
	list, err := args(arg, 2, 2, fault)
	if err != nil {
		return nil, err
	}
	delimiter, ok := list[0].(string)
	if !ok {
		return nil, faulty(fault)
	}
	items, err := e.list(ctx, list[1], "Fn::Join")
	if err != nil {
		return nil, err
	}
	parts := make([]string, 0, len(items))
	for _, item := range items {
		switch item.(type) {
		case map[string]any, []any, nil:
			return nil, faulty(fault)
		}
		parts = append(parts, scalarText(item))
		if err := e.room.take(len(delimiter)); err != nil {
			return nil, err
		}
	}
	return strings.Join(parts, delimiter), nil
}

// split evaluates Fn::Split.
func (e *Env) split(ctx context.Context, arg any) (any, error) {
	const fault = "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split."
	list, err := args(arg, 2, 2, fault)
	if err != nil {
		return nil, err
	}
	delimiter, ok := list[0].(string)
	if !ok || delimiter == "" {
		return nil, faulty(fault)
	}
	source, err := e.text(ctx, list[1], "Fn::Split")
	if err != nil {
		return nil, err
	}
	out := []any{}
	for part := range strings.SplitSeq(source, delimiter) {
		out = append(out, part)
	}
	return out, nil
}

// selectOne evaluates Fn::Select.
func (e *Env) selectOne(ctx context.Context, arg any) (any, error) {
	const fault = "Fn::Select requires a list argument with two elements: an integer index and a list"
	list, err := args(arg, 2, 2, fault)
	if err != nil {
		return nil, err
	}
	index, err := e.integer(ctx, list[0], fault)
	if err != nil {
		return nil, err
	}
	items, err := e.list(ctx, list[1], "Fn::Select")
	if err != nil {
		return nil, err
	}
	if e.Unknown != "" && len(items) == 1 && items[0] == any(e.Unknown) {
		return e.Unknown, nil
	}
	if index < 0 || index >= len(items) {
		return nil, faulty("Fn::Select cannot select nonexistent value at index %d", index)
	}
	if items[index] == nil {
		return nil, faulty("Fn::Select cannot select null values")
	}
	return items[index], nil
}

// integer evaluates an expression that must yield a whole number.
func (e *Env) integer(ctx context.Context, v any, fault string) (int, error) {
	text, err := e.text(ctx, v, fault)
	if err != nil {
		return 0, err
	}
	var n int
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil || fmt.Sprint(n) != text {
		return 0, faulty("%s", fault)
	}
	return n, nil
}

// base64 evaluates Fn::Base64.
func (e *Env) base64(ctx context.Context, arg any) (any, error) {
	text, err := e.text(ctx, arg, "every Fn::Base64 object must have a String-typed value")
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.EncodeToString([]byte(text)), nil
}

// zones evaluates Fn::GetAZs: a region's zones, a to c.
func (e *Env) zones(ctx context.Context, arg any) (any, error) {
	region, err := e.text(ctx, arg, "Fn::GetAZs")
	if err != nil {
		return nil, err
	}
	if region == "" {
		region = e.Region
	}
	return []any{region + "a", region + "b", region + "c"}, nil
}

// importValue evaluates Fn::ImportValue.
func (e *Env) importValue(ctx context.Context, arg any) (any, error) {
	name, err := e.text(ctx, arg, "Fn::ImportValue")
	if err != nil {
		return nil, err
	}
	if e.Import == nil {
		return nil, faulty("the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs")
	}
	return e.Import(ctx, name)
}

// length evaluates Fn::Length.
func (e *Env) length(ctx context.Context, arg any) (any, error) {
	list, err := e.list(ctx, arg, "Fn::Length")
	if err != nil {
		return nil, err
	}
	return json.Number(fmt.Sprint(len(list))), nil
}

// toJSON evaluates Fn::ToJsonString.
func (e *Env) toJSON(ctx context.Context, arg any) (any, error) {
	v, err := e.eval(ctx, arg)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case map[string]any, []any:
	default:
		return nil, faulty("Fn::ToJsonString only supports an object or an array")
	}
	b, err := JSON(v)
	return string(b), err
}

// findInMap evaluates Fn::FindInMap, with its DefaultValue.
func (e *Env) findInMap(ctx context.Context, arg any) (any, error) {
	const fault = "Fn::FindInMap requires a list argument with three elements: the map name, the top-level key and the second-level key"
	list, err := args(arg, 3, 4, fault)
	if err != nil {
		return nil, err
	}
	var keys [3]string
	for i := range keys {
		if keys[i], err = e.text(ctx, list[i], "Fn::FindInMap"); err != nil {
			return nil, err
		}
	}
	if e.Template != nil {
		if v, ok := lookup(e.Template.Mappings, keys[:]); ok {
			return v, nil
		}
	}
	if len(list) == 4 {
		options, _ := list[3].(map[string]any)
		if d, ok := options["DefaultValue"]; ok {
			return e.eval(ctx, d)
		}
	}
	if e.Template == nil || e.Template.Mappings[keys[0]] == nil {
		return nil, faulty("Mapping named '%s' is not present in the 'Mappings' section of template.", keys[0])
	}
	return nil, faulty("Unable to get mapping for %s::%s::%s", keys[0], keys[1], keys[2])
}

// lookup follows keys into nested maps.
func lookup(v any, keys []string) (any, bool) {
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[k]; !ok {
			return nil, false
		}
	}
	return v, true
}

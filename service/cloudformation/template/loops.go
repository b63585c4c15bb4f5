package template

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// LanguageExtensions is the transform that brings Fn::ForEach.
const LanguageExtensions = "AWS::LanguageExtensions"

// loopPrefix starts the key of a loop: Fn::ForEach::Name.
const loopPrefix = "Fn::ForEach::"

// maxLoopDepth is how deep loops may nest.
const maxLoopDepth = 5

// Unroll applies AWS::LanguageExtensions to a tree: each Fn::ForEach becomes
// what it repeats. The other functions of the transform are evaluated with the
// rest of the template. parameters are the values of the template's parameters.
func Unroll(ctx context.Context, tree map[string]any, parameters map[string]any) (map[string]any, error) {
	mappings, _ := tree["Mappings"].(map[string]any)
	u := unroller{
		env:    (&Env{Template: &Template{Mappings: mappings}, Parameters: parameters}).bounded(),
		budget: budget{nodes: maxNodes},
	}
	out, err := u.value(ctx, tree, nil, 0)
	if err != nil {
		return nil, err
	}
	return out.(map[string]any), nil
}

// unroller walks a tree with the loop variables that are bound where it is.
type unroller struct {
	env    *Env
	budget budget
}

// value unrolls the loops in v and replaces bound variables.
func (u *unroller) value(ctx context.Context, v any, bound map[string]string, depth int) (any, error) {
	if err := u.budget.take(0); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case string:
		return u.bind(v, bound)
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			e, err := u.value(ctx, e, bound, depth)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		return out, nil
	case map[string]any:
		if name, ok := v["Ref"].(string); ok && len(v) == 1 {
			if b, isBound := bound[name]; isBound {
				return b, nil
			}
		}
		return u.members(ctx, v, bound, depth)
	}
	return v, nil
}

// members unrolls a map, whose loops add members to it.
func (u *unroller) members(ctx context.Context, m map[string]any, bound map[string]string, depth int) (any, error) {
	out := make(map[string]any, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(key, loopPrefix) {
			if err := u.loop(ctx, strings.TrimPrefix(key, loopPrefix), m[key], bound, depth+1, out); err != nil {
				return nil, err
			}
			continue
		}
		v, err := u.value(ctx, m[key], bound, depth)
		if err != nil {
			return nil, err
		}
		if key, err = u.bind(key, bound); err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// loop adds to out what one Fn::ForEach repeats.
func (u *unroller) loop(ctx context.Context, name string, arg any, bound map[string]string, depth int, out map[string]any) error {
	list, ok := arg.([]any)
	if !ok || len(list) != 3 {
		return Invalid("Fn::ForEach layout is incorrect: %s", name)
	}
	variable, isText := list[0].(string)
	body, isMap := list[2].(map[string]any)
	switch {
	case !isText || variable == "" || !isMap:
		return Invalid("Fn::ForEach layout is incorrect: %s", name)
	case depth > maxLoopDepth:
		return Invalid("Fn::ForEach nesting exceeds the maximum of %d: %s", maxLoopDepth, name)
	}
	raw, err := u.value(ctx, list[1], bound, depth)
	if err != nil {
		return err
	}
	items, err := u.env.list(ctx, raw, "Fn::ForEach")
	if err != nil {
		return err
	}
	for _, item := range items {
		inner := maps.Clone(bound)
		if inner == nil {
			inner = map[string]string{}
		}
		inner[variable] = scalarText(item)
		v, err := u.members(ctx, body, inner, depth)
		if err != nil {
			return err
		}
		for key, e := range v.(map[string]any) {
			if _, taken := out[key]; taken {
				return Invalid("Fn::ForEach %s: the key %s appears more than once", name, key)
			}
			out[key] = e
		}
	}
	return nil
}

// bind replaces ${Variable}, and &{Variable} with what is alphanumeric of it. In
// what it puts there no variables are looked for.
func (u *unroller) bind(text string, bound map[string]string) (string, error) {
	if len(bound) == 0 || !strings.Contains(text, "{") {
		return text, nil
	}
	var b strings.Builder
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			break
		}
		end := strings.IndexAny(text[open+1:], "{}")
		if end < 0 {
			break
		}
		end += open + 1
		value, ok := bound[text[open+1:end]]
		if !ok || text[end] == '{' || open == 0 || text[open-1] != '$' && text[open-1] != '&' {
			b.WriteString(text[:open+1])
			text = text[open+1:]
			continue
		}
		if text[open-1] == '&' {
			value = keepAlphanumeric(value)
		}
		b.WriteString(text[:open-1] + value)
		if err := u.env.room.take(len(value)); err != nil {
			return "", err
		}
		text = text[end+1:]
	}
	return b.String() + text, nil
}

// keepAlphanumeric drops what logical names cannot hold.
func keepAlphanumeric(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s)
}

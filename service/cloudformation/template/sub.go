package template

import (
	"context"
	"strings"
)

// subPart is a stretch of a Fn::Sub text: literal, or the name of a variable.
type subPart struct {
	text     string
	variable bool
}

// subText cuts a Fn::Sub text. ${!Name} is the literal ${Name}; a ${ without
// its brace is literal, too.
func subText(text string) ([]subPart, error) {
	var parts []subPart
	for {
		start := strings.Index(text, "${")
		if start < 0 {
			break
		}
		end := strings.IndexByte(text[start:], '}')
		if end < 0 {
			break
		}
		end += start
		name := text[start+2 : end]
		parts = append(parts, subPart{text: text[:start]})
		switch trimmed := strings.TrimSpace(name); {
		case strings.HasPrefix(name, "!"):
			parts = append(parts, subPart{text: "${" + name[1:] + "}"})
		case !isVariable(trimmed):
			return nil, faulty("variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons")
		default:
			parts = append(parts, subPart{text: trimmed, variable: true})
		}
		text = text[end+1:]
	}
	return append(parts, subPart{text: text}), nil
}

// isVariable tells whether a name may stand between the braces of a Fn::Sub.
func isVariable(name string) bool {
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == ':', c == '.', c == '_':
		default:
			return false
		}
	}
	return name != ""
}

// subParts reads the argument of Fn::Sub: a text, or a text and variables.
func subParts(arg any) (text string, vars map[string]any, err error) {
	switch arg := arg.(type) {
	case string:
		return arg, nil, nil
	case []any:
		if len(arg) != 2 {
			break
		}
		text, ok := arg[0].(string)
		vars, isMap := arg[1].(map[string]any)
		if ok && isMap {
			return text, vars, nil
		}
	}
	return "", nil, faulty("One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string")
}

// sub evaluates Fn::Sub.
func (e *Env) sub(ctx context.Context, arg any) (any, error) {
	text, vars, err := subParts(arg)
	if err != nil {
		return nil, err
	}
	parts, err := subText(text)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, part := range parts {
		if !part.variable {
			b.WriteString(part.text)
			continue
		}
		v, err := e.variable(ctx, part.text, vars)
		if err != nil {
			return nil, err
		}
		if err := e.room.take(len(v)); err != nil {
			return nil, err
		}
		b.WriteString(v)
	}
	return e.dynamic(ctx, b.String())
}

// variable is the text of one ${Name}.
func (e *Env) variable(ctx context.Context, name string, vars map[string]any) (string, error) {
	if v, own := vars[name]; own {
		return e.text(ctx, v, "Fn::Sub")
	}
	var v any
	var err error
	if resource, attr, dotted := strings.Cut(name, "."); dotted {
		v, err = e.attribute(resource, attr)
	} else {
		v, err = e.ref(name)
	}
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case noValue:
		return "", nil
	case []any:
		parts := make([]string, 0, len(v))
		for _, el := range v {
			parts = append(parts, scalarText(el))
		}
		return strings.Join(parts, ","), nil
	default:
		return scalarText(v), nil
	}
}

// resolvePrefix starts a dynamic reference.
const resolvePrefix = "{{resolve:"

// dynamic replaces the dynamic references in a text. Where none can be looked
// up they stay as they are.
func (e *Env) dynamic(ctx context.Context, text string) (any, error) {
	if e.Dynamic == nil || !strings.Contains(text, resolvePrefix) {
		return text, nil
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, resolvePrefix)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		inner, after, closed := strings.Cut(rest, "}}")
		service, reference, ok := strings.Cut(inner, ":")
		if !closed || !ok {
			return nil, Invalid("Incorrect format is used in the following dynamic reference: [%s%s]", resolvePrefix, rest)
		}
		v, err := e.Dynamic(ctx, service, reference)
		if err != nil {
			return nil, err
		}
		if err := e.room.take(len(v)); err != nil {
			return nil, err
		}
		b.WriteString(v)
		text = after
	}
}

package sam

import (
	"maps"
	"regexp"
	"strings"
)

// ref is the expression !Ref id.
func ref(id string) map[string]any { return map[string]any{"Ref": id} }

// getAtt is the expression !GetAtt id.attr.
func getAtt(id, attr string) map[string]any {
	return map[string]any{"Fn::GetAtt": []any{id, attr}}
}

// sub is the expression !Sub text, with variables if there are any.
func sub(text string, vars map[string]any) map[string]any {
	if len(vars) == 0 {
		return map[string]any{"Fn::Sub": text}
	}
	return map[string]any{"Fn::Sub": []any{text, vars}}
}

// asMap is v where it is a map, else nil.
func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// asList is v where it is a list; a single value is a list of one.
func asList(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// isIntrinsic tells whether v is an expression.
func isIntrinsic(v any) bool {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return false
	}
	for k := range m {
		return k == "Ref" || k == "Condition" || strings.HasPrefix(k, "Fn::")
	}
	return false
}

// refTarget is the resource that v, a Ref or a Fn::GetAtt, refers to.
func refTarget(v any) (string, bool) {
	m := asMap(v)
	if len(m) != 1 {
		return "", false
	}
	if id, ok := m["Ref"].(string); ok {
		return id, true
	}
	switch arg := m["Fn::GetAtt"].(type) {
	case string:
		id, _, ok := strings.Cut(arg, ".")
		return id, ok
	case []any:
		if len(arg) > 0 {
			id, ok := arg[0].(string)
			return id, ok
		}
	}
	return "", false
}

// pick copies the named members that m has.
func pick(m map[string]any, names ...string) map[string]any {
	out := map[string]any{}
	for _, n := range names {
		if v, ok := m[n]; ok && v != nil {
			out[n] = v
		}
	}
	return out
}

// within copies a map or a list with what of makes of each of its parts. Anything
// else stays as it is.
func within(v any, of func(part any) any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for k, e := range out {
			out[k] = of(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = of(e)
		}
		return out
	}
	return v
}

// cloneTree copies a tree, so that adding to one place changes no other.
func cloneTree(v any) any { return within(v, cloneTree) }

// subVariable is a ${Name} or ${Name.Attribute} of a Fn::Sub text.
var subVariable = regexp.MustCompile(`\$\{([A-Za-z0-9]+)((?:\.[A-Za-z0-9]+)*)\}`)

// rewrite replaces references to what the template calls Api.Stage, Fn.Alias,
// Fn.Version and the like, and to layers, by the ids they have now.
func (t *transform) rewrite(v any) any {
	if len(t.properties) == 0 && len(t.renamed) == 0 {
		return v
	}
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = t.rewrite(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			switch k {
			case "Ref":
				out[k] = t.rewriteRef(e)
			case "Fn::GetAtt":
				out[k] = t.rewriteGetAtt(t.rewrite(e))
			case "Fn::Sub":
				out[k] = t.rewriteSub(t.rewrite(e))
			case "DependsOn":
				out[k] = t.rewriteDependsOn(e)
			default:
				out[k] = t.rewrite(e)
			}
		}
		return out
	}
	return v
}

// newID is the id that a name (a logical id, or one with a property) has now.
func (t *transform) newID(name string) (string, bool) {
	if id, ok := t.properties[name]; ok {
		return id, true
	}
	id, ok := t.renamed[name]
	return id, ok
}

// rewriteRef is rewrite of Ref's argument.
func (t *transform) rewriteRef(v any) any {
	if name, ok := v.(string); ok {
		if id, ok := t.newID(name); ok {
			return id
		}
	}
	return v
}

// rewriteGetAtt is rewrite of Fn::GetAtt's argument.
func (t *transform) rewriteGetAtt(v any) any {
	text, isText := v.(string)
	if list, ok := v.([]any); ok {
		parts := make([]string, 0, len(list))
		for _, e := range list {
			s, ok := e.(string)
			if !ok {
				return v
			}
			parts = append(parts, s)
		}
		text, isText = strings.Join(parts, "."), true
	}
	if !isText {
		return v
	}
	parts := strings.Split(text, ".")
	for n := min(len(parts)-1, 2); n >= 1; n-- {
		if id, ok := t.newID(strings.Join(parts[:n], ".")); ok {
			return []any{id, strings.Join(parts[n:], ".")}
		}
	}
	return v
}

// rewriteSub is rewrite of Fn::Sub's argument: names in its text.
func (t *transform) rewriteSub(v any) any {
	if list, ok := v.([]any); ok && len(list) == 2 {
		if text, ok := list[0].(string); ok {
			return []any{t.rewriteText(text, asMap(list[1])), list[1]}
		}
		return v
	}
	if text, ok := v.(string); ok {
		return t.rewriteText(text, nil)
	}
	return v
}

// rewriteText replaces the names in the text of a Fn::Sub that are not its own.
func (t *transform) rewriteText(text string, own map[string]any) string {
	return subVariable.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		if _, ok := own[name]; ok {
			return match
		}
		parts := strings.Split(name, ".")
		for n := min(len(parts), 2); n >= 1; n-- {
			if id, ok := t.newID(strings.Join(parts[:n], ".")); ok {
				return "${" + strings.Join(append([]string{id}, parts[n:]...), ".") + "}"
			}
		}
		return match
	})
}

// rewriteDependsOn is rewrite of a resource's DependsOn.
func (t *transform) rewriteDependsOn(v any) any {
	if list, ok := v.([]any); ok {
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = t.rewriteRef(e)
		}
		return out
	}
	return t.rewriteRef(v)
}

// Package patch carries out the patch operations with which API Gateway's
// resources are updated: each names a place in the resource by a JSON pointer,
// and what is to be done there.
//
// Spec: API Gateway API Reference, PatchOperation; Developer Guide, "Patch Operations".
package patch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	api "maru.dev/maru/api/apigateway"
)

// Rule is a place that an update may change, and how.
type Rule struct {
	// Path is the place's pointer, as "/variables/{name}": a part in braces stands
	// for any one part of an operation's path.
	Path string
	// Each is what an operation of its kind does there; nil where it cannot. at
	// are the parts in braces, unescaped.
	Add, Replace func(at []string, value string) error
	Remove       func(at []string, value *string) error
	Copy         func(at []string, from string) error
}

// Rules are all the places that an update may change.
type Rules []Rule

// Apply carries the operations out in their order. The first that cannot be ends
// it, with the caller's error: the resource is to be thrown away then.
func (r Rules) Apply(operations []api.PatchOperation) error {
	for _, op := range operations {
		if err := r.apply(op); err != nil {
			return err
		}
	}
	return nil
}

// apply carries out one operation.
func (r Rules) apply(op api.PatchOperation) error {
	kind, path := deref(op.Op), deref(op.Path)
	known := false
	for i := range r {
		rule := &r[i]
		at, ok := match(rule.Path, path)
		if !ok {
			continue
		}
		known = true
		switch {
		case kind == api.OpAdd && rule.Add != nil:
			return rule.Add(at, deref(op.Value))
		case kind == api.OpReplace && rule.Replace != nil:
			return rule.Replace(at, deref(op.Value))
		case kind == api.OpRemove && rule.Remove != nil:
			return rule.Remove(at, op.Value)
		case kind == api.OpCopy && rule.Copy != nil:
			return rule.Copy(at, deref(op.From))
		}
	}
	if known && len(r.paths(kind)) == 0 {
		return badRequest("Invalid patch operation specified. Must be one of: [%s]", strings.Join(r.kinds(), ", "))
	}
	return badRequest("Invalid patch path '%s' specified for op '%s'. Must be one of: [%s]", path, kind, strings.Join(r.paths(kind), ", "))
}

// paths are the places that operations of a kind may name.
func (r Rules) paths(kind string) (list []string) {
	for i := range r {
		if r[i].can(kind) {
			list = append(list, r[i].Path)
		}
	}
	return list
}

// kinds are the operations that there is any place for.
func (r Rules) kinds() (list []string) {
	for _, kind := range [...]string{api.OpAdd, api.OpRemove, api.OpReplace, api.OpCopy} {
		if len(r.paths(kind)) > 0 {
			list = append(list, kind)
		}
	}
	return list
}

// can tells whether an operation may name the rule's place.
func (r *Rule) can(kind string) bool {
	switch kind {
	case api.OpAdd:
		return r.Add != nil
	case api.OpReplace:
		return r.Replace != nil
	case api.OpRemove:
		return r.Remove != nil
	case api.OpCopy:
		return r.Copy != nil
	}
	return false
}

// match holds an operation's path against a rule's, and returns what stands at
// the parts in braces.
func match(rule, path string) (at []string, ok bool) {
	want, have := strings.Split(rule, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i, part := range want {
		switch {
		case strings.HasPrefix(part, "{"):
			at = append(at, unescape(have[i]))
		case part != have[i]:
			return nil, false
		}
	}
	return at, true
}

// unescape reads a pointer's part: ~1 is a slash, ~0 a tilde.
func unescape(part string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
}

// Text is a rule for a text.
func Text(path string, to **string) Rule {
	return Rule{
		Path:    path,
		Replace: func(_ []string, v string) error { *to = &v; return nil },
		Remove:  func([]string, *string) error { *to = nil; return nil },
	}
}

// Bool is a rule for a switch.
func Bool(path string, set func(bool)) Rule {
	return Rule{Path: path, Replace: func(_ []string, v string) error {
		b, err := strconv.ParseBool(strings.ToLower(v))
		if err != nil {
			return badRequest("Invalid boolean value '%s' specified for path '%s'", v, path)
		}
		set(b)
		return nil
	}}
}

// Int is a rule for a whole number.
func Int(path string, set func(int32)) Rule {
	return Rule{Path: path, Replace: func(_ []string, v string) error {
		n, err := strconv.ParseInt(v, 10, 32)
		if err != nil {
			return badRequest("Invalid integer value '%s' specified for path '%s'", v, path)
		}
		set(int32(n))
		return nil
	}}
}

// Float is a rule for a number.
func Float(path string, set func(float64)) Rule {
	return Rule{Path: path, Replace: func(_ []string, v string) error {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return badRequest("Invalid number value '%s' specified for path '%s'", v, path)
		}
		set(f)
		return nil
	}}
}

// Map is a rule for the entries of a map: path ends in the part for their name,
// as "/variables/{name}".
func Map(path string, to *map[string]string) Rule {
	put := func(at []string, v string) error {
		if *to == nil {
			*to = make(map[string]string)
		}
		(*to)[at[len(at)-1]] = v
		return nil
	}
	return Rule{Path: path, Add: put, Replace: put, Remove: func(at []string, _ *string) error {
		delete(*to, at[len(at)-1])
		return nil
	}}
}

// Set is a rule for a list of different texts: path ends in the part for one of
// them, as "/binaryMediaTypes/{type}".
func Set(path string, to *[]string) Rule {
	return Rule{
		Path: path,
		Add: func(at []string, _ string) error {
			if v := at[len(at)-1]; !slices.Contains(*to, v) {
				*to = append(*to, v)
			}
			return nil
		},
		Remove: func(at []string, _ *string) error {
			v := at[len(at)-1]
			*to = slices.DeleteFunc(*to, func(s string) bool { return s == v })
			return nil
		},
	}
}

// Values is a rule for a list of different texts that operations name as their
// value, as {"op":"add","path":"/providerARNs","value":"arn:…"}.
func Values(path string, to *[]string) Rule {
	return Rule{
		Path: path,
		Add: func(_ []string, v string) error {
			if !slices.Contains(*to, v) {
				*to = append(*to, v)
			}
			return nil
		},
		Remove: func(_ []string, v *string) error {
			*to = slices.DeleteFunc(*to, func(s string) bool { return s == deref(v) })
			return nil
		},
	}
}

// deref is the text that p points to, or "".
func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// badRequest is the caller's fault in these words.
func badRequest(format string, args ...any) error {
	return &api.BadRequestException{Message: fmt.Sprintf(format, args...)}
}

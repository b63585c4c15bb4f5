package resource

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/wire"
)

// text is a scalar as text; what is none is empty.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

// document is a value as JSON text: what is text already stays as it is.
func document(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// truth is a value as a truth value.
func truth(v any) bool { return strings.EqualFold(text(v), "true") }

// list is a value as a list; a single value is a list of one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// object is v where it is an object, else nil.
func object(v any) obj {
	m, _ := v.(map[string]any)
	return m
}

// at follows names into objects.
func at(v any, names ...string) any {
	for _, n := range names {
		v = object(v)[n]
	}
	return v
}

// pick copies the named members that m has.
func pick(m obj, names ...string) obj {
	out := obj{}
	for _, n := range names {
		if v, ok := m[n]; ok && v != nil {
			out[n] = v
		}
	}
	return out
}

// texts is a list of texts as part of a document.
func texts(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

// tagMap reads tags given as a list of keys and values, or as a map.
func tagMap(v any) map[string]string {
	out := map[string]string{}
	for _, t := range list(v) {
		m := object(t)
		if k, ok := m["Key"]; ok {
			out[text(k)] = text(m["Value"])
			continue
		}
		for k, e := range m {
			out[k] = text(e)
		}
	}
	return out
}

// allTags are the resource's tags: those of the stack, and over them its own.
func (r *Request) allTags() map[string]string {
	out := maps.Clone(r.Tags)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, tagMap(r.Props["Tags"]))
	return out
}

// oldTags are the tags that the resource had before an update.
func (r *Request) oldTags() map[string]string {
	out := maps.Clone(r.OldTags)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, tagMap(r.Old["Tags"]))
	return out
}

// tagObject writes tags as an object.
func tagObject(tags map[string]string) obj {
	out := obj{}
	for k, v := range tags {
		out[k] = v
	}
	return out
}

// tagList writes tags as a list of objects, by key.
func tagList(tags map[string]string) []any {
	out := []any{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, obj{"Key": k, "Value": tags[k]})
	}
	return out
}

// tagChanges compares tags: what is to be set, and which keys are to go.
func (r *Request) tagChanges() (set map[string]string, remove []string) {
	before, after := r.oldTags(), r.allTags()
	set = map[string]string{}
	for k, v := range after {
		if old, ok := before[k]; !ok || old != v {
			set[k] = v
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			remove = append(remove, k)
		}
	}
	slices.Sort(remove)
	return set, remove
}

// fit turns a template's value into what a shape of a service's model holds:
// text into numbers and truth values, scalars into text, documents into JSON
// text. Members that the shape does not have are left out; those that it writes
// with a small first letter are found under the large one of templates, too.
func fit(model *wire.Service, row int, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	s := &model.Shapes[row]
	switch s.Kind {
	case wire.Structure:
		return fitStructure(model, s, v)
	case wire.List:
		out := []any{}
		for _, e := range list(v) {
			f, err := fit(model, s.Members[0].Ref, e)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
		return out, nil
	case wire.Map:
		out := obj{}
		for k, e := range object(v) {
			f, err := fit(model, s.Members[1].Ref, e)
			if err != nil {
				return nil, err
			}
			out[k] = f
		}
		return out, nil
	case wire.String:
		if isScalar(v) {
			return text(v), nil
		}
		return document(v), nil
	case wire.Boolean:
		return fitBoolean(v)
	case wire.Integer, wire.Long, wire.Float, wire.Double:
		return fitNumber(v)
	}
	return v, nil
}

// fitStructure is fit of a structure.
func fitStructure(model *wire.Service, s *wire.Shape, v any) (any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected type: JSONObject, found: %T", v)
	}
	out := obj{}
	for i := range s.Members {
		e := m[s.Members[i].Name]
		if e == nil {
			e = m[upperFirst(s.Members[i].Name)]
		}
		if e == nil {
			continue
		}
		f, err := fit(model, s.Members[i].Ref, e)
		if err != nil {
			return nil, fmt.Errorf("#/%s: %w", s.Members[i].Name, err)
		}
		out[s.Members[i].Name] = f
	}
	return out, nil
}

// upperFirst writes a name with a large first letter.
func upperFirst(name string) string {
	return strings.ToUpper(name[:min(1, len(name))]) + name[min(1, len(name)):]
}

// isScalar tells whether a value is neither list nor object.
func isScalar(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return true
}

// fitBoolean is fit of a truth value.
func fitBoolean(v any) (any, error) {
	switch s := text(v); {
	case strings.EqualFold(s, "true"):
		return true, nil
	case strings.EqualFold(s, "false"):
		return false, nil
	}
	return nil, fmt.Errorf("expected type: Boolean, found: %v", v)
}

// fitNumber is fit of a number, which stays as it is written.
func fitNumber(v any) (any, error) {
	s := text(v)
	if _, err := strconv.ParseFloat(s, 64); err != nil || !json.Valid([]byte(s)) {
		return nil, fmt.Errorf("expected type: Number, found: %v", v)
	}
	return json.Number(s), nil
}

package model

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"maru.dev/maru/pattern/pointer"
)

// maxDepth is how deep a template goes into a schema that contains itself.
const maxDepth = 16

// Template is a mapping template that writes a document by the schema of a model,
// with made-up values, for people to fill in.
func (s Set) Template(name string) string {
	w := writer{set: s, root: name}
	w.text.WriteString("#set($inputRoot = $input.path('$'))\n")
	var doc map[string]any
	_ = json.Unmarshal([]byte(s[name]), &doc) // what is no JSON has no properties
	w.value(doc, "$inputRoot", 0)
	return w.text.String()
}

// writer writes a template.
type writer struct {
	set  Set
	root string // the model whose schema is written
	text strings.Builder
}

// value writes a value by a schema. in is the expression of what a list's elements
// are taken from.
func (w *writer) value(schema map[string]any, in string, depth int) {
	if ref, ok := schema["$ref"].(string); ok {
		schema = w.resolve(ref)
	}
	if depth > maxDepth {
		w.text.WriteString("{ }")
		return
	}
	kind, _ := schema["type"].(string)
	switch kind {
	case "array":
		w.list(schema, in, depth)
	case "string":
		w.text.WriteString(`"foo"`)
	case "integer":
		w.text.WriteString("42")
	case "number":
		w.text.WriteString("3.14")
	case "boolean":
		w.text.WriteString("true")
	case "null":
		w.text.WriteString("null")
	default:
		w.object(schema, in, depth)
	}
}

// object writes the properties of an object in the order of their names.
func (w *writer) object(schema map[string]any, in string, depth int) {
	properties, _ := schema["properties"].(map[string]any)
	if len(properties) == 0 {
		w.text.WriteString("{ }")
		return
	}
	indent := strings.Repeat("  ", depth)
	sep := "{\n"
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		of, _ := properties[name].(map[string]any)
		quoted, _ := json.Marshal(name)
		w.text.WriteString(sep + indent + "  " + string(quoted) + " : ")
		w.value(of, in+"."+name, depth+1)
		sep = ",\n"
	}
	w.text.WriteString("\n" + indent + "}")
}

// list writes a loop over what a list is to be made of.
func (w *writer) list(schema map[string]any, in string, depth int) {
	of, _ := schema["items"].(map[string]any)
	indent := strings.Repeat("  ", depth)
	w.text.WriteString("[\n" + indent + "##TODO: Update this foreach loop to reference array from input json\n" + indent + "#foreach($elem in " + in + ")\n" + indent + "  ")
	w.value(of, "$elem", depth+1)
	w.text.WriteString("#if($foreach.hasNext),#end\n" + indent + "#end\n" + indent + "]")
}

// resolve finds the schema that a reference leads to: a model, or a definition of
// the one that is written.
func (w *writer) resolve(ref string) map[string]any {
	name, place := w.root, strings.TrimPrefix(ref, "#")
	if at := address.FindStringSubmatch(ref); at != nil {
		name, place = at[1], strings.TrimPrefix(at[2], "#")
	}
	var doc map[string]any
	_ = json.Unmarshal([]byte(w.set[name]), &doc) // nothing there: an empty object
	for _, step := range pointer.Steps(place) {
		doc, _ = doc[step].(map[string]any)
	}
	return doc
}

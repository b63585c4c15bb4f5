package resource

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Mutable tells whether a change of some property keeps the resource.
func (t *Type) Mutable() bool { return t.Update != nil }

// Document is the type's schema as the registry tells it: which properties there
// are, which must be set, and which stay for life. What is in a property is not
// described: the service that has the resource checks it.
func (t *Type) Document() (string, error) {
	known := t.schema()
	properties := obj{}
	var required, fixed, read []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		properties[name] = obj{}
		if known[name].required {
			required = append(required, name)
		}
		if known[name].replace || !t.Mutable() {
			fixed = append(fixed, "/properties/"+name)
		}
	}
	for _, name := range strings.Fields(t.Attributes) {
		if _, settable := properties[name]; settable || strings.HasSuffix(name, "*") {
			continue
		}
		path := strings.Split(name, ".")
		properties[path[0]] = obj{}
		read = append(read, "/properties/"+strings.Join(path, "/"))
	}
	doc := obj{"typeName": t.Name, "description": "Resource Type definition for " + t.Name, "properties": properties, "additionalProperties": t.Open}
	for member, names := range map[string][]string{"required": required, "createOnlyProperties": fixed, "readOnlyProperties": read} {
		if len(names) > 0 {
			doc[member] = names
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("encode schema of %s: %w", t.Name, err)
	}
	return string(text), nil
}

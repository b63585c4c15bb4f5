// Package bind writes code from schemas: types in Go, Java, Python and TypeScript
// that hold what a schema describes.
package bind

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// kind is what a field holds.
type kind uint8

const (
	anything kind = iota
	text
	moment
	whole
	number
	truth
	list   // of the field's element
	record // of the type that the field names
)

// field is a member of a type, or a list's element.
type field struct {
	json     string // the member's name in JSON
	kind     kind
	of       string // of a record: its type
	element  *field // of a list
	required bool
}

// typ is a type with its members, in the order of their names.
type typ struct {
	name   string
	fields []field
}

// schema is a part of a schema document, of either kind.
type schema struct {
	Ref         string            `json:"$ref"`
	Type        any               `json:"type"` // JSON Schema has lists, too
	Format      string            `json:"format"`
	Items       *schema           `json:"items"`
	Properties  map[string]schema `json:"properties"`
	Required    []string          `json:"required"`
	Definitions map[string]schema `json:"definitions"`
	Title       string            `json:"title"`
	Components  struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

// Source returns a zip file with the code of a schema's types in a language: Go1,
// Java8, Python36 or TypeScript3. The same schema gives the same bytes.
func Source(language, name, content string) ([]byte, error) {
	types, err := read(content)
	if err != nil {
		return nil, err
	}
	pack := strings.ToLower(strings.Join(words(name), "_"))
	var files map[string]string
	switch language {
	case "Go1":
		files = goFiles(pack, types)
	case "Java8":
		files = javaFiles(pack, types)
	case "Python36":
		files = pythonFiles(pack, types)
	case "TypeScript3":
		files = typeScriptFiles(pack, types)
	default:
		return nil, fmt.Errorf("there is no language %s", language)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f, err := w.Create(path)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write([]byte(files[path])); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// reader takes the types of a document together.
type reader struct {
	types map[string]*typ
}

// read reads the types of a schema document.
func read(content string) ([]typ, error) {
	var doc schema
	if err := json.Unmarshal([]byte(content), &doc); err != nil {
		return nil, fmt.Errorf("the schema is no JSON: %w", err)
	}
	r := &reader{types: make(map[string]*typ)}
	for _, group := range []map[string]schema{doc.Components.Schemas, doc.Definitions} {
		for name := range group {
			r.types[pascal(name)] = &typ{} // what has a name keeps it
		}
	}
	for _, group := range []map[string]schema{doc.Components.Schemas, doc.Definitions} {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			s := group[name]
			r.record(pascal(name), &s)
		}
	}
	if len(doc.Properties) > 0 {
		title := doc.Title
		if title == "" || r.types[pascal(title)] != nil {
			title = "AWSEvent"
		}
		r.record(pascal(title), &doc)
	}
	if len(r.types) == 0 {
		return nil, fmt.Errorf("the document has no schemas")
	}
	out := make([]typ, 0, len(r.types))
	for _, name := range slices.Sorted(maps.Keys(r.types)) {
		out = append(out, *r.types[name])
	}
	return out, nil
}

// record takes in a type; objects within it get types of their own.
func (r *reader) record(name string, s *schema) {
	t := &typ{name: name}
	r.types[name] = t
	for _, member := range slices.Sorted(maps.Keys(s.Properties)) {
		m := s.Properties[member]
		f := r.field(name+pascal(member), &m)
		f.json, f.required = member, slices.Contains(s.Required, member)
		t.fields = append(t.fields, f)
	}
}

// field reads what a schema allows. inner is what an object's type is called that
// has no name.
func (r *reader) field(inner string, s *schema) field {
	if s.Ref != "" {
		return field{kind: record, of: pascal(s.Ref[strings.LastIndexByte(s.Ref, '/')+1:])}
	}
	switch s.only() {
	case "string":
		if s.Format == "date-time" {
			return field{kind: moment}
		}
		return field{kind: text}
	case "integer":
		return field{kind: whole}
	case "number":
		return field{kind: number}
	case "boolean":
		return field{kind: truth}
	case "array":
		element := field{}
		if s.Items != nil {
			element = r.field(inner+"Item", s.Items)
		}
		return field{kind: list, element: &element}
	case "object", "":
		if len(s.Properties) > 0 {
			for r.types[inner] != nil {
				inner += "X"
			}
			r.record(inner, s)
			return field{kind: record, of: inner}
		}
	}
	return field{}
}

// only is the one type that a schema allows beside null; "" if there are several.
func (s *schema) only() string {
	if name, ok := s.Type.(string); ok {
		return name
	}
	several, _ := s.Type.([]any)
	found := ""
	for _, t := range several {
		name, _ := t.(string)
		if name == "null" {
			continue
		}
		if found != "" {
			return "mixed"
		}
		found = name
	}
	return found
}

// words splits a name at what is no letter or digit, and at capitals.
func words(name string) []string {
	var out []string
	var word []rune
	cut := func() {
		if len(word) > 0 {
			out = append(out, string(word))
		}
		word = nil
	}
	for _, c := range name {
		switch {
		case c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c):
			cut()
			continue
		case unicode.IsUpper(c) && len(word) > 0 && !unicode.IsUpper(word[len(word)-1]):
			cut()
		}
		word = append(word, c)
	}
	cut()
	if len(out) == 0 || unicode.IsDigit(rune(out[0][0])) {
		out = append([]string{"x"}, out...)
	}
	return out
}

// pascal is a name with a capital at each word.
func pascal(name string) string {
	var b strings.Builder
	for _, w := range words(name) {
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}

// snake is a name in small letters, with lines between the words.
func snake(name string) string { return strings.ToLower(strings.Join(words(name), "_")) }

// camel is a name as pascal has it, with a small letter first.
func camel(name string) string {
	p := pascal(name)
	return strings.ToLower(p[:1]) + p[1:]
}

// Package docs has the rules for what is said of a REST API and its parts,
// and reads it from OpenAPI documents.
package docs

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/openapi"
	"maru.dev/maru/wire"
)

// place tells which members a documentation part's location has.
type place struct{ path, method, status, name bool }

// places are the locations of documentation parts, by their types.
func places() map[string]place {
	return map[string]place{
		api.DocumentationPartTypeApi:            {},
		api.DocumentationPartTypeAuthorizer:     {name: true},
		api.DocumentationPartTypeModel:          {name: true},
		api.DocumentationPartTypeResource:       {path: true},
		api.DocumentationPartTypeMethod:         {path: true, method: true},
		api.DocumentationPartTypePathParameter:  {path: true, method: true, name: true},
		api.DocumentationPartTypeQueryParameter: {path: true, method: true, name: true},
		api.DocumentationPartTypeRequestHeader:  {path: true, method: true, name: true},
		api.DocumentationPartTypeRequestBody:    {path: true, method: true},
		api.DocumentationPartTypeResponse:       {path: true, method: true, status: true},
		api.DocumentationPartTypeResponseHeader: {path: true, method: true, status: true, name: true},
		api.DocumentationPartTypeResponseBody:   {path: true, method: true, status: true},
	}
}

// CheckLocation checks a documentation part's location, and fills in what it
// leaves open: the root, any method, any status.
func CheckLocation(l *api.DocumentationPartLocation) error {
	if l == nil {
		return fault.BadRequest("Documentation part location must be specified")
	}
	has, ok := places()[l.Type]
	if !ok {
		return fault.BadRequest("Invalid Documentation part type specified: %s", l.Type)
	}
	for _, m := range [...]struct {
		name      string
		at        **string
		has       bool
		otherwise *string
	}{
		{"path", &l.Path, has.path, new("/")},
		{"method", &l.Method, has.method, new("*")},
		{"statusCode", &l.StatusCode, has.status, new("*")},
		{"name", &l.Name, has.name, nil},
	} {
		switch {
		case !m.has && wire.Value(*m.at) != "":
			return fault.BadRequest("Documentation part location of type '%s' must not have a %s", l.Type, m.name)
		case !m.has:
			*m.at = nil
		case wire.Value(*m.at) == "" && m.otherwise == nil:
			return fault.BadRequest("Documentation part location of type '%s' must have a %s", l.Type, m.name)
		case wire.Value(*m.at) == "":
			*m.at = m.otherwise
		}
	}
	return nil
}

// Text is a location as messages have it: "type 'METHOD', path '/x', method 'GET'".
func Text(l *api.DocumentationPartLocation) string {
	text := []string{"type '" + l.Type + "'"}
	for _, m := range [...]struct {
		name string
		is   *string
	}{{"path", l.Path}, {"method", l.Method}, {"statusCode", l.StatusCode}, {"name", l.Name}} {
		if m.is != nil {
			text = append(text, m.name+" '"+*m.is+"'")
		}
	}
	return strings.Join(text, ", ")
}

// CheckProperties checks what a documentation part says: a JSON object.
func CheckProperties(text string) error {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &doc); err != nil || doc == nil {
		return fault.BadRequest("Documentation part properties must be a valid JSON object")
	}
	return nil
}

// said is what a document says of an API and its parts.
type said struct {
	Documentation struct {
		Parts []struct {
			Location   map[string]openapi.Text `json:"location"`
			Properties map[string]any          `json:"properties"`
		} `json:"documentationParts"`
	} `json:"x-amazon-apigateway-documentation"`
}

// Read reads the documentation parts of an OpenAPI document, which have no ids yet.
// What cannot be read of one is told in warnings.
func Read(body []byte) (list []api.DocumentationPart, warnings []string, err error) {
	doc, err := openapi.Read[said](body)
	if err != nil {
		return nil, nil, fault.BadRequest("Failed to parse the uploaded OpenAPI document due to: %s", errors.Unwrap(err))
	}
	for i, p := range doc.Documentation.Parts {
		at := openapi.Strings(p.Location)
		l := &api.DocumentationPartLocation{Type: at["type"]}
		for name, to := range map[string]**string{"path": &l.Path, "method": &l.Method, "statusCode": &l.StatusCode, "name": &l.Name} {
			if v, ok := at[name]; ok {
				*to = &v
			}
		}
		text, err := json.Marshal(p.Properties)
		if err == nil {
			err = CheckLocation(l)
		}
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("Unable to import documentation part %d: %s", i+1, words(err)))
			continue
		}
		list = append(list, api.DocumentationPart{Location: l, Properties: new(string(text))})
	}
	return list, warnings, nil
}

// words are an error's, for people.
func words(err error) string {
	if theirs := wire.Error(nil); errors.As(err, &theirs) {
		return theirs.ErrorMessage()
	}
	return err.Error()
}

// Merge returns the members of two JSON objects; those of the second count.
func Merge(first, second string) string {
	var a, b map[string]json.RawMessage
	if json.Unmarshal([]byte(first), &a) != nil || json.Unmarshal([]byte(second), &b) != nil || a == nil {
		return second
	}
	maps.Copy(a, b)
	text, _ := json.Marshal(a) // what was read can be written
	return string(text)
}

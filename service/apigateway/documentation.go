package apigateway

import (
	"encoding/json"
	"fmt"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// maxDocumentationParts is how many documentation parts an API has.
const maxDocumentationParts = 2000

// documentationParts are what is said of an API and its parts.
func documentationParts() rows.Table[api.DocumentationPart] {
	return record.Table[api.DocumentationPart]("docpart", "Invalid Documentation part identifier specified")
}

// documentationVersions are the versions of an API's documentation, by their names.
func documentationVersions() rows.Table[api.DocumentationVersion] {
	return record.Table[api.DocumentationVersion]("docversion", "Invalid Documentation version specified")
}

// documentation are the tables of what is said of an API.
func documentation() []part {
	return []part{documentationParts(), documentationVersions(), snapshot(documentationParts())}
}

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

// checkLocation checks a documentation part's location, and fills in what it
// leaves open: the root, any method, any status.
func checkLocation(l *api.DocumentationPartLocation) error {
	if l == nil {
		return badRequest("Documentation part location must be specified")
	}
	has, ok := places()[l.Type]
	if !ok {
		return badRequest("Invalid Documentation part type specified: %s", l.Type)
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
			return badRequest("Documentation part location of type '%s' must not have a %s", l.Type, m.name)
		case !m.has:
			*m.at = nil
		case wire.Value(*m.at) == "" && m.otherwise == nil:
			return badRequest("Documentation part location of type '%s' must have a %s", l.Type, m.name)
		case wire.Value(*m.at) == "":
			*m.at = m.otherwise
		}
	}
	return nil
}

// locationText is a location as messages have it: "type 'METHOD', path '/x', method 'GET'".
func locationText(l *api.DocumentationPartLocation) string {
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

// checkProperties checks what a documentation part says: a JSON object.
func checkProperties(text string) error {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &doc); err != nil || doc == nil {
		return badRequest("Documentation part properties must be a valid JSON object")
	}
	return nil
}

// partAt finds the documentation part of a location.
func partAt(list []api.DocumentationPart, l *api.DocumentationPartLocation) *api.DocumentationPart {
	for i := range list {
		if locationText(list[i].Location) == locationText(l) {
			return &list[i]
		}
	}
	return nil
}

// putVersion writes a version of an API's documentation with a copy of what is
// said, and gives it to a stage, unless that is nil.
func putVersion(tx *kv.Tx, at service.Home, apiID string, v *api.DocumentationVersion, stage *string) error {
	if _, taken, err := documentationVersions().Get(tx, at, apiID, *v.Version); err != nil {
		return err
	} else if taken {
		return conflict("Documentation version already exists: %s", *v.Version)
	}
	if err := documentationVersions().Put(tx, *v, at, apiID, *v.Version); err != nil {
		return err
	}
	if err := copyRows(tx, documentationParts().Key(at, apiID), snapshot(documentationParts()).Key(at, apiID, *v.Version)); err != nil {
		return err
	}
	if stage == nil {
		return nil
	}
	st, err := stages().Need(tx, at, apiID, *stage)
	if err != nil {
		return err
	}
	st.Stage.DocumentationVersion = v.Version
	return stages().Put(tx, st, at, apiID, *stage)
}

// versionUser finds a stage that has a version of the documentation.
func versionUser(tx *kv.Tx, at service.Home, apiID, version string) (string, error) {
	list, err := stages().All(tx, at, apiID)
	if err != nil {
		return "", fmt.Errorf("who has documentation version %s: %w", version, err)
	}
	for _, st := range list {
		if wire.Value(st.Stage.DocumentationVersion) == version {
			return *st.Stage.StageName, nil
		}
	}
	return "", nil
}

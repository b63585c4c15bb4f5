package apigateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"go.yaml.in/yaml/v3"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// said is what a document says of an API and its parts.
type said struct {
	Documentation struct {
		Parts []struct {
			Location   map[string]string `yaml:"location"`
			Properties map[string]any    `yaml:"properties"`
		} `yaml:"documentationParts"`
	} `yaml:"x-amazon-apigateway-documentation"`
}

// ImportDocumentationParts takes what an OpenAPI document says of an API in
// x-amazon-apigateway-documentation. What is said of the same already is kept
// beside it, or overwritten. What cannot be taken is told in warnings; if these are
// failures, nothing is taken.
//
// Spec: API Gateway API Reference, ImportDocumentationParts; Developer Guide,
// "Import API documentation".
func (s *Service) ImportDocumentationParts(ctx context.Context, in *api.ImportDocumentationPartsInput) (*api.ImportDocumentationPartsOutput, error) {
	list, warnings, err := s.readDocumentation(in.Body)
	if err != nil {
		return nil, err
	}
	if len(warnings) > 0 && wire.Value(in.FailOnWarnings) {
		return nil, badRequest("Warnings found during import: %s", strings.Join(warnings, ", "))
	}
	out := &api.ImportDocumentationPartsOutput{Warnings: warnings}
	err = s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		out.Ids, err = putDocumentation(tx, at, in.RestApiId, list, wire.Or(in.Mode, api.PutModeMerge))
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readDocumentation reads the documentation parts of an OpenAPI document.
func (s *Service) readDocumentation(body []byte) (list []api.DocumentationPart, warnings []string, err error) {
	var doc said
	if err := yaml.Unmarshal(body, &doc); err != nil {
		return nil, nil, badRequest("Failed to parse the uploaded OpenAPI document due to: %s", err)
	}
	for i, p := range doc.Documentation.Parts {
		l := &api.DocumentationPartLocation{Type: p.Location["type"]}
		for name, to := range map[string]**string{"path": &l.Path, "method": &l.Method, "statusCode": &l.StatusCode, "name": &l.Name} {
			if v, ok := p.Location[name]; ok {
				*to = &v
			}
		}
		text, err := json.Marshal(p.Properties)
		if err == nil {
			err = checkLocation(l)
		}
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("Unable to import documentation part %d: %s", i+1, words(err)))
			continue
		}
		list = append(list, api.DocumentationPart{Id: new(s.newID(6)), Location: l, Properties: new(string(text))})
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

// putDocumentation writes documentation parts, and returns their ids: those of
// parts that are there already stay.
func putDocumentation(tx *kv.Tx, at service.Home, apiID string, list []api.DocumentationPart, mode string) ([]string, error) {
	have, err := documentationParts().All(tx, at, apiID)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, p := range list {
		if old := partAt(have, p.Location); old != nil {
			p.Id = old.Id
			if mode == api.PutModeMerge {
				p.Properties = new(merged(*old.Properties, *p.Properties))
			}
			*old = p
		} else if have = append(have, p); len(have) > maxDocumentationParts {
			return nil, limitExceeded("Maximum number of Documentation parts for this API has been reached")
		}
		if err := documentationParts().Put(tx, p, at, apiID, *p.Id); err != nil {
			return nil, err
		}
		ids = append(ids, *p.Id)
	}
	return ids, nil
}

// merged are the members of two JSON objects; those of the second count.
func merged(first, second string) string {
	var a, b map[string]json.RawMessage
	if json.Unmarshal([]byte(first), &a) != nil || json.Unmarshal([]byte(second), &b) != nil || a == nil {
		return second
	}
	maps.Copy(a, b)
	text, _ := json.Marshal(a) // what was read can be written
	return string(text)
}

package docs

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/apigateway"
)

func TestReadTakesJSONAndYAML(t *testing.T) {
	t.Parallel()
	want := []api.DocumentationPart{{
		Location:   &api.DocumentationPartLocation{Type: "RESPONSE", Path: new("/"), Method: new("*"), StatusCode: new("200")},
		Properties: new(`{"1":"one","description":"d"}`),
	}}
	for name, body := range map[string]string{
		"JSON": `{"x-amazon-apigateway-documentation":{"documentationParts":[{"location":{"type":"RESPONSE","statusCode":"200"},"properties":{"description":"d","1":"one"}}]}}`,
		"YAML": "x-amazon-apigateway-documentation:\n  documentationParts:\n  - location: {type: RESPONSE, statusCode: 200}\n    properties: {description: d, 1: one}\n",
	} {
		got, warnings, err := Read([]byte(body))
		if diff := cmp.Diff(want, got); diff != "" || len(warnings) > 0 || err != nil {
			t.Errorf("%s: %v, %v\n%s", name, warnings, err, diff)
		}
	}
	if _, _, err := Read([]byte("{")); err == nil || !strings.Contains(err.Error(), "Failed to parse the uploaded OpenAPI document due to: ") {
		t.Error(err)
	}
}

// A document of very many names takes no longer for each of them than a short one.
func TestReadOfManyNamesEnds(t *testing.T) {
	t.Parallel()
	if _, _, err := Read([]byte("{" + strings.Repeat("'k':1,", 500_000) + "}")); err != nil {
		t.Error(err)
	}
}

// What is read are documentation parts as they are taken one by one, and merging
// one with itself changes nothing.
func FuzzRead(f *testing.F) {
	f.Add([]byte("x-amazon-apigateway-documentation:\n  documentationParts:\n  - location: {type: METHOD, path: /a, method: GET}\n    properties: {description: d}\n"))
	f.Add([]byte(`{"x-amazon-apigateway-documentation":{"documentationParts":[{"location":{"type":"API","name":"x"}},{"properties":{}}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, _, err := Read(body)
		if err != nil {
			return
		}
		for _, p := range list {
			if err := CheckLocation(p.Location); err != nil {
				t.Errorf("%s is refused: %v", Text(p.Location), err)
			}
			if !json.Valid([]byte(*p.Properties)) {
				t.Errorf("properties %s", *p.Properties)
			}
			if merged := Merge(*p.Properties, *p.Properties); merged != *p.Properties && CheckProperties(*p.Properties) == nil {
				t.Errorf("%s and the same are %s", *p.Properties, merged)
			}
		}
	})
}

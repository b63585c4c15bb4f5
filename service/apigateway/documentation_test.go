package apigateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// say says something of an API.
func (w *world) say(api *string, l types.DocumentationPartLocation, text string) (*sdk.CreateDocumentationPartOutput, error) {
	w.t.Helper()
	return w.CreateDocumentationPart(w.t.Context(), &sdk.CreateDocumentationPartInput{RestApiId: api, Location: &l, Properties: &text})
}

func TestADocumentationPartIsSaidOnceOfAPlace(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	made := must(w.say(api, types.DocumentationPartLocation{Type: "RESPONSE_HEADER", Name: aws.String("x")}, `{"description":"d"}`))(t)
	if l := made.Location; *l.Path != "/" || *l.Method != "*" || *l.StatusCode != "*" || *l.Name != "x" || len(*made.Id) != 6 {
		t.Errorf("made %+v at %+v", made, l)
	}
	tests := map[string]struct {
		l                   types.DocumentationPartLocation
		text, code, message string
	}{
		"twice":      {types.DocumentationPartLocation{Type: "RESPONSE_HEADER", Name: aws.String("x"), Path: aws.String("/")}, `{}`, "ConflictException", "Documentation part already exists for the specified location: type 'RESPONSE_HEADER', path '/', method '*', statusCode '*', name 'x'."},
		"no name":    {types.DocumentationPartLocation{Type: "MODEL"}, `{}`, "BadRequestException", "Documentation part location of type 'MODEL' must have a name"},
		"with path":  {types.DocumentationPartLocation{Type: "API", Path: aws.String("/")}, `{}`, "BadRequestException", "Documentation part location of type 'API' must not have a path"},
		"properties": {types.DocumentationPartLocation{Type: "API"}, `text`, "BadRequestException", "Documentation part properties must be a valid JSON object"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.say(api, tt.l, tt.text)
			refused(t, err, tt.code, tt.message)
		})
	}
}

func TestDocumentationPartsAreFoundByWhatTheyAreOf(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	must(w.say(api, types.DocumentationPartLocation{Type: "API"}, `{"description":"d"}`))(t)
	must(w.say(api, types.DocumentationPartLocation{Type: "RESOURCE", Path: aws.String("/pets")}, `{}`))(t)
	id := must(w.say(api, types.DocumentationPartLocation{Type: "QUERY_PARAMETER", Path: aws.String("/pets"), Method: aws.String("GET"), Name: aws.String("page")}, `{"description":"d"}`))(t).Id
	tests := map[string]struct {
		in   sdk.GetDocumentationPartsInput
		want int
	}{
		"all":    {sdk.GetDocumentationPartsInput{}, 3},
		"type":   {sdk.GetDocumentationPartsInput{Type: "API"}, 1},
		"path":   {sdk.GetDocumentationPartsInput{Path: aws.String("/pets")}, 2},
		"name":   {sdk.GetDocumentationPartsInput{NameQuery: aws.String("ag")}, 1},
		"silent": {sdk.GetDocumentationPartsInput{LocationStatus: "UNDOCUMENTED"}, 1},
		"told":   {sdk.GetDocumentationPartsInput{LocationStatus: "DOCUMENTED"}, 2},
	}
	for name, tt := range tests {
		tt.in.RestApiId = api
		if list := must(w.GetDocumentationParts(t.Context(), &tt.in))(t).Items; len(list) != tt.want {
			t.Errorf("%s: %d parts, want %d", name, len(list), tt.want)
		}
	}
	update := func(text string) (*sdk.UpdateDocumentationPartOutput, error) {
		return w.UpdateDocumentationPart(t.Context(), &sdk.UpdateDocumentationPartInput{RestApiId: api, DocumentationPartId: id, PatchOperations: []types.PatchOperation{op("replace", "/properties", text)}})
	}
	if got := must(update(`{"a":1}`))(t); *got.Properties != `{"a":1}` {
		t.Errorf("patched %+v", got)
	}
	_, err := update("[]")
	refused(t, err, "BadRequestException", "Documentation part properties must be a valid JSON object")
	must(w.DeleteDocumentationPart(t.Context(), &sdk.DeleteDocumentationPartInput{RestApiId: api, DocumentationPartId: id}))(t)
	_, err = w.GetDocumentationPart(t.Context(), &sdk.GetDocumentationPartInput{RestApiId: api, DocumentationPartId: id})
	refused(t, err, "NotFoundException", "Invalid Documentation part identifier specified")
}

func TestImportDocumentationPartsMergesOrOverwrites(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	old := must(w.say(api, types.DocumentationPartLocation{Type: "API"}, `{"a":1,"b":2}`))(t).Id
	document := `{"openapi":"3.0.1","x-amazon-apigateway-documentation":{"documentationParts":[
		{"location":{"type":"API"},"properties":{"b":3}},
		{"location":{"type":"METHOD","path":"/x","method":"GET"},"properties":{"summary":"s"}},
		{"location":{"type":"MODEL"},"properties":{}}]}}`
	in := &sdk.ImportDocumentationPartsInput{RestApiId: api, Body: []byte(document)}
	said := func() string {
		return *must(w.GetDocumentationPart(t.Context(), &sdk.GetDocumentationPartInput{RestApiId: api, DocumentationPartId: old}))(t).Properties
	}
	in.FailOnWarnings = true
	_, err := w.ImportDocumentationParts(t.Context(), in)
	refused(t, err, "BadRequestException", "Warnings found during import: Unable to import documentation part 3: Documentation part location of type 'MODEL' must have a name")
	in.FailOnWarnings = false
	out := must(w.ImportDocumentationParts(t.Context(), in))(t)
	if len(out.Ids) != 2 || out.Ids[0] != *old || len(out.Warnings) != 1 || said() != `{"a":1,"b":3}` {
		t.Errorf("merged %v, %q, %s", out.Ids, out.Warnings, said())
	}
	in.Mode = types.PutModeOverwrite
	must(w.ImportDocumentationParts(t.Context(), in))(t)
	if said() != `{"b":3}` {
		t.Errorf("overwritten: %s", said())
	}
	if list := must(w.GetDocumentationParts(t.Context(), &sdk.GetDocumentationPartsInput{RestApiId: api}))(t).Items; len(list) != 2 {
		t.Errorf("%d parts", len(list))
	}
}

func TestADocumentationVersionStaysWhileAStageHasIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.deployed()
	in := &sdk.CreateDocumentationVersionInput{RestApiId: api, DocumentationVersion: aws.String("v1"), StageName: aws.String("prod")}
	made := must(w.CreateDocumentationVersion(t.Context(), in))(t)
	if *made.Version != "v1" || made.CreatedDate == nil {
		t.Errorf("made %+v", made)
	}
	if st := must(w.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: api, StageName: aws.String("prod")}))(t); aws.ToString(st.DocumentationVersion) != "v1" {
		t.Errorf("stage %+v", st)
	}
	_, err := w.CreateDocumentationVersion(t.Context(), in)
	refused(t, err, "ConflictException", "Documentation version already exists: v1")
	got := must(w.UpdateDocumentationVersion(t.Context(), &sdk.UpdateDocumentationVersionInput{RestApiId: api, DocumentationVersion: aws.String("v1"), PatchOperations: []types.PatchOperation{op("replace", "/description", "d")}}))(t)
	if *got.Description != "d" {
		t.Errorf("patched %+v", got)
	}
	if list := must(w.GetDocumentationVersions(t.Context(), &sdk.GetDocumentationVersionsInput{RestApiId: api}))(t).Items; len(list) != 1 || *list[0].Description != "d" {
		t.Errorf("list %+v", list)
	}
	remove := &sdk.DeleteDocumentationVersionInput{RestApiId: api, DocumentationVersion: aws.String("v1")}
	_, err = w.DeleteDocumentationVersion(t.Context(), remove)
	refused(t, err, "ConflictException", "Documentation version v1 is in use by stage prod")
	must(w.DeleteStage(t.Context(), &sdk.DeleteStageInput{RestApiId: api, StageName: aws.String("prod")}))(t)
	must(w.DeleteDocumentationVersion(t.Context(), remove))(t)
	_, err = w.GetDocumentationVersion(t.Context(), &sdk.GetDocumentationVersionInput{RestApiId: api, DocumentationVersion: aws.String("v1")})
	refused(t, err, "NotFoundException", "Invalid Documentation version specified")
}

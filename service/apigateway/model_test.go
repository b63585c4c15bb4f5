package apigateway_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
)

// newModel makes a model of JSON documents.
func (w *world) newModel(api *string, name, schema string) (*sdk.CreateModelOutput, error) {
	w.t.Helper()
	return w.CreateModel(w.t.Context(), &sdk.CreateModelInput{RestApiId: api, Name: &name, Schema: &schema, ContentType: aws.String("application/json")})
}

// modelAt is how a schema refers to a model of an API.
func modelAt(api *string, name string) string {
	return "https://apigateway.amazonaws.com/restapis/" + *api + "/models/" + name
}

func TestCreateModelRefusesWhatIsNoSchemaOfDraft4(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	must(w.newModel(api, "Taken", `{}`))(t)
	invalid := "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified"
	tests := map[string]struct{ name, schema, code, message string }{
		"name":      {"my_model", `{}`, "BadRequestException", "Model name must be alphanumeric: my_model"},
		"taken":     {"Taken", `{}`, "ConflictException", "Model name already exists for this REST API"},
		"no JSON":   {"M", `{`, "BadRequestException", invalid + "]"},
		"no schema": {"M", `[]`, "BadRequestException", invalid + "]"},
		"keywords":  {"M", `{"properties":{"nullable":{"nullable":true},"x":{"items":{"discriminator":"y"}}}}`, "BadRequestException", invalid + `. Unsupported keyword(s): ["discriminator", "nullable"]]`},
		"reference": {"M", `{"$ref":"other.json"}`, "BadRequestException", invalid + ". Model reference must be in canonical form]"},
		"file":      {"M", `{"$ref":"file:///etc/passwd"}`, "BadRequestException", invalid + ". Model reference must be in canonical form]"},
		"network":   {"M", `{"allOf":[{"$ref":"http://localhost/x"}]}`, "BadRequestException", invalid + ". Model reference must be in canonical form]"},
		"nobody":    {"M", `{"$ref":"` + modelAt(api, "Nobody") + `"}`, "BadRequestException", invalid + ". Unable to resolve model reference: model Nobody does not exist]"},
		"type":      {"M", `{"type":"strange"}`, "BadRequestException", invalid + ". at '/type': got string, want array]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.newModel(api, tt.name, tt.schema)
			refused(t, err, tt.code, tt.message)
		})
	}
}

func TestModelsReferToEachOtherAndToThemselves(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, root := w.newAPI()
	must(w.newModel(api, "Leaf", `{"type":"object","properties":{"deep":{"$ref":"#/definitions/n"}},"definitions":{"n":{"type":"integer"}}}`))(t)
	must(w.newModel(api, "Tree", `{"type":"object","properties":{"leaf":{"$ref":"`+modelAt(api, "Leaf")+`"},"trees":{"type":"array","items":{"$ref":"`+modelAt(api, "Tree")+`"}}}}`))(t)
	flat := must(w.GetModel(t.Context(), &sdk.GetModelInput{RestApiId: api, ModelName: aws.String("Tree"), Flatten: true}))(t)
	var got, want any
	_ = json.Unmarshal([]byte(*flat.Schema), &got)
	_ = json.Unmarshal([]byte(`{"type":"object","properties":{"leaf":{"$ref":"#/definitions/Leaf"},"trees":{"type":"array","items":{"$ref":"#"}}},
		"definitions":{"Leaf":{"type":"object","properties":{"deep":{"$ref":"#/definitions/Leaf/definitions/n"}},"definitions":{"n":{"type":"integer"}}}}}`), &want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err := w.DeleteModel(t.Context(), &sdk.DeleteModelInput{RestApiId: api, ModelName: aws.String("Leaf")})
	refused(t, err, "ConflictException", "Cannot delete model 'Leaf', is referenced in model: Tree")
	must(w.PutMethod(t.Context(), &sdk.PutMethodInput{RestApiId: api, ResourceId: root, HttpMethod: aws.String("POST"), AuthorizationType: aws.String("NONE"), RequestModels: map[string]string{"application/json": "Tree"}}))(t)
	_, err = w.DeleteModel(t.Context(), &sdk.DeleteModelInput{RestApiId: api, ModelName: aws.String("Tree")})
	refused(t, err, "ConflictException", "Cannot delete model 'Tree', is referenced in method request: /POST")
	must(w.PutMethodResponse(t.Context(), &sdk.PutMethodResponseInput{RestApiId: api, ResourceId: root, HttpMethod: aws.String("POST"), StatusCode: aws.String("200"), ResponseModels: map[string]string{"application/json": "Empty"}}))(t)
	_, err = w.DeleteModel(t.Context(), &sdk.DeleteModelInput{RestApiId: api, ModelName: aws.String("Empty")})
	refused(t, err, "ConflictException", "Cannot delete model 'Empty', is referenced in method response: /POST")
	must(w.DeleteMethod(t.Context(), &sdk.DeleteMethodInput{RestApiId: api, ResourceId: root, HttpMethod: aws.String("POST")}))(t)
	for _, name := range []string{"Tree", "Leaf", "Empty", "Error"} {
		must(w.DeleteModel(t.Context(), &sdk.DeleteModelInput{RestApiId: api, ModelName: &name}))(t)
	}
	_, err = w.GetModel(t.Context(), &sdk.GetModelInput{RestApiId: api, ModelName: aws.String("Tree")})
	refused(t, err, "NotFoundException", "Invalid model name specified: Tree")
}

func TestUpdateModelChecksTheNewSchema(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	must(w.newModel(api, "M", `{}`))(t)
	update := func(ops ...types.PatchOperation) (*sdk.UpdateModelOutput, error) {
		return w.UpdateModel(t.Context(), &sdk.UpdateModelInput{RestApiId: api, ModelName: aws.String("M"), PatchOperations: ops})
	}
	got := must(update(op("replace", "/schema", `{"type":"string"}`), op("replace", "/description", "d")))(t)
	if *got.Schema != `{"type":"string"}` || *got.Description != "d" {
		t.Errorf("model %+v", got)
	}
	_, err := update(op("replace", "/schema", `nonsense`))
	refused(t, err, "BadRequestException", "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]")
	list := must(w.GetModels(t.Context(), &sdk.GetModelsInput{RestApiId: api}))(t).Items
	if len(list) != 3 || *list[2].Schema != `{"type":"string"}` {
		t.Errorf("models %+v", list)
	}
}

func TestGetModelTemplateWritesADocumentOfTheModel(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	must(w.newModel(api, "Pet", `{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},"price":{"type":"number"},"sold":{"type":"boolean"},"tags":{"type":"array","items":{"type":"string"}}}}`))(t)
	must(w.newModel(api, "Pets", `{"type":"array","items":{"$ref":"`+modelAt(api, "Pet")+`"}}`))(t)
	must(w.newModel(api, "Loop", `{"type":"object","properties":{"next":{"$ref":"#"}}}`))(t)
	tests := map[string]string{
		"Empty": "#set($inputRoot = $input.path('$'))\n{ }",
		"Error": "#set($inputRoot = $input.path('$'))\n{\n  \"message\" : \"foo\"\n}",
		"Pets": "#set($inputRoot = $input.path('$'))\n[\n##TODO: Update this foreach loop to reference array from input json\n#foreach($elem in $inputRoot)\n" +
			"  {\n    \"id\" : 42,\n    \"name\" : \"foo\",\n    \"price\" : 3.14,\n    \"sold\" : true,\n    \"tags\" : [\n" +
			"    ##TODO: Update this foreach loop to reference array from input json\n    #foreach($elem in $elem.tags)\n      \"foo\"#if($foreach.hasNext),#end\n    #end\n    ]\n" +
			"  }#if($foreach.hasNext),#end\n#end\n]",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := must(w.GetModelTemplate(t.Context(), &sdk.GetModelTemplateInput{RestApiId: api, ModelName: &name}))(t)
			if diff := cmp.Diff(want, *got.Value); diff != "" {
				t.Error(diff)
			}
		})
	}
	// A schema that contains itself ends.
	must(w.GetModelTemplate(t.Context(), &sdk.GetModelTemplateInput{RestApiId: api, ModelName: aws.String("Loop")}))(t)
}

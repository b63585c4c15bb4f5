package apigateway_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
)

// newKey makes an API key that is let in, and returns its id.
func (w *world) newKey(name, value string) *string {
	w.t.Helper()
	return must(w.CreateApiKey(w.t.Context(), &sdk.CreateApiKeyInput{Name: &name, Value: &value, Enabled: true}))(w.t).Id
}

// valueOf is a value of an API key that no other begins with.
func valueOf(name string) string { return name + strings.Repeat("-", 20) }

func TestAnAPIKeyHasAValueThatIsShownOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := must(w.CreateApiKey(t.Context(), &sdk.CreateApiKeyInput{Name: aws.String("k"), Description: aws.String("d"), CustomerId: aws.String("c"), Tags: map[string]string{"a": "b"}}))(t)
	if len(*made.Value) != 40 || len(*made.Id) != 10 || made.Enabled || made.CreatedDate == nil || made.StageKeys == nil {
		t.Errorf("made %+v", made)
	}
	got := must(w.GetApiKey(t.Context(), &sdk.GetApiKeyInput{ApiKey: made.Id}))(t)
	if got.Value != nil || *got.Name != "k" || *got.CustomerId != "c" || got.Tags["a"] != "b" {
		t.Errorf("got %+v", got)
	}
	got = must(w.GetApiKey(t.Context(), &sdk.GetApiKeyInput{ApiKey: made.Id, IncludeValue: aws.Bool(true)}))(t)
	if aws.ToString(got.Value) != *made.Value {
		t.Errorf("value %v", got.Value)
	}
	list := must(w.GetApiKeys(t.Context(), &sdk.GetApiKeysInput{IncludeValues: aws.Bool(true)}))(t).Items
	if len(list) != 1 || aws.ToString(list[0].Value) != *made.Value {
		t.Errorf("list %+v", list)
	}
	must(w.DeleteApiKey(t.Context(), &sdk.DeleteApiKeyInput{ApiKey: made.Id}))(t)
	_, err := w.GetApiKey(t.Context(), &sdk.GetApiKeyInput{ApiKey: made.Id})
	refused(t, err, "NotFoundException", "Invalid API Key identifier specified")
	// The value is free again.
	w.newKey("again", *made.Value)
}

func TestCreateApiKeyRefusesWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.newKey("k", valueOf("taken"))
	tests := map[string]struct {
		in            sdk.CreateApiKeyInput
		code, message string
	}{
		"short": {sdk.CreateApiKeyInput{Value: aws.String("short")}, "BadRequestException", "API Key value should be at least 20 characters"},
		"long":  {sdk.CreateApiKeyInput{Value: aws.String(strings.Repeat("x", 129))}, "BadRequestException", "API Key value should be at most 128 characters"},
		"taken": {sdk.CreateApiKeyInput{Value: aws.String(valueOf("taken"))}, "ConflictException", "API Key already exists"},
		"stage": {sdk.CreateApiKeyInput{StageKeys: []types.StageKey{{RestApiId: aws.String("a"), StageName: aws.String("b")}}}, "NotFoundException", "Invalid stage identifier specified"},
		"tags":  {sdk.CreateApiKeyInput{Tags: map[string]string{"aws:x": "y"}}, "BadRequestException", "Invalid tag key: aws: prefixed tag key names are not allowed for external use."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.CreateApiKey(t.Context(), &tt.in)
			refused(t, err, tt.code, tt.message)
		})
	}
}

func TestAPIKeysAreListedByNameAndCustomerInPages(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, name := range []string{"a1", "a2", "a3", "b1"} {
		must(w.CreateApiKey(t.Context(), &sdk.CreateApiKeyInput{Name: aws.String(name), CustomerId: aws.String(name[1:])}))(t)
	}
	var names []string
	for page := (*string)(nil); ; {
		out := must(w.GetApiKeys(t.Context(), &sdk.GetApiKeysInput{NameQuery: aws.String("a"), Limit: aws.Int32(2), Position: page}))(t)
		for _, k := range out.Items {
			names = append(names, *k.Name)
		}
		if page = out.Position; page == nil {
			break
		}
	}
	if len(names) != 3 {
		t.Errorf("by name: %v", names)
	}
	if list := must(w.GetApiKeys(t.Context(), &sdk.GetApiKeysInput{CustomerId: aws.String("1")}))(t).Items; len(list) != 2 {
		t.Errorf("of a customer: %+v", list)
	}
	_, err := w.GetApiKeys(t.Context(), &sdk.GetApiKeysInput{Position: aws.String("nowhere")})
	refused(t, err, "BadRequestException", "Invalid position parameter specified")
}

func TestUpdateApiKeyPatchesWhatItMay(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.deployed()
	id := w.newKey("k", valueOf("k"))
	stage := *api + "/prod"
	out := must(w.UpdateApiKey(t.Context(), &sdk.UpdateApiKeyInput{ApiKey: id, PatchOperations: []types.PatchOperation{
		op("replace", "/name", "n"), op("replace", "/description", "d"), op("replace", "/customerId", "c"), op("replace", "/enabled", "false"),
		op("add", "/stages", stage),
	}}))(t)
	if *out.Name != "n" || *out.Description != "d" || *out.CustomerId != "c" || out.Enabled || !cmp.Equal(out.StageKeys, []string{stage}) {
		t.Errorf("out %+v", out)
	}
	out = must(w.UpdateApiKey(t.Context(), &sdk.UpdateApiKeyInput{ApiKey: id, PatchOperations: []types.PatchOperation{op("remove", "/stages", stage)}}))(t)
	if len(out.StageKeys) != 0 {
		t.Errorf("stages %v", out.StageKeys)
	}
	_, err := w.UpdateApiKey(t.Context(), &sdk.UpdateApiKeyInput{ApiKey: id, PatchOperations: []types.PatchOperation{op("replace", "/value", "x")}})
	refused(t, err, "BadRequestException", "Invalid patch path  '/value' specified for op 'replace'. Must be one of: [/name, /description, /customerId, /enabled]")
}

func TestImportApiKeysMakesThemAndSaysWhatItCannot(t *testing.T) {
	t.Parallel()
	w := start(t)
	plan := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("p")}))(t)
	file := "Description,NAME,key,enabled,UsagePlanIds\n" +
		"d,one," + valueOf("one") + ",TRUE,\"" + *plan.Id + "\"\n" +
		",two,short,,\n" +
		",three," + valueOf("three") + ",,nowhere\n" +
		",four," + valueOf("four") + ",perhaps,\n"
	_, err := w.ImportApiKeys(t.Context(), &sdk.ImportApiKeysInput{Body: []byte(file), Format: types.ApiKeysFormatCsv, FailOnWarnings: true})
	refused(t, err, "BadRequestException", "Failed to import API Keys: Line 5: Invalid value for Enabled: perhaps; "+
		"Line 3: API Key value should be at least 20 characters; Line 4: Invalid Usage Plan ID specified")
	if list := must(w.GetApiKeys(t.Context(), &sdk.GetApiKeysInput{}))(t).Items; len(list) != 0 {
		t.Errorf("after a failure there are %+v", list)
	}
	out := must(w.ImportApiKeys(t.Context(), &sdk.ImportApiKeysInput{Body: []byte(file), Format: types.ApiKeysFormatCsv}))(t)
	if len(out.Ids) != 2 || len(out.Warnings) != 3 {
		t.Fatalf("made %v, warnings %q", out.Ids, out.Warnings)
	}
	k := must(w.GetApiKey(t.Context(), &sdk.GetApiKeyInput{ApiKey: &out.Ids[0], IncludeValue: aws.Bool(true)}))(t)
	if *k.Name != "one" || *k.Value != valueOf("one") || !k.Enabled || *k.Description != "d" {
		t.Errorf("key %+v", k)
	}
	in := must(w.GetUsagePlanKeys(t.Context(), &sdk.GetUsagePlanKeysInput{UsagePlanId: plan.Id}))(t).Items
	if len(in) != 1 || *in[0].Id != out.Ids[0] {
		t.Errorf("in the plan: %+v", in)
	}
	_, err = w.ImportApiKeys(t.Context(), &sdk.ImportApiKeysInput{Body: []byte("name,value\n"), Format: types.ApiKeysFormatCsv})
	refused(t, err, "BadRequestException", "API Key file header must have a column named key")
}

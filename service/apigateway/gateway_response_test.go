package apigateway_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

const cors = "gatewayresponse.header.Access-Control-Allow-Origin"

func TestGatewayResponsesFallBackOnTheDefaultOfTheirClass(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	all := must(w.GetGatewayResponses(t.Context(), &sdk.GetGatewayResponsesInput{RestApiId: api}))(t).Items
	if len(all) != len(types.GatewayResponseType("").Values()) {
		t.Errorf("%d types", len(all))
	}
	for _, r := range all {
		if !r.DefaultResponse || r.ResponseTemplates["application/json"] != `{"message":$context.error.messageString}` {
			t.Errorf("by itself %+v", r)
		}
	}
	get := func(kind types.GatewayResponseType) *sdk.GetGatewayResponseOutput {
		t.Helper()
		return must(w.GetGatewayResponse(t.Context(), &sdk.GetGatewayResponseInput{RestApiId: api, ResponseType: kind}))(t)
	}
	made := must(w.PutGatewayResponse(t.Context(), &sdk.PutGatewayResponseInput{RestApiId: api, ResponseType: "DEFAULT_4XX", ResponseParameters: map[string]string{cors: "'*'"}}))(t)
	if made.DefaultResponse || made.StatusCode != nil || made.ResponseTemplates["application/json"] == "" {
		t.Errorf("made %+v", made)
	}
	if r := get("UNAUTHORIZED"); !r.DefaultResponse || *r.StatusCode != "401" || r.ResponseParameters[cors] != "'*'" {
		t.Errorf("of the class %+v", r)
	}
	if r := get("INTEGRATION_FAILURE"); *r.StatusCode != "504" || len(r.ResponseParameters) != 0 {
		t.Errorf("of the other class %+v", r)
	}
	if r := get("DEFAULT_5XX"); !r.DefaultResponse || len(r.ResponseParameters) != 0 {
		t.Errorf("the other default %+v", r)
	}
	got := must(w.UpdateGatewayResponse(t.Context(), &sdk.UpdateGatewayResponseInput{RestApiId: api, ResponseType: "THROTTLED", PatchOperations: []types.PatchOperation{
		op("replace", "/statusCode", "503"), op("add", "/responseParameters/gatewayresponse.header.x", "context.requestId"), op("remove", "/responseParameters/"+cors, ""),
		op("replace", "/responseTemplates/application~1json", "{}"), op("add", "/responseTemplates/text~1plain", "no"),
	}}))(t)
	if got.DefaultResponse || *got.StatusCode != "503" || len(got.ResponseParameters) != 1 || got.ResponseTemplates["application/json"] != "{}" || got.ResponseTemplates["text/plain"] != "no" {
		t.Errorf("patched %+v", got)
	}
	must(w.DeleteGatewayResponse(t.Context(), &sdk.DeleteGatewayResponseInput{RestApiId: api, ResponseType: "THROTTLED"}))(t)
	if r := get("THROTTLED"); !r.DefaultResponse || *r.StatusCode != "429" {
		t.Errorf("after the deletion %+v", r)
	}
	_, err := w.DeleteGatewayResponse(t.Context(), &sdk.DeleteGatewayResponseInput{RestApiId: api, ResponseType: "THROTTLED"})
	refused(t, err, "NotFoundException", "Gateway response type not defined on api")
}

func TestUpdateGatewayResponseRefusesAStatusThatIsNone(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	_, err := w.UpdateGatewayResponse(t.Context(), &sdk.UpdateGatewayResponseInput{RestApiId: api, ResponseType: "THROTTLED", PatchOperations: []types.PatchOperation{op("replace", "/statusCode", "600")}})
	refused(t, err, "BadRequestException", "Invalid status code specified: 600")
}

func TestPutGatewayResponseRefusesWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.newAPI()
	invalid := "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression "
	tests := map[string]struct {
		in      sdk.PutGatewayResponseInput
		message string
	}{
		"place": {sdk.PutGatewayResponseInput{ResponseParameters: map[string]string{"method.response.header.x": "'x'"}}, invalid + "parameter specified: method.response.header.x]"},
		"value": {sdk.PutGatewayResponseInput{ResponseParameters: map[string]string{"gatewayresponse.header.x": "x"}}, invalid + "specified: x]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.in.RestApiId, tt.in.ResponseType = api, "THROTTLED"
			_, err := w.PutGatewayResponse(t.Context(), &tt.in)
			refused(t, err, "BadRequestException", tt.message)
		})
	}
}

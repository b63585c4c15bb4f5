package apigateway

import (
	"context"
	"testing"

	api "maru.dev/maru/api/apigateway"
	secondapi "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service/apigatewayv2"
)

const crashFunction = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"

// newStagedAPI makes an API with a stage called prod, and returns its id.
func newStagedAPI(ctx context.Context, s *Service, h *kvtest.Steps) string {
	a, err := s.CreateRestApi(ctx, &api.CreateRestApiInput{Name: "a"})
	h.Did(a, err)
	h.Did(s.PutMethod(ctx, &api.PutMethodInput{RestApiId: *a.Id, ResourceId: *a.RootResourceId, HttpMethod: "GET", AuthorizationType: "NONE"}))
	h.Did(s.PutIntegration(ctx, &api.PutIntegrationInput{RestApiId: *a.Id, ResourceId: *a.RootResourceId, HttpMethod: "GET", Type: "MOCK"}))
	h.Did(s.CreateDeployment(ctx, &api.CreateDeploymentInput{RestApiId: *a.Id, StageName: new("prod")}))
	return *a.Id
}

func TestPartsOfAnAPISurviveCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		made, err := s.CreateRestApi(ctx, &api.CreateRestApiInput{Name: "a"})
		h.Did(made, err)
		id := *made.Id
		a, err := s.CreateAuthorizer(ctx, &api.CreateAuthorizerInput{RestApiId: id, Name: "z", Type: "TOKEN", AuthorizerUri: new(crashFunction), IdentitySource: new("method.request.header.a")})
		h.Did(a, err)
		h.Did(s.UpdateAuthorizer(ctx, &api.UpdateAuthorizerInput{RestApiId: id, AuthorizerId: *a.Id, PatchOperations: replace("/name", "y")}))
		h.Did(s.DeleteAuthorizer(ctx, &api.DeleteAuthorizerInput{RestApiId: id, AuthorizerId: *a.Id}))
		m, err := s.CreateModel(ctx, &api.CreateModelInput{RestApiId: id, Name: "M", Schema: new("{}"), ContentType: "application/json"})
		h.Did(m, err)
		h.Did(s.UpdateModel(ctx, &api.UpdateModelInput{RestApiId: id, ModelName: "M", PatchOperations: replace("/schema", `{"type":"string"}`)}))
		h.Did(s.DeleteModel(ctx, &api.DeleteModelInput{RestApiId: id, ModelName: "M"}))
		v, err := s.CreateRequestValidator(ctx, &api.CreateRequestValidatorInput{RestApiId: id, Name: new("v")})
		h.Did(v, err)
		h.Did(s.UpdateRequestValidator(ctx, &api.UpdateRequestValidatorInput{RestApiId: id, RequestValidatorId: *v.Id, PatchOperations: replace("/validateRequestBody", "true")}))
		h.Did(s.DeleteRequestValidator(ctx, &api.DeleteRequestValidatorInput{RestApiId: id, RequestValidatorId: *v.Id}))
		h.Did(s.PutGatewayResponse(ctx, &api.PutGatewayResponseInput{RestApiId: id, ResponseType: "THROTTLED", StatusCode: new("503")}))
		h.Did(s.UpdateGatewayResponse(ctx, &api.UpdateGatewayResponseInput{RestApiId: id, ResponseType: "THROTTLED", PatchOperations: replace("/statusCode", "500")}))
		h.Did(s.DeleteGatewayResponse(ctx, &api.DeleteGatewayResponseInput{RestApiId: id, ResponseType: "THROTTLED"}))
	})
}

func TestDocumentationSurvivesCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		made, err := s.CreateRestApi(ctx, &api.CreateRestApiInput{Name: "a"})
		h.Did(made, err)
		id := *made.Id
		p, err := s.CreateDocumentationPart(ctx, &api.CreateDocumentationPartInput{RestApiId: id, Location: &api.DocumentationPartLocation{Type: "API"}, Properties: "{}"})
		h.Did(p, err)
		h.Did(s.UpdateDocumentationPart(ctx, &api.UpdateDocumentationPartInput{RestApiId: id, DocumentationPartId: *p.Id, PatchOperations: replace("/properties", `{"a":1}`)}))
		h.Did(s.ImportDocumentationParts(ctx, &api.ImportDocumentationPartsInput{RestApiId: id, Body: []byte(`{"x-amazon-apigateway-documentation":{"documentationParts":[
			{"location":{"type":"API"},"properties":{"b":2}},{"location":{"type":"METHOD"},"properties":{"c":3}}]}}`)}))
		h.Did(s.CreateDocumentationVersion(ctx, &api.CreateDocumentationVersionInput{RestApiId: id, DocumentationVersion: "v"}))
		h.Did(s.UpdateDocumentationVersion(ctx, &api.UpdateDocumentationVersionInput{RestApiId: id, DocumentationVersion: "v", PatchOperations: replace("/description", "d")}))
		h.Did(s.DeleteDocumentationPart(ctx, &api.DeleteDocumentationPartInput{RestApiId: id, DocumentationPartId: *p.Id}))
		h.Did(s.DeleteDocumentationVersion(ctx, &api.DeleteDocumentationVersionInput{RestApiId: id, DocumentationVersion: "v"}))
	})
}

func TestKeysAndUsagePlansSurviveCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		id := newStagedAPI(ctx, s, h)
		k, err := s.CreateApiKey(ctx, &api.CreateApiKeyInput{Name: new("k"), StageKeys: []api.StageKey{{RestApiId: &id, StageName: new("prod")}}})
		h.Did(k, err)
		h.Did(s.UpdateApiKey(ctx, &api.UpdateApiKeyInput{ApiKey: *k.Id, PatchOperations: replace("/enabled", "true")}))
		p, err := s.CreateUsagePlan(ctx, &api.CreateUsagePlanInput{
			Name: "p", ApiStages: []api.ApiStage{{ApiId: &id, Stage: new("prod")}}, Quota: &api.QuotaSettings{Limit: new(int32(5)), Period: new("DAY")},
		})
		h.Did(p, err)
		h.Did(s.CreateUsagePlanKey(ctx, &api.CreateUsagePlanKeyInput{UsagePlanId: *p.Id, KeyId: *k.Id, KeyType: "API_KEY"}))
		h.Did(s.UpdateUsage(ctx, &api.UpdateUsageInput{UsagePlanId: *p.Id, KeyId: *k.Id, PatchOperations: replace("/remaining", "9")}))
		h.Did(s.ImportApiKeys(ctx, &api.ImportApiKeysInput{Format: "csv", Body: []byte("name,key,usageplanids\nx,01234567890123456789," + *p.Id + "\ny,x1234567890123456789,\n")}))
		h.Did(s.DeleteUsagePlanKey(ctx, &api.DeleteUsagePlanKeyInput{UsagePlanId: *p.Id, KeyId: *k.Id}))
		h.Did(s.DeleteApiKey(ctx, &api.DeleteApiKeyInput{ApiKey: *k.Id}))
		h.Did(s.UpdateUsagePlan(ctx, &api.UpdateUsagePlanInput{UsagePlanId: *p.Id, PatchOperations: []api.PatchOperation{{Op: new(api.OpRemove), Path: new("/apiStages"), Value: new(id + ":prod")}}}))
		h.Did(s.DeleteUsagePlan(ctx, &api.DeleteUsagePlanInput{UsagePlanId: *p.Id}))
	})
}

func TestCertificatesAndLinksSurviveCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		c, err := s.GenerateClientCertificate(ctx, &api.GenerateClientCertificateInput{})
		h.Did(c, err)
		h.Did(s.UpdateClientCertificate(ctx, &api.UpdateClientCertificateInput{ClientCertificateId: *c.ClientCertificateId, PatchOperations: replace("/description", "d")}))
		h.Did(s.DeleteClientCertificate(ctx, &api.DeleteClientCertificateInput{ClientCertificateId: *c.ClientCertificateId}))
		l, err := s.CreateVpcLink(ctx, &api.CreateVpcLinkInput{Name: "l", TargetArns: []string{"arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/0"}})
		h.Did(l, err)
		h.Did(s.UpdateVpcLink(ctx, &api.UpdateVpcLinkInput{VpcLinkId: *l.Id, PatchOperations: replace("/name", "m")}))
		h.Did(s.DeleteVpcLink(ctx, &api.DeleteVpcLinkInput{VpcLinkId: *l.Id}))
	})
}

// A domain name is one transaction of the second API. What only the first has of
// it would be another.
func TestDomainNamesAndBasePathsSurviveCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(st)
		door := call.NewDoor(call.DoorOptions{Authorizer: auth.AllowAll{}, Clock: s.Clock, IDs: s.IDs, Log: s.Log})
		s.Caller = door
		door.Add(api.Model, s)
		door.Add(secondapi.Model, apigatewayv2.New(s.Deps))
		id := newStagedAPI(ctx, s, h)
		const name = "api.example.com"
		h.Did(s.CreateDomainName(ctx, &api.CreateDomainNameInput{DomainName: name, CertificateArn: new("arn:aws:acm:us-east-1:000000000000:certificate/a")}))
		h.Did(s.UpdateDomainName(ctx, &api.UpdateDomainNameInput{DomainName: name, PatchOperations: replace("/certificateArn", "arn:aws:acm:us-east-1:000000000000:certificate/b")}))
		h.Did(s.CreateBasePathMapping(ctx, &api.CreateBasePathMappingInput{DomainName: name, RestApiId: id, BasePath: new("v1"), Stage: new("prod")}))
		h.Did(s.UpdateBasePathMapping(ctx, &api.UpdateBasePathMappingInput{DomainName: name, BasePath: "v1", PatchOperations: replace("/basePath", "(none)")}))
		h.Did(s.DeleteBasePathMapping(ctx, &api.DeleteBasePathMappingInput{DomainName: name, BasePath: "(none)"}))
		h.Did(s.DeleteDomainName(ctx, &api.DeleteDomainNameInput{DomainName: name}))
	})
}

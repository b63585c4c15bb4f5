package apigatewayv2_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/apigatewayv2"
)

const functionARN = "arn:aws:lambda:us-east-1:000000000000:function:f"

// start starts a server and returns its client.
func start(t *testing.T) (*testenv.Env, *sdk.Client) {
	t.Helper()
	e := testenv.New(t, apigatewayv2.Registration())
	return e, e.APIGatewayV2()
}

// must stops a test at an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newAPI makes an API with an integration.
func newAPI(t *testing.T, c *sdk.Client) (api, integration string) {
	t.Helper()
	api = *must[*sdk.CreateApiOutput](t)(c.CreateApi(t.Context(), &sdk.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp})).ApiId
	integration = *must[*sdk.CreateIntegrationOutput](t)(c.CreateIntegration(t.Context(), &sdk.CreateIntegrationInput{
		ApiId: &api, IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(functionARN), PayloadFormatVersion: aws.String("2.0"),
	})).IntegrationId
	return api, integration
}

func TestQuickCreateMakesAllThatServes(t *testing.T) {
	t.Parallel()
	e, c := start(t)
	a := must[*sdk.CreateApiOutput](t)(c.CreateApi(t.Context(), &sdk.CreateApiInput{
		Name: aws.String("quick"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String(functionARN), RouteKey: aws.String("GET /x"),
		Tags: map[string]string{"k": "v"},
	}))
	if want := "http://" + *a.ApiId + ".execute-api.us-east-1.localhost:"; !strings.HasPrefix(*a.ApiEndpoint, want) || len(*a.ApiId) != 10 {
		t.Errorf("endpoint %s", *a.ApiEndpoint)
	}
	r := must[*sdk.GetRoutesOutput](t)(c.GetRoutes(t.Context(), &sdk.GetRoutesInput{ApiId: a.ApiId})).Items
	i := must[*sdk.GetIntegrationsOutput](t)(c.GetIntegrations(t.Context(), &sdk.GetIntegrationsInput{ApiId: a.ApiId})).Items
	s := must[*sdk.GetStagesOutput](t)(c.GetStages(t.Context(), &sdk.GetStagesInput{ApiId: a.ApiId})).Items
	if len(r) != 1 || *r[0].RouteKey != "GET /x" || !*r[0].ApiGatewayManaged || *r[0].Target != "integrations/"+*i[0].IntegrationId {
		t.Errorf("routes %+v", r)
	}
	if *i[0].PayloadFormatVersion != "2.0" || *i[0].TimeoutInMillis != 30000 || i[0].IntegrationType != types.IntegrationTypeAwsProxy {
		t.Errorf("integration %+v", i[0])
	}
	if len(s) != 1 || *s[0].StageName != "$default" || !*s[0].AutoDeploy || s[0].DeploymentId == nil {
		t.Errorf("stages %+v", s)
	}
	d := must[*sdk.GetDeploymentOutput](t)(c.GetDeployment(t.Context(), &sdk.GetDeploymentInput{ApiId: a.ApiId, DeploymentId: s[0].DeploymentId}))
	if !*d.AutoDeployed || d.DeploymentStatus != types.DeploymentStatusDeployed {
		t.Errorf("deployment %+v", d)
	}
	must[*sdk.UpdateApiOutput](t)(c.UpdateApi(t.Context(), &sdk.UpdateApiInput{ApiId: a.ApiId, RouteKey: aws.String("$default"), Target: aws.String(functionARN + "2")}))
	r = must[*sdk.GetRoutesOutput](t)(c.GetRoutes(t.Context(), &sdk.GetRoutesInput{ApiId: a.ApiId})).Items
	if *r[0].RouteKey != "$default" {
		t.Errorf("route after the update: %s", *r[0].RouteKey)
	}
	must[*sdk.DeleteApiOutput](t)(c.DeleteApi(t.Context(), &sdk.DeleteApiInput{ApiId: a.ApiId}))
	_, err := c.GetRoutes(t.Context(), &sdk.GetRoutesInput{ApiId: a.ApiId})
	if got := testenv.ErrorMessage(err); got != "Invalid API identifier specified "+testenv.Account+":"+*a.ApiId {
		t.Errorf("after the deletion: %s", got)
	}
	// Other accounts do not see an API by its id.
	id, _ := newAPI(t, c)
	other := sdk.NewFromConfig(e.ConfigFor("123456789012", "us-east-1"))
	if _, err := other.GetApi(t.Context(), &sdk.GetApiInput{ApiId: &id}); testenv.ErrorCode(err) != "NotFoundException" {
		t.Errorf("another account: %v", err)
	}
}

func TestCreateApiRefusesWhatHTTPAPIsDoNotHave(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	tests := map[string]struct {
		in   sdk.CreateApiInput
		want string
	}{
		"web sockets":  {sdk.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeWebsocket, RouteSelectionExpression: aws.String("$request.body.action")}, "NotImplemented"},
		"long name":    {sdk.CreateApiInput{Name: aws.String(strings.Repeat("x", 129)), ProtocolType: types.ProtocolTypeHttp}, "BadRequestException"},
		"bad target":   {sdk.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("nowhere")}, "BadRequestException"},
		"only a route": {sdk.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp, RouteKey: aws.String("GET /")}, "BadRequestException"},
		"bad route":    {sdk.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp, RouteKey: aws.String("x"), Target: aws.String(functionARN)}, "BadRequestException"},
		"CORS": {sdk.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp, CorsConfiguration: &types.Cors{
			AllowOrigins: []string{"*"}, AllowCredentials: aws.Bool(true),
		}}, "BadRequestException"},
		"origin": {sdk.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp, CorsConfiguration: &types.Cors{AllowOrigins: []string{"example.com"}}}, "BadRequestException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := c.CreateApi(t.Context(), &tt.in); testenv.ErrorCode(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	id, integration := newAPI(t, c)
	want := map[string]bool{}
	for n := range 7 {
		key := fmt.Sprintf("GET /r%d", n)
		want[key] = true
		must[*sdk.CreateRouteOutput](t)(c.CreateRoute(t.Context(), &sdk.CreateRouteInput{ApiId: &id, RouteKey: &key, Target: aws.String("integrations/" + integration)}))
	}
	var token *string
	pages := 0
	for {
		out := must[*sdk.GetRoutesOutput](t)(c.GetRoutes(t.Context(), &sdk.GetRoutesInput{ApiId: &id, MaxResults: aws.String("3"), NextToken: token}))
		for _, r := range out.Items {
			if !want[*r.RouteKey] {
				t.Errorf("%s twice or unasked", *r.RouteKey)
			}
			delete(want, *r.RouteKey)
		}
		pages++
		if token = out.NextToken; token == nil {
			break
		}
	}
	if pages != 3 || len(want) > 0 {
		t.Errorf("%d pages, missing %v", pages, want)
	}
	for _, in := range []sdk.GetRoutesInput{{ApiId: &id, MaxResults: aws.String("0")}, {ApiId: &id, MaxResults: aws.String("x")}, {ApiId: &id, NextToken: aws.String("%")}, {ApiId: &id, NextToken: aws.String("zz")}} {
		if _, err := c.GetRoutes(t.Context(), &in); testenv.ErrorCode(err) != "BadRequestException" {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

func TestRoutesConflictAndHoldWhatTheyName(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	id, integration := newAPI(t, c)
	create := func(key, target string) error {
		_, err := c.CreateRoute(t.Context(), &sdk.CreateRouteInput{ApiId: &id, RouteKey: &key, Target: &target})
		return err
	}
	if err := create("GET /pets/{id}", "integrations/"+integration); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ key, target, want string }{
		"same key":       {"GET /pets/{id}", "integrations/" + integration, "ConflictException"},
		"same shape":     {"GET /pets/{name}", "integrations/" + integration, "ConflictException"},
		"other method":   {"POST /pets/{name}", "integrations/" + integration, ""},
		"bad key":        {"GET pets", "integrations/" + integration, "BadRequestException"},
		"no integration": {"GET /x", "integrations/none", "NotFoundException"},
		"bad target":     {"GET /x", "functions/x", "BadRequestException"},
	}
	for name, tt := range tests {
		if got := testenv.ErrorCode(create(tt.key, tt.target)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if _, err := c.DeleteIntegration(t.Context(), &sdk.DeleteIntegrationInput{ApiId: &id, IntegrationId: &integration}); testenv.ErrorCode(err) != "ConflictException" {
		t.Errorf("an integration in use: %v", err)
	}
	for _, r := range must[*sdk.GetRoutesOutput](t)(c.GetRoutes(t.Context(), &sdk.GetRoutesInput{ApiId: &id})).Items {
		must[*sdk.DeleteRouteOutput](t)(c.DeleteRoute(t.Context(), &sdk.DeleteRouteInput{ApiId: &id, RouteId: r.RouteId}))
	}
	if err := create("GET /pets/{id}", "integrations/"+integration); err != nil {
		t.Errorf("the key of a deleted route: %v", err)
	}
}

func TestIntegrationsAreChecked(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	id, _ := newAPI(t, c)
	proxy := func(change func(in *sdk.CreateIntegrationInput)) *sdk.CreateIntegrationInput {
		in := &sdk.CreateIntegrationInput{ApiId: &id, IntegrationType: types.IntegrationTypeHttpProxy, IntegrationUri: aws.String("https://example.com/{proxy}"), IntegrationMethod: aws.String("ANY")}
		change(in)
		return in
	}
	tests := map[string]struct {
		change func(in *sdk.CreateIntegrationInput)
		want   string
	}{
		"good":      {func(*sdk.CreateIntegrationInput) {}, ""},
		"fast":      {func(in *sdk.CreateIntegrationInput) { in.TimeoutInMillis = aws.Int32(49) }, "BadRequestException"},
		"slow":      {func(in *sdk.CreateIntegrationInput) { in.TimeoutInMillis = aws.Int32(30001) }, "BadRequestException"},
		"mock":      {func(in *sdk.CreateIntegrationInput) { in.IntegrationType = types.IntegrationTypeMock }, "BadRequestException"},
		"no method": {func(in *sdk.CreateIntegrationInput) { in.IntegrationMethod = nil }, "BadRequestException"},
		"no URL":    {func(in *sdk.CreateIntegrationInput) { in.IntegrationUri = aws.String("example.com") }, "BadRequestException"},
		"payload 2": {func(in *sdk.CreateIntegrationInput) { in.PayloadFormatVersion = aws.String("2.0") }, "BadRequestException"},
		"templates": {func(in *sdk.CreateIntegrationInput) { in.RequestTemplates = map[string]string{"a": "b"} }, "BadRequestException"},
		"mapping": {func(in *sdk.CreateIntegrationInput) {
			in.RequestParameters = map[string]string{"append:header.a": "$request.header.b"}
		}, ""},
		"bad value": {func(in *sdk.CreateIntegrationInput) {
			in.RequestParameters = map[string]string{"append:header.a": "$nothing"}
		}, "BadRequestException"},
		"restricted": {func(in *sdk.CreateIntegrationInput) {
			in.RequestParameters = map[string]string{"append:header.via": "x"}
		}, "BadRequestException"},
		"bad status": {func(in *sdk.CreateIntegrationInput) {
			in.ResponseParameters = map[string]map[string]string{"100": {"append:header.a": "b"}}
		}, "BadRequestException"},
		"link":     {func(in *sdk.CreateIntegrationInput) { in.ConnectionType = types.ConnectionTypeVpcLink }, "BadRequestException"},
		"function": {func(in *sdk.CreateIntegrationInput) { in.IntegrationType = types.IntegrationTypeAwsProxy }, "BadRequestException"},
		"subtype": {func(in *sdk.CreateIntegrationInput) {
			in.IntegrationType, in.IntegrationUri, in.IntegrationSubtype = types.IntegrationTypeAwsProxy, nil, aws.String("SQS-SendMessage")
			in.CredentialsArn = aws.String("arn:aws:iam::000000000000:role/r")
		}, "BadRequestException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := c.CreateIntegration(t.Context(), proxy(tt.change)); testenv.ErrorCode(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestUpdateIntegrationMergesParameters(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	id, _ := newAPI(t, c)
	i := must[*sdk.CreateIntegrationOutput](t)(c.CreateIntegration(t.Context(), &sdk.CreateIntegrationInput{
		ApiId: &id, IntegrationType: types.IntegrationTypeHttpProxy, IntegrationUri: aws.String("https://example.com"), IntegrationMethod: aws.String("GET"),
		RequestParameters: map[string]string{"append:header.a": "1", "append:header.b": "2"},
	}))
	out := must[*sdk.UpdateIntegrationOutput](t)(c.UpdateIntegration(t.Context(), &sdk.UpdateIntegrationInput{
		ApiId: &id, IntegrationId: i.IntegrationId, RequestParameters: map[string]string{"append:header.a": "", "append:header.c": "3"},
	}))
	if diff := cmp.Diff(map[string]string{"append:header.b": "2", "append:header.c": "3"}, out.RequestParameters); diff != "" {
		t.Error(diff)
	}
}

func TestStagesAreChecked(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	id, _ := newAPI(t, c)
	tests := map[string]struct {
		in   sdk.CreateStageInput
		want string
	}{
		"good":         {sdk.CreateStageInput{StageName: aws.String("dev")}, ""},
		"again":        {sdk.CreateStageInput{StageName: aws.String("dev")}, "ConflictException"},
		"bad name":     {sdk.CreateStageInput{StageName: aws.String("a b")}, "BadRequestException"},
		"variable":     {sdk.CreateStageInput{StageName: aws.String("x"), StageVariables: map[string]string{"a b": "c"}}, "BadRequestException"},
		"no route":     {sdk.CreateStageInput{StageName: aws.String("x"), RouteSettings: map[string]types.RouteSettings{"GET /x": {}}}, "NotFoundException"},
		"no such":      {sdk.CreateStageInput{StageName: aws.String("x"), DeploymentId: aws.String("none")}, "NotFoundException"},
		"log group":    {sdk.CreateStageInput{StageName: aws.String("x"), AccessLogSettings: &types.AccessLogSettings{DestinationArn: aws.String("arn:aws:s3:::b"), Format: aws.String("$context.requestId")}}, "BadRequestException"},
		"log format":   {sdk.CreateStageInput{StageName: aws.String("x"), AccessLogSettings: &types.AccessLogSettings{DestinationArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:g"), Format: aws.String("$context.path")}}, "BadRequestException"},
		"auto and set": {sdk.CreateStageInput{StageName: aws.String("x"), AutoDeploy: aws.Bool(true), DeploymentId: aws.String("d")}, "BadRequestException"},
	}
	for _, name := range []string{"good", "again", "bad name", "variable", "no route", "no such", "log group", "log format", "auto and set"} {
		tt := tests[name]
		tt.in.ApiId = &id
		if _, err := c.CreateStage(t.Context(), &tt.in); testenv.ErrorCode(err) != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := c.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{ApiId: &id}); testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("a deployment without routes: %v", err)
	}
}

func TestADeploymentInUseStays(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	a := must[*sdk.CreateApiOutput](t)(c.CreateApi(t.Context(), &sdk.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String(functionARN)}))
	d := must[*sdk.CreateDeploymentOutput](t)(c.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{ApiId: a.ApiId, Description: aws.String("first")}))
	must[*sdk.CreateStageOutput](t)(c.CreateStage(t.Context(), &sdk.CreateStageInput{ApiId: a.ApiId, StageName: aws.String("prod"), DeploymentId: d.DeploymentId}))
	remove := func() error {
		_, err := c.DeleteDeployment(t.Context(), &sdk.DeleteDeploymentInput{ApiId: a.ApiId, DeploymentId: d.DeploymentId})
		return err
	}
	if err := remove(); testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("in use: %v", err)
	}
	must[*sdk.DeleteStageOutput](t)(c.DeleteStage(t.Context(), &sdk.DeleteStageInput{ApiId: a.ApiId, StageName: aws.String("prod")}))
	if err := remove(); err != nil {
		t.Error(err)
	}
	list := must[*sdk.GetDeploymentsOutput](t)(c.GetDeployments(t.Context(), &sdk.GetDeploymentsInput{ApiId: a.ApiId})).Items
	if len(list) != 1 || !*list[0].AutoDeployed {
		t.Errorf("what is left: %+v", list)
	}
}

func TestTagsByARN(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	id, _ := newAPI(t, c)
	must[*sdk.CreateStageOutput](t)(c.CreateStage(t.Context(), &sdk.CreateStageInput{ApiId: &id, StageName: aws.String("$default")}))
	link := must[*sdk.CreateVpcLinkOutput](t)(c.CreateVpcLink(t.Context(), &sdk.CreateVpcLinkInput{Name: aws.String("l"), SubnetIds: []string{"subnet-1"}}))
	for _, resource := range []string{"apis/" + id, "apis/" + id + "/stages/$default", "vpclinks/" + *link.VpcLinkId} {
		resourceARN := aws.String("arn:aws:apigateway:us-east-1::/" + resource)
		must[*sdk.TagResourceOutput](t)(c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: resourceARN, Tags: map[string]string{"a": "1", "b": "2"}}))
		must[*sdk.UntagResourceOutput](t)(c.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceArn: resourceARN, TagKeys: []string{"a"}}))
		out := must[*sdk.GetTagsOutput](t)(c.GetTags(t.Context(), &sdk.GetTagsInput{ResourceArn: resourceARN}))
		if diff := cmp.Diff(map[string]string{"b": "2"}, out.Tags); diff != "" {
			t.Errorf("%s: %s", resource, diff)
		}
	}
	if _, err := c.GetTags(t.Context(), &sdk.GetTagsInput{ResourceArn: aws.String("arn:aws:apigateway:us-east-1::/apis/none")}); testenv.ErrorCode(err) != "NotFoundException" {
		t.Errorf("no such API: %v", err)
	}
}

const document = `{"openapi":"3.0.1","info":{"title":"pets","version":"1"},"paths":{
	"/pets":{"get":{"operationId":"list","x-amazon-apigateway-integration":{"type":"aws_proxy","uri":"` + functionARN + `","payloadFormatVersion":"2.0"},"security":[{"s":[]}]}},
	"/$default":{"x-amazon-apigateway-any-method":{"isDefaultRoute":true,"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"ANY","uri":"https://example.com"}}}},
	"components":{"securitySchemes":{"s":{"type":"oauth2","x-amazon-apigateway-authorizer":{"type":"jwt","identitySource":"$request.header.Authorization","jwtConfiguration":{"issuer":"https://i.example","audience":["a"]}}}}},
	"x-amazon-apigateway-cors":{"allowOrigins":["*"]}}`

func TestImportExportAndReimport(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	a := must[*sdk.ImportApiOutput](t)(c.ImportApi(t.Context(), &sdk.ImportApiInput{Body: aws.String(document), FailOnWarnings: aws.Bool(true)}))
	if *a.Name != "pets" || *a.Version != "1" || a.CorsConfiguration == nil {
		t.Errorf("%+v", a)
	}
	keys := func() string {
		var list []string
		for _, r := range must[*sdk.GetRoutesOutput](t)(c.GetRoutes(t.Context(), &sdk.GetRoutesInput{ApiId: a.ApiId})).Items {
			list = append(list, *r.RouteKey+" "+string(r.AuthorizationType))
		}
		if len(list) == 2 && list[0] > list[1] {
			list[0], list[1] = list[1], list[0]
		}
		return strings.Join(list, ", ")
	}
	if got := keys(); got != "$default NONE, GET /pets JWT" {
		t.Errorf("routes %s", got)
	}
	out := must[*sdk.ExportApiOutput](t)(c.ExportApi(t.Context(), &sdk.ExportApiInput{ApiId: a.ApiId, OutputType: aws.String("JSON"), Specification: aws.String("OAS30")}))
	var parsed struct{ Paths map[string]any }
	if err := json.Unmarshal(out.Body, &parsed); err != nil || parsed.Paths["/pets"] == nil {
		t.Errorf("%v: %s", err, out.Body)
	}
	must[*sdk.ReimportApiOutput](t)(c.ReimportApi(t.Context(), &sdk.ReimportApiInput{ApiId: a.ApiId, Body: aws.String(string(out.Body))}))
	if got := keys(); got != "$default NONE, GET /pets JWT" {
		t.Errorf("routes after their own export was imported: %s", got)
	}
	for name, body := range map[string]string{"rubbish": "{", "no title": `{"openapi":"3.0.1"}`, "bad mapping": strings.Replace(document, `"payloadFormatVersion":"2.0"`, `"requestParameters":{"x":"y"}`, 1)} {
		if _, err := c.ReimportApi(t.Context(), &sdk.ReimportApiInput{ApiId: a.ApiId, Body: aws.String(body)}); testenv.ErrorCode(err) != "BadRequestException" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := keys(); got != "$default NONE, GET /pets JWT" {
		t.Errorf("routes after imports that failed: %s", got)
	}
}

func TestDomainNamesAreOfOneAccount(t *testing.T) {
	t.Parallel()
	e, c := start(t)
	in := &sdk.CreateDomainNameInput{DomainName: aws.String("api.example.com"), DomainNameConfigurations: []types.DomainNameConfiguration{{CertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/x")}}}
	d := must[*sdk.CreateDomainNameOutput](t)(c.CreateDomainName(t.Context(), in))
	if d.DomainNameConfigurations[0].DomainNameStatus != types.DomainNameStatusAvailable || d.DomainNameConfigurations[0].ApiGatewayDomainName == nil {
		t.Errorf("%+v", d)
	}
	other := sdk.NewFromConfig(e.ConfigFor("123456789012", "eu-west-1"))
	if _, err := other.CreateDomainName(t.Context(), in); testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("taken: %v", err)
	}
	id, _ := newAPI(t, c)
	must[*sdk.CreateStageOutput](t)(c.CreateStage(t.Context(), &sdk.CreateStageInput{ApiId: &id, StageName: aws.String("dev")}))
	m := must[*sdk.CreateApiMappingOutput](t)(c.CreateApiMapping(t.Context(), &sdk.CreateApiMappingInput{ApiId: &id, DomainName: in.DomainName, Stage: aws.String("dev"), ApiMappingKey: aws.String("v1")}))
	if _, err := c.CreateApiMapping(t.Context(), &sdk.CreateApiMappingInput{ApiId: &id, DomainName: in.DomainName, Stage: aws.String("dev"), ApiMappingKey: aws.String("v1")}); testenv.ErrorCode(err) != "ConflictException" {
		t.Errorf("same key: %v", err)
	}
	if _, err := c.DeleteStage(t.Context(), &sdk.DeleteStageInput{ApiId: &id, StageName: aws.String("dev")}); testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("a mapped stage: %v", err)
	}
	must[*sdk.UpdateApiMappingOutput](t)(c.UpdateApiMapping(t.Context(), &sdk.UpdateApiMappingInput{ApiId: &id, ApiMappingId: m.ApiMappingId, DomainName: in.DomainName, ApiMappingKey: aws.String("v2")}))
	list := must[*sdk.GetApiMappingsOutput](t)(c.GetApiMappings(t.Context(), &sdk.GetApiMappingsInput{DomainName: in.DomainName})).Items
	if len(list) != 1 || *list[0].ApiMappingKey != "v2" {
		t.Errorf("%+v", list)
	}
	must[*sdk.DeleteDomainNameOutput](t)(c.DeleteDomainName(t.Context(), &sdk.DeleteDomainNameInput{DomainName: in.DomainName}))
	must[*sdk.DeleteApiOutput](t)(c.DeleteApi(t.Context(), &sdk.DeleteApiInput{ApiId: &id}))
}

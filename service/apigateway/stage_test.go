package apigateway_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/apigateway"
	"maru.dev/maru/service/apigatewayv2"
)

// update changes the stage prod.
func (w *world) update(id *string, ops ...types.PatchOperation) (*sdk.UpdateStageOutput, error) {
	w.t.Helper()
	return w.UpdateStage(w.t.Context(), &sdk.UpdateStageInput{RestApiId: id, StageName: aws.String("prod"), PatchOperations: ops})
}

func TestADeploymentMakesOrMovesItsStage(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, first := w.deployed()
	st := must(w.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: id, StageName: aws.String("prod")}))(t)
	if *st.DeploymentId != *first || st.CacheClusterStatus != types.CacheClusterStatusNotAvailable || st.CacheClusterEnabled || st.TracingEnabled || st.MethodSettings == nil || st.CanarySettings != nil {
		t.Errorf("stage %+v", st)
	}
	second := must(w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{
		RestApiId: id, StageName: aws.String("prod"), StageDescription: aws.String("d"), Description: aws.String("second"),
		Variables: map[string]string{"a": "b"}, TracingEnabled: aws.Bool(true), CacheClusterEnabled: aws.Bool(true),
	}))(t)
	st = must(w.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: id, StageName: aws.String("prod")}))(t)
	if *st.DeploymentId != *second.Id || *st.Description != "d" || st.Variables["a"] != "b" || !st.TracingEnabled || st.CacheClusterSize != "0.5" || st.CacheClusterStatus != "AVAILABLE" {
		t.Errorf("stage %+v", st)
	}
	_, err := w.DeleteDeployment(t.Context(), &sdk.DeleteDeploymentInput{RestApiId: id, DeploymentId: second.Id})
	refused(t, err, "BadRequestException", "Active stages pointing to this deployment must be moved or deleted")
	must(w.DeleteDeployment(t.Context(), &sdk.DeleteDeploymentInput{RestApiId: id, DeploymentId: first}))(t)
	d := must(w.UpdateDeployment(t.Context(), &sdk.UpdateDeploymentInput{RestApiId: id, DeploymentId: second.Id, PatchOperations: []types.PatchOperation{op("replace", "/description", "new")}}))(t)
	list := must(w.GetDeployments(t.Context(), &sdk.GetDeploymentsInput{RestApiId: id}))(t).Items
	if *d.Description != "new" || len(list) != 1 || *list[0].Description != "new" {
		t.Errorf("deployments %+v", list)
	}
}

// What was deployed stays as it was, whatever becomes of the API.
func TestADeploymentIsACopy(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, deployment := w.deployed()
	root := must(w.GetRestApi(t.Context(), &sdk.GetRestApiInput{RestApiId: id}))(t).RootResourceId
	must(w.DeleteMethod(t.Context(), &sdk.DeleteMethodInput{RestApiId: id, ResourceId: root, HttpMethod: aws.String("GET")}))(t)
	d := must(w.GetDeployment(t.Context(), &sdk.GetDeploymentInput{RestApiId: id, DeploymentId: deployment, Embed: []string{"apisummary"}}))(t)
	want := map[string]map[string]types.MethodSnapshot{"/": {"GET": {AuthorizationType: aws.String("NONE")}}}
	if diff := cmp.Diff(want, d.ApiSummary, cmpopts.IgnoreUnexported(types.MethodSnapshot{})); diff != "" {
		t.Error(diff)
	}
	s := apigateway.New(w.e.Deps())
	p, ok, err := s.API(t.Context(), *id)
	if err != nil || !ok || len(p.Stages) != 1 {
		t.Fatalf("plan %+v, %t, %v", p, ok, err)
	}
	r := p.Stages[0].Deployment.Resources
	if len(r) != 1 || len(r[0].ResourceMethods) != 1 || r[0].ResourceMethods["GET"].MethodIntegration == nil {
		t.Errorf("resources %+v", r)
	}
}

func TestAStageNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, _ := w.deployed()
	_, err := w.update(id, op("replace", "/clientCertificateId", "none"))
	refused(t, err, "BadRequestException", "Invalid Client Certificate identifier specified")
	c := must(w.GenerateClientCertificate(t.Context(), &sdk.GenerateClientCertificateInput{}))(t).ClientCertificateId
	must(w.update(id, op("replace", "/clientCertificateId", *c)))(t)
	_, err = w.DeleteClientCertificate(t.Context(), &sdk.DeleteClientCertificateInput{ClientCertificateId: c})
	refused(t, err, "ConflictException", "Client Certificate "+*c+" is in use by stage "+*id+":prod")
	must(w.update(id, op("remove", "/clientCertificateId", "")))(t)
	must(w.DeleteClientCertificate(t.Context(), &sdk.DeleteClientCertificateInput{ClientCertificateId: c}))(t)
	_, err = w.update(id, op("replace", "/documentationVersion", "none"))
	refused(t, err, "BadRequestException", "Invalid Documentation version specified")
}

func TestCreateDeploymentRefusesWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	empty, _ := w.newAPI()
	_, err := w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: empty})
	refused(t, err, "BadRequestException", "The REST API doesn't contain any methods")
	bare, root := w.newAPI()
	must(w.PutMethod(t.Context(), &sdk.PutMethodInput{RestApiId: bare, ResourceId: root, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")}))(t)
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: bare})
	refused(t, err, "BadRequestException", "No integration defined for method")
	id, _ := w.deployed()
	canary := &types.DeploymentCanarySettings{PercentTraffic: 10}
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: id, CanarySettings: canary})
	refused(t, err, "BadRequestException", "Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is null")
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: id, CanarySettings: canary, StageName: aws.String("x")})
	refused(t, err, "BadRequestException", "Invalid deployment content specified.Stage x must already be created before making a canary release deployment")
	if list := must(w.GetDeployments(t.Context(), &sdk.GetDeploymentsInput{RestApiId: id}))(t).Items; len(list) != 1 {
		t.Errorf("%d deployments", len(list))
	}
}

func TestACanaryIsReleasedPromotedAndEnded(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, first := w.deployed()
	must(w.update(id, op("replace", "/variables/v", "main")))(t)
	second := must(w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{
		RestApiId: id, StageName: aws.String("prod"),
		CanarySettings: &types.DeploymentCanarySettings{PercentTraffic: 50, StageVariableOverrides: map[string]string{"v": "canary"}},
	}))(t)
	st := must(w.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: id, StageName: aws.String("prod")}))(t)
	if c := st.CanarySettings; *st.DeploymentId != *first || *c.DeploymentId != *second.Id || c.PercentTraffic != 50 || c.UseStageCache || c.StageVariableOverrides["v"] != "canary" {
		t.Errorf("stage %+v with canary %+v", st, st.CanarySettings)
	}
	_, err := w.DeleteDeployment(t.Context(), &sdk.DeleteDeploymentInput{RestApiId: id, DeploymentId: second.Id})
	refused(t, err, "BadRequestException", "Active stages pointing to this deployment must be moved or deleted")
	from := func(path, from string) types.PatchOperation {
		return types.PatchOperation{Op: types.OpCopy, Path: &path, From: &from}
	}
	out := must(w.update(id, op("replace", "/canarySettings/percentTraffic", "0.0"), op("replace", "/canarySettings/stageVariableOverrides/w", "new"),
		from("/deploymentId", "/canarySettings/deploymentId"), from("/variables", "/canarySettings/stageVariableOverrides")))(t)
	if diff := cmp.Diff(map[string]string{"v": "canary", "w": "new"}, out.Variables); diff != "" || *out.DeploymentId != *second.Id || out.CanarySettings.PercentTraffic != 0 {
		t.Errorf("promoted %+v: %s", out, diff)
	}
	if out = must(w.update(id, op("remove", "/canarySettings", "")))(t); out.CanarySettings != nil {
		t.Errorf("canary %+v", out.CanarySettings)
	}
	if out = must(w.update(id, op("replace", "/canarySettings/percentTraffic", "50")))(t); *out.CanarySettings.DeploymentId != *second.Id || out.CanarySettings.PercentTraffic != 50 {
		t.Errorf("canary %+v", out.CanarySettings)
	}
}

func TestUpdateStageChangesWhatItsPathsName(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, _ := w.deployed()
	log := "arn:aws:logs:us-east-1:" + testenv.Account + ":log-group:g"
	certificate := *must(w.GenerateClientCertificate(t.Context(), &sdk.GenerateClientCertificateInput{}))(t).ClientCertificateId
	must(w.CreateDocumentationVersion(t.Context(), &sdk.CreateDocumentationVersionInput{RestApiId: id, DocumentationVersion: aws.String("v1")}))(t)
	out := must(w.update(id,
		op("replace", "/description", "d"), op("replace", "/variables/v", "x"), op("replace", "/tracingEnabled", "true"), op("replace", "/cacheClusterEnabled", "true"),
		op("replace", "/cacheClusterSize", "1.6"), op("replace", "/clientCertificateId", certificate), op("replace", "/documentationVersion", "v1"),
		op("replace", "/accessLogSettings/destinationArn", log), op("replace", "/accessLogSettings/format", "$context.requestId"),
		op("replace", "/*/*/throttling/rateLimit", "12.5"), op("replace", "/*/*/metrics/enabled", "true"), op("replace", "/~1pets~1{id}/GET/logging/loglevel", "info"),
		op("replace", "/~1pets~1{id}/GET/caching/ttlInSeconds", "60"), op("replace", "/~1pets~1{id}/GET/caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403"),
	))(t)
	if *out.Description != "d" || out.Variables["v"] != "x" || !out.TracingEnabled || out.CacheClusterSize != "1.6" || *out.ClientCertificateId != certificate || *out.DocumentationVersion != "v1" || *out.AccessLogSettings.DestinationArn != log {
		t.Errorf("stage %+v", out)
	}
	want := map[string]types.MethodSetting{
		"*/*": {
			MetricsEnabled: true, ThrottlingRateLimit: 12.5, ThrottlingBurstLimit: 5000, LoggingLevel: aws.String("OFF"), CacheTtlInSeconds: 300,
			RequireAuthorizationForCacheControl: true, UnauthorizedCacheControlHeaderStrategy: "SUCCEED_WITH_RESPONSE_HEADER",
		},
		"~1pets~1{id}/GET": {
			MetricsEnabled: true, ThrottlingRateLimit: 12.5, ThrottlingBurstLimit: 5000, LoggingLevel: aws.String("INFO"), CacheTtlInSeconds: 60,
			RequireAuthorizationForCacheControl: true, UnauthorizedCacheControlHeaderStrategy: "FAIL_WITH_403",
		},
	}
	if diff := cmp.Diff(want, out.MethodSettings, cmpopts.IgnoreUnexported(types.MethodSetting{})); diff != "" {
		t.Error(diff)
	}
	out = must(w.update(id, op("remove", "/variables/v", ""), op("remove", "/accessLogSettings", ""), op("remove", "/*/*", "")))(t)
	if len(out.Variables) > 0 || out.AccessLogSettings != nil || len(out.MethodSettings) != 1 {
		t.Errorf("stage %+v", out)
	}
}

func TestUpdateStageRefusesWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, _ := w.deployed()
	for name, tt := range map[string]struct {
		op   types.PatchOperation
		want string // how the message begins
	}{
		"no path":           {op("replace", "/documentation_version", "x"), "Invalid method setting path: /documentation_version. Must be one of: [/deploymentId, /description, /cacheClusterEnabled, "},
		"no setting":        {op("replace", "/*/*/logging/x", "x"), "Invalid method setting path: /*/*/logging/x. Must be one of: [/deploymentId, "},
		"no canary setting": {op("replace", "/canarySettings/badPath", "x"), "Invalid method setting path: /canarySettings/badPath. Must be one of: [/deploymentId, "},
		"no addition":       {op("add", "/canarySettings/deploymentId", "x"), "Invalid add operation with path: /canarySettings/deploymentId"},
		"no removal":        {op("remove", "/canarySettings/stageVariableOverrides", ""), "Cannot remove method setting canarySettings/stageVariableOverrides because there is no method setting for this method "},
		"no method setting": {op("remove", "/*/*", ""), "Cannot remove method setting */* because there is no method setting for this method "},
		"no deployment":     {op("replace", "/deploymentId", "x"), "Deployment id does not exist"},
		"no level":          {op("replace", "/*/*/logging/loglevel", "LOUD"), "Invalid logging level specified. Must be one of: [OFF, ERROR, INFO]"},
		"no percentage":     {op("replace", "/canarySettings/percentTraffic", "101"), "Percent traffic must be between 0.0 and 100.0"},
		"no variable":       {op("replace", "/variables/a-b", "x"), "Stage variable name must consist of"},
		"no cache":          {op("replace", "/cacheClusterSize", "7"), "Invalid cache cluster size specified. Valid options are 0.5,1.6,6.1,13.5,28.4,58.2,118,237"},
		"no log":            {op("replace", "/accessLogSettings/destinationArn", "arn:aws:s3:::b"), "Invalid ARN specified in the request."},
		"no request id":     {op("replace", "/accessLogSettings/format", "$context.status"), "AccessLogSettings format must contain $context.requestId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.UpdateStage(t.Context(), &sdk.UpdateStageInput{RestApiId: id, StageName: aws.String("prod"), PatchOperations: []types.PatchOperation{tt.op}})
			if testenv.ErrorCode(err) != "BadRequestException" || !strings.HasPrefix(testenv.ErrorMessage(err), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestStagesAreMadeListedAndDeleted(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, first := w.deployed()
	second := must(w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: id}))(t)
	create := func(name string, deployment *string) error {
		_, err := w.CreateStage(t.Context(), &sdk.CreateStageInput{
			RestApiId: id, StageName: &name, DeploymentId: deployment, Variables: map[string]string{"v": "x"}, Tags: map[string]string{"k": "v"},
			CanarySettings: &types.CanarySettings{PercentTraffic: 5},
		})
		return err
	}
	if err := create("dev", second.Id); err != nil {
		t.Fatal(err)
	}
	refused(t, create("dev", second.Id), "ConflictException", "Stage already exists")
	refused(t, create("a b", second.Id), "BadRequestException", "Stage name only allows a-zA-Z0-9_-")
	refused(t, create("x", aws.String("x")), "BadRequestException", "Deployment id does not exist")
	for deployment, want := range map[*string]int{nil: 2, first: 1, second.Id: 1} {
		if got := must(w.GetStages(t.Context(), &sdk.GetStagesInput{RestApiId: id, DeploymentId: deployment}))(t).Item; len(got) != want {
			t.Errorf("%d stages, want %d", len(got), want)
		}
	}
	for i := range 8 {
		if err := create(string(rune('a'+i)), second.Id); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, create("more", second.Id), "LimitExceededException", "Maximum number of stages for this API has been reached. Please contact AWS if you need additional stages.")
	must(w.FlushStageCache(t.Context(), &sdk.FlushStageCacheInput{RestApiId: id, StageName: aws.String("dev")}))(t)
	must(w.FlushStageAuthorizersCache(t.Context(), &sdk.FlushStageAuthorizersCacheInput{RestApiId: id, StageName: aws.String("dev")}))(t)
	must(w.DeleteStage(t.Context(), &sdk.DeleteStageInput{RestApiId: id, StageName: aws.String("dev")}))(t)
	_, err := w.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: id, StageName: aws.String("dev")})
	refused(t, err, "NotFoundException", "Invalid stage identifier specified")
}

func TestTagsAreKeptByARN(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, _ := w.deployed()
	for _, what := range []string{"/restapis/" + *id, "/restapis/" + *id + "/stages/prod"} {
		arn := aws.String("arn:aws:apigateway:us-east-1::" + what)
		must(w.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "1", "b": "2"}}))(t)
		must(w.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}}))(t)
		got := must(w.GetTags(t.Context(), &sdk.GetTagsInput{ResourceArn: arn}))(t).Tags
		if diff := cmp.Diff(map[string]string{"b": "2"}, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	for arn, want := range map[string]string{"x": "BadRequestException", "arn:aws:apigateway:us-east-1::/restapis/x": "NotFoundException", "arn:aws:apigateway:us-east-1::/nothing/x": "NotFoundException"} {
		if _, err := w.GetTags(t.Context(), &sdk.GetTagsInput{ResourceArn: &arn}); testenv.ErrorCode(err) != want {
			t.Errorf("%s: %v", arn, err)
		}
	}
}

// A domain name is one thing in both of API Gateway's APIs, with its tags.
func TestADomainNameIsTagged(t *testing.T) {
	t.Parallel()
	e := testenv.New(t, apigateway.Registration(), apigatewayv2.Registration())
	c := e.APIGateway()
	must(c.CreateDomainName(t.Context(), &sdk.CreateDomainNameInput{
		DomainName: aws.String("api.example.com"), RegionalCertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/x"),
		EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{"REGIONAL"}},
	}))(t)
	arn := aws.String("arn:aws:apigateway:us-east-1::/domainnames/api.example.com")
	must(c.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "1", "b": "2"}}))(t)
	must(c.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}}))(t)
	if diff := cmp.Diff(map[string]string{"b": "2"}, must(c.GetTags(t.Context(), &sdk.GetTagsInput{ResourceArn: arn}))(t).Tags); diff != "" {
		t.Error(diff)
	}
}

// An API, and a stage of it, stay while a domain name leads there.
func TestWhatADomainNameLeadsToIsNotDeleted(t *testing.T) {
	t.Parallel()
	e := testenv.New(t, apigateway.Registration(), apigatewayv2.Registration())
	w := &world{Client: e.APIGateway(), t: t, e: e}
	id, _ := w.deployed()
	domain, prod := aws.String("api.example.com"), aws.String("prod")
	must(w.CreateDomainName(t.Context(), &sdk.CreateDomainNameInput{
		DomainName: domain, RegionalCertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/x"),
		EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{"REGIONAL"}},
	}))(t)
	m := must(w.CreateBasePathMapping(t.Context(), &sdk.CreateBasePathMappingInput{DomainName: domain, RestApiId: id, Stage: prod}))(t)
	_, err := w.DeleteStage(t.Context(), &sdk.DeleteStageInput{RestApiId: id, StageName: prod})
	refused(t, err, "BadRequestException", "Deleting stage prod failed. Please remove all base path mappings related to the stage in your domains: api.example.com")
	_, err = w.DeleteRestApi(t.Context(), &sdk.DeleteRestApiInput{RestApiId: id})
	refused(t, err, "BadRequestException", "Deleting RestApi "+*id+" failed. Please remove all base path mappings related to the RestApi in your domains: api.example.com")
	must(w.DeleteBasePathMapping(t.Context(), &sdk.DeleteBasePathMappingInput{DomainName: domain, BasePath: m.BasePath}))(t)
	must(w.DeleteRestApi(t.Context(), &sdk.DeleteRestApiInput{RestApiId: id}))(t)
}

func TestAnAccountKeepsItsRole(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := must(w.GetAccount(t.Context(), &sdk.GetAccountInput{}))(t)
	if a.ThrottleSettings.BurstLimit != 5000 || a.ThrottleSettings.RateLimit != 10000 || *a.ApiKeyVersion != "4" || a.Features[0] != "UsagePlans" || a.CloudwatchRoleArn != nil {
		t.Errorf("account %+v", a)
	}
	role := "arn:aws:iam::" + testenv.Account + ":role/r"
	update := func(o types.PatchOperation) (*sdk.UpdateAccountOutput, error) {
		return w.UpdateAccount(t.Context(), &sdk.UpdateAccountInput{PatchOperations: []types.PatchOperation{o}})
	}
	must(update(op("replace", "/cloudwatchRoleArn", role)))(t)
	if a = must(w.GetAccount(t.Context(), &sdk.GetAccountInput{}))(t); *a.CloudwatchRoleArn != role {
		t.Errorf("account %+v", a)
	}
	if _, err := update(op("replace", "/cloudwatchRoleArn", "x")); testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("no role: %v", err)
	}
	if out := must(update(op("replace", "/cloudwatchRoleArn", "")))(t); out.CloudwatchRoleArn != nil {
		t.Errorf("account %+v", out)
	}
}

package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/google/go-cmp/cmp"
)

func TestANamedStageHasAPrefixAndServesItsDeployment(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.APIGatewayV2()
	id := e.api("GET /pets/{id}")
	d := must[*apigatewayv2.CreateDeploymentOutput](t)(c.CreateDeployment(t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &id}))
	must[*apigatewayv2.CreateStageOutput](t)(c.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{
		ApiId: &id, StageName: aws.String("prod"), DeploymentId: d.DeploymentId, StageVariables: map[string]string{"color": "blue"},
	}))
	event := decoded(t, e.get(id+"/prod/pets/7"))
	if event["rawPath"] != "/prod/pets/7" {
		t.Errorf("rawPath %v", event["rawPath"])
	}
	if diff := cmp.Diff(map[string]any{"color": "blue"}, event["stageVariables"]); diff != "" {
		t.Error(diff)
	}
	if stage := event["requestContext"].(map[string]any)["stage"]; stage != "prod" {
		t.Errorf("stage %v", stage)
	}

	// A route that is new is there at once where changes are deployed by
	// themselves, and elsewhere from the next deployment on.
	integrations := must[*apigatewayv2.GetIntegrationsOutput](t)(c.GetIntegrations(t.Context(), &apigatewayv2.GetIntegrationsInput{ApiId: &id}))
	e.route(id, "GET /cats", *integrations.Items[0].IntegrationId)
	if a := e.get(id + "/cats"); a.status != 200 {
		t.Errorf("$default: %d", a.status)
	}
	if a := e.get(id + "/prod/cats"); a.status != 404 {
		t.Errorf("prod, before its deployment: %d", a.status)
	}
	must[*apigatewayv2.CreateDeploymentOutput](t)(c.CreateDeployment(t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &id, StageName: aws.String("prod")}))
	if a := e.get(id + "/prod/cats"); a.status != 200 {
		t.Errorf("prod, after its deployment: %d", a.status)
	}
}

func TestAStageThatLeavesAutoDeployKeepsWhatItServed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.APIGatewayV2()
	id := e.api("GET /a")
	must[*apigatewayv2.UpdateStageOutput](t)(c.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &id, StageName: aws.String("$default"), AutoDeploy: aws.Bool(false)}))
	integrations := must[*apigatewayv2.GetIntegrationsOutput](t)(c.GetIntegrations(t.Context(), &apigatewayv2.GetIntegrationsInput{ApiId: &id}))
	e.route(id, "GET /b", *integrations.Items[0].IntegrationId)
	if a := e.get(id + "/a"); a.status != 200 {
		t.Errorf("/a: %d", a.status)
	}
	if a := e.get(id + "/b"); a.status != 404 {
		t.Errorf("/b: %d", a.status)
	}
	must[*apigatewayv2.UpdateStageOutput](t)(c.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &id, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true)}))
	if a := e.get(id + "/b"); a.status != 200 {
		t.Errorf("/b with auto-deploy: %d", a.status)
	}
}

func TestACustomDomainLeadsToItsMappings(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c := e.APIGatewayV2()
	id := e.api("GET /pets", "GET /")
	must[*apigatewayv2.CreateDomainNameOutput](t)(c.CreateDomainName(t.Context(), &apigatewayv2.CreateDomainNameInput{
		DomainName: aws.String("api.example.com"), DomainNameConfigurations: []types.DomainNameConfiguration{{CertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/x")}},
	}))
	must[*apigatewayv2.CreateApiMappingOutput](t)(c.CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{
		ApiId: &id, DomainName: aws.String("api.example.com"), Stage: aws.String("$default"), ApiMappingKey: aws.String("v1"),
	}))
	event := decoded(t, e.get("api.example.com/v1/pets"))
	if event["rawPath"] != "/pets" {
		t.Errorf("rawPath %v", event["rawPath"])
	}
	if name := event["requestContext"].(map[string]any)["domainName"]; name != "api.example.com" {
		t.Errorf("domainName %v", name)
	}
	byHost := func(path, name string) answer {
		return e.get("", func(r *http.Request) { r.Host, r.URL.Path = name, path })
	}
	if event := decoded(t, byHost("/v1/pets", "API.example.com:4566")); event["rawPath"] != "/pets" {
		t.Errorf("rawPath by host: %v", event["rawPath"])
	}
	if a := byHost("/v2/pets", "api.example.com"); a.status != 404 {
		t.Errorf("unmapped path by host: %d", a.status)
	}
	if a := byHost("/v1/pets", "other.example.com"); a.status != 403 || !strings.Contains(a.body, "names no service") {
		t.Errorf("unknown host: %d %s", a.status, a.body)
	}
	if a := e.get("api.example.com/v2/pets"); a.status != 404 {
		t.Errorf("unmapped path: %d", a.status)
	}
	if a := e.get("other.example.com/v1/pets"); a.status != 403 {
		t.Errorf("unknown domain: %d", a.status)
	}
	if _, err := c.DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: &id}); err == nil {
		t.Error("a mapped API was deleted")
	}
}

func TestEveryGatewaySeesAChangeAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api("GET /a")
	other := func(r *http.Request) {
		r.URL.Path = strings.Replace(r.URL.Path, "/_maru/", "/_aws/", 1) // a gateway of its own
	}
	integrations := must[*apigatewayv2.GetIntegrationsOutput](t)(e.APIGatewayV2().GetIntegrations(t.Context(), &apigatewayv2.GetIntegrationsInput{ApiId: &id}))
	check := func(path string, want int) {
		t.Helper()
		if a, b := e.get(id+path), e.get(id+path, other); a.status != want || b.status != want {
			t.Errorf("%s: %d and %d, want %d", path, a.status, b.status, want)
		}
	}
	check("/a", 200)
	check("/b", 404)
	e.route(id, "GET /b", *integrations.Items[0].IntegrationId)
	check("/b", 200)
	if _, err := e.APIGatewayV2().DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: &id}); err != nil {
		t.Fatal(err)
	}
	check("/a", 404)
}

package gateway_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

func TestCORSIsTheGatewaysAffairOnceConfigured(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api()
	e.fn.Set("cors", func([]byte) (string, string) {
		return `{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://integration.example","Access-Control-Allow-Methods":"BREW"}}`, ""
	})
	e.route(id, "GET /a", e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(functionARN("cors")), PayloadFormatVersion: aws.String("2.0"),
	}))
	ask := func(path, origin string) answer {
		return e.do("OPTIONS", id+path, "", header("Origin", origin), header("Access-Control-Request-Method", "GET"))
	}
	if a := e.get(id+"/a", header("Origin", "http://a.localhost")); a.header.Get("Access-Control-Allow-Origin") != "https://integration.example" {
		t.Errorf("without a configuration: %v", a.header)
	}
	if a := ask("/a", "http://a.localhost"); a.status != 404 {
		t.Errorf("preflight without a configuration: %d", a.status)
	}
	must[*apigatewayv2.UpdateApiOutput](t)(e.APIGatewayV2().UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &id, CorsConfiguration: &types.Cors{
		AllowOrigins: []string{"http://a.localhost", "https://*"}, AllowMethods: []string{"GET", "POST"}, AllowHeaders: []string{"x-a"},
		ExposeHeaders: []string{"x-b"}, MaxAge: aws.Int32(300), AllowCredentials: aws.Bool(true),
	}}))
	for _, path := range []string{"/a", "/no/route"} {
		a := ask(path, "http://a.localhost")
		want := map[string]string{
			"Access-Control-Allow-Origin": "http://a.localhost", "Access-Control-Allow-Methods": "GET,POST", "Access-Control-Allow-Headers": "x-a",
			"Access-Control-Max-Age": "300", "Access-Control-Allow-Credentials": "true",
		}
		for name, v := range want {
			if got := a.header.Get(name); got != v {
				t.Errorf("%s: %s is %q, want %q", path, name, got, v)
			}
		}
		if a.status != http.StatusNoContent {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := ask("/a", "http://evil.localhost"); a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %d %v", a.status, a.header)
	}
	if a := ask("/a", "https://b.localhost:3000"); a.header.Get("Access-Control-Allow-Origin") != "https://b.localhost:3000" {
		t.Errorf("a scheme's origin: %v", a.header)
	}
	a := e.get(id+"/a", header("Origin", "http://a.localhost"))
	if a.header.Get("Access-Control-Allow-Origin") != "http://a.localhost" || a.header.Get("Access-Control-Allow-Methods") != "" || a.header.Get("Access-Control-Expose-Headers") != "x-b" {
		t.Errorf("answer: %v", a.header)
	}
}

func TestADefaultRouteGuardsItsPreflights(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api()
	iss := newIssuer(t)
	jwt := func() *apigatewayv2.CreateAuthorizerInput {
		return &apigatewayv2.CreateAuthorizerInput{
			AuthorizerType: types.AuthorizerTypeJwt, IdentitySource: []string{"$request.header.Authorization"},
			JwtConfiguration: &types.JWTConfiguration{Issuer: &iss.URL, Audience: []string{"web"}},
		}
	}
	e.secured(id, "$default", jwt(), types.AuthorizationTypeJwt)
	e.secured(id, "ANY /guarded", jwt(), types.AuthorizationTypeJwt)
	must[*apigatewayv2.UpdateApiOutput](t)(e.APIGatewayV2().UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &id, CorsConfiguration: &types.Cors{
		AllowOrigins: []string{"*"}, AllowMethods: []string{"*"},
	}}))
	ask := func(path string) int {
		return e.do("OPTIONS", id+path, "", header("Origin", "http://a.localhost"), header("Access-Control-Request-Method", "GET")).status
	}
	if got := ask("/anything"); got != http.StatusUnauthorized {
		t.Errorf("$default: %d", got)
	}
	if got := ask("/guarded"); got != http.StatusNoContent {
		t.Errorf("a route of its own: %d", got)
	}
	e.route(id, "OPTIONS /{proxy+}", e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(functionARN("echo")), PayloadFormatVersion: aws.String("2.0"),
	}))
	if got := ask("/anything"); got != http.StatusNoContent {
		t.Errorf("with an OPTIONS route: %d", got)
	}
}

package gateway_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/golang-jwt/jwt/v5"
)

// issuer is an identity provider of one key.
type issuer struct {
	*httptest.Server

	key     *rsa.PrivateKey
	fetched atomic.Int32
}

// newIssuer starts an identity provider.
func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.fetched.Add(1)
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{
			"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// token signs claims, over good ones.
func (i *issuer) token(t *testing.T, now time.Time, change map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": i.URL, "aud": "web", "sub": "me", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "scope": "read write", "groups": []string{"a", "b"}, "n": 12345678901}
	for name, v := range change {
		if v == nil {
			delete(claims, name)
		} else {
			claims[name] = v
		}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "k1"
	signed, err := token.SignedString(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// secured adds a route with an authorizer.
func (e *env) secured(id, key string, in *apigatewayv2.CreateAuthorizerInput, kind types.AuthorizationType, scopes ...string) (authorizer string) {
	e.t.Helper()
	in.ApiId = &id
	in.Name = aws.String(key)
	authorizer = *must[*apigatewayv2.CreateAuthorizerOutput](e.t)(e.APIGatewayV2().CreateAuthorizer(e.t.Context(), in)).AuthorizerId
	e.route(id, key, e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(functionARN("echo")), PayloadFormatVersion: aws.String("2.0"),
	}))
	routes := must[*apigatewayv2.GetRoutesOutput](e.t)(e.APIGatewayV2().GetRoutes(e.t.Context(), &apigatewayv2.GetRoutesInput{ApiId: &id}))
	for _, r := range routes.Items {
		if *r.RouteKey == key {
			must[*apigatewayv2.UpdateRouteOutput](e.t)(e.APIGatewayV2().UpdateRoute(e.t.Context(), &apigatewayv2.UpdateRouteInput{
				ApiId: &id, RouteId: r.RouteId, AuthorizationType: kind, AuthorizerId: &authorizer, AuthorizationScopes: scopes,
			}))
		}
	}
	return authorizer
}

func TestJWTAuthorizer(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api()
	iss, other := newIssuer(t), newIssuer(t)
	e.secured(id, "GET /a", &apigatewayv2.CreateAuthorizerInput{
		AuthorizerType: types.AuthorizerTypeJwt, IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &types.JWTConfiguration{Issuer: &iss.URL, Audience: []string{"web", "app"}},
	}, types.AuthorizationTypeJwt, "write", "admin")
	now := e.Now()
	none := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": iss.URL, "aud": "web", "exp": now.Add(time.Hour).Unix()})
	unsigned, err := none.SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		token string
		want  int
		says  string
	}{
		"good":            {iss.token(t, now, nil), 200, ""},
		"client id":       {iss.token(t, now, map[string]any{"aud": nil, "client_id": "app"}), 200, ""},
		"scp":             {iss.token(t, now, map[string]any{"scope": nil, "scp": []string{"admin"}}), 200, ""},
		"none":            {"", 401, "Bearer"},
		"expired":         {iss.token(t, now, map[string]any{"exp": now.Add(-time.Second).Unix()}), 401, "the token has expired"},
		"no expiry":       {iss.token(t, now, map[string]any{"exp": nil}), 401, "invalid_token"},
		"not yet":         {iss.token(t, now, map[string]any{"nbf": now.Add(time.Hour).Unix()}), 401, "not valid yet"},
		"other audience":  {iss.token(t, now, map[string]any{"aud": "else"}), 401, "valid audience"},
		"other issuer":    {iss.token(t, now, map[string]any{"iss": other.URL}), 401, "invalid issuer"},
		"other key":       {other.token(t, now, map[string]any{"iss": iss.URL}), 401, "invalid signature"},
		"no scope":        {iss.token(t, now, map[string]any{"scope": "read"}), 403, "insufficient_scope"},
		"no signature":    {unsigned, 401, "invalid_token"},
		"no token at all": {"rubbish", 401, "invalid_token"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := e.get(id+"/a", header("Authorization", strings.TrimSpace("Bearer "+tt.token)))
			if tt.token == "" {
				got = e.get(id + "/a")
			}
			want := map[int]string{401: `{"message":"Unauthorized"}`, 403: `{"message":"Forbidden"}`}[tt.want]
			if got.status != tt.want || want != "" && got.body != want {
				t.Errorf("%d %s, want %d", got.status, got.body, tt.want)
			}
			if says := got.header.Get("Www-Authenticate"); !strings.Contains(says, tt.says) {
				t.Errorf("WWW-Authenticate: %s", says)
			}
		})
	}
	event := decoded(t, e.get(id+"/a", header("Authorization", iss.token(t, now, nil))))
	authorizer := event["requestContext"].(map[string]any)["authorizer"].(map[string]any)["jwt"].(map[string]any)
	claims := authorizer["claims"].(map[string]any)
	if claims["sub"] != "me" || claims["groups"] != "[a b]" || claims["n"] != "12345678901" {
		t.Errorf("claims %v", claims)
	}
	if n := iss.fetched.Load(); n != 1 {
		t.Errorf("the issuer's keys were fetched %d times", n)
	}
}

func TestLambdaAuthorizerWithSimpleResponses(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api()
	e.fn.Set("gate", func(event []byte) (string, string) {
		var in struct {
			Version, Type, RouteArn, RouteKey string
			IdentitySource                    []string
		}
		if err := json.Unmarshal(event, &in); err != nil || in.Version != "2.0" || in.Type != "REQUEST" || in.RouteKey != "GET /a" {
			return string(event), "Unhandled"
		}
		switch in.IdentitySource[0] {
		case "open":
			return `{"isAuthorized":true,"context":{"user":"ann","n":7,"list":[1]}}`, ""
		case "broken":
			return `{"allowed":true}`, ""
		case "failing":
			return `{"errorMessage":"x"}`, "Unhandled"
		}
		return `{"isAuthorized":false}`, ""
	})
	authorizer := e.secured(id, "GET /a", &apigatewayv2.CreateAuthorizerInput{
		AuthorizerType: types.AuthorizerTypeRequest, AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true),
		AuthorizerUri:  aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + functionARN("gate") + "/invocations"),
		IdentitySource: []string{"$request.header.X-Key", "$request.querystring.tenant"}, AuthorizerResultTtlInSeconds: aws.Int32(60),
	}, types.AuthorizationTypeCustom)
	for key, want := range map[string]int{"open": 200, "shut": 403, "": 401, "broken": 500, "failing": 500} {
		a := e.get(id+"/a?tenant=1", header("X-Key", key))
		if a.status != want {
			t.Errorf("%q: %d %s", key, a.status, a.body)
		}
	}
	if a := e.get(id+"/a", header("X-Key", "open")); a.status != 401 {
		t.Errorf("without the second identity source: %d", a.status)
	}
	before := e.fn.Called("gate")
	event := decoded(t, e.get(id+"/a?tenant=1", header("X-Key", "open")))
	if e.fn.Called("gate") != before {
		t.Error("a verdict in its time to live was asked for again")
	}
	got, _ := json.Marshal(event["requestContext"].(map[string]any)["authorizer"])
	if string(got) != `{"lambda":{"list":[1],"n":7,"user":"ann"}}` {
		t.Errorf("authorizer context %s", got)
	}
	for name, forget := range map[string]func(){
		"reset": func() {
			must[*apigatewayv2.ResetAuthorizersCacheOutput](t)(e.APIGatewayV2().ResetAuthorizersCache(t.Context(), &apigatewayv2.ResetAuthorizersCacheInput{ApiId: &id, StageName: aws.String("$default")}))
		},
		"time": func() { e.Advance(61 * time.Second) },
	} {
		before := e.fn.Called("gate")
		forget()
		e.get(id+"/a?tenant=1", header("X-Key", "open"))
		if e.fn.Called("gate") != before+1 {
			t.Errorf("%s: the old verdict still counts", name)
		}
	}
	if _, err := e.APIGatewayV2().DeleteAuthorizer(t.Context(), &apigatewayv2.DeleteAuthorizerInput{ApiId: &id, AuthorizerId: &authorizer}); err == nil {
		t.Error("an authorizer in use was deleted")
	}
}

func TestLambdaAuthorizerWithPolicies(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api()
	e.fn.Set("gate", func(event []byte) (string, string) {
		var in struct{ Version, MethodArn, IdentitySource, AuthorizationToken string }
		if err := json.Unmarshal(event, &in); err != nil || in.Version != "1.0" || in.AuthorizationToken != in.IdentitySource {
			return string(event), "Unhandled"
		}
		effect := "Deny"
		if in.IdentitySource == "open" {
			effect = "Allow"
		}
		if in.IdentitySource == "elsewhere" {
			effect, in.MethodArn = "Allow", strings.Replace(in.MethodArn, "GET", "POST", 1)
		}
		return `{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"` + effect + `","Resource":"` + in.MethodArn + `"}]},"context":{"k":"v"}}`, ""
	})
	e.secured(id, "GET /a/{x}", &apigatewayv2.CreateAuthorizerInput{
		AuthorizerType: types.AuthorizerTypeRequest, AuthorizerPayloadFormatVersion: aws.String("1.0"),
		AuthorizerUri:  aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + functionARN("gate") + "/invocations"),
		IdentitySource: []string{"$request.header.X-Key"}, AuthorizerResultTtlInSeconds: aws.Int32(0),
	}, types.AuthorizationTypeCustom)
	for key, want := range map[string]int{"open": 200, "shut": 403, "elsewhere": 403} {
		if a := e.get(id+"/a/1", header("X-Key", key)); a.status != want {
			t.Errorf("%q: %d %s", key, a.status, a.body)
		}
	}
}

func TestIAMAuthorizationWantsAKey(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	id := e.api("GET /a")
	routes := must[*apigatewayv2.GetRoutesOutput](t)(e.APIGatewayV2().GetRoutes(t.Context(), &apigatewayv2.GetRoutesInput{ApiId: &id}))
	must[*apigatewayv2.UpdateRouteOutput](t)(e.APIGatewayV2().UpdateRoute(t.Context(), &apigatewayv2.UpdateRouteInput{
		ApiId: &id, RouteId: routes.Items[0].RouteId, AuthorizationType: types.AuthorizationTypeAwsIam,
	}))
	if a := e.get(id + "/a"); a.status != 403 || a.body != `{"message":"Forbidden"}` {
		t.Errorf("unsigned: %d %s", a.status, a.body)
	}
	event := decoded(t, e.get(id+"/a", header("Authorization", "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00")))
	iam := event["requestContext"].(map[string]any)["authorizer"].(map[string]any)["iam"].(map[string]any)
	if iam["accountId"] != "123456789012" {
		t.Errorf("iam %v", iam)
	}
}

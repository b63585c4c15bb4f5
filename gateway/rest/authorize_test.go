package rest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/golang-jwt/jwt/v5"

	"maru.dev/maru/gateway/rest"
)

// What the authorizers of AWS say, word by word.
const (
	unauthorized = `{"message":"Unauthorized"}`
	denied       = `{"Message":"User is not authorized to access this resource with an explicit deny"}`
	notAllowed   = `{"Message":"User is not authorized to access this resource"}`
	silent       = `{"message":null}`
)

// gate makes a function that lets in by the word that it finds in its event.
func (e *env) gate(name string, word func(event map[string]any) string) {
	e.fn.Set(name, func(raw []byte) (string, string) {
		var event map[string]any
		if err := json.Unmarshal(raw, &event); err != nil {
			return `{"errorMessage":"no JSON"}`, "Unhandled"
		}
		arn, _ := event["methodArn"].(string)
		statement := func(effect, resource string) string {
			return `{"Action":"execute-api:Invoke","Effect":"` + effect + `","Resource":"` + resource + `"}`
		}
		statements := ""
		switch word(event) {
		case "open":
			statements = statement("Allow", arn)
		case "all":
			statements = statement("Allow", strings.SplitN(arn, "/", 2)[0]+"/*/GET/pets/*")
		case "shut":
			statements = statement("Deny", arn)
		case "elsewhere":
			statements = statement("Allow", arn+"/x")
		case "nobody":
			return `{"errorMessage":"Unauthorized","errorType":"Error"}`, "Unhandled"
		case "failing":
			return `{"errorMessage":"boom"}`, "Unhandled"
		case "broken":
			return `{"principalId":"x"}`, ""
		}
		return `{"principalId":"ann","policyDocument":{"Version":"2012-10-17","Statement":[` + statements + `]},"context":{"n":7,"b":true,"s":"x"},"usageIdentifierKey":"the-key-of-ann-is-long-enough"}`, ""
	})
}

// guarded makes an API whose methods have an authorizer.
func (e *env) guarded(in *apigateway.CreateAuthorizerInput, keys ...string) *restAPI {
	e.t.Helper()
	a := e.restAPI()
	id := a.authorizer(in)
	kind := "CUSTOM"
	if in.Type == types.AuthorizerTypeCognitoUserPools {
		kind = "COGNITO_USER_POOLS"
	}
	for _, key := range keys {
		a.method(key, &apigateway.PutMethodInput{AuthorizationType: &kind, AuthorizerId: id},
			&apigateway.PutIntegrationInput{Type: types.IntegrationTypeAwsProxy, Uri: functionURI("echo")})
	}
	a.deploy("prod")
	return a
}

func TestTokenAuthorizer(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.gate("gate", func(event map[string]any) string {
		if event["type"] != "TOKEN" {
			return "failing"
		}
		token, _ := event["authorizationToken"].(string)
		return strings.TrimPrefix(token, "Bearer ")
	})
	a := e.guarded(&apigateway.CreateAuthorizerInput{
		Type: types.AuthorizerTypeToken, AuthorizerUri: functionURI("gate"), IdentitySource: aws.String("method.request.header.Authorization"),
		IdentityValidationExpression: aws.String("Bearer [a-z]+"), AuthorizerResultTtlInSeconds: aws.Int32(60),
	}, "GET /pets", "GET /pets/{id}")
	for token, want := range map[string]answer{
		"":                 {status: 401, body: unauthorized},
		"Basic x":          {status: 401, body: unauthorized},
		"Bearer shut":      {status: 403, body: denied},
		"Bearer elsewhere": {status: 403, body: notAllowed},
		"Bearer nobody":    {status: 401, body: unauthorized},
		"Bearer failing":   {status: 500, body: silent},
		"Bearer broken":    {status: 500, body: silent},
	} {
		kind := map[int]string{401: "UnauthorizedException", 403: "AccessDeniedException", 500: "AuthorizerFailureException"}[want.status]
		if token == "Bearer broken" {
			kind = "AuthorizerConfigurationException"
		}
		t.Run(token, func(t *testing.T) {
			a.call("GET /pets", "", header("Authorization", token)).is(t, want.status, kind, want.body)
		})
	}
	event := decoded(t, a.call("GET /pets", "", header("Authorization", "Bearer open")))
	if got := textOf(event["requestContext"].(map[string]any)["authorizer"]); got != "map[b:true n:7 principalId:ann s:x]" {
		t.Errorf("authorizer %s", got)
	}
}

// A verdict is kept by its token for its time, whichever method is asked for: its
// policy says where it lets in.
func TestVerdictsAreKept(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.gate("gate", func(event map[string]any) string { token, _ := event["authorizationToken"].(string); return token })
	a := e.guarded(&apigateway.CreateAuthorizerInput{
		Type: types.AuthorizerTypeToken, AuthorizerUri: functionURI("gate"), IdentitySource: aws.String("method.request.header.X-Token"),
		AuthorizerResultTtlInSeconds: aws.Int32(60),
	}, "GET /pets/{id}", "GET /else")
	for _, path := range []string{"/pets/1", "/pets/2"} {
		a.call("GET "+path, "", header("X-Token", "all")).is(t, 200, "", "")
	}
	a.call("GET /else", "", header("X-Token", "all")).is(t, 403, "AccessDeniedException", notAllowed)
	if n := e.fn.Called("gate"); n != 1 {
		t.Errorf("the function was asked %d times", n)
	}
	for n, forget := range []func(){
		func() { e.Advance(61 * time.Second) },
		func() {
			must[*apigateway.FlushStageAuthorizersCacheOutput](t)(e.APIGateway().FlushStageAuthorizersCache(t.Context(), &apigateway.FlushStageAuthorizersCacheInput{RestApiId: &a.id, StageName: aws.String("prod")}))
		},
	} {
		forget()
		a.call("GET /pets/1", "", header("X-Token", "all")).is(t, 200, "", "")
		if got := e.fn.Called("gate"); got != n+2 {
			t.Errorf("after forgetting the function was asked %d times", got)
		}
	}
}

func TestRequestAuthorizer(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.gate("gate", func(event map[string]any) string {
		query, _ := event["queryStringParameters"].(map[string]any)
		if event["type"] != "REQUEST" || event["body"] != nil || event["resource"] != "/pets" {
			return "failing"
		}
		word, _ := query["word"].(string)
		return word
	})
	a := e.guarded(&apigateway.CreateAuthorizerInput{
		Type: types.AuthorizerTypeRequest, AuthorizerUri: functionURI("gate"),
		IdentitySource: aws.String("method.request.header.X-Who, method.request.querystring.word"), AuthorizerResultTtlInSeconds: aws.Int32(0),
	}, "GET /pets")
	a.call("GET /pets?word=open", "").is(t, 401, "UnauthorizedException", unauthorized)
	a.call("GET /pets", "", header("X-Who", "me")).is(t, 401, "UnauthorizedException", unauthorized)
	a.call("GET /pets?word=shut", "", header("X-Who", "me")).is(t, 403, "AccessDeniedException", denied)
	for range 2 {
		a.call("GET /pets?word=open", "", header("X-Who", "me")).is(t, 200, "", "")
	}
	if n := e.fn.Called("gate"); n != 3 {
		t.Errorf("without a time to live the function was asked %d times", n)
	}
}

func TestIAMAuthorization(t *testing.T) {
	t.Parallel()
	a := newEnv(t).restAPI()
	a.method("GET /pets", &apigateway.PutMethodInput{AuthorizationType: aws.String("AWS_IAM")},
		&apigateway.PutIntegrationInput{Type: types.IntegrationTypeAwsProxy, Uri: functionURI("echo")})
	a.deploy("prod")
	a.call("GET /pets", "").is(t, 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`)
	event := decoded(t, a.call("GET /pets", "", header("Authorization", "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00")))
	identity := event["requestContext"].(map[string]any)["identity"].(map[string]any)
	if identity["accountId"] != "123456789012" || identity["userArn"] != "arn:aws:iam::123456789012:root" {
		t.Errorf("identity %v", identity)
	}
}

func TestResourcePolicy(t *testing.T) {
	t.Parallel()
	policy := func(statements string) func(in *apigateway.CreateRestApiInput) {
		return func(in *apigateway.CreateRestApiInput) {
			in.Policy = aws.String(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
		}
	}
	const (
		open   = `{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}`
		secret = `{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/prod/GET/secret"}`
		away   = `{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`
	)
	e := newEnv(t)
	for name, tt := range map[string]struct {
		statements string
		status     int
		says       string
	}{
		"open":   {open, 200, ""},
		"secret": {open + "," + secret, 403, " with an explicit deny"},
		"away":   {away, 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := e.restAPI(policy(tt.statements))
			a.proxy("GET /secret", "echo")
			a.deploy("prod")
			got := a.call("GET /secret", "")
			want := ""
			if tt.status == 403 {
				want = `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:` + a.id + `/prod/GET/secret` + tt.says + `"}`
			}
			got.is(t, tt.status, got.header.Get("X-Amzn-Errortype"), want)
		})
	}
}

// pool is the issuer of a user pool's tokens, of one key.
type pool struct {
	*httptest.Server

	key *rsa.PrivateKey
}

// newPool starts an issuer.
func newPool(t *testing.T) *pool {
	t.Helper()
	p := &pool{key: must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))}
	mux := http.NewServeMux()
	mux.HandleFunc("/us-east-1_p/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"jwks_uri": p.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{
			"kty": "RSA", "kid": "k", "n": base64.RawURLEncoding.EncodeToString(p.key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(p.key.E)).Bytes()),
		}}})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// token signs claims.
func (p *pool) token(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "k"
	return must[string](t)(token.SignedString(p.key))
}

func TestUserPools(t *testing.T) {
	t.Parallel()
	p, other := newPool(t), newPool(t)
	e := newEnv(t, func(o *rest.Options) { o.Issuer = func(_, pool string) string { return p.URL + "/" + pool } })
	a := e.restAPI()
	id := a.authorizer(&apigateway.CreateAuthorizerInput{
		Type: types.AuthorizerTypeCognitoUserPools, IdentitySource: aws.String("method.request.header.Authorization"),
		ProviderARNs: []string{"arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_p"},
	})
	for key, scopes := range map[string][]string{"GET /any": nil, "GET /scoped": {"pets/read"}} {
		a.method(key, &apigateway.PutMethodInput{AuthorizationType: aws.String("COGNITO_USER_POOLS"), AuthorizerId: id, AuthorizationScopes: scopes},
			&apigateway.PutIntegrationInput{Type: types.IntegrationTypeAwsProxy, Uri: functionURI("echo")})
	}
	a.deploy("prod")
	now := e.Now()
	claims := func(change jwt.MapClaims) jwt.MapClaims {
		c := jwt.MapClaims{"iss": p.URL + "/us-east-1_p", "sub": "me", "exp": now.Add(time.Hour).Unix(), "scope": "pets/read pets/write"}
		for name, v := range change {
			c[name] = v
		}
		return c
	}
	for name, tt := range map[string]struct {
		key, token string
		status     int
		body       string
	}{
		"good":       {"GET /any", p.token(t, claims(nil)), 200, ""},
		"bearer":     {"GET /any", "Bearer " + p.token(t, claims(nil)), 200, ""},
		"scoped":     {"GET /scoped", p.token(t, claims(nil)), 200, ""},
		"no scope":   {"GET /scoped", p.token(t, claims(jwt.MapClaims{"scope": "else"})), 401, unauthorized},
		"expired":    {"GET /any", p.token(t, claims(jwt.MapClaims{"exp": now.Add(-time.Minute).Unix()})), 401, `{"message":"The incoming token has expired"}`},
		"other pool": {"GET /any", other.token(t, claims(jwt.MapClaims{"iss": other.URL + "/us-east-1_p"})), 401, unauthorized},
		"other key":  {"GET /any", other.token(t, claims(nil)), 401, unauthorized},
		"none":       {"GET /any", "", 401, unauthorized},
		"rubbish":    {"GET /any", "rubbish", 401, unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			a.call(tt.key, "", header("Authorization", tt.token)).is(t, tt.status, "", tt.body)
		})
	}
	event := decoded(t, a.call("GET /any", "", header("Authorization", p.token(t, claims(nil)))))
	got := event["requestContext"].(map[string]any)["authorizer"].(map[string]any)["claims"].(map[string]any)
	if got["sub"] != "me" || got["scope"] != "pets/read pets/write" {
		t.Errorf("claims %v", got)
	}
}

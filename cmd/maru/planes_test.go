package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	restapi "github.com/aws/aws-sdk-go-v2/service/apigateway"
	apigw "github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sdksns "github.com/aws/aws-sdk-go-v2/service/sns"

	iamapi "maru.dev/maru/api/iam"
	stsapi "maru.dev/maru/api/sts"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway"
	"maru.dev/maru/service/apigatewayv2"
	iamservice "maru.dev/maru/service/iam"
	"maru.dev/maru/service/lambda"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sts"
)

// proving is a server whose keys are proved.
type proving struct {
	*testenv.Env

	t    *testing.T
	root aws.Config
	key  auth.Key
}

func newProving(t *testing.T) *proving {
	t.Helper()
	env := testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing, Mounts: dataPlanes},
		apigateway.Registration(), apigatewayv2.Registration(), lambda.Registration(), service.Registration{Model: iamapi.Model, New: func(d service.Deps) any { return iamservice.New(d) }}, service.Registration{Model: stsapi.Model, New: func(d service.Deps) any { return sts.New(d) }}, sns.Registration())
	p := &proving{Env: env, t: t}
	p.key = p.newKey(auth.RootPrincipal(testenv.Account))
	p.root = env.Config()
	p.root.Credentials = credentials.NewStaticCredentialsProvider(p.key.ID, string(p.key.Secret), "")
	return p
}

// newKey makes a key of a principal.
func (p *proving) newKey(who call.Principal) auth.Key {
	p.t.Helper()
	key := auth.NewKey(ids.New(rand.Reader), who, time.Time{})
	if err := p.Store().Update(p.t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, key) }); err != nil {
		p.t.Fatal(err)
	}
	return key
}

// post sends a body to a path, signed by a key as a service's request; an empty
// service signs nothing. change comes after the signature.
func (p *proving) post(path, body, service string, key auth.Key, change func(r *http.Request)) (int, string) {
	p.t.Helper()
	got := p.Ask(p.t, http.MethodPost, path, body, func(r *http.Request) {
		if service != "" {
			sum := sha256.Sum256([]byte(body))
			creds := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: string(key.Secret), SessionToken: string(key.Token)}
			if err := signer.NewSigner().SignHTTP(p.t.Context(), creds, r, hex.EncodeToString(sum[:]), service, testenv.Region, time.Now()); err != nil {
				p.t.Fatal(err)
			}
		}
		if change != nil {
			change(r)
		}
	})
	return got.Status, got.Body
}

// otherBody changes a request's body after it was signed.
func otherBody(r *http.Request) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader("other")), 5
}

// route makes an API with one route that wants IAM authorization, and returns its
// path.
func (p *proving) route() string {
	p.t.Helper()
	ctx, client := p.t.Context(), apigw.NewFromConfig(p.root)
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(append([]byte("got "), body...))
	}))
	p.t.Cleanup(behind.Close)
	made, err := client.CreateApi(ctx, &apigw.CreateApiInput{Name: aws.String("a"), ProtocolType: "HTTP", Target: &behind.URL})
	if err != nil {
		p.t.Fatal(err)
	}
	routes, err := client.GetRoutes(ctx, &apigw.GetRoutesInput{ApiId: made.ApiId})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := client.UpdateRoute(ctx, &apigw.UpdateRouteInput{ApiId: made.ApiId, RouteId: routes.Items[0].RouteId, AuthorizationType: "AWS_IAM"}); err != nil {
		p.t.Fatal(err)
	}
	return "/_maru/execute-api/" + *made.ApiId + "/x"
}

func TestRoutesWithIAMAuthorizationProveTheirCallers(t *testing.T) {
	t.Parallel()
	p := newProving(t)
	path := p.route()
	user := p.newKey(call.Principal{Kind: call.User, Account: testenv.Account, UserID: "AIDA", ARN: "arn:aws:iam::000000000000:user/u"})
	unknown := auth.NewKey(ids.New(rand.Reader), auth.RootPrincipal(testenv.Account), time.Time{})
	tests := map[string]struct {
		service string
		key     auth.Key
		change  func(r *http.Request)
		want    int
	}{
		"signed by root":              {"execute-api", p.key, nil, 200},
		"not signed":                  {"", p.key, nil, 403},
		"signed for another service":  {"lambda", p.key, nil, 403},
		"signed by an unknown key":    {"execute-api", unknown, nil, 403},
		"signed by a user":            {"execute-api", user, nil, 403},
		"another body than signed":    {"execute-api", p.key, otherBody, 403},
		"another address than signed": {"execute-api", p.key, func(r *http.Request) { r.URL.Path += "y" }, 403},
	}
	for name, tt := range tests {
		status, body := p.post(path, "hello", tt.service, tt.key, tt.change)
		want := `{"message":"Forbidden"}`
		if tt.want == 200 {
			want = "got hello"
		}
		if status != tt.want || body != want {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// method makes a REST API whose only method wants IAM authorization, with a policy
// for the resources below the API, and returns its path.
func (p *proving) method(policy string) string {
	p.t.Helper()
	ctx, client := p.t.Context(), restapi.NewFromConfig(p.root)
	made, err := client.CreateRestApi(ctx, &restapi.CreateRestApiInput{Name: aws.String("a"), Policy: aws.String(policy)})
	if err != nil {
		p.t.Fatal(err)
	}
	post := aws.String(http.MethodPost)
	_, err = client.PutMethod(ctx, &restapi.PutMethodInput{RestApiId: made.Id, ResourceId: made.RootResourceId, HttpMethod: post, AuthorizationType: aws.String("AWS_IAM")})
	if err == nil {
		_, err = client.PutIntegration(ctx, &restapi.PutIntegrationInput{
			RestApiId: made.Id, ResourceId: made.RootResourceId, HttpMethod: post, Type: "MOCK",
			RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
		})
	}
	if err == nil {
		_, err = client.PutMethodResponse(ctx, &restapi.PutMethodResponseInput{RestApiId: made.Id, ResourceId: made.RootResourceId, HttpMethod: post, StatusCode: aws.String("200")})
	}
	if err == nil {
		_, err = client.PutIntegrationResponse(ctx, &restapi.PutIntegrationResponseInput{RestApiId: made.Id, ResourceId: made.RootResourceId, HttpMethod: post, StatusCode: aws.String("200")})
	}
	if err == nil {
		_, err = client.CreateDeployment(ctx, &restapi.CreateDeploymentInput{RestApiId: made.Id, StageName: aws.String("prod")})
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return "/_maru/execute-api/" + *made.Id + "/prod"
}

func TestMethodsWithIAMAuthorizationProveTheirCallers(t *testing.T) {
	t.Parallel()
	p := newProving(t)
	path := p.method(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/u"},"Action":"execute-api:Invoke","Resource":"execute-api:/prod/POST/*"}]}`)
	user := func(name string) auth.Key {
		return p.newKey(call.Principal{Kind: call.User, Account: testenv.Account, UserID: "AIDA" + name, ARN: "arn:aws:iam::000000000000:user/" + name})
	}
	unknown := auth.NewKey(ids.New(rand.Reader), auth.RootPrincipal(testenv.Account), time.Time{})
	for name, tt := range map[string]struct {
		service string
		key     auth.Key
		change  func(r *http.Request)
		want    int
	}{
		"signed by root":                    {"execute-api", p.key, nil, 200},
		"signed by whom the policy lets":    {"execute-api", user("u"), nil, 200},
		"signed by another":                 {"execute-api", user("v"), nil, 403},
		"not signed":                        {"", p.key, nil, 403},
		"signed by an unknown key":          {"execute-api", unknown, nil, 403},
		"another body than that was signed": {"execute-api", p.key, otherBody, 403},
	} {
		if status, body := p.post(path, "{}", tt.service, tt.key, tt.change); status != tt.want {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// crash is an archive with a program that ends at once.
func crash(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "bootstrap"}
	header.SetMode(0o755)
	f, err := z.CreateHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("#!/bin/sh\nexit 1\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// function makes a role and a function that fails whenever it is called.
func (p *proving) function(ctx context.Context) *sdklambda.Client {
	p.t.Helper()
	role, err := iam.NewFromConfig(p.root).CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	if err != nil {
		p.t.Fatal(err)
	}
	client := sdklambda.NewFromConfig(p.root)
	in := &sdklambda.CreateFunctionInput{
		FunctionName: aws.String("f"), Role: aws.String("arn:aws:iam::000000000000:role/none"), Runtime: "provided.al2023", Handler: aws.String("x"),
		Code: &lambdatypes.FunctionCode{ZipFile: crash(p.t)},
	}
	if _, err := client.CreateFunction(ctx, in); testenv.ErrorCode(err) != "InvalidParameterValueException" || !strings.Contains(err.Error(), "cannot be assumed by Lambda") {
		p.t.Errorf("a function with a role that is not there: %v", err)
	}
	in.Role = role.Role.Arn
	if _, err := client.CreateFunction(ctx, in); err != nil {
		p.t.Fatal(err)
	}
	return client
}

func TestFunctionURLsProveTheirCallers(t *testing.T) {
	t.Parallel()
	p := newProving(t)
	ctx, name := t.Context(), aws.String("f")
	client := p.function(ctx)
	made, err := client.CreateFunctionUrlConfig(ctx, &sdklambda.CreateFunctionUrlConfigInput{FunctionName: name, AuthType: "AWS_IAM"})
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`//([a-z0-9]+)\.`).FindStringSubmatch(*made.FunctionUrl)
	if id == nil {
		t.Fatalf("no id in %s", *made.FunctionUrl)
	}
	path := "/_maru/lambda-url/" + id[1] + "/"
	user := p.newKey(call.Principal{Kind: call.User, Account: testenv.Account, UserID: "AIDA", ARN: "arn:aws:iam::000000000000:user/u"})
	ask := func(what, service string, key auth.Key, change func(r *http.Request), status int, text string) {
		t.Helper()
		if got, body := p.post(path, "hello", service, key, change); got != status || !strings.Contains(body, text) {
			t.Errorf("%s: %d %s, want %d", what, got, body, status)
		}
	}
	const run = http.StatusBadGateway // the function was run, and failed
	ask("signed by root", "lambda", p.key, nil, run, "")
	ask("not signed", "", p.key, nil, 403, `{"Message":"Forbidden"}`)
	ask("another body than signed", "lambda", p.key, otherBody, 403, "signature we calculated does not match")
	ask("signed by a user", "lambda", user, nil, 403, `{"Message":"Forbidden"}`)
	if _, err := client.AddPermission(ctx, &sdklambda.AddPermissionInput{
		FunctionName: name, StatementId: aws.String("u"), Action: aws.String("lambda:InvokeFunctionUrl"), Principal: aws.String(user.Principal.ARN), FunctionUrlAuthType: "AWS_IAM",
	}); err != nil {
		t.Fatal(err)
	}
	ask("signed by a user whom the policy lets in", "lambda", user, nil, run, "")
	if _, err := client.UpdateFunctionUrlConfig(ctx, &sdklambda.UpdateFunctionUrlConfigInput{FunctionName: name, AuthType: "NONE"}); err != nil {
		t.Fatal(err)
	}
	ask("a URL for all, before the policy says so", "", p.key, nil, 403, `{"Message":"Forbidden"}`)
	if _, err := client.AddPermission(ctx, &sdklambda.AddPermissionInput{
		FunctionName: name, StatementId: aws.String("all"), Action: aws.String("lambda:InvokeFunctionUrl"), Principal: aws.String("*"), FunctionUrlAuthType: "NONE",
	}); err != nil {
		t.Fatal(err)
	}
	ask("a URL for all", "", p.key, nil, run, "")
	if _, err := iam.NewFromConfig(p.root).DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("r")}); err != nil {
		t.Fatal(err)
	}
	_, err = client.Invoke(ctx, &sdklambda.InvokeInput{FunctionName: name})
	if testenv.ErrorCode(err) != "AccessDeniedException" || !strings.Contains(err.Error(), "cannot be assumed by Lambda") {
		t.Errorf("a function whose role is gone: %v", err)
	}
}

// The link in a confirmation is followed by people and programs without a key.
func TestConfirmationLinksNeedNoSignature(t *testing.T) {
	t.Parallel()
	p := newProving(t)
	ctx, client := t.Context(), sdksns.NewFromConfig(p.root)
	links := make(chan string, 1)
	behind := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if m := regexp.MustCompile(`"SubscribeURL" ?: ?"([^"]+)"`).FindSubmatch(body); m != nil {
			links <- strings.ReplaceAll(string(m[1]), `\u0026`, "&")
		}
	}))
	t.Cleanup(behind.Close)
	topic, err := client.CreateTopic(ctx, &sdksns.CreateTopicInput{Name: aws.String("t")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Subscribe(ctx, &sdksns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("http"), Endpoint: &behind.URL}); err != nil {
		t.Fatal(err)
	}
	path, ours := strings.CutPrefix(<-links, p.URL())
	if !ours {
		t.Fatalf("the link leads to %s", path)
	}
	if got := p.Ask(t, http.MethodGet, path+"0", ""); got.Status != 400 || !strings.Contains(got.Body, "Token") {
		t.Errorf("a forged link: %d %s", got.Status, got.Body)
	}
	if got := p.Ask(t, http.MethodGet, path, ""); got.Status != 200 || !strings.Contains(got.Body, "<SubscriptionArn>arn:") {
		t.Errorf("the link: %d %s", got.Status, got.Body)
	}
	if got := p.Ask(t, http.MethodGet, strings.Replace(path, "ConfirmSubscription", "DeleteTopic", 1), ""); got.Status != 403 {
		t.Errorf("another action: %d", got.Status)
	}
}

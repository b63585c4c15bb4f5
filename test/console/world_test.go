package console

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/testenv"
)

// world is a maru with two examples on it that have been used: one in which
// customers sign up and the granting of points is broken, and one with
// workflows.
type world struct {
	*testenv.Proc

	browser   context.Context
	resources map[string]string // physical ids by stack and logical id: "shop.Profiles"
}

// newWorld starts maru, deploys and makes traffic.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{browser: browser(t), resources: make(map[string]string)}
	w.Proc = testenv.Process(t)
	w.deploy(t, "shop", "m15-choreography", map[string]string{"PointsFail": "yes", "RetryAfter": "2"})
	w.deploy(t, "orders", "w08-workflow", nil)
	for _, name := range []string{"Ada", "Grace", "Alan"} {
		w.ask(t, "shop", "/customers", map[string]string{"name": name + " Doe", "email": name + "@example.com"})
	}
	w.ask(t, "orders", "/orders", map[string]any{"items": []any{map[string]any{"name": "tea", "count": 2}}})
	w.addBroken(t)
	w.addCatalog(t)
	return w
}

// broken is a function that fails whenever it is called.
const broken = "warehouse"

// codeOf is its code.
func codeOf(t *testing.T) *types.FunctionCode {
	t.Helper()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	file, err := z.Create("index.py")
	if err == nil {
		_, err = io.WriteString(file, "def handler(event, context):\n    print('counting boxes')\n    raise RuntimeError('the warehouse is out of order')\n")
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return &types.FunctionCode{ZipFile: archive.Bytes()}
}

// addBroken puts it behind an API, and calls it.
func (w *world) addBroken(t *testing.T) {
	t.Helper()
	function := struct{ FunctionArn string }{}
	w.call(t, "lambda", "CreateFunction", map[string]any{
		"FunctionName": broken, "Runtime": "python3.12", "Handler": "index.handler", "Role": "arn:aws:iam::000000000000:role/r",
		"Code": map[string]any{"ZipFile": codeOf(t).ZipFile}, "Description": "Fails whenever it is called.",
	}, &function)
	api := struct{ ApiId string }{}
	w.call(t, "apigatewayv2", "CreateApi", map[string]any{"Name": "stock", "ProtocolType": "HTTP", "Target": function.FunctionArn}, &api)
	w.call(t, "lambda", "AddPermission", map[string]string{
		"FunctionName": broken, "StatementId": "api", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com",
	}, nil)
	testenv.Eventually(t, "the function has failed", func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL()+"/_maru/execute-api/"+api.ApiId+"/$default/boxes", nil)
		if err != nil {
			return false
		}
		reply, err := w.HTTP().Do(r)
		if err != nil {
			return false
		}
		defer reply.Body.Close()
		return reply.StatusCode == http.StatusInternalServerError
	})
}

// catalog is a REST API that answers for itself.
const catalog = `{
  "swagger": "2.0", "info": {"title": "catalog", "description": "Books, by number."},
  "paths": {"/books/{id}": {
    "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}],
    "get": {
      "responses": {"200": {"description": "the book"}},
      "x-amazon-apigateway-integration": {
        "type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {
          "application/json": "{\"title\": \"The book with the number $input.params('id')\"}"
        }}}
      }
    },
    "delete": {
      "security": [{"api_key": []}], "responses": {"204": {"description": "it is gone"}},
      "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "DELETE", "uri": "http://127.0.0.1:9/books"}
    }
  }},
  "securityDefinitions": {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
}`

// addCatalog deploys it on a stage, with a plan for those who have a key.
func (w *world) addCatalog(t *testing.T) {
	t.Helper()
	api := struct{ ID string }{}
	w.call(t, "apigateway", "ImportRestApi", map[string]any{"body": []byte(catalog)}, &api)
	w.call(t, "apigateway", "CreateDeployment", map[string]string{"restApiId": api.ID, "stageName": "dev"}, nil)
	w.call(t, "apigateway", "CreateUsagePlan", map[string]any{
		"name": "readers", "apiStages": []any{map[string]string{"apiId": api.ID, "stage": "dev"}},
		"throttle": map[string]any{"rateLimit": 20, "burstLimit": 5}, "quota": map[string]any{"limit": 1000, "period": "DAY"},
	}, nil)
	w.resources["catalog"] = api.ID
}

// deploy deploys an example.
func (w *world) deploy(t *testing.T, stack, example string, parameters map[string]string) {
	t.Helper()
	_, err := deploy.Run(t.Context(), w.Config(), deploy.Options{
		Template: filepath.Join("..", "..", "examples", example, "template.yaml"), Stack: stack, Parameters: parameters,
	})
	if err != nil {
		t.Fatalf("deploy %s: %v", example, err)
	}
	out, err := w.CloudFormation().DescribeStackResources(t.Context(), &cloudformation.DescribeStackResourcesInput{StackName: &stack})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range out.StackResources {
		w.resources[stack+"."+*r.LogicalResourceId] = aws.ToString(r.PhysicalResourceId)
	}
}

// name is the last part of a resource's physical id: what views call it.
func (w *world) name(resource string) string {
	id := w.resources[resource]
	return id[strings.LastIndexAny(id, ":/")+1:]
}

// ask posts to an example's API.
func (w *world) ask(t *testing.T, stack, path string, body any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	url := w.URL() + "/_maru/execute-api/" + w.resources[stack+".Api"] + "/$default" + path
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := w.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if said, err := io.ReadAll(reply.Body); err != nil || reply.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s%s: %s %s %v", stack, path, reply.Status, said, err)
	}
}

// open opens the console on a desk's screen.
func (w *world) open(t *testing.T) *tab {
	t.Helper()
	return open(w.browser, t, w.URL(), "light", 1360, 860)
}

// call calls an operation as the page would.
func (w *world) call(tb testing.TB, service, operation string, in, out any) {
	tb.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, fmt.Sprintf("%s/_maru/api/%s/%s", w.URL(), service, operation), bytes.NewReader(raw))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Maru-Console", "1")
	reply, err := w.HTTP().Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK {
		tb.Fatalf("%s.%s: %s %s %v", service, operation, reply.Status, said, err)
	}
	if out != nil {
		if err := json.Unmarshal(said, out); err != nil {
			tb.Fatal(err)
		}
	}
}

package deploy_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/testenv"
)

// write makes a file below folder.
func write(t *testing.T, folder, name, content string) {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// newPut is a PUT of a document.
func newPut(t *testing.T, url, body string) (*http.Request, error) {
	t.Helper()
	return http.NewRequestWithContext(t.Context(), http.MethodPut, url, strings.NewReader(body))
}

// run deploys a template under a name.
func run(t *testing.T, env *testenv.Env, path, stack string) (*deploy.Result, error) {
	t.Helper()
	return deploy.Run(t.Context(), env.Config(), deploy.Options{Template: path, Stack: stack})
}

const application = `
Transform: AWS::Serverless-2016-10-31
Parameters: {Word: {Type: String, Default: hello}}
Resources:
  Say:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      CodeUri: say/
      Environment: {Variables: {WORD: !Ref Word}}
      Events:
        Get: {Type: HttpApi, Properties: {Path: /say, Method: GET}}
Outputs:
  Name: {Value: !Ref Say}
  Api: {Value: !Ref ServerlessHttpApi}
`

func TestDeployBuildsUploadsAndFollows(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	folder := t.TempDir()
	write(t, folder, "template.yaml", application)
	write(t, folder, "say/go.mod", "module say\n\ngo 1.26\n")
	write(t, folder, "say/main.go", "package main\n\nfunc main() { println(\"hi\") }\n")

	var out bytes.Buffer
	live := deploy.NewLive(&out, false, 0)
	options := deploy.Options{Template: filepath.Join(folder, "template.yaml"), Stack: "talk", Progress: live.Event}
	first, err := deploy.Run(t.Context(), env.Config(), options)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if first.Status != "CREATE_COMPLETE" || len(first.Outputs) != 2 {
		t.Errorf("first deployment %+v", first)
	}
	for _, line := range []string{"AWS::Lambda::Function            Say", "AWS::ApiGatewayV2::Api           ServerlessHttpApi", "CREATE_COMPLETE        AWS::CloudFormation::Stack       talk"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no line with %q in\n%s", line, out.String())
		}
	}
	fn, err := lambda.NewFromConfig(env.Config()).GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(first.Outputs[1].Value)})
	if err != nil || fn.Environment.Variables["WORD"] != "hello" {
		t.Errorf("function %+v, %v", fn, err)
	}

	again, err := deploy.Run(t.Context(), env.Config(), options)
	if err != nil || !again.Unchanged || len(again.Outputs) != 2 {
		t.Errorf("second deployment %+v, %v", again, err)
	}

	options.Parameters = map[string]string{"Word": "bye"}
	third, err := deploy.Run(t.Context(), env.Config(), options)
	if err != nil || third.Unchanged || third.Status != "UPDATE_COMPLETE" {
		t.Errorf("third deployment %+v, %v", third, err)
	}
}

func TestDeployTellsWhatFailed(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	folder := t.TempDir()
	write(t, folder, "template.yaml", "Resources: {A: {Type: AWS::Made::Up}}")
	options := deploy.Options{Template: filepath.Join(folder, "template.yaml"), Stack: "s"}
	for range 2 { // the second one finds what the first has left
		_, err := deploy.Run(t.Context(), env.Config(), options)
		fault, ok := errors.AsType[*deploy.FailedError](err)
		if !ok || fault.Status != "ROLLBACK_COMPLETE" || len(fault.Reasons) != 1 || !strings.Contains(fault.Reasons[0], "AWS::Made::Up is not supported by maru") {
			t.Errorf("error %v", err)
		}
	}
	write(t, folder, "template.yaml", "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function, Properties: {Nope: 1, InlineCode: x}}}")
	_, err := deploy.Run(t.Context(), env.Config(), options)
	if err == nil || !strings.Contains(err.Error(), "property Nope not defined for resource of type AWS::Serverless::Function") {
		t.Errorf("error %v", err)
	}
}

func TestLiveRedrawsOnATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	live := deploy.NewLive(&out, true, 60)
	live.Event(deploy.Event{Logical: "A", Type: "AWS::SQS::Queue", Status: "CREATE_IN_PROGRESS"})
	live.Event(deploy.Event{Logical: "B", Type: "AWS::SQS::Queue", Status: "CREATE_IN_PROGRESS"})
	live.Event(deploy.Event{Logical: "A", Type: "AWS::SQS::Queue", Status: "CREATE_FAILED", Reason: strings.Repeat("long ", 50)})
	got := out.String()
	if !strings.Contains(got, "\x1b[2A") || strings.Count(got, "\n") != 1+2+2 || !strings.Contains(got, "…") {
		t.Errorf("%q", got)
	}
}

func TestExamplesDeploy(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds programs")
	}
	for _, name := range []string{"m15-choreography", "w03-function-service"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("..", "examples", name, "template.yaml")
			if _, err := os.Stat(path); err != nil {
				t.Skip("the example is not there")
			}
			env := newEnv(t)
			var out bytes.Buffer
			live := deploy.NewLive(&out, false, 0)
			r, err := deploy.Run(t.Context(), env.Config(), deploy.Options{Template: path, Stack: "app", Progress: live.Event})
			if err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			t.Logf("%s in %s\n%s", r.Status, r.Took, out.String())
		})
	}
}

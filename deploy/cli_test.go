package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"maru.dev/maru/internal/testenv"
)

// awsCLI runs the unmodified AWS CLI against env.
func awsCLI(t *testing.T, env *testenv.Env, folder string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("no aws command")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+env.URL(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=", "AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// The AWS CLI's own package and deploy bring an application here.
func TestCLIPackageAndDeploy(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits as the CLI does")
	}
	env := newEnv(t)
	folder := t.TempDir()
	write(t, folder, "template.yaml", `
Transform: AWS::Serverless-2016-10-31
Parameters: {Word: {Type: String}}
Resources:
  Say:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: say/
      Environment: {Variables: {WORD: !Ref Word}}
      Events: {Get: {Type: HttpApi, Properties: {Path: /say, Method: GET}}}
Outputs: {Name: {Value: !Ref Say}}`)
	write(t, folder, "say/app.py", "import os\ndef handler(event, context):\n    return os.environ['WORD']\n")
	if _, err := env.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("artifacts")}); err != nil {
		t.Fatal(err)
	}
	awsCLI(t, env, folder, "cloudformation", "package", "--template-file", "template.yaml", "--s3-bucket", "artifacts", "--output-template-file", "packaged.yaml")
	if _, err := os.Stat(filepath.Join(folder, "packaged.yaml")); err != nil {
		t.Fatal(err)
	}
	deploy := []string{"cloudformation", "deploy", "--template-file", "packaged.yaml", "--stack-name", "cli", "--capabilities", "CAPABILITY_IAM", "--parameter-overrides", "Word=hello"}
	if out := awsCLI(t, env, folder, deploy...); !strings.Contains(out, "Successfully created/updated stack - cli") {
		t.Errorf("deploy: %s", out)
	}
	if out := awsCLI(t, env, folder, append(deploy, "--no-fail-on-empty-changeset")...); !strings.Contains(out, "No changes to deploy. Stack cli is up to date") {
		t.Errorf("second deploy: %s", out)
	}
	st := settled(t, env, "cli")
	got, err := lambda.NewFromConfig(env.Config()).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String(output(st, "Name"))})
	if err != nil || string(got.Payload) != `"hello"` {
		t.Errorf("invoke: %v, %v", got, err)
	}
	awsCLI(t, env, folder, "cloudformation", "delete-stack", "--stack-name", "cli")
	awsCLI(t, env, folder, "cloudformation", "wait", "stack-delete-complete", "--stack-name", "cli")
}

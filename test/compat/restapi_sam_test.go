package compat_test

import (
	"os"
	"testing"
)

// restAPISAMTour is a user of the SAM CLI with a REST API: build, deploy, call,
// change, call what was deployed again, and delete.
var restAPISAMTour = []step{
	{run: `sam validate --lint 2>&1`, want: "is a valid SAM Template"},
	{run: `sam build 2>&1`, want: "Build Succeeded"},
	{run: `sam deploy --stack-name rest --resolve-s3 --capabilities CAPABILITY_IAM --no-confirm-changeset 2>&1`, want: "Successfully created/updated stack - rest"},
	{run: `aws cloudformation describe-stacks --stack-name rest --query "Stacks[0].Outputs[?OutputKey=='Api'].OutputValue" --output text`, save: "API"},
	{run: `curl -sS "$AWS_ENDPOINT_URL/_maru/execute-api/$API/Prod/hello/Ada"`, want: "Hello, Ada"},
	{run: `sed -i 's|Path: /hello/|Path: /hi/|' template.yaml`},
	{run: `sam build 2>&1 && sam deploy --stack-name rest --resolve-s3 --capabilities CAPABILITY_IAM --no-confirm-changeset 2>&1`, want: "Successfully created/updated stack - rest"},
	{run: `curl -sS "$AWS_ENDPOINT_URL/_maru/execute-api/$API/Prod/hi/Ada"`, want: "Hello, Ada"},
	{run: `curl -sS "$AWS_ENDPOINT_URL/_maru/execute-api/$API/Prod/hello/Ada"`, want: "Missing Authentication Token"},
	{run: `sam delete --stack-name rest --no-prompts 2>&1`, want: "Deleted successfully"},
	{run: `aws apigateway get-rest-apis --query 'length(items)'`, want: "0"},
}

// restAPISAMTemplate is an application with a REST API as `sam init` begins one.
const restAPISAMTemplate = `AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals: {Api: {TracingEnabled: true}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      CodeUri: hello/
      Events:
        Get:
          Type: Api
          Properties:
            Path: /hello/{name}
            Method: get
Outputs:
  Api: {Value: !Ref ServerlessRestApi}
`

func TestTheSAMCLIDeploysRESTAPIs(t *testing.T) {
	t.Parallel()
	needs(t, hasSAM, hasCLI, hasPython)
	take(t, restAPISAMTour, map[string]string{
		"template.yaml":  restAPISAMTemplate,
		"hello/index.py": "def handler(event, context):\n    return {\"statusCode\": 200, \"body\": \"Hello, \" + event[\"pathParameters\"][\"name\"]}\n",
	}, "SAM_CLI_TELEMETRY=0", "CI=true")
}

// restAPICDKTour is a user of the CDK with a LambdaRestApi.
var restAPICDKTour = []step{
	{run: `cdk synth --quiet --no-color --app "node app.js" --output one 2>&1`},
	{run: `GREETING=Welcome cdk synth --quiet --no-color --app "node app.js" --output two 2>&1`},
	{run: `cdk bootstrap --no-color --app one aws://000000000000/us-east-1 2>&1`, want: "bootstrapped"},
	{run: `cdk deploy --no-color --app one --require-approval never --outputs-file outputs.json Pets 2>&1`, want: "stack/Pets/"},
	{run: `node -p 'require("./outputs.json").Pets.ApiId'`, save: "API"},
	{run: `curl -sS "$AWS_ENDPOINT_URL/_maru/execute-api/$API/prod/pets/7?q=1"`, want: `Hello /pets/7`},
	{run: `curl -sS -o /dev/null -D - -X OPTIONS "$AWS_ENDPOINT_URL/_maru/execute-api/$API/prod/pets"`, want: "Access-Control-Allow-Origin"},
	{run: `node -p 'require("./outputs.json").Pets.OtherId'`, save: "OTHER"},
	{run: `curl -sS -H "x-api-key: a-value-of-twenty-characters" "$AWS_ENDPOINT_URL/_maru/execute-api/$OTHER/prod/status"`, want: `{"up":true}`},
	{run: `cdk diff --no-color --app one Pets 2>&1`, want: "There were no differences"},
	{run: `cdk deploy --no-color --app two --require-approval never Pets 2>&1`, want: "stack/Pets/"},
	{run: `curl -sS "$AWS_ENDPOINT_URL/_maru/execute-api/$API/prod/pets/8"`, want: `Welcome /pets/8`},
	{run: `cdk destroy --no-color --app two --force Pets 2>&1`, want: "destroyed"},
}

func TestTheCDKDeploysRESTAPIs(t *testing.T) {
	t.Parallel()
	needs(t, hasCDK, hasCDKLib)
	app, err := os.ReadFile("cdk_restapi.js")
	if err != nil {
		t.Fatal(err)
	}
	take(t, restAPICDKTour, map[string]string{
		"app.js":        string(app),
		"pets/index.js": "exports.handler = async (event) => ({ statusCode: 200, body: `${process.env.GREETING} ${event.path}` });\n",
	}, "CI=true", "CDK_DISABLE_CLI_TELEMETRY=true", "CDK_DISABLE_VERSION_CHECK=true")
}

package compat_test

import "testing"

// samTour is what a user of the SAM CLI does: build, deploy, try, read, change
// the code in place, and delete.
var samTour = []step{
	{run: `sam validate 2>&1`, want: "is a valid SAM Template"},
	{run: `sam build 2>&1`, want: "Build Succeeded"},
	{run: `sam deploy --stack-name hello --resolve-s3 --capabilities CAPABILITY_IAM --no-confirm-changeset 2>&1`, want: "Successfully created/updated stack - hello"},
	{run: `sam remote invoke Hello --stack-name hello --event '{"name":"Ada"}' 2>&1`, want: `Hello, Ada`},
	{run: `for i in 1 2 3; do sam logs --stack-name hello 2>&1 | grep "REPORT RequestId" && break; done`, want: "REPORT RequestId"},
	{run: `sam list stack-outputs --stack-name hello 2>&1`, want: "Url"},
	{run: `sed -i s/Hello,/Welcome,/ hello/index.py`},
	{run: `echo y | sam sync --stack-name hello --code --no-watch 2>&1`, want: "Finished syncing Lambda Function Hello"},
	{run: `sam remote invoke Hello --stack-name hello --event '{"name":"Ada"}' 2>&1`, want: `Welcome, Ada`},
	{run: `sam delete --stack-name hello --no-prompts 2>&1`, want: "Deleted successfully"},
}

// samTemplate is an application as `sam init` begins one.
const samTemplate = `AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      CodeUri: hello/
      Events:
        Get: {Type: HttpApi, Properties: {Path: /hello, Method: get}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
  Jobs: {Type: AWS::SQS::Queue}
Outputs:
  Url: {Value: !Sub "https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com"}
`

func TestTheSAMCLIWorksUnmodified(t *testing.T) {
	t.Parallel()
	needs(t, hasSAM, hasPython)
	take(t, samTour, map[string]string{
		"template.yaml":  samTemplate,
		"hello/index.py": "def handler(event, context):\n    return \"Hello, \" + event.get(\"name\", \"world\")\n",
	}, "SAM_CLI_TELEMETRY=0", "CI=true")
}

// Package compat_test uses a running maru with clients that are not Go's: the
// AWS CLI and boto3, unmodified, as their users do.
package compat_test

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"maru.dev/maru/internal/testenv"
)

// step is one shell command of a user.
type step struct {
	run   string
	want  string // part of what it prints
	fails string // part of its complaint, where it is meant to fail
	save  string // variable that later steps of the same tour find its output in
}

// tours are what a user does with each service, in order. Version 1 of the CLI
// does not heed AWS_ENDPOINT_URL for SQS, hence the option.
var tours = map[string][]step{
	"sqs": {
		{run: `aws sqs create-queue --endpoint-url $AWS_ENDPOINT_URL --queue-name cli --attributes VisibilityTimeout=5 --query QueueUrl --output text`, save: "QUEUE", want: "/cli"},
		{run: `aws sqs send-message --endpoint-url $AWS_ENDPOINT_URL --queue-url $QUEUE --message-body hello --message-attributes '{"n":{"DataType":"Number","StringValue":"7"}}'`, want: "5d41402abc4b2a76b9719d911017c592"},
		{run: `aws sqs receive-message --endpoint-url $AWS_ENDPOINT_URL --queue-url $QUEUE --message-attribute-names All --query 'Messages[0].[Body,MessageAttributes.n.StringValue]' --output text`, want: "hello\t7"},
		{run: `aws sqs get-queue-attributes --endpoint-url $AWS_ENDPOINT_URL --queue-url $QUEUE --attribute-names All`, want: `"VisibilityTimeout": "5"`},
		{run: `aws sqs get-queue-url --endpoint-url $AWS_ENDPOINT_URL --queue-name none`, fails: "AWS.SimpleQueueService.NonExistentQueue"},
	},
	"sns": {
		{run: `aws sns create-topic --name cli --query TopicArn --output text`, save: "TOPIC", want: ":cli"},
		{run: `aws sns publish --topic-arn $TOPIC --message hello --subject hi`, want: "MessageId"},
		{run: `aws sns list-topics --query 'Topics[].TopicArn' --output text`, want: ":cli"},
		{run: `aws sns get-topic-attributes --topic-arn ${TOPIC}x`, fails: "NotFound"},
	},
	"dynamodb": {
		{run: `aws dynamodb create-table --table-name cli --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH`, want: `"TableName": "cli"`},
		{run: `aws dynamodb wait table-exists --table-name cli`},
		{run: `aws dynamodb put-item --table-name cli --item '{"id":{"S":"a"},"n":{"N":"1.50"}}'`},
		{run: `aws dynamodb update-item --table-name cli --key '{"id":{"S":"a"}}' --update-expression 'SET n = n + :one' --expression-attribute-values '{":one":{"N":"1"}}' --return-values ALL_NEW`, want: `"N": "2.5"`},
		{run: `aws dynamodb scan --table-name cli --query Count`, want: "1"},
		{run: `aws dynamodb put-item --table-name cli --item '{"id":{"S":"a"}}' --condition-expression 'attribute_not_exists(id)'`, fails: "ConditionalCheckFailedException"},
	},
	"lambda and logs": {
		{run: `aws iam create-role --role-name cli --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}' --query Role.Arn --output text`, save: "ROLE", want: ":role/cli"},
		{run: `aws lambda create-function --function-name cli --runtime python3.12 --handler app.handler --role $ROLE --zip-file fileb://function.zip`, want: `"FunctionName": "cli"`},
		{run: `aws lambda wait function-active-v2 --function-name cli`},
		{run: `aws lambda invoke --function-name cli --payload '{"name":"Ada"}' --log-type Tail out.json && cat out.json`, want: `"hello Ada"`},
		{run: `for i in 1 2 3 4 5 6; do aws logs filter-log-events --log-group-name /aws/lambda/cli --filter-pattern greeting | grep -q greeting && break; sleep 0.2; done`},
		{run: `aws logs filter-log-events --log-group-name /aws/lambda/cli --filter-pattern greeting --query 'events[].message' --output text`, want: "greeting Ada"},
		{run: `aws logs describe-log-groups --log-group-name-prefix /aws/lambda/cli --query 'logGroups[].logGroupName' --output text`, want: "/aws/lambda/cli"},
		{run: `aws lambda invoke --function-name none out.json`, fails: "ResourceNotFoundException"},
	},
	"apigatewayv2": {
		{run: `aws apigatewayv2 create-api --name cli --protocol-type HTTP --query ApiId --output text`, save: "API"},
		{run: `aws apigatewayv2 create-integration --api-id $API --integration-type HTTP_PROXY --integration-method GET --payload-format-version 1.0 --integration-uri $AWS_ENDPOINT_URL/_maru/health --query IntegrationId --output text`, save: "INTEGRATION"},
		{run: `aws apigatewayv2 create-route --api-id $API --route-key 'GET /health' --target integrations/$INTEGRATION`, want: "GET /health"},
		{run: `aws apigatewayv2 create-stage --api-id $API --stage-name '$default' --auto-deploy`, want: `"AutoDeploy": true`},
		{run: `aws apigatewayv2 get-routes --api-id $API --query 'Items[].RouteKey' --output text`, want: "GET /health"},
		{run: `aws apigatewayv2 get-api --api-id none`, fails: "NotFoundException"},
	},
	"s3": {
		{run: `aws s3 mb s3://cli-files`, want: "make_bucket: cli-files"},
		{run: `mkdir -p tree/sub && echo one > tree/one.txt && echo two > tree/sub/two.txt && head -c 9000000 /dev/urandom > big && aws s3 cp big s3://cli-files/big --only-show-errors && aws s3 cp s3://cli-files/big back --only-show-errors && cmp big back && echo same`, want: "same"},
		{run: `aws s3 sync tree s3://cli-files/tree`, want: "upload: tree/sub/two.txt to s3://cli-files/tree/sub/two.txt"},
		{run: `aws s3 sync tree s3://cli-files/tree && echo nothing to do`, want: "nothing to do"},
		{run: `aws s3 ls s3://cli-files --recursive --summarize`, want: "Total Objects: 3"},
		{run: `aws s3 presign s3://cli-files/tree/one.txt`, save: "ADDRESS", want: "Signature="},
		{run: `curl -sS "$ADDRESS"`, want: "one"},
		{run: `aws s3 cp s3://cli-files/none - `, fails: "404"},
		{run: `aws s3 rb s3://cli-files`, fails: "BucketNotEmpty"},
		{run: `aws s3 rb s3://cli-files --force`, want: "remove_bucket: cli-files"},
	},
	"cloudformation": {
		{run: `aws s3 mb s3://cli-code`, want: "make_bucket"},
		{run: `aws cloudformation package --template-file w03/template.yaml --s3-bucket cli-code --output-template-file packaged.yaml`, want: "Successfully packaged artifacts"},
		{run: `aws cloudformation deploy --template-file packaged.yaml --stack-name cli --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND`, want: "Successfully created/updated stack - cli"},
		{run: `aws cloudformation deploy --template-file packaged.yaml --stack-name cli --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset`, want: "No changes to deploy"},
		{run: `aws cloudformation describe-stacks --stack-name cli --query 'Stacks[0].Outputs[?OutputKey==` + "`ApiId`" + `].OutputValue' --output text`, save: "API"},
		{run: `curl -sS -X PUT -d '{"text":"from the CLI"}' "$AWS_ENDPOINT_URL/_maru/execute-api/$API/\$default/notes/a"`, want: `"text":"from the CLI"`},
		{run: `aws cloudformation delete-stack --stack-name cli && aws cloudformation wait stack-delete-complete --stack-name cli`},
		{run: `aws cloudformation describe-stacks --stack-name cli`, fails: "Stack with id cli does not exist"},
	},
	"ssm, ses, iam and sts": {
		{run: `aws ssm put-parameter --name /cli/a --type SecureString --value secret`, want: `"Version": 1`},
		{run: `aws ssm get-parameters-by-path --path /cli --with-decryption --query 'Parameters[].Value' --output text`, want: "secret"},
		{run: `aws sesv2 send-email --from-email-address a@example.com --destination ToAddresses=b@example.com --content '{"Simple":{"Subject":{"Data":"hi"},"Body":{"Text":{"Data":"there"}}}}'`, want: "MessageId"},
		{run: `aws iam create-user --user-name cli --query User.Arn --output text`, want: "arn:aws:iam::000000000000:user/cli"},
		{run: `aws iam get-user --user-name none`, fails: "NoSuchEntity"},
		{run: `aws sts get-caller-identity --query Account --output text`, want: "000000000000"},
	},
}

// environment is a client's, with nothing of the user's own configuration.
func environment(p *testenv.Proc, home string) []string {
	return append(os.Environ(), "AWS_ENDPOINT_URL="+p.URL(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_REGION="+testenv.Region, "AWS_DEFAULT_REGION="+testenv.Region, "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+home+"/none", "AWS_SHARED_CREDENTIALS_FILE="+home+"/none", "AWS_DEFAULT_OUTPUT=json", "AWS_MAX_ATTEMPTS=1")
}

// folder is where a tour's commands run, with the files that they name.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("app.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("def handler(event, context):\n    print('greeting', event['name'])\n    return 'hello ' + event['name']\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "function.zip"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// example puts the example's template and its function, built, into dir.
func example(t *testing.T, dir string) {
	t.Helper()
	const source = "../../examples/w03-function-service"
	template, err := os.ReadFile(filepath.Join(source, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "w03", "notes"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "w03", "template.yaml"), template, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-tags=lambda.norpc", "-o", filepath.Join(dir, "w03", "notes", "bootstrap"), "./"+source+"/notes")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the example: %v\n%s", err, out)
	}
}

func TestTheAWSCLIWorksUnmodified(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs some fifty commands of half a second each")
	}
	if out, err := exec.CommandContext(t.Context(), "aws", "--version").CombinedOutput(); err != nil {
		t.Skipf("there is no AWS CLI here: %v", err)
	} else {
		t.Logf("%s", out)
	}
	p := testenv.Process(t)
	for name, tour := range tours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			if name == "cloudformation" {
				example(t, dir)
			}
			environ := environment(p, dir)
			for _, s := range tour {
				environ = s.do(t, dir, environ)
			}
		})
	}
}

// take makes a tour with a maru of its own, in a folder that has files, and with
// settings of the environment besides those of AWS's clients.
func take(t *testing.T, tour []step, files map[string]string, settings ...string) {
	t.Helper()
	p, dir := testenv.Process(t), t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environ := append(environment(p, dir), settings...)
	for _, s := range tour {
		environ = s.do(t, dir, environ)
	}
}

// do runs the step and returns the environment of the next one.
func (s step) do(t *testing.T, dir string, environ []string) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "sh", "-c", s.run)
	command.Dir, command.Env = dir, environ
	var out, complaint bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaint
	err := command.Run()
	switch {
	case s.fails != "" && (err == nil || !strings.Contains(complaint.String(), s.fails)):
		t.Errorf("%s\nwant a complaint about %s, got %v\n%s%s", s.run, s.fails, err, out.String(), complaint.String())
	case s.fails == "" && err != nil:
		t.Fatalf("%s\n%v\n%s%s", s.run, err, out.String(), complaint.String())
	case !strings.Contains(out.String(), s.want):
		t.Errorf("%s\nwant %q, got\n%s%s", s.run, s.want, out.String(), complaint.String())
	}
	if s.save != "" {
		environ = append(environ, s.save+"="+strings.TrimSpace(out.String()))
	}
	return environ
}

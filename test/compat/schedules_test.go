package compat_test

import (
	"os/exec"
	"testing"

	"maru.dev/maru/internal/testenv"
)

// eventTours are what a user does with schedules, pipes and schemas.
var eventTours = map[string][]step{
	"scheduler": {
		{run: `aws sqs create-queue --endpoint-url $AWS_ENDPOINT_URL --queue-name cli-s --query QueueUrl --output text`, save: "QUEUE", want: "/cli-s"},
		{run: `aws scheduler create-schedule-group --name g --query ScheduleGroupArn --output text`, want: ":schedule-group/g"},
		{run: `aws scheduler create-schedule --name s --group-name g --schedule-expression 'rate(1 hours)' --flexible-time-window Mode=OFF --target '{"Arn":"arn:aws:scheduler:::aws-sdk:sqs:sendMessage","RoleArn":"arn:aws:iam::000000000000:role/r","Input":"{\"QueueUrl\":\"'$QUEUE'\",\"MessageBody\":\"<aws.scheduler.schedule-arn>\"}"}'`, want: ":schedule/g/s"},
		{run: `aws sqs receive-message --endpoint-url $AWS_ENDPOINT_URL --queue-url $QUEUE --wait-time-seconds 10 --query 'Messages[0].Body' --output text`, want: "arn:aws:scheduler:us-east-1:000000000000:schedule/g/s"},
		{run: `aws scheduler list-schedules --query 'Schedules[].[Name,GroupName,State]' --output text`, want: "s\tg\tENABLED"},
		{run: `aws scheduler get-schedule --name s`, fails: "ResourceNotFoundException"},
		{run: `aws scheduler create-schedule --name bad --schedule-expression 'rate(1 fortnight)' --flexible-time-window Mode=OFF --target Arn=x,RoleArn=arn:aws:iam::000000000000:role/r`, fails: "Invalid Schedule Expression"},
		{run: `aws scheduler delete-schedule-group --name g`},
	},
	"pipes": {
		{run: `aws sqs create-queue --endpoint-url $AWS_ENDPOINT_URL --queue-name cli-from --query QueueUrl --output text`, save: "FROM", want: "/cli-from"},
		{run: `aws sqs create-queue --endpoint-url $AWS_ENDPOINT_URL --queue-name cli-to --query QueueUrl --output text`, save: "TO", want: "/cli-to"},
		{run: `aws pipes create-pipe --name cli --source arn:aws:sqs:us-east-1:000000000000:cli-from --target arn:aws:sqs:us-east-1:000000000000:cli-to --role-arn arn:aws:iam::000000000000:role/r --target-parameters '{"InputTemplate":"{\"n\":<$.body.n>}"}'`, want: `"CurrentState": "CREATING"`},
		{run: `aws sqs send-message --endpoint-url $AWS_ENDPOINT_URL --queue-url $FROM --message-body '{"n":7}'`, want: "MessageId"},
		{run: `aws sqs receive-message --endpoint-url $AWS_ENDPOINT_URL --queue-url $TO --wait-time-seconds 10 --query 'Messages[0].Body' --output text`, want: `{"n":7}`},
		{run: `aws pipes list-pipes --query 'Pipes[].[Name,CurrentState]' --output text`, want: "cli\tRUNNING"},
		{run: `aws pipes stop-pipe --name cli`, want: `"CurrentState": "STOPPING"`},
		{run: `aws pipes describe-pipe --name none`, fails: "NotFoundException"},
	},
	"schemas": {
		{run: `aws schemas create-registry --registry-name cli --query RegistryArn --output text`, want: ":registry/cli"},
		{run: `aws schemas create-schema --registry-name cli --schema-name shop@Order --type OpenApi3 --content '{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{},"components":{"schemas":{"Order":{"type":"object"}}}}' --query SchemaVersion --output text`, want: "1"},
		{run: `aws schemas search-schemas --registry-name cli --keywords order --query 'Schemas[].SchemaName' --output text`, want: "shop@Order"},
		{run: `aws schemas export-schema --registry-name cli --schema-name shop@Order --type JSONSchemaDraft4 --query Content --output text`, want: "draft-04"},
		{run: `aws schemas get-discovered-schema --type OpenApi3 --events '{"source":"s","detail-type":"d","detail":{"a":1}}' --query Content --output text`, want: `"a":{"type":"number"}`},
		{run: `aws schemas describe-registry --registry-name none`, fails: "NotFoundException"},
	},
}

func TestTheAWSCLIKnowsSchedulesPipesAndSchemas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs some twenty commands of half a second each")
	}
	if err := exec.CommandContext(t.Context(), "aws", "--version").Run(); err != nil {
		t.Skipf("there is no AWS CLI here: %v", err)
	}
	p := testenv.Process(t)
	for name, tour := range eventTours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			environ := environment(p, dir)
			for _, s := range tour {
				environ = s.do(t, dir, environ)
			}
		})
	}
}

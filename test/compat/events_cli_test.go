package compat_test

import (
	"os/exec"
	"testing"

	"maru.dev/maru/internal/testenv"
)

// eventsTour is what a user does with EventBridge through the AWS CLI.
func eventsTour() []step {
	return []step{
		{run: `aws events create-event-bus --name cli --query EventBusArn --output text`, save: "BUS", want: ":event-bus/cli"},
		{run: `aws sqs create-queue --endpoint-url $AWS_ENDPOINT_URL --queue-name cli-events --query QueueUrl --output text`, save: "QUEUE"},
		{run: `aws events put-rule --name large --event-bus-name cli --event-pattern '{"detail":{"total":[{"numeric":[">",10]}]}}' --query RuleArn --output text`, want: ":rule/cli/large"},
		{run: `aws events put-targets --rule large --event-bus-name cli --targets '[{"Id":"q","Arn":"arn:aws:sqs:us-east-1:000000000000:cli-events","InputPath":"$.detail"}]'`, want: `"FailedEntryCount": 0`},
		{run: `aws events put-events --entries '[{"EventBusName":"cli","Source":"shop","DetailType":"order","Detail":"{\"total\":12}"}]'`, want: `"FailedEntryCount": 0`},
		{run: `aws sqs receive-message --endpoint-url $AWS_ENDPOINT_URL --queue-url $QUEUE --wait-time-seconds 20 --query 'Messages[0].Body' --output text`, want: `{"total":12}`},
		{run: `aws events put-rule --name tick --schedule-expression 'rate(5 minutes)'`, want: ":rule/tick"},
		{run: `aws events describe-rule --name tick --query ScheduleExpression --output text`, want: "rate(5 minutes)"},
		{run: `aws events list-rules --event-bus-name $BUS --query 'Rules[].Name' --output text`, want: "large"},
		{run: `aws events put-rule --name bad --event-pattern '{"a":1}'`, fails: "InvalidEventPatternException"},
		{run: `aws events describe-event-bus --name none`, fails: "Event bus none does not exist."},
	}
}

func TestEventBridgeWorksWithTheAWSCLI(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs a dozen commands of half a second each")
	}
	if err := exec.CommandContext(t.Context(), "aws", "--version").Run(); err != nil {
		t.Skipf("there is no AWS CLI here: %v", err)
	}
	p := testenv.Process(t)
	dir := folder(t)
	environ := environment(p, dir)
	for _, s := range eventsTour() {
		environ = s.do(t, dir, environ)
	}
}

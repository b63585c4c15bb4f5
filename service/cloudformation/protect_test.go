package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"maru.dev/maru/internal/testenv"
)

func TestStackPoliciesProtectResources(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	ctx, c, name := t.Context(), env.CloudFormation(), aws.String("s")
	const (
		queues   = "Resources: {A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: %}}, B: {Type: AWS::SQS::Queue}}"
		renamed  = "Resources: {A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 0}}, B: {Type: AWS::SQS::Queue, Properties: {QueueName: b}}}"
		withoutB = "Resources: {A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 0}}}"
		guard    = `{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"},
			{"Effect":"Deny","Action":"Update:Modify","Principal":"*","Resource":"LogicalResourceId/A"},
			{"Effect":"Deny","Action":["Update:Replace","Update:Delete"],"Principal":"*","Resource":"*","Condition":{"StringEquals":{"ResourceType":["AWS::SQS::Queue"]}}}]}`
		open = `{"Statement":{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}}`
	)
	template := func(delay string) *string { return aws.String(strings.Replace(queues, "%", delay, 1)) }
	want(t, env, create(t, env, &cfn.CreateStackInput{StackName: name, TemplateBody: template("0"), StackPolicyBody: aws.String(guard)}), types.StackStatusCreateComplete)
	update := func(body *string, during *string) types.Stack {
		t.Helper()
		if _, err := c.UpdateStack(ctx, &cfn.UpdateStackInput{StackName: name, TemplateBody: body, StackPolicyDuringUpdateBody: during}); err != nil {
			t.Fatal(err)
		}
		return settle(t, env, "s")
	}
	told := func(text string) {
		t.Helper()
		if lines := strings.Join(history(t, env, "s"), "\n"); !strings.Contains(lines, text) {
			t.Errorf("%q was not told:\n%s", text, lines)
		}
	}
	want(t, env, update(template("1"), nil), types.StackStatusUpdateRollbackComplete)
	told("A UPDATE_FAILED Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource [LogicalResourceId/A];")
	want(t, env, update(aws.String(renamed), nil), types.StackStatusUpdateRollbackComplete)
	told("Statement [#3] does not allow [Update:Replace, Update:Delete] for resource [LogicalResourceId/B];")
	_, err := c.UpdateStack(ctx, &cfn.UpdateStackInput{StackName: name, TemplateBody: aws.String(withoutB)})
	if testenv.ErrorCode(err) != "ValidationError" || !strings.Contains(err.Error(), "LogicalResourceId/B") {
		t.Errorf("B was to be removed: %v", err)
	}
	want(t, env, update(template("1"), aws.String(open)), types.StackStatusUpdateComplete)
	want(t, env, update(template("2"), nil), types.StackStatusUpdateRollbackComplete)
	if _, err := c.SetStackPolicy(ctx, &cfn.SetStackPolicyInput{StackName: name, StackPolicyBody: aws.String("{]")}); testenv.ErrorCode(err) != "ValidationError" {
		t.Errorf("no policy at all: %v", err)
	}
	if _, err := c.SetStackPolicy(ctx, &cfn.SetStackPolicyInput{StackName: name, StackPolicyBody: aws.String(open)}); err != nil {
		t.Error(err)
	}
	want(t, env, update(aws.String(withoutB), nil), types.StackStatusUpdateComplete)
}

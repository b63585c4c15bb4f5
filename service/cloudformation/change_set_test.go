package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// changeSet makes a change set and describes it.
func changeSet(t *testing.T, env *testenv.Env, name, body string, kind types.ChangeSetType) *cfn.DescribeChangeSetOutput {
	t.Helper()
	out, err := env.CloudFormation().CreateChangeSet(t.Context(), &cfn.CreateChangeSetInput{
		StackName: aws.String("s"), ChangeSetName: &name, TemplateBody: &body, ChangeSetType: kind,
	})
	if err != nil {
		t.Fatalf("create change set: %v", err)
	}
	got, err := env.CloudFormation().DescribeChangeSet(t.Context(), &cfn.DescribeChangeSetInput{ChangeSetName: out.Id})
	if err != nil {
		t.Fatalf("describe change set: %v", err)
	}
	return got
}

// changes are the lines "action logical replacement".
func changes(c *cfn.DescribeChangeSetOutput) []string {
	var out []string
	for _, ch := range c.Changes {
		r := ch.ResourceChange
		out = append(out, strings.TrimSpace(string(r.Action)+" "+*r.LogicalResourceId+" "+string(r.Replacement)))
	}
	return out
}

// execute makes the change and waits for its end.
func execute(t *testing.T, env *testenv.Env, c *cfn.DescribeChangeSetOutput) types.Stack {
	t.Helper()
	if _, err := env.CloudFormation().ExecuteChangeSet(t.Context(), &cfn.ExecuteChangeSetInput{ChangeSetName: c.ChangeSetId}); err != nil {
		t.Fatalf("execute change set: %v", err)
	}
	return settle(t, env, *c.StackId)
}

func TestChangeSets(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	const first = `
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: a1}}
  B: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}
  C: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}
  D: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref A], PolicyDocument: {Version: 2012-10-17, Statement: []}}}`
	c := changeSet(t, env, "one", first, types.ChangeSetTypeCreate)
	if diff := cmp.Diff([]string{"Add A", "Add B", "Add C", "Add D"}, changes(c)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got := settleNone(t, env, "s"); got != types.StackStatusReviewInProgress {
		t.Errorf("stack is %s before its change set is executed", got)
	}
	none, err := env.CloudFormation().GetTemplate(t.Context(), &cfn.GetTemplateInput{StackName: aws.String("s")})
	if err != nil || none.TemplateBody != nil {
		t.Errorf("the template of a stack that is only reviewed: %v, %v", none, err)
	}
	want(t, env, execute(t, env, c), types.StackStatusCreateComplete)

	const second = `
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: a2}}
  B: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 2}}
  D: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref A], PolicyDocument: {Version: 2012-10-17, Statement: []}}}
  E: {Type: AWS::SQS::Queue}`
	c = changeSet(t, env, "two", second, types.ChangeSetTypeUpdate)
	if diff := cmp.Diff([]string{"Modify A True", "Modify B False", "Modify D False", "Add E", "Remove C"}, changes(c)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	stale := changeSet(t, env, "stale", second, types.ChangeSetTypeUpdate)
	want(t, env, execute(t, env, c), types.StackStatusUpdateComplete)
	_, err = env.CloudFormation().ExecuteChangeSet(t.Context(), &cfn.ExecuteChangeSetInput{ChangeSetName: stale.ChangeSetId})
	if testenv.ErrorCode(err) != "ChangeSetNotFound" {
		t.Errorf("executing a change set of the old stack: %v", err)
	}

	c = changeSet(t, env, "none", second, types.ChangeSetTypeUpdate)
	if c.Status != types.ChangeSetStatusFailed || !strings.Contains(aws.ToString(c.StatusReason), "The submitted information didn't contain changes.") {
		t.Errorf("change set without changes: %s %s", c.Status, aws.ToString(c.StatusReason))
	}
	list, err := env.CloudFormation().ListChangeSets(t.Context(), &cfn.ListChangeSetsInput{StackName: aws.String("s")})
	if err != nil || len(list.Summaries) != 2 {
		t.Errorf("change sets: %v, %v", list, err)
	}
	if _, err := env.CloudFormation().DeleteChangeSet(t.Context(), &cfn.DeleteChangeSetInput{ChangeSetName: c.ChangeSetId}); err != nil {
		t.Error(err)
	}
}

// settleNone is a stack's status as it is.
func settleNone(t *testing.T, env *testenv.Env, name string) types.StackStatus {
	t.Helper()
	out, err := env.CloudFormation().DescribeStacks(t.Context(), &cfn.DescribeStacksInput{StackName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return out.Stacks[0].StackStatus
}

func TestServerlessChangeSetRunsTheTransform(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	const body = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Table: {Type: AWS::Serverless::SimpleTable}
  Bad: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.12}}`
	c := changeSet(t, env, "bad", body, types.ChangeSetTypeCreate)
	if c.Status != types.ChangeSetStatusFailed || !strings.HasPrefix(aws.ToString(c.StatusReason), "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document.") {
		t.Errorf("change set: %s %s", c.Status, aws.ToString(c.StatusReason))
	}
	c = changeSet(t, env, "good", body[:strings.Index(body, "  Bad")], types.ChangeSetTypeCreate)
	want(t, env, execute(t, env, c), types.StackStatusCreateComplete)
	got, err := env.CloudFormation().GetTemplate(t.Context(), &cfn.GetTemplateInput{StackName: aws.String("s"), TemplateStage: types.TemplateStageProcessed})
	if err != nil || !strings.Contains(*got.TemplateBody, `"AWS::DynamoDB::Table"`) {
		t.Errorf("processed template: %v, %v", got, err)
	}
	got, err = env.CloudFormation().GetTemplate(t.Context(), &cfn.GetTemplateInput{StackName: aws.String("s")})
	if err != nil || !strings.Contains(*got.TemplateBody, "AWS::Serverless::SimpleTable") {
		t.Errorf("original template: %v, %v", got, err)
	}
}

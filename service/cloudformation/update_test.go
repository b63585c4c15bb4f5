package cloudformation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// update changes a stack and waits for its end.
func update(t *testing.T, env *testenv.Env, name, body string) types.Stack {
	t.Helper()
	_, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: &name, TemplateBody: &body, Capabilities: []types.Capability{"CAPABILITY_NAMED_IAM"},
	})
	if err != nil {
		t.Fatalf("update stack: %v", err)
	}
	return settle(t, env, name)
}

// queues are the names of all queues, without what is made up in them.
func queues(t *testing.T, env *testenv.Env) []string {
	t.Helper()
	out, err := env.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, u := range out.QueueUrls {
		name := u[strings.LastIndexByte(u, '/')+1:]
		if i := strings.LastIndexByte(name, '-'); i > 0 && len(name)-i == 13 {
			name = name[:i]
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// since is the history after the first n lines.
func since(t *testing.T, env *testenv.Env, name string, n int) []string {
	t.Helper()
	return history(t, env, name)[n:]
}

func TestUpdateStackChangesReplacesAddsAndRemoves(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(`
Resources:
  Same: {Type: AWS::SQS::Queue}
  Changed: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}
  Replaced: {Type: AWS::SQS::Queue, Properties: {QueueName: one}}
  Removed: {Type: AWS::SQS::Queue}
  Kept: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}
Outputs: {Url: {Value: !Ref Replaced}}`)})
	before := len(history(t, env, "s"))
	st := update(t, env, "s", `
Resources:
  Same: {Type: AWS::SQS::Queue}
  Changed: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 2}}
  Replaced: {Type: AWS::SQS::Queue, Properties: {QueueName: two}}
  Added: {Type: AWS::SQS::Queue, DependsOn: Replaced}
Outputs: {Url: {Value: !Ref Replaced}}`)
	want(t, env, st, types.StackStatusUpdateComplete)
	if !strings.HasSuffix(outputs(st)["Url"], "/two") {
		t.Errorf("outputs %v", outputs(st))
	}
	if diff := cmp.Diff([]string{"s-Added", "s-Changed", "s-Kept", "s-Same", "two"}, queues(t, env)); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
	lines := since(t, env, "s", before)
	for _, l := range []string{
		"s UPDATE_IN_PROGRESS User Initiated",
		"Replaced UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.",
		"Replaced UPDATE_IN_PROGRESS Resource creation Initiated",
		"Replaced UPDATE_COMPLETE", "Changed UPDATE_COMPLETE", "Added CREATE_COMPLETE",
		"s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Replaced DELETE_COMPLETE", "Removed DELETE_COMPLETE", "Kept DELETE_SKIPPED", "s UPDATE_COMPLETE",
	} {
		if !slices.Contains(lines, l) {
			t.Errorf("no event %q in\n%s", l, strings.Join(lines, "\n"))
		}
	}
	if slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Same ") }) {
		t.Errorf("an unchanged resource was touched:\n%s", strings.Join(lines, "\n"))
	}
	res, err := env.CloudFormation().DescribeStackResources(t.Context(), &cfn.DescribeStackResourcesInput{StackName: aws.String("s")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range res.StackResources {
		got = append(got, *r.LogicalResourceId+" "+string(r.ResourceStatus))
	}
	wantRes := []string{"Added CREATE_COMPLETE", "Changed UPDATE_COMPLETE", "Replaced UPDATE_COMPLETE", "Same CREATE_COMPLETE"}
	if diff := cmp.Diff(wantRes, got); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
}

// A resource that cannot be made: its name is taken.
const taken = `  Bad: {Type: AWS::SQS::Queue, Properties: {QueueName: taken}, DependsOn: [Good]}`

// takeName makes the queue that is in the way.
func takeName(t *testing.T, env *testenv.Env) {
	t.Helper()
	if _, err := env.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("taken")}); err != nil {
		t.Fatal(err)
	}
}

func TestFailedCreateRollsBack(t *testing.T) {
	t.Parallel()
	body := "Resources:\n  Good: {Type: AWS::SQS::Queue}\n" + taken + "\n  Never: {Type: AWS::SQS::Queue, DependsOn: Bad}\n"
	tests := map[string]struct {
		in     cfn.CreateStackInput
		status types.StackStatus
		queues []string
		line   string
	}{
		"rollback":         {status: types.StackStatusRollbackComplete, queues: []string{"taken"}, line: "s ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Bad]. Rollback requested by user."},
		"delete":           {in: cfn.CreateStackInput{OnFailure: types.OnFailureDelete}, status: types.StackStatusDeleteComplete, queues: []string{"taken"}, line: "s DELETE_IN_PROGRESS The following resource(s) failed to create: [Bad]. Delete requested by user."},
		"do nothing":       {in: cfn.CreateStackInput{OnFailure: types.OnFailureDoNothing}, status: types.StackStatusCreateFailed, queues: []string{"s-Good", "taken"}, line: "s CREATE_FAILED The following resource(s) failed to create: [Bad]. "},
		"disable rollback": {in: cfn.CreateStackInput{DisableRollback: aws.Bool(true)}, status: types.StackStatusCreateFailed, queues: []string{"s-Good", "taken"}, line: "s CREATE_FAILED The following resource(s) failed to create: [Bad]. "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnv(t)
			takeName(t, env)
			in := tt.in
			in.StackName, in.TemplateBody = aws.String("s"), &body
			st := create(t, env, &in)
			want(t, env, st, tt.status)
			if diff := cmp.Diff(tt.queues, queues(t, env)); diff != "" {
				t.Errorf("queues (-want +got):\n%s", diff)
			}
			lines := history(t, env, *st.StackId)
			if !slices.Contains(lines, tt.line) || !slices.Contains(lines, "Bad CREATE_FAILED taken already exists") {
				t.Errorf("history:\n%s", strings.Join(lines, "\n"))
			}
			if slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Never ") }) {
				t.Errorf("a resource behind the failed one was begun:\n%s", strings.Join(lines, "\n"))
			}
		})
	}
}

func TestFailedUpdateRollsBack(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	takeName(t, env)
	create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(`
Resources:
  Changed: {Type: AWS::SQS::Queue, Properties: {QueueName: changed, DelaySeconds: 1}}
  Replaced: {Type: AWS::SQS::Queue, Properties: {QueueName: one}}
  Removed: {Type: AWS::SQS::Queue}
  Good: {Type: AWS::SQS::Queue}`)})
	before := len(history(t, env, "s"))
	st := update(t, env, "s", `
Resources:
  Changed: {Type: AWS::SQS::Queue, Properties: {QueueName: changed, DelaySeconds: 2}}
  Replaced: {Type: AWS::SQS::Queue, Properties: {QueueName: two}}
  Good: {Type: AWS::SQS::Queue, DependsOn: [Changed, Replaced, Added]}
  Added: {Type: AWS::SQS::Queue}
`+taken)
	want(t, env, st, types.StackStatusUpdateRollbackComplete)
	if diff := cmp.Diff([]string{"changed", "one", "s-Good", "s-Removed", "taken"}, queues(t, env)); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
	url, err := env.SQS().GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("changed")})
	if err != nil {
		t.Fatal(err)
	}
	attrs, err := env.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{"All"}})
	if err != nil || attrs.Attributes["DelaySeconds"] != "1" {
		t.Errorf("attributes %v, %v", attrs, err)
	}
	lines := since(t, env, "s", before)
	for _, l := range []string{
		"s UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Bad]. ",
		"s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "Added DELETE_COMPLETE", "s UPDATE_ROLLBACK_COMPLETE",
	} {
		if !slices.Contains(lines, l) {
			t.Errorf("no event %q in\n%s", l, strings.Join(lines, "\n"))
		}
	}
	// The stack is as it was: the same update without the fault goes through.
	st = update(t, env, "s", `
Resources:
  Changed: {Type: AWS::SQS::Queue, Properties: {QueueName: changed, DelaySeconds: 2}}
  Replaced: {Type: AWS::SQS::Queue, Properties: {QueueName: three}}
  Good: {Type: AWS::SQS::Queue}`)
	want(t, env, st, types.StackStatusUpdateComplete)
	if diff := cmp.Diff([]string{"changed", "s-Good", "taken", "three"}, queues(t, env)); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
}

func TestUpdateWithoutChangesIsRefused(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	body := "Resources: {Q: {Type: AWS::SQS::Queue}}"
	create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: &body})
	_, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{StackName: aws.String("s"), UsePreviousTemplate: aws.Bool(true)})
	if err == nil || !strings.Contains(err.Error(), "No updates are to be performed.") {
		t.Errorf("error %v", err)
	}
	st := update(t, env, "s", body+"\nOutputs: {A: {Value: b}}")
	want(t, env, st, types.StackStatusUpdateComplete)
	if outputs(st)["A"] != "b" {
		t.Errorf("outputs %v", outputs(st))
	}
}

func TestFailedStackIsRolledBackLater(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	takeName(t, env)
	body := "Resources:\n  Good: {Type: AWS::SQS::Queue}\n" + taken
	st := create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: &body, DisableRollback: aws.Bool(true)})
	want(t, env, st, types.StackStatusCreateFailed)
	if _, err := env.CloudFormation().RollbackStack(t.Context(), &cfn.RollbackStackInput{StackName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	want(t, env, settle(t, env, "s"), types.StackStatusRollbackComplete)
	if diff := cmp.Diff([]string{"taken"}, queues(t, env)); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
	_, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{StackName: aws.String("s"), TemplateBody: &body})
	if err == nil || !strings.Contains(err.Error(), "is in ROLLBACK_COMPLETE state and can not be updated.") {
		t.Errorf("error %v", err)
	}
}

// A stack that failed and was left as it was can be brought to its end.
func TestFailedStackIsUpdatedToItsEnd(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	takeName(t, env)
	body := "Resources:\n  Good: {Type: AWS::SQS::Queue, Properties: {QueueName: good}}\n" + taken
	st := create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: &body, DisableRollback: aws.Bool(true)})
	want(t, env, st, types.StackStatusCreateFailed)
	st = update(t, env, "s", strings.Replace(body, "QueueName: taken", "QueueName: free", 1))
	want(t, env, st, types.StackStatusUpdateComplete)
	if diff := cmp.Diff([]string{"free", "good", "taken"}, queues(t, env)); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
}

// Values of parameters that are not to be shown are not.
func TestNoEchoIsNotShown(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := create(t, env, &cfn.CreateStackInput{
		StackName: aws.String("s"), TemplateBody: aws.String(`
Parameters: {Secret: {Type: String, NoEcho: true}}
Resources: {Q: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: k, Value: !Ref Secret}]}}}`),
		Parameters: []types.Parameter{{ParameterKey: aws.String("Secret"), ParameterValue: aws.String("hush-hush")}},
	})
	want(t, env, st, types.StackStatusCreateComplete)
	if got := aws.ToString(st.Parameters[0].ParameterValue); got != "****" {
		t.Errorf("parameter is told: %s", got)
	}
	out, err := env.CloudFormation().DescribeStackEvents(t.Context(), &cfn.DescribeStackEventsInput{StackName: aws.String("s")})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range out.StackEvents {
		if strings.Contains(aws.ToString(e.ResourceProperties), "hush") {
			t.Errorf("event tells it: %s", *e.ResourceProperties)
		}
	}
	_, err = env.CloudFormation().DescribeStackEvents(t.Context(), &cfn.DescribeStackEventsInput{StackName: aws.String("s"), NextToken: aws.String("zzzz")})
	if testenv.ErrorCode(err) != "ValidationError" {
		t.Errorf("a token of no list: %v", err)
	}
}

// An update that is cancelled is rolled back.
func TestCancelUpdate(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String("Resources: {A: {Type: AWS::SQS::Queue}}")})
	_, err := env.CloudFormation().CancelUpdateStack(t.Context(), &cfn.CancelUpdateStackInput{StackName: aws.String("s")})
	if err == nil || !strings.Contains(err.Error(), "CancelUpdateStack cannot be called from current stack status") {
		t.Errorf("error %v", err)
	}
	_, err = env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(`
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 5}}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle, DependsOn: A}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 600}}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := settleNone(t, env, "s"); got != types.StackStatusUpdateInProgress {
		t.Fatalf("stack is %s while it waits", got)
	}
	if _, err := env.CloudFormation().CancelUpdateStack(t.Context(), &cfn.CancelUpdateStackInput{StackName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	want(t, env, settle(t, env, "s"), types.StackStatusUpdateRollbackComplete)
	lines := history(t, env, "s")
	for _, l := range []string{"Wait CREATE_FAILED Resource creation cancelled", "s UPDATE_ROLLBACK_IN_PROGRESS User Initiated", "Wait DELETE_COMPLETE"} {
		if !slices.Contains(lines, l) {
			t.Errorf("no event %q in\n%s", l, strings.Join(lines, "\n"))
		}
	}
}

package cloudformation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// waits is a stack that waits for a signal that nobody sends.
const waits = `
Resources:
  Q: {Type: AWS::SQS::Queue}
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle, DependsOn: Q}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: LIMIT}}`

func TestTimeoutsRollBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		limit   string
		minutes *int32
		line    string
	}{
		"of the stack":     {"40000", aws.Int32(1), "s ROLLBACK_IN_PROGRESS Stack creation time exceeded the specified timeout. Rollback requested by user."},
		"of the condition": {"100", nil, "Wait CREATE_FAILED WaitCondition timed out. Received 0 conditions when expecting 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := testenv.New(t, registrations()...)
			_, err := env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{
				StackName: aws.String("s"), TemplateBody: aws.String(strings.Replace(waits, "LIMIT", tt.limit, 1)), TimeoutInMinutes: tt.minutes,
			})
			if err != nil {
				t.Fatal(err)
			}
			testenv.Eventually(t, "the wait began", func() bool {
				return slices.Contains(history(t, env, "s"), "Wait CREATE_IN_PROGRESS Resource creation Initiated")
			})
			env.Advance(2 * time.Minute)
			want(t, env, settle(t, env, "s"), types.StackStatusRollbackComplete)
			if lines := history(t, env, "s"); !slices.Contains(lines, tt.line) {
				t.Errorf("no event %q in\n%s", tt.line, strings.Join(lines, "\n"))
			}
			if diff := cmp.Diff([]string{}, queues(t, env)); diff != "" {
				t.Errorf("queues (-want +got):\n%s", diff)
			}
		})
	}
}

// A stack that is deleted while it is made ends deleted, with nothing left.
func TestDeleteWhileCreating(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	out, err := env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(strings.Replace(waits, "LIMIT", "40000", 1))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	want(t, env, settle(t, env, *out.StackId), types.StackStatusDeleteComplete)
	if diff := cmp.Diff([]string{}, queues(t, env)); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
}

func TestSignalResource(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	_, err := env.CloudFormation().CreateStack(t.Context(), &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(`
Resources:
  Wait: {Type: AWS::CloudFormation::WaitCondition, CreationPolicy: {ResourceSignal: {Count: 2, Timeout: PT10M}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "a", "b"} { // one said twice counts once
		_, err := env.CloudFormation().SignalResource(t.Context(), &cfn.SignalResourceInput{
			StackName: aws.String("s"), LogicalResourceId: aws.String("Wait"), UniqueId: &id, Status: types.ResourceSignalStatusSuccess,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want(t, env, settle(t, env, "s"), types.StackStatusCreateComplete)
}

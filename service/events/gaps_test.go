package events_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	api "maru.dev/maru/api/events"
	iamapi "maru.dev/maru/api/iam"
	sqsapi "maru.dev/maru/api/sqs"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
	"maru.dev/maru/service/events"
	"maru.dev/maru/service/iam"
	"maru.dev/maru/service/sqs"
)

// What doc.go tells of as different from AWS.
func TestKnownGaps(t *testing.T) {
	t.Parallel()
	const doc = "service/events/doc.go"
	gaps := map[string]func(t testing.TB, b *bench){
		"global endpoints": func(t testing.TB, b *bench) {
			_, err := b.events.ListEndpoints(t.Context(), &client.ListEndpointsInput{})
			b.no(err)
		},
		"partners": func(t testing.TB, b *bench) {
			_, err := b.events.ListPartnerEventSources(t.Context(), &client.ListPartnerEventSourcesInput{NamePrefix: aws.String("aws.partner/")})
			b.no(err)
		},
		"an archive's managed rule": func(t testing.TB, b *bench) {
			b.archive("a", "", 0)
			out, err := b.events.ListRules(t.Context(), &client.ListRulesInput{})
			b.no(err)
			if len(out.Rules) != 1 || *out.Rules[0].Name != "Events-Archive-a" {
				t.Fatal("no rule Events-Archive-a")
			}
		},
		"rules to a bus": func(t testing.TB, b *bench) {
			for range 301 {
				_, err := b.events.PutRule(t.Context(), &client.PutRuleInput{Name: aws.String(b.Deps().IDs.Hex(8)), EventPattern: aws.String(anyOrder), State: types.RuleStateDisabled})
				if err != nil {
					return
				}
			}
			t.Fatal("301 rules were taken")
		},
	}
	for name, gap := range gaps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			testenv.KnownGap(t, doc, func(g testing.TB) {
				own := *b
				own.t = g
				gap(g, &own)
			})
		})
	}
}

// A target is called in its role. In a server that enforces it is refused, since
// nobody's policies are read yet; the dead letter says that.
func TestRolesOfTargetsAreNotEvaluatedYet(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing}, events.Registration(), sqs.Registration(),
		service.Registration{Model: iamapi.Model, New: func(d service.Deps) any { return iam.New(d) }})
	do := func(service, operation string, in any) any {
		t.Helper()
		out, err := env.Caller().Call(env.Context(), service, operation, in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	role := do("iam", "CreateRole", &iamapi.CreateRoleInput{
		RoleName:                 "r",
		AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
	}).(*iamapi.CreateRoleOutput).Role.Arn
	do("iam", "PutRolePolicy", &iamapi.PutRolePolicyInput{
		RoleName: "r", PolicyName: "p", PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}]}`,
	})
	do("sqs", "CreateQueue", &sqsapi.CreateQueueInput{QueueName: "q"})
	do("sqs", "CreateQueue", &sqsapi.CreateQueueInput{QueueName: "dead", Attributes: map[string]string{
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`,
	}})
	do("events", "PutRule", &api.PutRuleInput{Name: "r", EventPattern: new(anyOrder)})
	do("events", "PutTargets", &api.PutTargetsInput{Rule: "r", Targets: []api.Target{{
		Id: "a", Arn: queueARN("q"), RoleArn: &role, DeadLetterConfig: &api.DeadLetterConfig{Arn: new(queueARN("dead"))},
	}}})
	do("events", "PutEvents", &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{{Source: new("shop"), DetailType: new("order"), Detail: new("{}")}}})
	testenv.KnownGap(t, "service/events/doc.go", func(t testing.TB) {
		testenv.Eventually(t, "the event has arrived somewhere", func() bool {
			for _, queue := range []string{"q", "dead"} {
				out := do("sqs", "ReceiveMessage", &sqsapi.ReceiveMessageInput{
					QueueUrl: env.URL() + "/000000000000/" + queue, MessageAttributeNames: []string{"All"},
				}).(*sqsapi.ReceiveMessageOutput)
				if len(out.Messages) == 1 && queue == "dead" {
					t.Fatal(*out.Messages[0].MessageAttributes["ERROR_MESSAGE"].StringValue)
				}
				if len(out.Messages) == 1 {
					return true
				}
			}
			return false
		})
	})
}

package deploy_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	cloudformationapi "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/call"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudformation"
)

// lossy makes every change once, and the first time loses the answer: as a
// crash does between a call and the note of it.
type lossy struct {
	call.Caller

	mu   sync.Mutex
	lost map[string]bool
}

// errLost is no answer of any service.
var errLost = errors.New("the answer was lost")

// CallJSON calls, and loses the first answer to each change.
func (l *lossy) CallJSON(ctx context.Context, service, operation string, in json.RawMessage) (json.RawMessage, error) {
	out, err := l.Caller.CallJSON(ctx, service, operation, in)
	for _, reading := range []string{"Get", "List", "Describe", "Head"} {
		if strings.HasPrefix(operation, reading) {
			return out, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := service + operation + string(in)
	if err != nil || l.lost[key] {
		return out, err
	}
	l.lost[key] = true
	return nil, errLost
}

// However often an answer is lost, each resource is there once, and gone in
// the end.
func TestEveryTypeSurvivesLostAnswers(t *testing.T) {
	t.Parallel()
	env := envWith(t, service.Registration{Model: cloudformationapi.Model, New: func(d service.Deps) any {
		d.Caller = &lossy{Caller: d.Caller, lost: map[string]bool{}}
		return cloudformation.New(d)
	}})
	counts := func() map[string]int {
		ctx := t.Context()
		cfg := env.Config()
		apis, err1 := apigatewayv2.NewFromConfig(cfg).GetApis(ctx, &apigatewayv2.GetApisInput{})
		fns, err2 := lambda.NewFromConfig(cfg).ListFunctions(ctx, &lambda.ListFunctionsInput{})
		maps, err3 := lambda.NewFromConfig(cfg).ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{})
		subs, err4 := sns.NewFromConfig(cfg).ListSubscriptions(ctx, &sns.ListSubscriptionsInput{})
		queues, err5 := sqs.NewFromConfig(cfg).ListQueues(ctx, &sqs.ListQueuesInput{})
		roles, err6 := iam.NewFromConfig(cfg).ListRoles(ctx, &iam.ListRolesInput{})
		if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
			t.Fatal(err)
		}
		out := map[string]int{
			"apis": len(apis.Items), "functions": len(fns.Functions), "mappings": len(maps.EventSourceMappings),
			"subscriptions": len(subs.Subscriptions), "queues": len(queues.QueueUrls), "roles": len(roles.Roles),
		}
		if len(apis.Items) > 0 {
			ints, err := apigatewayv2.NewFromConfig(cfg).GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: apis.Items[0].ApiId})
			if err != nil {
				t.Fatal(err)
			}
			out["integrations"] = len(ints.Items)
		}
		if len(fns.Functions) > 0 {
			versions, err := lambda.NewFromConfig(cfg).ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: fns.Functions[0].FunctionName})
			if err != nil {
				t.Fatal(err)
			}
			out["versions"] = len(versions.Versions) - 1 // without $LATEST
		}
		return out
	}
	stacked(t, env, "all", strings.ReplaceAll(everything, "VALUE", "one"), types.StackStatusCreateComplete)
	for what, n := range counts() {
		if want := map[string]int{"queues": 2}[what]; n != max(want, 1) {
			t.Errorf("%d %s", n, what)
		}
	}
	if _, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: aws.String("all"), TemplateBody: aws.String(strings.ReplaceAll(everything, "VALUE", "two")), Capabilities: []types.Capability{"CAPABILITY_NAMED_IAM"},
	}); err != nil {
		t.Fatal(err)
	}
	st := settled(t, env, "all")
	if st.StackStatus != types.StackStatusUpdateComplete {
		t.Fatalf("stack is %s\n%s", st.StackStatus, events(t, env, "all"))
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("all")}); err != nil {
		t.Fatal(err)
	}
	if st = settled(t, env, *st.StackId); st.StackStatus != types.StackStatusDeleteComplete {
		t.Fatalf("stack is %s\n%s", st.StackStatus, events(t, env, *st.StackId))
	}
	for what, n := range counts() {
		if n != 0 {
			t.Errorf("%d %s left", n, what)
		}
	}
}

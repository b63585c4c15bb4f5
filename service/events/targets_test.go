package events_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	snsclient "github.com/aws/aws-sdk-go-v2/service/sns"
	sqsclient "github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/wire"
)

const (
	anyOrder    = `{"source":["shop"]}`
	functionARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
	machineARN  = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
	someRole    = "arn:aws:iam::000000000000:role/r"
)

// What a target gets is what its input says.
func TestInputOfTargets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q := b.queue("q")
	tests := map[string]struct {
		target types.Target
		want   string
	}{
		"constant":          {types.Target{Input: aws.String(`{"a":1}`)}, `{"a":1}`},
		"part":              {types.Target{InputPath: aws.String("$.detail.items")}, `[1,{"n":"x"}]`},
		"part that is text": {types.Target{InputPath: aws.String("$.detail-type")}, `"order"`},
		"element":           {types.Target{InputPath: aws.String("$.detail.items[1].n")}, `"x"`},
		"missing part":      {types.Target{InputPath: aws.String("$.detail.nope")}, `null`},
		"template": {types.Target{InputTransformer: &types.InputTransformer{
			InputPathsMap: map[string]string{"id": "$.detail.id", "items": "$.detail.items", "none": "$.detail.none"},
			InputTemplate: aws.String(`{"id":<id>,"text":"order <id> of <items>","items":<items>,"none":<none>,"rule":<aws.events.rule-name>}`),
		}}, `{"id":"o-1","text":"order o-1 of [1,{n:x}]","items":[1,{"n":"x"}],"none":null,"rule":"r"}`},
		"template of text": {types.Target{InputTransformer: &types.InputTransformer{
			InputPathsMap: map[string]string{"id": "$.detail.id"}, InputTemplate: aws.String(`"order <id> by <aws.events.rule-arn>"`),
		}}, `"order o-1 by arn:aws:events:us-east-1:000000000000:rule/r"`},
	}
	for name, tt := range tests {
		tt.target.Arn, tt.target.Id = &q, aws.String("one")
		b.rule("", "r", anyOrder, tt.target)
		b.put(entry("order", `{"id":"o-1","items":[1,{"n":"x"}]}`))
		if got := *b.receive("q").Body; got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestReservedVariablesHoldTheEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rule("", "r", anyOrder, types.Target{Arn: aws.String(b.queue("q")), InputTransformer: &types.InputTransformer{
		InputTemplate: aws.String(`{"all":<aws.events.event.json>,"head":<aws.events.event>,"at":<aws.events.event.ingestion-time>}`),
	}})
	ids := b.put(entry("order", `{"x":1}`))
	got := fields(t, *b.receive("q").Body)
	all, head := got["all"].(map[string]any), got["head"].(map[string]any)
	if all["id"] != ids[0] || all["detail"] == nil || head["id"] != ids[0] || head["detail"] != nil {
		t.Errorf("got %v", got)
	}
	if at, err := time.Parse(time.RFC3339, got["at"].(string)); err != nil || b.Now().Sub(at).Abs() > time.Hour {
		t.Errorf("ingested at %v", got["at"])
	}
}

func TestEveryKindOfTargetIsReached(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	_, err := b.sqs.CreateQueue(ctx, &sqsclient.CreateQueueInput{QueueName: aws.String("q.fifo"), Attributes: map[string]string{
		"FifoQueue": "true", "ContentBasedDeduplication": "true",
	}})
	b.no(err)
	topic, err := b.SNS().CreateTopic(ctx, &snsclient.CreateTopicInput{Name: aws.String("topic")})
	b.no(err)
	_, err = b.SNS().Subscribe(ctx, &snsclient.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(b.queue("of-topic")), Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	b.no(err)
	_, err = b.Logs().CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/aws/events/orders")})
	b.no(err)
	b.rule("", "r", anyOrder,
		types.Target{Arn: aws.String(queueARN("q.fifo")), SqsParameters: &types.SqsParameters{MessageGroupId: aws.String("g")}},
		types.Target{Arn: topic.TopicArn},
		types.Target{Arn: aws.String(functionARN)},
		types.Target{Arn: aws.String(machineARN), RoleArn: aws.String(someRole)},
		types.Target{Arn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/orders")},
	)
	id := b.put(entry("order", `{}`))[0]
	for _, queue := range []string{"q.fifo", "of-topic"} {
		if got := fields(t, *b.receive(queue).Body); got["id"] != id {
			t.Errorf("%s has %v", queue, got)
		}
	}
	testenv.Eventually(t, "the function and the machine have the event", func() bool {
		b.machines.mu.Lock()
		defer b.machines.mu.Unlock()
		return len(b.functions.taken()) == 1 && len(b.machines.inputs) == 1 && strings.Contains(b.machines.inputs[0], id)
	})
	testenv.Eventually(t, "the log group has the event", func() bool {
		out, err := b.Logs().FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/events/orders")})
		b.no(err)
		return len(out.Events) == 1 && strings.Contains(*out.Events[0].Message, id)
	})
}

func TestWhatCannotBeDeliveredBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dead := b.queue("dead")
	arn := b.rule("", "r", anyOrder, types.Target{
		Arn: aws.String(queueARN("gone")), DeadLetterConfig: &types.DeadLetterConfig{Arn: &dead},
	})
	id := b.put(entry("order", `{}`))[0]
	m := b.receive("dead")
	if got := fields(t, *m.Body); got["id"] != id {
		t.Errorf("dead letter %v", got)
	}
	for name, want := range map[string]string{"RULE_ARN": arn, "TARGET_ARN": queueARN("gone"), "RETRY_ATTEMPTS": "0", "ERROR_CODE": "NO_RESOURCE"} {
		if got := aws.ToString(m.MessageAttributes[name].StringValue); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if m.MessageAttributes["ERROR_MESSAGE"].StringValue == nil {
		t.Errorf("no reason in %v", m.MessageAttributes)
	}
}

func TestRetryPolicyBoundsTheAttempts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	dead := b.queue("dead")
	b.functions.refuse = &wire.APIError{Code: "TooManyRequestsException", Message: "Rate Exceeded.", Status: 429}
	b.rule("", "r", anyOrder, types.Target{
		Arn: aws.String(functionARN), DeadLetterConfig: &types.DeadLetterConfig{Arn: &dead},
		RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(2), MaximumEventAgeInSeconds: aws.Int32(86400)},
	})
	b.put(entry("order", `{}`))
	var attempts, condition string
	testenv.Eventually(t, "the event is given up", func() bool {
		b.Rest()
		b.Advance(time.Minute)
		out, err := b.sqs.ReceiveMessage(t.Context(), &sqsclient.ReceiveMessageInput{
			QueueUrl: aws.String(b.URL() + "/000000000000/dead"), MessageAttributeNames: []string{"All"}, WaitTimeSeconds: 0,
		})
		b.no(err)
		if len(out.Messages) == 0 {
			return false
		}
		attempts = *out.Messages[0].MessageAttributes["RETRY_ATTEMPTS"].StringValue
		condition = aws.ToString(out.Messages[0].MessageAttributes["EXHAUSTED_RETRY_CONDITION"].StringValue)
		return true
	})
	if attempts != "2" || condition != "MaximumRetryAttempts" {
		t.Errorf("given up after %s retries by %s", attempts, condition)
	}
}

// An event goes from one bus to another as it is, and no further, whether the rule
// sends it by itself or in a role.
func TestEventsGoFromBusToBusOnce(t *testing.T) {
	t.Parallel()
	for name, role := range map[string]*string{"by itself": nil, "in a role": aws.String("arn:aws:iam::000000000000:role/r")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			ctx := t.Context()
			arns := map[string]string{}
			for _, name := range []string{"first", "second", "third"} {
				out, err := b.events.CreateEventBus(ctx, &client.CreateEventBusInput{Name: &name})
				b.no(err)
				arns[name] = *out.EventBusArn
				b.rule(name, "keep", anyOrder, types.Target{Arn: aws.String(b.queue(name))})
			}
			b.rule("first", "on", anyOrder, types.Target{Arn: aws.String(arns["second"]), RoleArn: role}, types.Target{Arn: aws.String(arns["first"]), RoleArn: role})
			b.rule("second", "on", anyOrder, types.Target{Arn: aws.String(arns["third"]), RoleArn: role}, types.Target{Arn: aws.String(arns["first"]), RoleArn: role})
			e := entry("order", `{"x":1}`)
			e.EventBusName = aws.String("first")
			b.put(e)
			first, again, second := *b.receive("first").Body, *b.receive("first").Body, *b.receive("second").Body
			if first != second || again != first {
				t.Errorf("second bus has %s, first %s and %s", second, first, again)
			}
			b.Advance(time.Minute)
			b.empty("third")
			b.empty("second")
			b.empty("first")
		})
	}
}

func TestBusOfAnotherAccountAsksForPermission(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	other := client.NewFromConfig(b.ConfigFor("111111111111", "us-east-1"))
	dead := b.queue("dead")
	b.rule("", "on", anyOrder, types.Target{
		Arn: aws.String("arn:aws:events:us-east-1:111111111111:event-bus/default"), DeadLetterConfig: &types.DeadLetterConfig{Arn: &dead},
	})
	_, err := other.PutRule(ctx, &client.PutRuleInput{Name: aws.String("r"), EventPattern: aws.String(anyOrder)})
	b.no(err)
	_, err = other.PutTargets(ctx, &client.PutTargetsInput{Rule: aws.String("r"), Targets: []types.Target{{Id: aws.String("a"), Arn: aws.String(b.queue("theirs"))}}})
	b.no(err)
	b.put(entry("order", `{}`))
	if m := b.receive("dead"); *m.MessageAttributes["ERROR_CODE"].StringValue != "NO_PERMISSIONS" {
		t.Errorf("refused with %v", m.MessageAttributes)
	}
	_, err = other.PutPermission(ctx, &client.PutPermissionInput{
		Action: aws.String("events:PutEvents"), Principal: aws.String("000000000000"), StatementId: aws.String("s"),
	})
	b.no(err)
	id := b.put(entry("order", `{}`))[0]
	if got := fields(t, *b.receive("theirs").Body); got["id"] != id || got["account"] != "000000000000" {
		t.Errorf("the other account got %v", got)
	}
}

func TestPutTargetsRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.rule("", "r", anyOrder)
	q := queueARN("q")
	tests := map[string]struct {
		target types.Target
		want   string
	}{
		"no ARN":                 {types.Target{Arn: aws.String("q")}, "Parameter q is not valid. Reason: Provided Arn is not in correct format."},
		"FIFO without a group":   {types.Target{Arn: aws.String(q + ".fifo")}, "Parameter(s) SqsParameters must be specified for target: one."},
		"machine without a role": {types.Target{Arn: aws.String(machineARN)}, "RoleArn is required for target " + machineARN + "."},
		"input that is no JSON":  {types.Target{Arn: &q, Input: aws.String("{")}, "JSON syntax error in input for target one: {."},
		"two inputs":             {types.Target{Arn: &q, Input: aws.String("{}"), InputPath: aws.String("$.detail")}, "Only one of Input, InputPath, or InputTransformer must be provided for target one."},
		"path":                   {types.Target{Arn: &q, InputPath: aws.String("detail")}, "Invalid InputPath for target one."},
		"dead letter target":     {types.Target{Arn: &q, DeadLetterConfig: &types.DeadLetterConfig{Arn: aws.String(functionARN)}}, "Parameter " + functionARN + " is not valid. Reason: Provided Arn is not in correct format."},
	}
	for name, tt := range tests {
		tt.target.Id = aws.String("one")
		_, err := b.events.PutTargets(t.Context(), &client.PutTargetsInput{Rule: aws.String("r"), Targets: []types.Target{tt.target}})
		if testenv.ErrorCode(err) != "ValidationException" || testenv.ErrorMessage(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	_, err := b.events.PutTargets(t.Context(), &client.PutTargetsInput{Rule: aws.String("r"), Targets: []types.Target{
		{Id: aws.String("one"), Arn: aws.String(machineARN), RoleArn: aws.String("arn:aws:iam::111111111111:role/r")},
	}})
	if testenv.ErrorCode(err) != "AccessDeniedException" {
		t.Errorf("another account's role: %v", err)
	}
	many := make([]types.Target, 6)
	for i := range many {
		many[i] = types.Target{Id: aws.String(fmt.Sprint(i)), Arn: &q}
	}
	_, err = b.events.PutTargets(t.Context(), &client.PutTargetsInput{Rule: aws.String("r"), Targets: many})
	if testenv.ErrorCode(err) != "LimitExceededException" {
		t.Errorf("six targets: %v", err)
	}
	_, err = b.events.PutTargets(t.Context(), &client.PutTargetsInput{Rule: aws.String("nope"), Targets: many[:1]})
	if testenv.ErrorCode(err) != "ResourceNotFoundException" || testenv.ErrorMessage(err) != "Rule nope does not exist on EventBus default." {
		t.Errorf("no rule: %v", err)
	}
}

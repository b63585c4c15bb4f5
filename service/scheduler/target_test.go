package scheduler

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	events "maru.dev/maru/api/events"
	lambda "maru.dev/maru/api/lambda"
	api "maru.dev/maru/api/scheduler"
	sns "maru.dev/maru/api/sns"
	sqs "maru.dev/maru/api/sqs"
	states "maru.dev/maru/api/states"
	"maru.dev/maru/call"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// models is a Caller that knows models and nothing else.
type models []*wire.Service

// Models are the models.
func (m models) Models() []*wire.Service { return m }

// Call is not used.
func (models) Call(context.Context, string, string, any) (any, error) {
	return nil, errors.New("not used")
}

// CallJSON is not used.
func (models) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return nil, errors.New("not used")
}

func all() models {
	return models{events.Model, lambda.Model, sns.Model, sqs.Model, states.Model}
}

// read holds a call against its operation's model, as a call would.
func read(t *testing.T, r request) any {
	t.Helper()
	for _, m := range all() {
		if m.ID != r.service {
			continue
		}
		i := slices.IndexFunc(m.Operations, func(op wire.Operation) bool { return op.Name == r.operation })
		in, err := wire.FromJSON(m, &m.Operations[i], r.input)
		if err != nil {
			t.Fatalf("%s: %v", r.input, err)
		}
		return in
	}
	t.Fatalf("no service %s", r.service)
	return nil
}

func TestTargetsBecomeCalls(t *testing.T) {
	t.Parallel()
	const at = ":us-east-1:000000000000:"
	tests := map[string]struct {
		target api.Target
		want   any
	}{
		"lambda": {
			api.Target{Arn: "arn:aws:lambda" + at + "function:f:live", Input: new(`{"a":1}`)},
			&lambda.InvokeInput{FunctionName: "arn:aws:lambda" + at + "function:f:live", InvocationType: new("Event"), Payload: []byte(`{"a":1}`)},
		},
		"sqs": {
			api.Target{Arn: "arn:aws:sqs" + at + "q.fifo", Input: new("hi"), SqsParameters: &api.SqsParameters{MessageGroupId: new("g")}},
			&sqs.SendMessageInput{QueueUrl: "/000000000000/q.fifo", MessageBody: "hi", MessageGroupId: new("g")},
		},
		"sns": {
			api.Target{Arn: "arn:aws:sns" + at + "t", Input: new("<aws.scheduler.execution-id> <aws.scheduler.attempt-number>")},
			&sns.PublishInput{TopicArn: new("arn:aws:sns" + at + "t"), Message: "run 3"},
		},
		"states": {
			api.Target{Arn: "arn:aws:states" + at + "stateMachine:m", Input: new("{}")},
			&states.StartExecutionInput{StateMachineArn: "arn:aws:states" + at + "stateMachine:m", Input: new("{}"), Name: new("token")},
		},
		"events": {
			api.Target{
				Arn: "arn:aws:events" + at + "event-bus/b", Input: new(`{"a":1}`),
				EventBridgeParameters: &api.EventBridgeParameters{Source: "s", DetailType: "d"},
			},
			&events.PutEventsInput{Entries: []events.PutEventsRequestEntry{{
				EventBusName: new("arn:aws:events" + at + "event-bus/b"), Source: new("s"), DetailType: new("d"), Detail: new(`{"a":1}`),
			}}},
		},
		"universal in the SDK's capitals": {
			api.Target{Arn: universalPrefix + "sfn:startExecution", Input: new(`{"StateMachineArn":"arn:aws:states` + at + `stateMachine:m","Input":"{}"}`)},
			&states.StartExecutionInput{StateMachineArn: "arn:aws:states" + at + "stateMachine:m", Input: new("{}")},
		},
		"universal with lists": {
			api.Target{Arn: universalPrefix + "eventbridge:putEvents", Input: new(`{"Entries":[{"source":"s","Detail":"{}","Resources":["arn"]}]}`)},
			&events.PutEventsInput{Entries: []events.PutEventsRequestEntry{{Source: new("s"), Detail: new("{}"), Resources: []string{"arn"}}}},
		},
		"universal with a member in capitals of all kinds": {
			api.Target{Arn: universalPrefix + "sqs:sendMessage", Input: new(`{"QUEUEURL":"a","QueueUrl":"q","queueurl":"b","messagebody":"2","MESSAGEBODY":"1"}`)},
			&sqs.SendMessageInput{QueueUrl: "q", MessageBody: "2"},
		},
		"universal with a blob": {
			api.Target{Arn: universalPrefix + "lambda:invoke", Input: new(`{"FunctionName":"f","Payload":{"a":1.50}}`)},
			&lambda.InvokeInput{FunctionName: "f", Payload: []byte(`{"a":1.50}`)},
		},
	}
	s := &Service{Deps: service.Deps{Caller: all()}, services: call.Directory{Caller: all()}}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := s.checkTarget(&tt.target); err != nil {
				t.Fatal(err)
			}
			inv := &invocation{Group: "g", Name: "n", At: begin(), Execution: "run", Token: "token", Target: tt.target}
			r, err := s.request(home{"000000000000", "us-east-1"}, inv, 3)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, read(t, r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTargetsOfServicesThatAreNotThereSaySo(t *testing.T) {
	t.Parallel()
	s := &Service{Deps: service.Deps{Caller: all()}, services: call.Directory{Caller: all()}}
	for _, target := range []string{"arn:aws:codebuild:us-east-1:000000000000:project/p", universalPrefix + "gamelift:stopMatchmaking"} {
		inv := &invocation{Target: api.Target{Arn: target}}
		if err := s.checkTarget(&inv.Target); err != nil {
			t.Errorf("%s: %v", target, err)
		}
		_, err := s.request(home{}, inv, 1)
		if fault, ok := errors.AsType[wire.Error](err); !ok || fault.HTTPStatus() != 501 {
			t.Errorf("%s: %v", target, err)
		}
	}
}

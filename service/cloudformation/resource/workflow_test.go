package resource

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	s3 "maru.dev/maru/api/s3"
	"maru.dev/maru/wire"
)

// script is a Caller that holds each input against its operation's model,
// remembers the operations, and answers what it is told.
type script struct {
	t       *testing.T
	answers map[string]string // by operation; "" and absent: an empty output
	calls   []string
	inputs  map[string]obj // the last of each operation
}

// Call answers GetObject.
func (s *script) Call(_ context.Context, _, operation string, _ any) (any, error) {
	if operation != "GetObject" {
		return nil, errors.New("unexpected " + operation)
	}
	s.calls = append(s.calls, operation)
	return &s3.GetObjectOutput{Body: strings.NewReader(s.answers[operation])}, nil
}

// CallJSON answers all others.
func (s *script) CallJSON(_ context.Context, service, operation string, in json.RawMessage) (json.RawMessage, error) {
	model := modelOf(service)
	i := slices.IndexFunc(model.Operations, func(op wire.Operation) bool { return op.Name == operation })
	if _, err := wire.FromJSON(model, &model.Operations[i], in); err != nil {
		s.t.Errorf("%s with %s: %v", operation, in, err)
	}
	s.calls = append(s.calls, operation)
	input := obj{}
	if err := json.Unmarshal(in, &input); err != nil {
		s.t.Error(err)
	}
	s.inputs[operation] = input
	answer, ok := s.answers[operation]
	if code, isFault := strings.CutPrefix(answer, "!"); isFault {
		return nil, &wire.APIError{Code: code, Message: "as scripted"}
	}
	if !ok {
		answer = "{}"
	}
	return json.RawMessage(answer), nil
}

// life takes a resource from its creation to its removal.
type life struct {
	typ            string
	props, changed string // JSON
	answers        map[string]string
	id             string
	attributes     obj
	calls          []string
	sent           map[string]string // operation → part of its last input, as JSON
}

const (
	here    = "arn:aws:events:us-east-1:000000000000:"
	machine = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
	anyRole = "arn:aws:iam::000000000000:role/r"
)

func TestTypesOfWorkflowsAndEventsLiveAndGo(t *testing.T) {
	t.Parallel()
	tests := map[string]life{
		"bus": {
			typ: "AWS::Events::EventBus", props: `{"Name":"b"}`, changed: `{"Name":"b","Description":"d","Policy":{"Statement":[]}}`,
			id: "b", attributes: obj{"Arn": here + "event-bus/b", "Name": "b", "Policy": `{"Statement":[]}`},
			calls: []string{"CreateEventBus", "UpdateEventBus", "PutPermission", "DeleteEventBus"},
		},
		"bus policy": {
			typ: "AWS::Events::EventBusPolicy", props: `{"StatementId":"s","Action":"events:PutEvents","Principal":"*"}`,
			changed: `{"StatementId":"s","Statement":{"Effect":"Allow"}}`, id: "default|s",
			answers: map[string]string{"DescribeEventBus": `{"Policy":"{\"Statement\":[{\"Sid\":\"s\"},{\"Sid\":\"o\"}]}"}`},
			calls:   []string{"PutPermission", "DescribeEventBus", "PutPermission", "RemovePermission"},
			sent:    map[string]string{"PutPermission": `{"Policy":"{\"Statement\":[{\"Sid\":\"o\"},{\"Effect\":\"Allow\",\"Sid\":\"s\"}],\"Version\":\"2012-10-17\"}"}`},
		},
		"rule": {
			typ:     "AWS::Events::Rule",
			props:   `{"Name":"r","ScheduleExpression":"rate(1 minute)","Targets":[{"Id":"a","Arn":"x"},{"Id":"b","Arn":"y"}]}`,
			changed: `{"Name":"r","EventPattern":{"source":["s"]},"Targets":[{"Id":"b","Arn":"z","RetryPolicy":{"MaximumRetryAttempts":"3"}}]}`,
			answers: map[string]string{"DescribeRule": "!ResourceNotFoundException"},
			id:      "r", attributes: obj{"Arn": here + "rule/r"},
			calls: []string{"DescribeRule", "PutRule", "PutTargets", "PutRule", "RemoveTargets", "PutTargets", "RemoveTargets", "DeleteRule"},
			sent:  map[string]string{"PutRule": `{"EventPattern":"{\"source\":[\"s\"]}"}`, "PutTargets": `{"Targets":[{"Arn":"z","Id":"b","RetryPolicy":{"MaximumRetryAttempts":3}}]}`},
		},
		"rule of a bus": {
			typ: "AWS::Events::Rule", props: `{"Name":"r","EventBusName":"` + here + `event-bus/shop","EventPattern":{"source":["s"]}}`,
			changed: `{"Name":"r","EventBusName":"` + here + `event-bus/shop","EventPattern":{"source":["t"]}}`,
			answers: map[string]string{"DescribeRule": "!ResourceNotFoundException"},
			id:      "shop|r", attributes: obj{"Arn": here + "rule/shop/r"},
			calls: []string{"DescribeRule", "PutRule", "PutRule", "DeleteRule"},
			sent:  map[string]string{"DeleteRule": `{"EventBusName":"` + here + `event-bus/shop","Name":"r"}`},
		},
		"archive": {
			typ: "AWS::Events::Archive", props: `{"ArchiveName":"a","SourceArn":"` + here + `event-bus/b"}`,
			changed: `{"ArchiveName":"a","SourceArn":"` + here + `event-bus/b","RetentionDays":"3"}`, id: "a",
			attributes: obj{"Arn": here + "archive/a"}, calls: []string{"CreateArchive", "UpdateArchive", "DeleteArchive"},
		},
		"connection": {
			typ:        "AWS::Events::Connection",
			props:      `{"Name":"c","AuthorizationType":"API_KEY","AuthParameters":{"ApiKeyAuthParameters":{"ApiKeyName":"k","ApiKeyValue":"v"}}}`,
			changed:    `{"Name":"c","AuthorizationType":"BASIC","AuthParameters":{"BasicAuthParameters":{"Username":"k","Password":"v"}}}`,
			answers:    map[string]string{"DescribeConnection": `{"ConnectionState":"AUTHORIZED","ConnectionArn":"c-arn","SecretArn":"s-arn"}`},
			id:         "c",
			attributes: obj{"Arn": "c-arn", "ArnForPolicy": here + "connection/c", "SecretArn": "s-arn"},
			calls:      []string{"CreateConnection", "DescribeConnection", "UpdateConnection", "DescribeConnection", "DeleteConnection"},
		},
		"API destination": {
			typ:     "AWS::Events::ApiDestination",
			props:   `{"Name":"d","ConnectionArn":"` + here + `connection/c/11111111-1111-1111-1111-111111111111","HttpMethod":"POST","InvocationEndpoint":"https://example.com/"}`,
			changed: `{"Name":"d","ConnectionArn":"` + here + `connection/c/11111111-1111-1111-1111-111111111111","HttpMethod":"PUT","InvocationEndpoint":"https://example.com/"}`,
			answers: map[string]string{"CreateApiDestination": `{"ApiDestinationArn":"d-arn"}`, "UpdateApiDestination": `{"ApiDestinationArn":"d-arn"}`},
			id:      "d", attributes: obj{"Arn": "d-arn", "ArnForPolicy": here + "api-destination/d"},
			calls: []string{"CreateApiDestination", "UpdateApiDestination", "DeleteApiDestination"},
		},
		"schedule": {
			typ:     "AWS::Scheduler::Schedule",
			props:   `{"Name":"s","GroupName":"g","FlexibleTimeWindow":{"Mode":"OFF"},"ScheduleExpression":"rate(1 minute)","StartDate":"2030-01-01T00:00:00Z","Target":{"Arn":"x","RoleArn":"` + anyRole + `"}}`,
			changed: `{"Name":"s","GroupName":"g","FlexibleTimeWindow":{"Mode":"FLEXIBLE","MaximumWindowInMinutes":"5"},"ScheduleExpression":"rate(1 minute)","Target":{"Arn":"x","RoleArn":"` + anyRole + `"}}`,
			id:      "s", attributes: obj{"Arn": "arn:aws:scheduler:us-east-1:000000000000:schedule/g/s"},
			calls: []string{"CreateSchedule", "UpdateSchedule", "DeleteSchedule"},
			sent:  map[string]string{"DeleteSchedule": `{"GroupName":"g","Name":"s"}`},
		},
		"schedule group": {
			typ: "AWS::Scheduler::ScheduleGroup", props: `{"Name":"g"}`, changed: `{"Name":"g","Tags":[{"Key":"a","Value":"b"}]}`, id: "g",
			answers:    map[string]string{"GetScheduleGroup": `{"Arn":"g-arn","State":"ACTIVE"}`},
			attributes: obj{"Arn": "g-arn", "State": "ACTIVE"},
			calls:      []string{"CreateScheduleGroup", "GetScheduleGroup", "TagResource", "GetScheduleGroup", "DeleteScheduleGroup"},
		},
		"pipe": {
			typ:        "AWS::Pipes::Pipe",
			props:      `{"Name":"p","RoleArn":"` + anyRole + `","Source":"arn:aws:sqs:us-east-1:000000000000:q","SourceParameters":{"SqsQueueParameters":{"BatchSize":"5"}},"Target":"arn:aws:sqs:us-east-1:000000000000:r"}`,
			changed:    `{"Name":"p","RoleArn":"` + anyRole + `","Source":"arn:aws:sqs:us-east-1:000000000000:q","DesiredState":"STOPPED","Target":"arn:aws:sqs:us-east-1:000000000000:r","Tags":{"a":"b"}}`,
			answers:    map[string]string{"DescribePipe": `{"Arn":"p-arn","CurrentState":"RUNNING"}`},
			id:         "p",
			attributes: obj{"Arn": "p-arn", "CurrentState": "RUNNING"},
			calls:      []string{"CreatePipe", "DescribePipe", "UpdatePipe", "TagResource", "DescribePipe", "DeletePipe"},
		},
		"trace group": {
			typ: "AWS::XRay::Group", props: `{"GroupName":"g"}`, changed: `{"GroupName":"g","FilterExpression":"ok"}`,
			answers:    map[string]string{"CreateGroup": `{"Group":{"GroupARN":"g-arn","GroupName":"g"}}`, "UpdateGroup": `{"Group":{"GroupARN":"g-arn","GroupName":"g"}}`},
			id:         "g-arn",
			attributes: obj{"GroupARN": "g-arn", "GroupName": "g"},
			calls:      []string{"CreateGroup", "UpdateGroup", "DeleteGroup"},
		},
		"sampling rule": {
			typ: "AWS::XRay::SamplingRule", props: `{"SamplingRule":{"RuleName":"r","Priority":"1","ResourceARN":"*","FixedRate":0.1,"ReservoirSize":1,"ServiceName":"*","ServiceType":"*","Host":"*","HTTPMethod":"*","URLPath":"*"}}`, changed: `{"SamplingRule":{"RuleName":"r","Priority":2,"ResourceARN":"*","FixedRate":0.1,"ReservoirSize":1,"ServiceName":"*","ServiceType":"*","Host":"*","HTTPMethod":"*","URLPath":"*"}}`,
			answers:    map[string]string{"CreateSamplingRule": `{"SamplingRuleRecord":{"SamplingRule":{"RuleARN":"r-arn"}}}`, "UpdateSamplingRule": `{"SamplingRuleRecord":{"SamplingRule":{"RuleARN":"r-arn"}}}`},
			id:         "r-arn",
			attributes: obj{"RuleARN": "r-arn"},
			calls:      []string{"CreateSamplingRule", "UpdateSamplingRule", "DeleteSamplingRule"},
		},
		"trace policy": {
			typ: "AWS::XRay::ResourcePolicy", props: `{"PolicyName":"p","PolicyDocument":"{}"}`, changed: `{"PolicyName":"p","PolicyDocument":"{ }"}`,
			id: "p", calls: []string{"PutResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy"},
		},
		"registry": {
			typ: "AWS::EventSchemas::Registry", props: `{"RegistryName":"r"}`, changed: `{"RegistryName":"r","Description":"d"}`,
			id:         "arn:aws:schemas:us-east-1:000000000000:registry/r",
			attributes: obj{"RegistryArn": "arn:aws:schemas:us-east-1:000000000000:registry/r", "RegistryName": "r"},
			calls:      []string{"CreateRegistry", "UpdateRegistry", "DeleteRegistry"},
		},
		"schema": {
			typ: "AWS::EventSchemas::Schema", props: `{"RegistryName":"r","SchemaName":"s","Content":"{}","Type":"OpenApi3"}`,
			changed:    `{"RegistryName":"r","SchemaName":"s","Content":"{ }","Type":"OpenApi3"}`,
			answers:    map[string]string{"CreateSchema": `{"SchemaArn":"s-arn","SchemaName":"s","SchemaVersion":"1"}`, "UpdateSchema": `{"SchemaArn":"s-arn","SchemaName":"s","SchemaVersion":"2"}`},
			id:         "s-arn",
			attributes: obj{"SchemaArn": "s-arn", "SchemaName": "s", "SchemaVersion": "2"},
			calls:      []string{"CreateSchema", "UpdateSchema", "DeleteSchema"},
		},
		"discoverer": {
			typ: "AWS::EventSchemas::Discoverer", props: `{"SourceArn":"` + here + `event-bus/b"}`, changed: `{"SourceArn":"` + here + `event-bus/b","Description":"d"}`,
			answers:    map[string]string{"CreateDiscoverer": `{"DiscovererArn":"d-arn","DiscovererId":"d"}`, "UpdateDiscoverer": `{"DiscovererArn":"d-arn","DiscovererId":"d"}`},
			id:         "d-arn",
			attributes: obj{"DiscovererArn": "d-arn", "DiscovererId": "d"}, calls: []string{"CreateDiscoverer", "UpdateDiscoverer", "DeleteDiscoverer"},
		},
		"registry policy": {
			typ: "AWS::EventSchemas::RegistryPolicy", props: `{"RegistryName":"r","Policy":{}}`, changed: `{"RegistryName":"r","Policy":{"a":1}}`,
			id: "r", attributes: obj{"Id": "r"}, calls: []string{"PutResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy"},
		},
		"state machine": {
			typ:        "AWS::StepFunctions::StateMachine",
			props:      `{"StateMachineName":"m","RoleArn":"` + anyRole + `","DefinitionString":"{\"R\":\"${Fn}\",\"N\":\"${Other}\"}","DefinitionSubstitutions":{"Fn":"f-arn"},"LoggingConfiguration":{"Level":"ALL","Destinations":[{"CloudWatchLogsLogGroup":{"LogGroupArn":"g"}}]},"Tags":[{"Key":"a","Value":"b"}]}`,
			changed:    `{"StateMachineName":"m","RoleArn":"` + anyRole + `","DefinitionS3Location":{"Bucket":"b","Key":"k"},"Tags":[{"Key":"a","Value":"c"}]}`,
			answers:    map[string]string{"GetObject": "StartAt: A\n", "DescribeStateMachine": `{"name":"m","revisionId":"7"}`},
			id:         machine,
			attributes: obj{"Arn": machine, "Name": "m", "StateMachineRevisionId": "7"},
			calls:      []string{"CreateStateMachine", "DescribeStateMachine", "GetObject", "UpdateStateMachine", "TagResource", "DescribeStateMachine", "DeleteStateMachine"},
			sent: map[string]string{
				"CreateStateMachine": `{"definition":"{\"R\":\"f-arn\",\"N\":\"${Other}\"}","loggingConfiguration":{"destinations":[{"cloudWatchLogsLogGroup":{"logGroupArn":"g"}}],"level":"ALL"},"tags":[{"key":"a","value":"b"}]}`,
				"UpdateStateMachine": `{"definition":"{\"StartAt\":\"A\"}","loggingConfiguration":{"includeExecutionData":false,"level":"OFF"}}`,
			},
		},
		"activity": {
			typ: "AWS::StepFunctions::Activity", props: `{"Name":"a"}`, changed: `{"Name":"a","Tags":[{"Key":"k","Value":"v"}]}`,
			id:         "arn:aws:states:us-east-1:000000000000:activity:a",
			attributes: obj{"Arn": "arn:aws:states:us-east-1:000000000000:activity:a", "Name": "a"},
			calls:      []string{"CreateActivity", "TagResource", "DeleteActivity"},
		},
		"version": {
			typ: "AWS::StepFunctions::StateMachineVersion", props: `{"StateMachineArn":"` + machine + `","StateMachineRevisionId":"7"}`,
			answers: map[string]string{"PublishStateMachineVersion": `{"stateMachineVersionArn":"` + machine + `:1"}`},
			id:      machine + ":1", attributes: obj{"Arn": machine + ":1"}, calls: []string{"PublishStateMachineVersion", "DeleteStateMachineVersion"},
		},
		"alias": {
			typ: "AWS::StepFunctions::StateMachineAlias", props: `{"Name":"live","DeploymentPreference":{"Type":"ALL_AT_ONCE","StateMachineVersionArn":"` + machine + `:1"}}`,
			changed: `{"Name":"live","RoutingConfiguration":[{"StateMachineVersionArn":"` + machine + `:2","Weight":"100"}]}`,
			id:      machine + ":live", attributes: obj{"Arn": machine + ":live"},
			calls: []string{"CreateStateMachineAlias", "UpdateStateMachineAlias", "DeleteStateMachineAlias"},
			sent: map[string]string{
				"CreateStateMachineAlias": `{"routingConfiguration":[{"stateMachineVersionArn":"` + machine + `:1","weight":100}]}`,
				"UpdateStateMachineAlias": `{"routingConfiguration":[{"stateMachineVersionArn":"` + machine + `:2","weight":100}]}`,
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.run(t)
		})
	}
}

// run lives a life through.
func (l *life) run(t *testing.T) {
	t.Helper()
	typ := Types()[l.typ]
	if typ == nil {
		t.Fatalf("no type %s", l.typ)
	}
	s := &script{t: t, answers: l.answers, inputs: map[string]obj{}}
	r := &Request{
		Caller: s, Account: "000000000000", Region: "us-east-1", Partition: "aws", StackName: "stack", Logical: "It", Type: l.typ,
		Token: "8d5e1b0c-0000-4000-8000-000000000000", Props: props(t, l.props),
	}
	check := func(props obj) {
		t.Helper()
		if err := typ.Validate("It", props); err != nil {
			t.Error(err)
		}
	}
	check(r.Props)
	out, err := typ.Create(t.Context(), r)
	out = l.settle(t, typ, r, out, err)
	if l.changed != "" {
		r.Old, r.Props = r.Props, props(t, l.changed)
		check(r.Props)
		out, err = typ.Update(t.Context(), r)
		out = l.settle(t, typ, r, out, err)
	}
	if err := typ.Delete(t.Context(), r); err != nil {
		t.Error(err)
	}
	if out.ID != l.id {
		t.Errorf("id %q, want %q", out.ID, l.id)
	}
	if diff := cmp.Diff(l.attributes, out.Attributes); diff != "" {
		t.Errorf("attributes: %s", diff)
	}
	if diff := cmp.Diff(l.calls, s.calls); diff != "" {
		t.Errorf("calls: %s", diff)
	}
	for operation, part := range l.sent {
		want := props(t, part)
		if diff := cmp.Diff(want, pick(s.inputs[operation], keysOf(want)...)); diff != "" {
			t.Errorf("%s: %s", operation, diff)
		}
	}
	for a := range out.Attributes {
		if !typ.HasAttribute(a) {
			t.Errorf("attribute %s is not announced", a)
		}
	}
}

// settle takes what a step left, and what Ready adds.
func (l *life) settle(t *testing.T, typ *Type, r *Request, out Result, err error) Result {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	r.ID, r.Attributes = out.ID, out.Attributes
	if typ.Ready == nil {
		return out
	}
	out, ready, err := typ.Ready(t.Context(), r)
	if err != nil || !ready {
		t.Fatalf("ready %t, %v", ready, err)
	}
	r.Attributes = out.Attributes
	return out
}

func props(t *testing.T, text string) obj {
	t.Helper()
	out := obj{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

func keysOf(m obj) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

package gateway_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	eventsservice "maru.dev/maru/service/events"
	sqsservice "maru.dev/maru/service/sqs"
)

func TestAServiceIntegrationPutsAnEvent(t *testing.T) {
	t.Parallel()
	e := newEnv(t, sqsservice.Registration(), eventsservice.Registration())
	q := must[*sqs.CreateQueueOutput](t)(e.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")}))
	must[*eventbridge.PutRuleOutput](t)(e.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name: aws.String("r"), EventPattern: aws.String(`{"source":["api"],"resources":["arn:x"],"time":["2026-01-02T03:04:05Z"]}`),
	}))
	must[*eventbridge.PutTargetsOutput](t)(e.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: aws.String("r"), Targets: []eventtypes.Target{{Id: aws.String("a"), Arn: aws.String("arn:aws:sqs:us-east-1:000000000000:q"), InputPath: aws.String("$.detail")}},
	}))
	id := e.api()
	e.route(id, "POST /orders", e.integration(id, &apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationSubtype: aws.String("EventBridge-PutEvents"), PayloadFormatVersion: aws.String("1.0"),
		CredentialsArn: aws.String("arn:aws:iam::000000000000:role/put"),
		RequestParameters: map[string]string{
			"Source": "api", "DetailType": "order", "Detail": "$request.body", "Resources": `["arn:x"]`, "Time": "2026-01-02T03:04:05Z",
		},
	}))
	a := e.do("POST", id+"/orders", `{"n":1}`)
	var out struct {
		FailedEntryCount int
		Entries          []struct{ EventId string }
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != 200 || len(out.Entries) != 1 || out.Entries[0].EventId == "" {
		t.Fatalf("%d %s (%v)", a.status, a.body, err)
	}
	got := must[*sqs.ReceiveMessageOutput](t)(e.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, WaitTimeSeconds: 20}))
	if len(got.Messages) != 1 || *got.Messages[0].Body != `{"n":1}` {
		t.Errorf("%+v", got.Messages)
	}
}

// A rule's event goes through an API like any other request.
func TestARuleCallsAnAPI(t *testing.T) {
	t.Parallel()
	e := newEnv(t, eventsservice.Registration())
	came := make(chan string, 10)
	e.fn.Set("echo", func(event []byte) (string, string) {
		came <- string(event)
		return `{"statusCode":200}`, ""
	})
	id := e.api("POST /orders/{id}")
	must[*eventbridge.PutRuleOutput](t)(e.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("r"), EventPattern: aws.String(`{"source":["shop"]}`)}))
	must[*eventbridge.PutTargetsOutput](t)(e.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: aws.String("r"), Targets: []eventtypes.Target{{
			Id: aws.String("a"), Arn: aws.String("arn:aws:execute-api:us-east-1:000000000000:" + id + "/$default/POST/orders/*"), InputPath: aws.String("$.detail"),
			HttpParameters: &eventtypes.HttpParameters{PathParameterValues: []string{"$.detail.id"}, QueryStringParameters: map[string]string{"from": "rule"}},
		}},
	}))
	must[*eventbridge.PutEventsOutput](t)(e.EventBridge().PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
		{Source: aws.String("shop"), DetailType: aws.String("order"), Detail: aws.String(`{"id":"o-1"}`)},
	}}))
	var got struct {
		Path  map[string]string `json:"pathParameters"`
		Query map[string]string `json:"queryStringParameters"`
		Body  string
	}
	if err := json.Unmarshal([]byte(<-came), &got); err != nil {
		t.Fatal(err)
	}
	if got.Path["id"] != "o-1" || got.Query["from"] != "rule" || got.Body != `{"id":"o-1"}` {
		t.Errorf("the function got %+v", got)
	}
}

package rest_test

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"maru.dev/maru/gateway/rest"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/telemetry"
)

// spans is a telemetry.SpanStore that remembers.
type spans struct {
	mu   sync.Mutex
	kept []*telemetry.Span
}

// RecordSpans implements telemetry.SpanStore.
func (s *spans) RecordSpans(_ context.Context, _, _ string, list []*telemetry.Span) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, list...)
	return nil
}

// named finds a span by its name.
func (s *spans) named(name string) *telemetry.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range s.kept {
		if span.Name == name && !span.End.IsZero() {
			return span
		}
	}
	return nil
}

// A trace shows the stage, and below it what its integration calls.
func TestTraces(t *testing.T) {
	t.Parallel()
	store := &spans{}
	e := newEnv(t, func(o *rest.Options) { o.Traces.Store(store) })
	a := e.restAPI()
	e.fn.Says("failing", `{"errorMessage":"boom"}`, "Unhandled")
	a.method("GET /pets/{id}", &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{Type: types.IntegrationTypeAwsProxy, Uri: functionURI("failing")})
	a.deploy("prod")
	a.call("GET /pets/1", "")
	testenv.Eventually(t, "the spans are kept", func() bool { return store.named("test/prod") != nil && store.named("Lambda") != nil })
	stage, step := store.named("test/prod"), store.named("Lambda")
	if stage.Type != "AWS::ApiGateway::Stage" || stage.Operation != "GET /pets/{id}" || stage.HTTP.Status != 502 || stage.Outcome != telemetry.Fault || stage.Message != "boom" {
		t.Errorf("stage %+v", stage)
	}
	if stage.ARN != "arn:aws:apigateway:us-east-1::/restapis/"+a.id+"/stages/prod" || step.Parent != stage.ID || step.Trace != stage.Trace || step.Calls != "aws" {
		t.Errorf("stage %s, step %+v", stage.ARN, step)
	}
}

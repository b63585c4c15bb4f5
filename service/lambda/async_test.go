package lambda_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/internal/testenv"
)

// sendEvent invokes asynchronously.
func sendEvent(t *testing.T, env *testenv.Env, name, payload string) {
	t.Helper()
	out, err := env.Lambda().Invoke(t.Context(), &sdk.InvokeInput{FunctionName: &name, InvocationType: types.InvocationTypeEvent, Payload: []byte(payload)})
	if err != nil || out.StatusCode != http.StatusAccepted {
		t.Fatal(out, err)
	}
}

// invocationRecord is what a destination is sent.
type invocationRecord struct {
	Version, Timestamp string
	RequestContext     struct {
		RequestID, FunctionArn, Condition string
		ApproximateInvokeCount            int
	}
	RequestPayload  map[string]any
	ResponseContext struct {
		StatusCode                     int
		ExecutedVersion, FunctionError string
	}
	ResponsePayload any
}

func TestAsyncSuccessGoesToItsDestination(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	url, arn := newQueue(t, env, "done", nil)
	create(t, env, "fn")
	if _, err := env.Lambda().PutFunctionEventInvokeConfig(t.Context(), &sdk.PutFunctionEventInvokeConfigInput{
		FunctionName: new("fn"), DestinationConfig: &types.DestinationConfig{OnSuccess: &types.OnSuccess{Destination: &arn}},
	}); err != nil {
		t.Fatal(err)
	}
	sendEvent(t, env, "fn", `{"a":1}`)
	var r invocationRecord
	if err := json.Unmarshal([]byte(receive(t, env, url)), &r); err != nil {
		t.Fatal(err)
	}
	c := r.RequestContext
	if r.Version != "1.0" || c.Condition != "Success" || c.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:fn:$LATEST" || c.ApproximateInvokeCount != 1 ||
		r.RequestPayload["a"] != 1.0 || r.ResponseContext.ExecutedVersion != "$LATEST" || r.ResponsePayload != "ok" {
		t.Errorf("record %+v", r)
	}
}

func TestAsyncFailureIsRetriedAndThenSentAway(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	failed, failedARN := newQueue(t, env, "failed", nil)
	dead, deadARN := newQueue(t, env, "dead", nil)
	create(t, env, "fn", func(in *sdk.CreateFunctionInput) { in.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: &deadARN} })
	if _, err := env.Lambda().PutFunctionEventInvokeConfig(t.Context(), &sdk.PutFunctionEventInvokeConfigInput{
		FunctionName: new("fn"), DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: &failedARN}},
	}); err != nil {
		t.Fatal(err)
	}
	sendEvent(t, env, "fn", `{"do":"fail"}`)
	runs := func() int { return strings.Count(logText(t, env, "fn"), "REPORT RequestId: ") }
	for i, wait := range []time.Duration{time.Minute, 2 * time.Minute} {
		eventually(t, "the function runs", func() bool { return runs() == i+1 })
		env.Rest() // the retry is written just after the run is logged
		env.Advance(wait + time.Second)
	}
	var r invocationRecord
	if err := json.Unmarshal([]byte(receive(t, env, failed)), &r); err != nil {
		t.Fatal(err)
	}
	if r.RequestContext.Condition != "RetriesExhausted" || r.RequestContext.ApproximateInvokeCount != 3 || r.ResponseContext.FunctionError != "Unhandled" {
		t.Errorf("record %+v", r)
	}
	letter := receive(t, env, dead)
	for _, want := range []string{`{"do":"fail"}`, "\nErrorCode=200", "\nErrorMessage=as asked", "\nRequestID=" + r.RequestContext.RequestID} {
		if !strings.Contains(letter, want) {
			t.Errorf("dead letter %s lacks %q", letter, want)
		}
	}
	eventually(t, "there were three runs", func() bool { return runs() == 3 })
}

func TestAsyncWithoutRetries(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	failed, failedARN := newQueue(t, env, "failed", nil)
	create(t, env, "fn")
	c := env.Lambda()
	if _, err := c.PutFunctionEventInvokeConfig(t.Context(), &sdk.PutFunctionEventInvokeConfigInput{
		FunctionName: new("fn"), MaximumRetryAttempts: new(int32(0)), MaximumEventAgeInSeconds: new(int32(60)),
		DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: &failedARN}},
	}); err != nil {
		t.Fatal(err)
	}
	sendEvent(t, env, "fn", `{"do":"fail"}`)
	if text := receive(t, env, failed); !strings.Contains(text, `"approximateInvokeCount":1`) {
		t.Errorf("record %s", text)
	}
	got, err := c.GetFunctionEventInvokeConfig(t.Context(), &sdk.GetFunctionEventInvokeConfigInput{FunctionName: new("fn")})
	if err != nil || *got.MaximumRetryAttempts != 0 || *got.MaximumEventAgeInSeconds != 60 || *got.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:fn:$LATEST" {
		t.Errorf("config %+v %v", got, err)
	}
	if _, err := c.DeleteFunctionEventInvokeConfig(t.Context(), &sdk.DeleteFunctionEventInvokeConfigInput{FunctionName: new("fn")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetFunctionEventInvokeConfig(t.Context(), &sdk.GetFunctionEventInvokeConfigInput{FunctionName: new("fn")})
	wantError(t, err, "ResourceNotFoundException", "doesn't have an EventInvokeConfig")
}

func TestAsyncThrottleWaitsUntilItsAgeIsReached(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	failed, failedARN := newQueue(t, env, "failed", nil)
	create(t, env, "fn")
	c := env.Lambda()
	if _, err := c.PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{FunctionName: new("fn"), ReservedConcurrentExecutions: new(int32(0))}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PutFunctionEventInvokeConfig(t.Context(), &sdk.PutFunctionEventInvokeConfigInput{
		FunctionName: new("fn"), MaximumEventAgeInSeconds: new(int32(3600)),
		DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: &failedARN}},
	}); err != nil {
		t.Fatal(err)
	}
	sendEvent(t, env, "fn", `{}`)
	env.Advance(2 * time.Hour)
	if text := receive(t, env, failed); !strings.Contains(text, `"condition":"EventAgeExceeded"`) || strings.Contains(text, "responseContext") {
		t.Errorf("record %s", text)
	}
}

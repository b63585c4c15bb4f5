package lambda_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/internal/testenv"
)

// What was under way when a server ended goes on with the next one over the
// same folder: functions are there, an event that was being run is run, and
// mappings poll again.
func TestRestartGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Run("before", func(t *testing.T) {
		env := testenv.NewWith(t, testenv.Options{DataDir: dir, Log: slog.New(slog.DiscardHandler)}, registrations()...)
		create(t, env, "fn")
		_, done := newQueue(t, env, "done", nil)
		_, in := newQueue(t, env, "in", nil)
		if _, err := env.Lambda().PutFunctionEventInvokeConfig(t.Context(), &sdk.PutFunctionEventInvokeConfigInput{
			FunctionName: new("fn"), DestinationConfig: &types.DestinationConfig{OnSuccess: &types.OnSuccess{Destination: &done}},
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := env.Lambda().CreateEventSourceMapping(t.Context(), &sdk.CreateEventSourceMappingInput{FunctionName: new("fn"), EventSourceArn: &in}); err != nil {
			t.Fatal(err)
		}
		invoke(t, env, "fn", `{}`)
		sendEvent(t, env, "fn", `{"do":"sleep","n":1500}`)
		eventually(t, "the event is being run", func() bool { return strings.Count(logText(t, env, "fn"), "START RequestId: ") == 2 })
	})
	env := testenv.NewWith(t, testenv.Options{DataDir: dir}, registrations()...)
	if text := receive(t, env, env.URL()+"/000000000000/done"); !strings.Contains(text, `"condition":"Success"`) {
		t.Errorf("record %s", text)
	}
	sendTo(t, env, env.URL()+"/000000000000/in", "hello")
	eventually(t, "the mapping works", func() bool { return depth(t, env, env.URL()+"/000000000000/in") == "0+0" })
	if got := invoke(t, env, "fn", `{}`); string(got.Payload) != `"ok"` {
		t.Errorf("got %s", got.Payload)
	}
}

// Reset ends running functions and takes everything with it.
func TestResetForgetsFunctions(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	invoke(t, env, "fn", `{}`)
	if err := env.Platform().Reset(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	_, err := env.Lambda().Invoke(t.Context(), &sdk.InvokeInput{FunctionName: new("fn")})
	wantError(t, err, "ResourceNotFoundException", "")
	create(t, env, "fn")
	invoke(t, env, "fn", `{}`)
}

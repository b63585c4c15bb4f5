// Package apptest deploys the examples on a real maru, and talks to them as
// their clients do, for their tests.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/testenv"
)

// Stack is the name under which Deploy deploys.
const Stack = "app"

// App is a deployed example.
type App struct {
	Outputs map[string]string

	proc *testenv.Proc
	url  string // of its HTTP API
}

// Deploy deploys the template in the test's folder, or changes what is
// deployed, and fails the test if that does not succeed.
func Deploy(t *testing.T, p *testenv.Proc, parameters map[string]string) *App {
	t.Helper()
	var events bytes.Buffer
	live := deploy.NewLive(&events, false, 0)
	result, err := deploy.Run(t.Context(), p.Config(), deploy.Options{
		Template: "template.yaml", Stack: Stack, Parameters: parameters, Progress: live.Event,
	})
	if err != nil {
		t.Fatalf("deploy: %v\n%s", err, events.String())
	}
	outputs := make(map[string]string)
	for _, o := range result.Outputs {
		outputs[o.Key] = o.Value
	}
	return Deployed(p, outputs)
}

// Deployed is an application whose stack has these outputs.
func Deployed(p *testenv.Proc, outputs map[string]string) *App {
	return &App{Outputs: outputs, proc: p, url: p.URL() + "/_maru/execute-api/" + outputs["ApiId"] + "/$default"}
}

// Answer is what the application answered to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON decodes the body.
func (a *Answer) JSON(tb testing.TB, into any) {
	tb.Helper()
	if err := json.Unmarshal(a.Body, into); err != nil {
		tb.Fatalf("answer %d %q: %v", a.Status, a.Body, err)
	}
}

// Ask makes one request to the application's API; headers are names and
// values in turn.
func (a *App) Ask(ctx context.Context, method, path string, body any, headers ...string) (*Answer, error) {
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, a.url+path, &b)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	reply, err := a.proc.HTTP().Do(req)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, err
	}
	return &Answer{Status: reply.StatusCode, Header: reply.Header, Body: text}, nil
}

// Insist repeats a request until it is answered with the status want, as
// clients do whose server went away. It tells how often it asked.
func (a *App) Insist(ctx context.Context, want int, method, path string, body any) (asked int, err error) {
	for asked = 1; ; asked++ {
		answer, err := a.Ask(ctx, method, path, body)
		if err == nil && answer.Status == want {
			return asked, nil
		}
		if err == nil && answer.Status < http.StatusInternalServerError {
			return asked, fmt.Errorf("%s %s: %d %s", method, path, answer.Status, answer.Body)
		}
		select {
		case <-ctx.Done():
			return asked, errors.Join(ctx.Err(), err)
		case <-clock.System{}.NewTimer(20 * time.Millisecond).C():
		}
	}
}

// Within is testenv.Eventually with another patience, for what takes its time
// by its own settings.
func Within(tb testing.TB, patience time.Duration, what string, ok func() bool) {
	tb.Helper()
	real := clock.System{}
	deadline := real.Now().Add(patience)
	for !ok() {
		if real.Now().After(deadline) {
			tb.Fatalf("waited %v in vain: %s", patience, what)
		}
		<-real.NewTimer(20 * time.Millisecond).C()
	}
}

// Has tells whether a program that functions need is on this machine and runs.
func Has(tb testing.TB, program string) bool {
	tb.Helper()
	return exec.CommandContext(tb.Context(), program, "--version").Run() == nil
}

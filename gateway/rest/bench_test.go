package rest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	api "maru.dev/maru/api/apigateway"
	lambda "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/front"
	shared "maru.dev/maru/gateway/plan"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/ids"
)

// fixed is a plan.Source of one API.
type fixed struct {
	plan.Source

	api plan.API
}

func (f *fixed) Version(context.Context, string) (uint64, bool, error) {
	return f.api.Version, true, nil
}
func (f *fixed) API(context.Context, string) (*plan.API, bool, error) { return &f.api, true, nil }

// noDomains is a front.Domains without any.
type noDomains struct{}

func (noDomains) Domain(context.Context, string) ([]shared.Mapping, bool, error) {
	return nil, false, nil
}

// noop is a call.Caller whose functions do nothing.
type noop struct{}

func (noop) Call(context.Context, string, string, any) (any, error) {
	return &lambda.InvokeOutput{StatusCode: new(int32(200)), Payload: []byte(`{"statusCode":200,"headers":{"content-type":"application/json"},"body":"{}"}`)}, nil
}

func (noop) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return json.RawMessage(`{}`), nil
}

// newBench returns a gateway with an API of n resources.
func newBench(n int) http.Handler {
	d := &plan.Deployment{ID: "d"}
	for i := range n {
		d.Resources = append(d.Resources, api.Resource{
			Id: new(fmt.Sprint(i)), Path: new(fmt.Sprintf("/resource%d/{id}/items", i)),
			ResourceMethods: map[string]api.Method{"POST": {HttpMethod: new("POST"), MethodIntegration: &api.Integration{
				Type: new(api.IntegrationTypeAwsProxy), Uri: new("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"),
			}}},
		})
	}
	source := &fixed{api: plan.API{
		ID: "a", Account: "000000000000", Region: "us-east-1", Version: 1,
		Stages: []plan.Stage{{Stage: api.Stage{StageName: new("prod")}, Deployment: d}},
	}}
	log := slog.New(slog.DiscardHandler)
	return front.New(noDomains{}, log, New(Options{Source: source, Caller: noop{}, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: log}))
}

// BenchmarkFunction is what the gateway adds to a function's time: all but the
// connection and the function itself.
func BenchmarkFunction(b *testing.B) {
	for _, n := range []int{1, 300} {
		b.Run(fmt.Sprint(n, " resources"), func(b *testing.B) {
			g := newBench(n)
			body := strings.Repeat("x", 512)
			path := fmt.Sprintf("/a/prod/resource%d/42/items?q=1", n-1)
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("User-Agent", "bench")
				r = r.WithContext(call.With(r.Context(), call.Info{SourceIP: "127.0.0.1", TraceID: "Root=1-5759e988-bd862e3fe1be46a994272793"}))
				w := httptest.NewRecorder()
				g.ServeHTTP(w, r)
				if w.Code != 200 {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

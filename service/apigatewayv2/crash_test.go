package apigatewayv2

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// newTestService returns the service over a store, with a clock that stands.
func newTestService(st *kv.Store) (*Service, context.Context) {
	d := service.Deps{
		Store: st, Clock: clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), IDs: ids.New(rand.Reader),
		Log: slog.New(slog.DiscardHandler), Endpoint: "http://localhost:4566",
	}
	return New(d), call.With(context.Background(), call.Info{Account: "000000000000", Region: "us-east-1", Endpoint: d.Endpoint})
}

// shape is what a crash may not tear apart: what the first API's plan holds,
// without ids.
type shape struct {
	API    bool
	Routes map[string]bool // by stage and key: whether it has a target
	Name   string
	Cors   bool
}

// String is a shape as text, to compare.
func (s shape) String() string {
	raw, _ := json.Marshal(s)
	return string(raw)
}

// shapeOf reads the plan of the only API, and checks what always holds.
func shapeOf(t *testing.T, st *kv.Store) shape {
	t.Helper()
	s, ctx := newTestService(st)
	list, err := s.GetApis(ctx, &api.GetApisInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) == 0 {
		countRows(t, st, 0)
		return shape{}
	}
	id := *list.Items[0].ApiId
	p, ok, err := s.API(ctx, id)
	if err != nil || !ok {
		t.Fatalf("an API without a plan: %t, %v", ok, err)
	}
	out := shape{API: true, Name: p.Name, Routes: map[string]bool{}}
	for _, stage := range p.Stages {
		out.Cors = out.Cors || stage.Cors != nil
		for _, r := range stage.Routes {
			_, found := stage.Integrations[trimTarget(wire.Value(r.Target))]
			if r.Target != nil && !found {
				t.Errorf("%s leads to an integration that is not there", r.RouteKey)
			}
			if r.AuthorizerId != nil {
				if _, ok := stage.Authorizers[*r.AuthorizerId]; !ok {
					t.Errorf("%s asks an authorizer that is not there", r.RouteKey)
				}
			}
			out.Routes[stage.StageName+" "+r.RouteKey] = found
		}
	}
	return out
}

// trimTarget is the integration's id in a target.
func trimTarget(target string) string {
	if len(target) < len(targetPrefix) {
		return ""
	}
	return target[len(targetPrefix):]
}

// countRows fails the test when the service has more rows than it should.
func countRows(t *testing.T, st *kv.Store, want int) {
	t.Helper()
	n := 0
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		for _, prefix := range []kv.Key{kv.NewKey("000000000000", "us-east-1", "apigatewayv2"), kv.NewKey("", "", "apigatewayv2")} {
			for p, err := range tx.Scan(kv.Prefix(prefix)) {
				if err != nil {
					return err
				}
				if n++; n > want {
					t.Errorf("left over: %v", p.Key)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const crashDocument = `{"openapi":"3.0.1","info":{"title":"imported"},"paths":{
	"/a":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"https://a.example"}}},
	"/b":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"https://b.example"}}}}}`

// After any crash an API is as it was before the operation under way, or as it
// is after it, in all its parts.
func TestAPIsSurviveACrash(t *testing.T) {
	t.Parallel()
	var after []string // the shape after each acknowledgement
	work := func(st *kv.Store, ack func()) {
		after = []string{shape{}.String()}
		s, ctx := newTestService(st)
		done := func() {
			after = append(after, shapeOf(t, st).String())
			ack()
		}
		for _, step := range crashSteps(ctx, t, s) {
			step()
			done()
		}
	}
	check := func(st *kv.Store, acked int) {
		got := shapeOf(t, st).String()
		if got != after[acked] && (acked+1 >= len(after) || got != after[acked+1]) {
			t.Errorf("after %d acknowledgements: %s, want %s or what follows", acked, got, after[acked])
		}
	}
	kvtest.Crash(t, work, check)
}

// crashSteps are operations of every kind, one after the other.
func crashSteps(ctx context.Context, t *testing.T, s *Service) []func() {
	t.Helper()
	var id, integration, route, deployment, authorizer string
	no := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	return []func(){
		func() {
			out, err := s.CreateApi(ctx, &api.CreateApiInput{Name: "a", ProtocolType: "HTTP", Target: new("https://example.com")})
			no(out, err)
			id = *out.ApiId
		},
		func() {
			out, err := s.CreateIntegration(ctx, &api.CreateIntegrationInput{ApiId: id, IntegrationType: "HTTP_PROXY", IntegrationMethod: new("GET"), IntegrationUri: new("https://example.com")})
			no(out, err)
			integration = *out.IntegrationId
		},
		func() {
			out, err := s.CreateAuthorizer(ctx, &api.CreateAuthorizerInput{ApiId: id, Name: "z", AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"}, JwtConfiguration: &api.JWTConfiguration{Issuer: new("https://i.example"), Audience: []string{"a"}}})
			no(out, err)
			authorizer = *out.AuthorizerId
		},
		func() {
			out, err := s.CreateRoute(ctx, &api.CreateRouteInput{ApiId: id, RouteKey: "GET /x", Target: new("integrations/" + integration), AuthorizationType: new("JWT"), AuthorizerId: &authorizer})
			no(out, err)
			route = *out.RouteId
		},
		func() {
			out, err := s.CreateDeployment(ctx, &api.CreateDeploymentInput{ApiId: id})
			no(out, err)
			deployment = *out.DeploymentId
		},
		func() {
			no(s.CreateStage(ctx, &api.CreateStageInput{ApiId: id, StageName: "prod", DeploymentId: &deployment}))
		},
		func() {
			no(s.UpdateRoute(ctx, &api.UpdateRouteInput{ApiId: id, RouteId: route, RouteKey: new("GET /y"), AuthorizationType: new("NONE")}))
		},
		func() {
			no(s.UpdateApi(ctx, &api.UpdateApiInput{ApiId: id, Name: new("b"), CorsConfiguration: &api.Cors{AllowOrigins: []string{"*"}}}))
		},
		func() {
			no(s.UpdateStage(ctx, &api.UpdateStageInput{ApiId: id, StageName: plan.DefaultStage, AutoDeploy: new(false)}))
		},
		func() {
			no(s.UpdateStage(ctx, &api.UpdateStageInput{ApiId: id, StageName: "prod", AutoDeploy: new(true)}))
		},
		func() { no(s.DeleteRoute(ctx, &api.DeleteRouteInput{ApiId: id, RouteId: route})) },
		func() { no(s.DeleteCorsConfiguration(ctx, &api.DeleteCorsConfigurationInput{ApiId: id})) },
		func() { no(s.ReimportApi(ctx, &api.ReimportApiInput{ApiId: id, Body: crashDocument})) },
		func() {
			no(s.DeleteStage(ctx, &api.DeleteStageInput{ApiId: id, StageName: plan.DefaultStage}))
		},
		func() {
			no(s.DeleteDeployment(ctx, &api.DeleteDeploymentInput{ApiId: id, DeploymentId: deployment}))
		},
		func() { no(s.DeleteApi(ctx, &api.DeleteApiInput{ApiId: id})) },
		func() { no(s.ImportApi(ctx, &api.ImportApiInput{Body: crashDocument})) },
	}
}

// A domain name and its index are there together or not at all.
func TestDomainNamesSurviveACrash(t *testing.T) {
	t.Parallel()
	work := func(st *kv.Store, ack func()) {
		s, ctx := newTestService(st)
		in := &api.CreateDomainNameInput{DomainName: "api.example.com", DomainNameConfigurations: []api.DomainNameConfiguration{{CertificateArn: new("arn:aws:acm:us-east-1:000000000000:certificate/x")}}}
		if _, err := s.CreateDomainName(ctx, in); err != nil {
			t.Fatal(err)
		}
		ack()
		if _, err := s.DeleteDomainName(ctx, &api.DeleteDomainNameInput{DomainName: in.DomainName}); err != nil {
			t.Fatal(err)
		}
		ack()
	}
	check := func(st *kv.Store, acked int) {
		s, ctx := newTestService(st)
		_, err := s.GetDomainName(ctx, &api.GetDomainNameInput{DomainName: "api.example.com"})
		_, found, failed := s.Domain(ctx, "api.example.com")
		if failed != nil || found != (err == nil) || acked == 2 && found {
			t.Errorf("after %d acknowledgements: stored %v, found %t, %v", acked, err, found, failed)
		}
	}
	kvtest.Crash(t, work, check)
}

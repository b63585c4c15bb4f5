package gateway

import (
	"time"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/accesslog"
	"maru.dev/maru/gateway/limit"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/wire"
)

// apiPlan is a plan made ready to serve.
type apiPlan struct {
	*plan.API

	stages map[string]*stagePlan
}

// stagePlan is a stage with its routes in a tree.
type stagePlan struct {
	*plan.Stage

	api      *apiPlan
	tree     node
	byKey    map[string]*routePlan
	fallback *routePlan // $default
	cors     *corsPlan
	log      *accesslog.Format
}

// routePlan is a route with all that it leads to.
type routePlan struct {
	*api.Route

	key         plan.RouteKey
	path        string // "/pets/{id}"
	greedy      bool
	integration *integrationPlan // nil: the route has no target
	authorizer  *authorizerPlan
	bucket      *limit.Bucket // nil: not throttled
}

// integrationPlan is an integration with its mappings parsed.
type integrationPlan struct {
	*api.Integration

	timeout time.Duration
	changes []plan.Change            // of requests
	answers map[string][]plan.Change // of responses, by status code
	subtype *plan.Subtype
	args    map[string]plan.Value
}

// compile makes a plan ready to serve. What the control plane let through
// parses; should a stored row not (it was written by another version), the
// route answers as one whose target is broken.
func compile(source *plan.API) *apiPlan {
	p := &apiPlan{API: source, stages: make(map[string]*stagePlan, len(source.Stages))}
	for i := range source.Stages {
		st := &stagePlan{
			Stage: &source.Stages[i], api: p, cors: compileCors(source.Stages[i].Cors), byKey: make(map[string]*routePlan),
			log: compileLog(source.Stages[i].AccessLogSettings),
		}
		p.stages[st.StageName] = st
		targets := make(map[string]*integrationPlan, len(st.Integrations))
		for id, integration := range st.Integrations {
			targets["integrations/"+id] = compileIntegration(&integration, st.StageVariables)
		}
		for j := range st.Routes {
			st.add(&st.Routes[j], targets)
		}
	}
	return p
}

// add puts a route into the stage's tree.
func (st *stagePlan) add(route *api.Route, targets map[string]*integrationPlan) {
	key, err := plan.ParseRouteKey(route.RouteKey)
	if err != nil {
		return
	}
	r := &routePlan{Route: route, key: key, path: key.Path(), integration: targets[wire.Value(route.Target)]}
	if a, ok := st.Authorizers[wire.Value(route.AuthorizerId)]; ok {
		r.authorizer = compileAuthorizer(&a, st.StageVariables)
	}
	if rate, burst, ok := limits(&st.Stage.Stage, route.RouteKey); ok {
		r.bucket = limit.NewBucket(rate, burst)
	}
	st.byKey[route.RouteKey] = r
	if key.Default {
		st.fallback = r
		return
	}
	if n := len(key.Segments); n > 0 {
		r.greedy = key.Segments[n-1].Greedy
	}
	st.tree.add(r)
}

// compileIntegration parses an integration's mappings and fills in the stage's
// variables.
func compileIntegration(i *api.Integration, variables map[string]string) *integrationPlan {
	c := *i
	if i.IntegrationUri != nil {
		c.IntegrationUri = new(plan.Substitute(*i.IntegrationUri, variables))
	}
	p := &integrationPlan{Integration: &c, timeout: time.Duration(wire.Value(i.TimeoutInMillis)) * time.Millisecond}
	var err error
	if i.IntegrationSubtype != nil {
		subtype, ok := plan.SubtypeOf(*i.IntegrationSubtype)
		if !ok {
			return nil
		}
		p.subtype = &subtype
		if p.args, err = subtype.ParseArguments(i.RequestParameters); err != nil {
			return nil
		}
	} else if p.changes, err = plan.ParseChanges(i.RequestParameters, plan.OfRequest); err != nil {
		return nil
	}
	for status, parameters := range i.ResponseParameters {
		changes, err := plan.ParseChanges(parameters, plan.OfResponse)
		if err != nil {
			return nil
		}
		if p.answers == nil {
			p.answers = make(map[string][]plan.Change)
		}
		p.answers[status] = changes
	}
	return p
}

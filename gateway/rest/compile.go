package rest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/gateway/accesslog"
	"maru.dev/maru/gateway/limit"
	"maru.dev/maru/gateway/rest/mapping"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/gateway/rest/schema"
	"maru.dev/maru/gateway/rest/tree"
	"maru.dev/maru/pattern/entire"
	"maru.dev/maru/wire"
)

// apiPlan is a plan made ready to serve.
type apiPlan struct {
	*plan.API

	stages map[string]*stagePlan
}

// stagePlan is a stage with its deployments.
type stagePlan struct {
	*plan.Stage

	main, canary *deploymentPlan
	log          *accesslog.Format
	ways         *transports // to its servers; nil without a client certificate
}

// deploymentPlan is a deployment with its resources in a tree.
type deploymentPlan struct {
	*plan.Deployment

	tree      tree.Node[methodPlan]
	resources []*resourcePlan
	models    *schema.Models
	policy    *policy.Document // nil: none
	policyErr error            // it cannot be read
	// authorizers are by their IDs.
	authorizers map[string]*authorizerPlan
}

// resourcePlan is a resource with its methods.
type resourcePlan = tree.Resource[methodPlan]

// methodPlan is a method with all that it leads to.
type methodPlan struct {
	*api.Method

	resource    *resourcePlan
	settings    settings
	bucket      *limit.Bucket   // nil: not throttled
	authorizer  *authorizerPlan // nil: none, or one that is not there
	validator   api.RequestValidator
	required    []string // parameters, as method.request.header.name
	integration *integrationPlan
}

// integrationPlan is an integration with its mappings parsed. broken is why it
// cannot be called.
type integrationPlan struct {
	*api.Integration

	timeout    time.Duration
	parameters []mapping.Parameter
	templates  map[string]*mapping.Template // by content type
	responses  []*responsePlan              // those with a pattern, by status
	fallback   *responsePlan
	broken     error
}

// responsePlan is an integration response with its mappings parsed.
type responsePlan struct {
	*api.IntegrationResponse

	pattern    *regexp.Regexp
	parameters []mapping.Parameter
	templates  map[string]*mapping.Template
}

// compile makes a plan ready to serve.
func compile(source *plan.API) *apiPlan {
	p := &apiPlan{API: source, stages: make(map[string]*stagePlan, len(source.Stages))}
	for i := range source.Stages {
		s := &source.Stages[i]
		st := &stagePlan{Stage: s}
		if l := s.AccessLogSettings; l != nil {
			st.log = accesslog.Compile(wire.Value(l.DestinationArn), wire.Value(l.Format))
		}
		if s.Certificate != nil {
			st.ways = newTransports(s.Certificate)
		}
		st.main = compileDeployment(st, s.Deployment)
		st.canary = compileDeployment(st, s.Canary)
		p.stages[wire.Value(s.StageName)] = st
	}
	return p
}

// compileDeployment puts a deployment's resources into a tree; nil for none.
func compileDeployment(st *stagePlan, source *plan.Deployment) *deploymentPlan {
	if source == nil {
		return nil
	}
	d := &deploymentPlan{Deployment: source, models: schema.Compile(source.Models), authorizers: make(map[string]*authorizerPlan, len(source.Authorizers))}
	if source.Settings.Policy != "" {
		d.policy, d.policyErr = policy.Parse(source.Settings.Policy)
	}
	for id, a := range source.Authorizers {
		d.authorizers[id] = compileAuthorizer(&a)
	}
	for i := range source.Resources {
		r := &resourcePlan{ID: wire.Value(source.Resources[i].Id), Path: wire.Value(source.Resources[i].Path), Methods: make(map[string]*methodPlan)}
		for verb, m := range source.Resources[i].ResourceMethods {
			r.Methods[verb] = d.compileMethod(st, r, verb, &m)
		}
		d.resources = append(d.resources, r)
		d.tree.Add(r)
	}
	return d
}

// compileMethod makes a method ready.
func (d *deploymentPlan) compileMethod(st *stagePlan, r *resourcePlan, verb string, m *api.Method) *methodPlan {
	p := &methodPlan{Method: m, resource: r, settings: settingsOf(st.MethodSettings, r.Path, verb), authorizer: d.authorizers[wire.Value(m.AuthorizerId)]}
	p.bucket = p.settings.bucket()
	p.validator = d.Validators[wire.Value(m.RequestValidatorId)]
	for name, required := range m.RequestParameters {
		if required {
			p.required = append(p.required, name)
		}
	}
	slices.Sort(p.required)
	if m.MethodIntegration != nil {
		p.integration = compileIntegration(m.MethodIntegration)
	}
	return p
}

// compileIntegration parses an integration's mappings.
func compileIntegration(i *api.Integration) *integrationPlan {
	p := &integrationPlan{Integration: i, timeout: defaultTimeout}
	if ms := wire.Value(i.TimeoutInMillis); ms > 0 {
		p.timeout = time.Duration(ms) * time.Millisecond
	}
	if p.parameters, p.broken = mapping.ParseParameters(i.RequestParameters); p.broken != nil {
		return p
	}
	if p.templates, p.broken = compileTemplates(i.RequestTemplates); p.broken != nil {
		return p
	}
	for status := range i.IntegrationResponses {
		r := i.IntegrationResponses[status]
		if r.StatusCode == nil {
			r.StatusCode = &status
		}
		p.add(&r)
	}
	slices.SortFunc(p.responses, func(a, b *responsePlan) int { return strings.Compare(*a.StatusCode, *b.StatusCode) })
	return p
}

// add makes an integration response ready.
func (i *integrationPlan) add(r *api.IntegrationResponse) {
	c := &responsePlan{IntegrationResponse: r}
	var err error
	if c.parameters, err = mapping.ParseParameters(r.ResponseParameters); err == nil {
		c.templates, err = compileTemplates(r.ResponseTemplates)
	}
	if pattern := wire.Value(r.SelectionPattern); err == nil && pattern != "" {
		c.pattern, err = entire.Compile(pattern)
	}
	switch {
	case err != nil:
		i.broken = err
	case c.pattern != nil:
		i.responses = append(i.responses, c)
	default:
		i.fallback = c
	}
}

// compileTemplates compiles templates by content type.
func compileTemplates(texts map[string]string) (map[string]*mapping.Template, error) {
	compiled := make(map[string]*mapping.Template, len(texts))
	for kind, text := range texts {
		t, err := mapping.Compile(text)
		if err != nil {
			return nil, err
		}
		compiled[strings.ToLower(kind)] = t
	}
	return compiled, nil
}

// inherit takes over the buckets of the plan before where the limits are the
// same: a change elsewhere in the API gives nobody new tokens. So it does the
// connections on which the same certificate was shown.
func (p *apiPlan) inherit(before *apiPlan) {
	for name, st := range p.stages {
		if old := before.stages[name]; old != nil {
			if st.ways != nil && old.ways != nil && bytes.Equal(st.Certificate.PEM, old.Certificate.PEM) {
				st.ways = old.ways
			}
			st.main.inherit(old.main)
			st.canary.inherit(old.canary)
		}
	}
}

// inherit takes over the buckets of the deployment before.
func (d *deploymentPlan) inherit(before *deploymentPlan) {
	if d == nil || before == nil {
		return
	}
	old := make(map[string]*resourcePlan, len(before.resources))
	for _, r := range before.resources {
		old[r.Path] = r
	}
	for _, r := range d.resources {
		o := old[r.Path]
		if o == nil {
			continue
		}
		for verb, m := range r.Methods {
			if b := o.Methods[verb]; b != nil && m.bucket != nil && b.bucket != nil && b.bucket.Same(m.bucket) {
				m.bucket = b.bucket
			}
		}
	}
}

package edge

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/route"
)

// api is one service as the edge sees it: made once, at the start.
type api struct {
	model      *wire.Service
	operations map[string]*operation
	router     *route.Table // of REST protocols; nil for others
	rest       wire.Protocol
}

// operation is an operation with what the edge asks of it on each call.
type operation struct {
	*wire.Operation
	streaming bool // its input is not held in memory
}

// tables name services exactly, by each of the ways in which requests do.
type tables struct {
	byTarget  map[string]*api   // X-Amz-Target prefix
	bySigning map[string][]*api // signing name
	byHost    map[string][]*api // endpoint prefix
	byAction  map[string]*api   // "2012-11-05 SendMessage": query services
	planes    map[string]bool   // hosts of data planes
}

// newTables indexes the models.
func newTables(models []*wire.Service, mounts []Mount) (*tables, error) {
	t := &tables{
		byTarget: map[string]*api{}, bySigning: map[string][]*api{}, byHost: map[string][]*api{},
		byAction: map[string]*api{}, planes: map[string]bool{},
	}
	for _, m := range models {
		if err := t.add(m); err != nil {
			return nil, fmt.Errorf("routes of %s: %w", m.ID, err)
		}
	}
	for _, m := range mounts {
		if m.Host != "" {
			t.planes[m.Host] = true
		}
	}
	return t, nil
}

// add indexes one model.
func (t *tables) add(m *wire.Service) error {
	a := &api{model: m, operations: make(map[string]*operation, len(m.Operations))}
	for i := range m.Operations {
		op := &m.Operations[i]
		a.operations[op.Name] = &operation{Operation: op, streaming: streamingInput(m, op)}
	}
	for _, p := range m.Protocols {
		if p == wire.RESTJSON || p == wire.RESTXML {
			router, err := route.New(m)
			if err != nil {
				return err
			}
			a.rest, a.router = p, router
		}
	}
	if m.TargetPrefix != "" {
		t.byTarget[m.TargetPrefix] = a
		// Clients made of the Smithy model know CloudTrail by the prefix's last part.
		t.byTarget[m.TargetPrefix[strings.LastIndexByte(m.TargetPrefix, '.')+1:]] = a
	}
	t.bySigning[m.SigningName] = append(t.bySigning[m.SigningName], a)
	t.byHost[m.EndpointPrefix] = append(t.byHost[m.EndpointPrefix], a)
	if a.speaksQuery() {
		for i := range m.Operations {
			t.byAction[m.APIVersion+" "+m.Operations[i].Name] = a
		}
	}
	return nil
}

// streamingInput tells whether an operation's body is handed on as it arrives.
func streamingInput(m *wire.Service, op *wire.Operation) bool {
	if op.Input == wire.NoShape || op.Input >= len(m.Shapes) {
		return false
	}
	in := &m.Shapes[op.Input]
	for i := range in.Members {
		member := &in.Members[i]
		if member.Name == in.Payload {
			return member.Streaming || m.Shapes[member.Ref].Streaming
		}
	}
	return false
}

// speaksQuery tells whether a service understands form posts.
func (a *api) speaksQuery() bool {
	for _, p := range a.model.Protocols {
		if p == wire.Query || p == wire.EC2Query {
			return true
		}
	}
	return a.model.QueryCompatible
}

// target is where a request goes.
type target struct {
	api      *api
	op       *operation
	protocol wire.Protocol
	labels   wire.Labels
	place    place // what the host says
}

// known tells whether a host's label is a service.
func (t *tables) known(prefix string) bool {
	return t.byHost[prefix] != nil || t.planes[prefix]
}

// form is a query request's parameters, as far as resolving needs them.
type form struct {
	action, version string
	body            []byte // of a POST
}

// resolve finds the service and the operation that a request names. The target
// has what could be found, even with an error.
func (t *tables) resolve(r *http.Request, claim *auth.Claim, at place, f *form) (target, error) {
	goal := target{place: at}
	if name := get(r.Header, "X-Amz-Target"); name != "" && get(r.Header, "Smithy-Protocol") == "" {
		return t.byTargetHeader(goal, name, claim)
	}
	if service, op, ok := rpcPath(r); ok {
		return t.byRPC(goal, service, op, claim)
	}
	candidates := t.candidates(claim, at, f)
	if len(candidates) == 0 {
		return goal, t.unknownService(claim, f)
	}
	if f.action != "" {
		return byAction(goal, candidates, f)
	}
	return byPath(goal, candidates, r)
}

// byTargetHeader resolves an awsJson request.
func (t *tables) byTargetHeader(goal target, name string, claim *auth.Claim) (target, error) {
	goal.protocol = wire.AWSJSON
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		dot = 0
	}
	a, ok := t.byTarget[name[:dot]]
	if !ok {
		if list := t.bySigning[claim.Service]; len(list) > 0 {
			return goal, call.UnknownOperation(list[0].model, name)
		}
		return goal, unknownServiceError(name)
	}
	return goal.at(a, strings.TrimPrefix(name[dot:], "."))
}

// rpcPath reads Smithy RPC v2's /service/{service}/operation/{operation}.
func rpcPath(r *http.Request) (service, operation string, ok bool) {
	if r.Header.Get("Smithy-Protocol") != "rpc-v2-cbor" {
		return "", "", false
	}
	parts := strings.Split(r.URL.Path, "/")
	n := len(parts)
	if n < 5 || parts[n-4] != "service" || parts[n-2] != "operation" {
		return "", "", false
	}
	return parts[n-3], parts[n-1], true
}

// byRPC resolves an RPC v2 request. The path has the name of the Smithy model's
// service shape, which is the target prefix of the older protocol.
func (t *tables) byRPC(goal target, service, op string, claim *auth.Claim) (target, error) {
	goal.protocol = wire.RPCv2
	a, ok := t.byTarget[service]
	if !ok {
		list := t.bySigning[claim.Service]
		if len(list) != 1 {
			return goal, unknownServiceError(service)
		}
		a = list[0]
	}
	return goal.at(a, op)
}

// candidates are the services that a signature, a host or an action names.
func (t *tables) candidates(claim *auth.Claim, at place, f *form) []*api {
	if claim.Service != "" {
		return t.bySigning[claim.Service]
	}
	if at.service != "" {
		return t.byHost[at.service]
	}
	if a, ok := t.byAction[f.version+" "+f.action]; ok {
		return []*api{a}
	}
	// The links of a confirmation mail have no version.
	if f.action == "ConfirmSubscription" || f.action == "Unsubscribe" {
		return t.bySigning["sns"]
	}
	return nil
}

// byAction resolves a query request among the services of one signing name.
func byAction(goal target, candidates []*api, f *form) (target, error) {
	goal.protocol = wire.Query
	for _, a := range candidates {
		if !a.speaksQuery() {
			continue
		}
		if f.version != "" && f.version != a.model.APIVersion && len(candidates) > 1 {
			continue
		}
		return goal.at(a, f.action)
	}
	goal.protocol = candidates[0].model.Protocols[0]
	goal.api = candidates[0]
	return goal, call.UnknownOperation(candidates[0].model, f.action)
}

// byPath resolves a REST request among the services of one signing name.
func byPath(goal target, candidates []*api, r *http.Request) (target, error) {
	var rest *api
	for _, a := range candidates {
		if a.router == nil {
			continue
		}
		rest = a
		op, labels, ok := match(a, r, goal.place)
		if ok {
			goal.labels, goal.protocol = labels, a.rest
			return goal.at(a, op.Name)
		}
	}
	if rest == nil {
		goal.api, goal.protocol = candidates[0], candidates[0].model.Protocols[0]
		return goal, noAction(candidates[0].model)
	}
	goal.api, goal.protocol = rest, rest.rest
	return goal, noRoute(rest.model, r)
}

// match finds a REST operation. A virtual-hosted bucket is put in front of the
// path, where the path style has it.
func match(a *api, r *http.Request, at place) (*wire.Operation, wire.Labels, bool) {
	path := r.URL.EscapedPath()
	if a.model.ID == "s3" && at.service == "s3" && at.label != "" {
		path = "/" + url.PathEscape(at.label) + path
	}
	return a.router.Match(r.Method, path, r.URL.Query(), r.Header)
}

// at completes goal with an operation by its name.
func (goal target) at(a *api, operation string) (target, error) {
	goal.api = a
	op, ok := a.operations[operation]
	if !ok {
		return goal, call.UnknownOperation(a.model, operation)
	}
	goal.op = op
	return goal, nil
}

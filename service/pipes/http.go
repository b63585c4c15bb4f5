package pipes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/arn"
	"maru.dev/maru/service/events/connection"
	"maru.dev/maru/service/pipes/template"
	"maru.dev/maru/task"
)

// How long endpoints have to answer: API destinations less than APIs.
const (
	destinationTimeout = 5 * time.Second
	apiTimeout         = 29 * time.Second
)

// httpParameters are what a pipe adds to requests; an enrichment's are the same.
type httpParameters = api.PipeTargetHttpParameters

// maxFilled is how many bytes an endpoint's parameters may have altogether.
const maxFilled = 1 << 20

// isEndpoint tells whether an enrichment or target is called by HTTP.
func isEndpoint(name string) bool {
	kind := serviceOf(name)
	return kind == "api-destination" || kind == "execute-api"
}

// callEndpoint calls an API destination or an API with one event, and returns
// its answer.
//
// Spec: EventBridge User Guide, Amazon EventBridge Pipes targets.
func (x *execution) callEndpoint(ctx context.Context, name string, p *httpParameters, e item) ([]byte, error) {
	a, err := arn.Parse(name)
	if err != nil {
		return nil, err
	}
	req := task.Request{Body: []byte(textOf(e.event)), Header: map[string]string{"Content-Type": "application/json; charset=utf-8"}}
	var d *destination
	if serviceOf(name) == "api-destination" {
		d, err = x.destination(ctx, a, &req)
	} else {
		err = x.method(a, &req)
	}
	if err != nil {
		return nil, err
	}
	if err := parametrise(&req, p, e); err != nil {
		return nil, err
	}
	signer := connection.Signer{Deps: x.Deps}
	for fresh := false; ; fresh = true {
		signed := req
		signed.Header = make(map[string]string, len(req.Header))
		for k, v := range req.Header {
			signed.Header[k] = v
		}
		if d != nil {
			if err := d.turn.Await(ctx, x.Deps, d.rate); err != nil {
				return nil, err
			}
			if err := signer.Sign(ctx, d.connection, &signed, fresh); err != nil {
				return nil, err
			}
		}
		reply, err := x.Tasks.Exchange(ctx, signed)
		switch {
		case err != nil:
			return nil, err
		case reply.Status == 401 && !fresh && d != nil:
			continue // the token may have been taken back
		case reply.Status < 200 || reply.Status >= 300:
			return nil, fmt.Errorf("the endpoint answered %d", reply.Status)
		}
		return reply.Body, nil
	}
}

// destination is how an API destination is called, apart from its address.
type destination struct {
	connection connection.Ref
	turn       connection.Turn
	rate       int32 // calls a second
}

// destination sets a request's address and method as an API destination has
// them, and returns the rest.
func (x *execution) destination(ctx context.Context, a arn.ARN, req *task.Request) (*destination, error) {
	_, name := a.Split()
	name, _, _ = strings.Cut(name, "/")
	raw, err := x.callJSON(ctx, "events", "DescribeApiDestination", map[string]any{"Name": name})
	if err != nil {
		return nil, err
	}
	var d struct {
		ConnectionArn, InvocationEndpoint, HTTPMethod string
		InvocationRateLimitPerSecond                  int32
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("decode API destination: %w", err)
	}
	ref, _, ok := connection.Parse(d.ConnectionArn)
	if !ok {
		return nil, connection.ErrGone
	}
	req.URL, req.Method, req.Timeout = d.InvocationEndpoint, d.HTTPMethod, destinationTimeout
	req.Header["User-Agent"] = "Amazon/EventBridge/Pipes"
	turn := connection.Turn{Account: a.Account, Region: a.Region, Destination: name}
	return &destination{ref, turn, d.InvocationRateLimitPerSecond}, nil
}

// method sets a request's address and method as the ARN of an API's method has
// them: api/stage/method/path.
func (x *execution) method(a arn.ARN, req *task.Request) error {
	var ok bool
	if req.Method, req.URL, ok = task.MethodOf(x.Endpoint, a); !ok {
		return errors.New("the ARN is of no method of an API")
	}
	req.Timeout = apiTimeout
	req.Sign = &task.Signature{
		Service: "execute-api", Role: x.pipe.Role, Session: x.pipe.Name, Principal: principal, SourceARN: x.arnOf(x.pipe.Name), Account: x.Account, Region: a.Region,
	}
	return nil
}

// parametrise fills the stars of a request's path, and adds its query and
// headers. What they take from the event is bounded.
func parametrise(req *task.Request, p *httpParameters, e item) error {
	if p == nil {
		return nil
	}
	size := 0
	fill := func(v string) string {
		if size > maxFilled {
			return ""
		}
		v = dynamic(&v, e)
		size += len(v)
		return v
	}
	for _, v := range p.PathParameterValues {
		before, after, ok := strings.Cut(req.URL, "*")
		if !ok || size > maxFilled {
			break
		}
		req.URL = before + url.PathEscape(fill(v)) + after
	}
	query := url.Values{}
	for name, v := range p.QueryStringParameters {
		query.Set(name, fill(v))
	}
	if len(query) > 0 {
		sign := "?"
		if strings.Contains(req.URL, "?") {
			sign = "&"
		}
		req.URL += sign + query.Encode()
	}
	for name, v := range p.HeaderParameters {
		req.Header[name] = fill(v)
	}
	if size > maxFilled {
		return fmt.Errorf("the parameters of the endpoint have more than %d bytes", maxFilled)
	}
	return nil
}

// toEndpoint calls the target with one event after another.
func (x *execution) toEndpoint(ctx context.Context, items []item) (failed []int, err error) {
	var p *httpParameters
	if x.pipe.TargetParts != nil {
		p = x.pipe.TargetParts.HttpParameters
	}
	for i, e := range items {
		if _, fault := x.callEndpoint(ctx, x.pipe.Target, p, e); fault != nil {
			failed, err = append(failed, i), fault
		}
	}
	if len(failed) == len(items) {
		return nil, err
	}
	return failed, nil
}

// enrichByEndpoint calls the enrichment with one event after another, and
// returns what its answers hold.
func (x *execution) enrichByEndpoint(ctx context.Context, before, events []any) (out []any, err error) {
	var p *httpParameters
	if parts := x.pipe.EnrichParts; parts != nil && parts.HttpParameters != nil {
		p = new(httpParameters(*parts.HttpParameters))
	}
	for i := range events {
		answer, err := x.callEndpoint(ctx, x.pipe.Enrichment, p, item{events[i], before[i]})
		if err != nil {
			return nil, err
		}
		v, err := template.Decode(answer)
		if err != nil {
			v = string(answer) // an answer need not be JSON
		}
		out = append(out, unpack(v)...)
	}
	return out, nil
}

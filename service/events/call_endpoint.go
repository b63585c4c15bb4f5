package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/connection"
	"maru.dev/maru/service/events/input"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

const (
	// callKind is the kind of the tasks that call HTTP endpoints: API
	// destinations and APIs of API Gateway. They give up what is too large for any
	// target, too.
	callKind = "events.call"
	// callTimeout is how long an endpoint has to answer.
	callTimeout = 5 * time.Second
	// callLease is how long a call may wait for its turn and take.
	callLease = 5 * time.Minute
)

// endpointCall is the body of such a task. Parameters are those of the target,
// with what they take from the event filled in.
type endpointCall struct {
	Delivery task.Delivery
	Path     []string          `cbor:",omitempty"`
	Header   map[string]string `cbor:",omitempty"`
	Query    map[string]string `cbor:",omitempty"`
	TooLarge bool              `cbor:",omitempty"` // what a template or parameters made of the event, so that it is not there
}

// callLater writes the task that calls a target's endpoint, and returns how much it
// wrote beside the delivery's payload.
func (s *Service) callLater(tx *kv.Tx, t *target, d task.Delivery, e *event, tooLarge bool) (size int, err error) {
	body := endpointCall{Delivery: d, TooLarge: tooLarge}
	if t.HttpParameters != nil && !tooLarge {
		if size = body.fill(t.HttpParameters, e); size > input.MaxMade {
			body = endpointCall{Delivery: d, TooLarge: true}
			body.Delivery.Payload, body.Delivery.DeadLetterPayload = nil, e.json()
			size = len(e.json())
		}
	}
	_, err = s.Tasks.Add(tx, task.Task{
		Kind: callKind, Owner: d.Target, Account: d.Account, Region: d.Region, TraceID: d.TraceID, Policy: d.Policy, Lease: callLease, Body: body,
	})
	return size, err
}

// fill fills the target's parameters with what they take from the event, and
// returns their size. It stops where they are more than a target takes.
func (c *endpointCall) fill(p *api.HttpParameters, e *event) (size int) {
	one := func(v string) string {
		if size > input.MaxMade {
			return ""
		}
		v = fill(v, e)
		size += len(v)
		return v
	}
	for _, v := range p.PathParameterValues {
		c.Path = append(c.Path, one(v))
	}
	c.Header, c.Query = make(map[string]string, len(p.HeaderParameters)), make(map[string]string, len(p.QueryStringParameters))
	for name, v := range p.HeaderParameters {
		c.Header[name] = one(v)
	}
	for name, v := range p.QueryStringParameters {
		c.Query[name] = one(v)
	}
	return size
}

// fill is a parameter's value: what is at a path of the event, or the text
// itself.
func fill(v string, e *event) string {
	if !strings.HasPrefix(v, "$.") {
		return v
	}
	p, err := input.ParsePath(v)
	if err != nil {
		return v
	}
	part := p.In(e.json())
	var s string
	if json.Unmarshal(part, &s) == nil {
		return s
	}
	return string(part)
}

// runCall calls an endpoint.
func (s *Service) runCall(ctx context.Context, run *task.Run) error {
	var body endpointCall
	if err := run.Decode(&body); err != nil {
		return task.Dead(err)
	}
	var reply task.Reply
	var err error
	if body.TooLarge {
		err = &wire.APIError{Code: "RequestEntityTooLarge", Status: 413, Message: fmt.Sprintf("The transformed input has more than %d bytes.", input.MaxMade)}
	} else {
		reply, err = s.callEndpoint(ctx, run, &body)
	}
	if err == nil {
		err = judge(reply.Status)
	}
	pause := retryAfter(reply.Header["Retry-After"], s.Clock.Now())
	final := err != nil && (task.Final(err) || errors.Is(err, connection.ErrGone) || pause < 0)
	try := task.Attempt{Delivery: &body.Delivery, Number: run.Attempt, Age: s.Clock.Now().Sub(run.FirstDue), Err: err}
	s.observe(try)
	if err != nil && (final || run.Attempt == run.Policy.MaxAttempts) {
		try.GivenUp = true
		s.observe(try)
	}
	switch {
	case final:
		return task.Dead(err)
	case err != nil && pause > 0:
		return task.After(pause, err)
	}
	return err
}

// retryAfter is how long an endpoint asks to be left alone, in seconds or by a
// date; less than zero is for ever.
//
// Spec: EventBridge User Guide, API destinations as targets.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(header, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// buryCall sends an event that no endpoint took to the target's dead-letter
// queue.
func (s *Service) buryCall(tx *kv.Tx, run *task.Run, reason error) error {
	var body endpointCall
	if err := run.Decode(&body); err != nil {
		return nil //nolint:nilerr // there is nothing to send
	}
	return s.Tasks.Bury(tx, run, &body.Delivery, reason)
}

// callEndpoint makes the request that a task is for.
func (s *Service) callEndpoint(ctx context.Context, run *task.Run, body *endpointCall) (task.Reply, error) {
	req := task.Request{Body: body.Delivery.Payload, Timeout: callTimeout, Header: map[string]string{
		"Content-Type": "application/json; charset=utf-8", "User-Agent": "Amazon/EventBridge/ApiDestinations",
	}}
	if run.TraceID != "" {
		req.Header["X-Amzn-Trace-Id"] = run.TraceID
	}
	h, name, id, ok := parseDestination(body.Delivery.Target)
	if !ok {
		return s.callAPI(ctx, req, body)
	}
	var d *destination
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		d, err = loadDestination(tx, h, name)
		if err == nil && (h.account != body.Delivery.Account || id != "" && id != d.ID) { // another account's, or one that is gone
			err = notFound("An api-destination '%s' does not exist.", name)
		}
		return err
	})
	if err != nil {
		return task.Reply{}, err
	}
	if err := h.turn(name).Await(ctx, s.Deps, d.Rate); err != nil {
		return task.Reply{}, err
	}
	ref, _, ok := connection.Parse(d.Connection)
	if !ok {
		return task.Reply{}, connection.ErrGone
	}
	req.Method, req.URL = d.Method, body.address(d.Endpoint)
	signer := connection.Signer{Deps: s.Deps}
	for fresh := false; ; fresh = true {
		signed := req
		signed.Header = body.headers(req.Header)
		if err := signer.Sign(ctx, ref, &signed, fresh); err != nil {
			return task.Reply{}, err
		}
		reply, err := s.Tasks.Exchange(ctx, signed)
		if err == nil && reply.Status == 401 && !fresh {
			continue // the token may have been taken back
		}
		return reply, err
	}
}

// callAPI calls an API of API Gateway, by maru's own address.
func (s *Service) callAPI(ctx context.Context, req task.Request, body *endpointCall) (task.Reply, error) {
	a, err := arn.Parse(body.Delivery.Target)
	method, address, ok := task.MethodOf(s.Endpoint, a)
	if err != nil || !ok {
		return task.Reply{}, &wire.APIError{Code: "ValidationException", Message: "The target is no method of an API."}
	}
	req.Method, req.URL = method, body.address(address)
	if d := &body.Delivery; d.Role != "" {
		req.Sign = &task.Signature{
			Service: "execute-api", Role: d.Role, Session: "EventBridge", Principal: principal, SourceARN: d.SourceARN, Account: d.Account, Region: a.Region,
		}
	}
	req.Header = body.headers(req.Header)
	return s.Tasks.Exchange(ctx, req)
}

// judge tells what an endpoint's answer means. Some refusals may be mended by
// time; the others are final.
func judge(status int) error {
	if status >= 200 && status < 300 {
		return nil
	}
	refused := &wire.APIError{Code: fmt.Sprint(status), Message: fmt.Sprintf("The endpoint answered %d.", status), Status: status}
	switch status {
	case 401, 407, 409, 429:
		refused.Status = 429
	}
	if status < 400 {
		refused.Status = 400 // redirects are not followed
	}
	return refused
}

// address fills an endpoint's stars with the path parameters and adds the
// query.
func (c *endpointCall) address(endpoint string) string {
	for _, v := range c.Path {
		endpoint = strings.Replace(endpoint, "*", url.PathEscape(v), 1)
	}
	query := url.Values{}
	for name, v := range c.Query {
		query.Set(name, v)
	}
	if len(query) == 0 {
		return endpoint
	}
	if strings.Contains(endpoint, "?") {
		return endpoint + "&" + query.Encode()
	}
	return endpoint + "?" + query.Encode()
}

// headers are the target's headers over the usual ones.
func (c *endpointCall) headers(usual map[string]string) map[string]string {
	out := make(map[string]string, len(usual)+len(c.Header))
	for name, v := range usual {
		out[name] = v
	}
	for name, v := range c.Header {
		out[name] = v
	}
	return out
}

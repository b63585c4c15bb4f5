// Package awsrequest sends what REST APIs map to the services of the platform
// themselves: integrations of the type AWS whose URI is
// arn:aws:apigateway:<region>:[<subdomain>.]<service>:path/<path> or
// action/<Action>&<name>=<value>.
//
// Where AWS signs such a request with the credentials of the integration's role and
// sends it to the service's endpoint, it goes through the platform's own door here,
// as the role's session, and is answered in the service's own protocol: services
// that take their action as a parameter answer in JSON, as they do to API Gateway.
package awsrequest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// Who API Gateway is, and how it names the sessions of the roles that it assumes.
const (
	principal = "apigateway.amazonaws.com"
	session   = "BackplaneAssumeRoleSession"
)

// maxAnswer is how many bytes an integration may answer.
const maxAnswer = 10 << 20

// Door serves a request as it would be at the AWS host that it names, as the caller
// that info names, without proof and without the network.
type Door interface {
	ServeAs(w http.ResponseWriter, r *http.Request, info call.Info)
}

// Sender sends requests. Both its parts are needed.
type Sender struct {
	Door   Door
	Caller call.Caller // which knows the services' models
}

// Request is a mapped request to a service.
type Request struct {
	Target  Target
	Method  string
	Path    map[string]string // for the {names} of the target's path
	Query   map[string][]string
	Header  http.Header
	Body    []byte
	Role    string // the ARN of the integration's credentials; "": the caller's own, as the context tells
	Account string // of the API
	API     string // its ARN, on whose behalf the request is made
}

// Response is what the service answers, in its own protocol.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send has a request answered. Its error is ours: the integration has failed.
// What a service refuses is a response.
func (s Sender) Send(ctx context.Context, r *Request) (*Response, error) {
	ctx = caller(ctx, r)
	out, err := s.outgoing(ctx, r)
	if err != nil {
		return nil, err
	}
	answer := &recorder{header: http.Header{}}
	s.Door.ServeAs(answer, out, call.From(ctx))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if answer.overflow {
		return nil, &wire.APIError{Code: "RequestTooLarge", Status: http.StatusRequestEntityTooLarge, Message: "Execution failed due to a response that is larger than 10 MB"}
	}
	response := &Response{Status: answer.status, Header: answer.header, Body: answer.body.Bytes()}
	s.asJSON(r, out.URL.Query(), response)
	return response, nil
}

// caller returns the context in which the service is called.
func caller(ctx context.Context, r *Request) context.Context {
	if r.Role != "" {
		return call.InRole(ctx, principal, r.Role, session, r.Account, r.Target.Region)
	}
	info := call.From(ctx)
	info.Account, info.Region = r.Account, r.Target.Region
	return call.With(ctx, info)
}

// outgoing makes the request as it would leave for the service's endpoint.
func (s Sender) outgoing(ctx context.Context, r *Request) (*http.Request, error) {
	t := &r.Target
	query := url.Values{}
	for name, values := range r.Query {
		query[name] = values
	}
	fixed, err := url.ParseQuery(t.Query)
	if err != nil {
		return nil, &wire.APIError{Code: "Invalid", Status: http.StatusInternalServerError, Message: "Invalid query in the integration's URI"}
	}
	for name, values := range fixed {
		query[name] = values
	}
	header := signed(r.Header)
	if t.Action != "" {
		s.name(t, header, query)
	}
	out := (&http.Request{
		Method: r.Method, Host: t.host(), Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		URL:           &url.URL{Path: t.filled(r.Path), RawQuery: query.Encode()},
		Body:          io.NopCloser(bytes.NewReader(r.Body)),
		ContentLength: int64(len(r.Body)),
	}).WithContext(ctx)
	return out, nil
}

// signed returns a request's headers without those that a signature replaces.
func signed(h http.Header) http.Header {
	h = h.Clone()
	if h == nil {
		h = http.Header{}
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "Host", "Content-Length"} {
		h.Del(name)
	}
	return h
}

// name names the target's action as the service's protocol does.
func (s Sender) name(t *Target, header http.Header, query url.Values) {
	m, _ := s.operation(t, t.Action)
	if m == nil || speaksQuery(m) {
		query.Set("Action", t.Action)
		if m != nil && !query.Has("Version") {
			query.Set("Version", m.APIVersion)
		}
		return
	}
	header.Set("X-Amz-Target", m.TargetPrefix+"."+t.Action)
	if content := header.Get("Content-Type"); content == "" || strings.HasPrefix(content, "application/json") {
		header.Set("Content-Type", "application/x-amz-json-1.1")
	}
}

// speaksQuery tells whether a service takes its action as a parameter. Those that
// took it so once are still asked so.
func speaksQuery(m *wire.Service) bool {
	return m.QueryCompatible || len(m.Protocols) > 0 && (m.Protocols[0] == wire.Query || m.Protocols[0] == wire.EC2Query)
}

// operation finds an action of the service that a target names, of the one of
// several at an endpoint that has it; nil if none is served.
func (s Sender) operation(t *Target, action string) (*wire.Service, *wire.Operation) {
	known, ok := s.Caller.(interface{ Models() []*wire.Service })
	if !ok {
		return nil, nil
	}
	for _, m := range known.Models() {
		if m.EndpointPrefix != t.Service && m.EndpointPrefix != t.Subdomain+"."+t.Service {
			continue
		}
		for i := range m.Operations {
			if m.Operations[i].Name == action {
				return m, &m.Operations[i]
			}
		}
	}
	return nil, nil
}

// recorder takes an answer.
type recorder struct {
	status   int
	header   http.Header
	body     bytes.Buffer
	overflow bool
}

// Header returns the answer's headers.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader takes the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write takes a part of the body. What is too large is cut, and told by Send.
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if r.overflow = r.overflow || r.body.Len()+len(p) > maxAnswer; r.overflow {
		return len(p), nil
	}
	return r.body.Write(p)
}

package integrate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/events/connection"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/task"
)

// httpTime is how long an endpoint has to answer.
const httpTime = 60 * time.Second

// httpInvoke calls an HTTP endpoint with the authorization of a connection.
//
// Spec: Step Functions Developer Guide, Call HTTPS APIs in Step Functions workflows.
func (i *Integrations) httpInvoke(ctx context.Context, r Request) (any, error) {
	args, _ := r.Args.(*value.Object)
	req, err := httpRequest(args)
	if err != nil {
		return nil, err
	}
	ref, err := connectionOf(args)
	if err != nil {
		return nil, err
	}
	if ref.Account != call.From(ctx).Account { // whose secrets are for its own account
		return nil, &flow.Failure{Name: "Events.ConnectionResource.InvalidConnectionState", Cause: connection.ErrGone.Error()}
	}
	signer := connection.Signer{Deps: i.deps}
	for _, fresh := range []bool{false, true} {
		signed := req
		signed.Header = maps.Clone(req.Header)
		if err := signer.Sign(ctx, ref, &signed, fresh); err != nil {
			if errors.Is(err, connection.ErrGone) {
				return nil, &flow.Failure{Name: "Events.ConnectionResource.InvalidConnectionState", Cause: err.Error()}
			}
			return nil, socketFailure(ctx, err)
		}
		reply, err := i.deps.Tasks.Exchange(ctx, signed)
		if err != nil {
			return nil, socketFailure(ctx, err)
		}
		r.Trace.note(&req, &signed, &reply)
		if reply.Status == 401 && !fresh {
			continue // its token may have been taken back
		}
		return httpResult(reply, "States.Http.StatusCode.")
	}
	return nil, &flow.Failure{Name: "States.Http.StatusCode.401", Cause: "Unauthorized"}
}

// socketFailure is how a task fails whose endpoint cannot be reached.
func socketFailure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &flow.Failure{Name: flow.ErrHTTPSocket, Cause: err.Error()}
}

// connectionOf finds the connection that a task names.
func connectionOf(args *value.Object) (connection.Ref, error) {
	for _, name := range []string{"Authentication", "InvocationConfig"} {
		v, _ := args.Get(name)
		if o, ok := v.(*value.Object); ok {
			arn, _ := o.Get("ConnectionArn")
			text, _ := arn.(string)
			if ref, _, ok := connection.Parse(text); ok {
				return ref, nil
			}
		}
	}
	return connection.Ref{}, &flow.Failure{Name: flow.ErrRuntime, Cause: "The ConnectionArn of the HTTP task is not valid."}
}

// httpRequest makes the request that a task asks for.
func httpRequest(args *value.Object) (task.Request, error) {
	endpoint, method := textIn(args, "ApiEndpoint"), textIn(args, "Method")
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || method == "" {
		return task.Request{}, &flow.Failure{Name: flow.ErrRuntime, Cause: fmt.Sprintf("ApiEndpoint %q and Method %q must name an HTTP request.", endpoint, method)}
	}
	query := u.Query()
	for name, list := range lists(args, "QueryParameters") {
		query[name] = append(query[name], list...)
	}
	u.RawQuery = query.Encode()
	req := task.Request{Method: method, URL: u.String(), Header: make(map[string]string), Timeout: httpTime}
	for name, list := range lists(args, "Headers") {
		req.Header[name] = strings.Join(list, ",")
	}
	setDefault(req.Header, "User-Agent", "Amazon|StepFunctions|HttpInvoke|us-east-1")
	setDefault(req.Header, "Range", "bytes=0-262144")
	if body, ok := args.Get("RequestBody"); ok {
		req.Body = requestBody(args, body)
		kind := "application/json"
		if urlEncoded(args) {
			kind = "application/x-www-form-urlencoded"
		}
		setDefault(req.Header, "Content-Type", kind)
	}
	return req, nil
}

// setDefault sets a header that the task has not given, whatever its capitals.
func setDefault(header map[string]string, name, value string) {
	for given := range header {
		if strings.EqualFold(given, name) {
			return
		}
	}
	header[name] = value
}

// urlEncoded tells whether a task wants its body as a form.
func urlEncoded(args *value.Object) bool {
	v, _ := args.Get("Transform")
	o, ok := v.(*value.Object)
	return ok && textIn(o, "RequestBodyEncoding") == "URL_ENCODED"
}

// requestBody writes a task's body: JSON, or a form.
func requestBody(args *value.Object, body any) []byte {
	o, ok := body.(*value.Object)
	if !ok || !urlEncoded(args) {
		return value.Text(body)
	}
	form := make(url.Values)
	for name, v := range o.All() {
		if list, ok := v.([]any); ok {
			for _, e := range list {
				form.Add(name, plain(e))
			}
			continue
		}
		form.Add(name, plain(v))
	}
	return []byte(form.Encode())
}

// plain is a value as text, strings without their quotes.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(value.Text(v))
}

// textIn is a text member of an object.
func textIn(o *value.Object, name string) string {
	v, _ := o.Get(name)
	s, _ := v.(string)
	return s
}

// lists are the members of an object whose values are texts or lists of them.
func lists(args *value.Object, name string) map[string][]string {
	out := make(map[string][]string)
	v, _ := args.Get(name)
	o, ok := v.(*value.Object)
	if !ok {
		return out
	}
	for key, v := range o.All() {
		if list, ok := v.([]any); ok {
			for _, e := range list {
				out[key] = append(out[key], plain(e))
			}
			continue
		}
		out[key] = []string{plain(v)}
	}
	return out
}

// httpResult is what a task gets of an answer, or its failure.
func httpResult(reply task.Reply, prefix string) (any, error) {
	var body any = string(reply.Body)
	if strings.Contains(reply.Header["Content-Type"], "json") {
		if v, err := value.Parse(reply.Body); err == nil {
			body = v
		}
	}
	if reply.Status >= 400 {
		return nil, &flow.Failure{Name: prefix + strconv.Itoa(reply.Status), Cause: strings.ToValidUTF8(string(reply.Body), "\uFFFD")}
	}
	headers := value.NewObject(len(reply.Header))
	for _, name := range slices.Sorted(maps.Keys(reply.Header)) {
		headers.Set(strings.ToLower(name), []any{reply.Header[name]})
	}
	return value.Of("Headers", headers, "ResponseBody", body, "StatusCode", int64(reply.Status), "StatusText", reply.Reason), nil
}

// gatewayInvoke calls an API of API Gateway. One of this account's is reached
// here, whatever its host's name.
//
// Spec: Step Functions Developer Guide, Create API Gateway REST APIs with Step Functions.
func (i *Integrations) gatewayInvoke(ctx context.Context, r Request) (any, error) {
	args, _ := r.Args.(*value.Object)
	given := args.Clone()
	endpoint, stage, path := textIn(args, "ApiEndpoint"), textIn(args, "Stage"), strings.TrimPrefix(textIn(args, "Path"), "/")
	id, _, ours := strings.Cut(endpoint, ".execute-api.")
	if ours && !strings.Contains(id, "/") {
		endpoint = task.APIAddress(i.deps.Endpoint, id, stage, path)
	} else {
		if !strings.Contains(endpoint, "://") {
			endpoint = "https://" + endpoint
		}
		for _, part := range []string{stage, path} {
			if part != "" {
				endpoint = strings.TrimSuffix(endpoint, "/") + "/" + part
			}
		}
	}
	given.Set("ApiEndpoint", endpoint)
	req, err := httpRequest(given)
	if err != nil {
		return nil, err
	}
	delete(req.Header, "Range")
	if kind := textIn(args, "AuthType"); kind == "IAM_ROLE" || kind == "RESOURCE_POLICY" {
		info := call.From(ctx)
		req.Sign = &task.Signature{
			Service: "execute-api", Role: r.Role, Session: sessionOf(info.Principal), Principal: "states.amazonaws.com", SourceARN: r.Execution,
			Account: info.Account, Region: info.Region,
		}
	}
	reply, err := i.deps.Tasks.Exchange(ctx, req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &flow.Failure{Name: "ApiGateway.SdkClientException", Cause: err.Error()}
	}
	return httpResult(reply, "ApiGateway.")
}

// sessionOf is the name of a role's session.
func sessionOf(p call.Principal) string { return p.ARN[strings.LastIndexByte(p.ARN, '/')+1:] }

package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// maxBody is how much a call may send: an object of 16 MiB in base64.
const maxBody = 23 << 20

// model is what no AWS operation tells, under /_maru/api/console/.
type model struct {
	open  bool // before signing in
	link  bool // by GET: what the browser fetches itself
	serve func(w http.ResponseWriter, r *http.Request, body []byte) error
}

// serveAPI answers one call.
func (c *Console) serveAPI(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	w.Header().Set("Cache-Control", "no-store")
	if why := c.guard(r); why != "" {
		c.fail(w, r, &wire.APIError{Code: "AccessDenied", Message: why, Status: http.StatusForbidden})
		return
	}
	service, operation, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, apiPath), "/")
	if !ok || operation == "" || strings.Contains(operation, "/") {
		c.fail(w, r, notFound())
		return
	}
	if r.Method != http.MethodPost && (r.Method != http.MethodGet || service != "console" || !c.models[operation].link) {
		w.Header().Set("Allow", http.MethodPost)
		c.fail(w, r, &wire.APIError{Code: "MethodNotAllowed", Message: "Use POST.", Status: http.StatusMethodNotAllowed})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		c.fail(w, r, unreadable(err))
		return
	}
	if service == "console" {
		err = c.serveModel(w, r, operation, body)
	} else {
		err = c.serveOperation(w, r, service, operation, body)
	}
	if err != nil {
		c.fail(w, r, err)
	}
}

// serveModel answers one of the console's own reads.
func (c *Console) serveModel(w http.ResponseWriter, r *http.Request, name string, body []byte) error {
	m, ok := c.models[name]
	if !ok {
		return notFound()
	}
	if !m.open {
		ctx, err := c.signedIn(w, r, body)
		if err != nil {
			return err
		}
		r = r.WithContext(ctx)
	}
	return m.serve(w, r, body)
}

// serveOperation answers an AWS operation.
func (c *Console) serveOperation(w http.ResponseWriter, r *http.Request, service, operation string, body []byte) error {
	ctx, err := c.signedIn(w, r, body)
	if err != nil {
		return err
	}
	if streams(service, operation) {
		return &wire.APIError{Code: "ValidationError", Message: operation + " answers with a stream, which the console reads under /_maru/api/console/."}
	}
	ctx = c.traced(ctx, operation)
	out, err := c.options.Caller.CallJSON(ctx, service, operation, body)
	if t, ok := telemetry.ParseTrace(call.From(ctx).TraceID); ok && t.Sampled == "1" {
		w.Header().Set(traceHeader, t.Root)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out) // the browser may be gone
	return nil
}

// streams tells whether an operation's answer has no end that fits a document.
func streams(service, operation string) bool {
	switch service + "." + operation {
	case "s3.GetObject", "logs.StartLiveTail", "lambda.InvokeWithResponseStream", "logs.GetLogObject":
		return true
	}
	return false
}

// reading begins the names of operations that only look. What the page looks at
// is none of the application's traffic, so it makes no trace.
var reading = [...]string{"Get", "List", "Describe", "BatchGet", "Filter", "Query", "Scan", "Head", "Lookup", "Test", "Validate", "Search", "StartQuery", "StopQuery"}

// traced begins a trace for what changes something or runs something, and none
// for what looks.
func (c *Console) traced(ctx context.Context, operation string) context.Context {
	info := call.From(ctx)
	t := telemetry.NewTrace(c.options.Clock.Now(), c.options.IDs)
	t.Sampled = "1"
	for _, prefix := range reading {
		if strings.HasPrefix(operation, prefix) {
			t.Sampled = "0"
		}
	}
	info.TraceID = t.String()
	return call.With(ctx, info)
}

// signedIn returns the context of calls by whoever uses the page, or has signed
// the request, as programs do.
func (c *Console) signedIn(w http.ResponseWriter, r *http.Request, body []byte) (context.Context, error) {
	info := call.From(r.Context())
	if region := r.Header.Get(regionHeader); region != "" {
		info.Region = region
	}
	if q := r.URL.Query(); r.Method == http.MethodGet { // a link has no headers
		info.Region = cmp.Or(q.Get("region"), info.Region)
		r.Header.Set(accountHeader, q.Get("account"))
	}
	if len(info.Region) > 32 || strings.ContainsAny(info.Region, " /.:") {
		return nil, &wire.APIError{Code: "ValidationError", Message: "The region is a name such as us-east-1."}
	}
	if auth.Parse(r).Signed {
		id, err := c.identify(r, body)
		if err != nil {
			return nil, err
		}
		info.Principal, info.Account = id.Principal, id.Account
		return call.With(r.Context(), info), nil
	}
	if c.options.Enforcing {
		who, err := c.session(w, r)
		if err != nil {
			return nil, err
		}
		info.Principal, info.Account = who, who.Account
		return call.With(r.Context(), info), nil
	}
	if account := r.Header.Get(accountHeader); account != "" {
		if !auth.IsAccount(account) {
			return nil, &wire.APIError{Code: "ValidationError", Message: "An account is 12 digits."}
		}
		info.Account = account
	}
	info.Principal = auth.RootPrincipal(info.Account)
	return call.With(r.Context(), info), nil
}

// fault is how the page is told of an error.
type fault struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"requestId,omitempty"`
}

// fail answers with an error. What is our own fault is logged, and told as such.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	info := call.From(r.Context())
	said := fault{Code: "InternalFailure", Message: "maru could not do this; its log tells why.", RequestID: info.RequestID}
	status := http.StatusInternalServerError
	if known, ok := errors.AsType[wire.Error](err); ok {
		said.Code, said.Message, status = known.ErrorCode(), known.ErrorMessage(), known.HTTPStatus()
	} else if r.Context().Err() == nil {
		c.options.Log.ErrorContext(r.Context(), "console", "path", r.URL.Path, "request", info.RequestID, "cause", err)
	}
	if status < http.StatusBadRequest {
		status = http.StatusBadRequest
	}
	writeJSON(w, status, said)
}

// writeJSON writes a document of the console's own.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the browser may be gone
}

// notFound is the answer to an address that the API does not have.
func notFound() error {
	return &wire.APIError{Code: "NotFound", Message: "The console's API has no such address.", Status: http.StatusNotFound}
}

// unreadable is why a body could not be read.
func unreadable(err error) error {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return &wire.APIError{Code: "RequestEntityTooLarge", Message: "The console sends at most 16 MiB; use a client for more.", Status: http.StatusRequestEntityTooLarge}
	}
	return &wire.APIError{Code: "IncompleteBody", Message: "The request's body ended early."}
}

package rest

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/gateway/front"
	"maru.dev/maru/gateway/rest/execution"
	"maru.dev/maru/gateway/rest/mapping"
	"maru.dev/maru/gateway/rest/media"
	"maru.dev/maru/gateway/tracing"
	"maru.dev/maru/gateway/transfer"
)

// exchange is one request on its way.
type exchange struct {
	g        *Gateway
	w        http.ResponseWriter
	r        *http.Request
	info     call.Info
	began    time.Time
	id       string // X-Amzn-RequestId
	extended string // X-Amz-Apigw-Id

	at         front.Address
	path       string // as it was sent: later without the stage
	api        *apiPlan
	stage      *stagePlan
	deployment *deploymentPlan
	canary     bool
	variables  map[string]string // of the stage
	method     *methodPlan
	parameters map[string]string // of the path
	caller     caller

	body    []byte
	hasBody bool // body has been read
	queried url.Values

	cacheKey    *cacheKey // under which the answer is to be kept
	cacheState  string    // HIT, MISS or "" where nothing is kept
	warning     string    // about a client's wish for no kept answer
	integration outcome
	authorizer  outcome
	apiKey      outcome
	validation  string // what is wrong with the body
	sent        int64  // bytes of the answer's body
	execution   *execution.Log

	span tracing.Part
}

// outcome is what the log is told of something that was asked on the way.
type outcome struct {
	status  int
	latency time.Duration
	failure string
}

// reply is what a request is answered with.
type reply struct {
	status int
	header http.Header // may be nil
	body   []byte
	stream io.ReadCloser // in place of body
	kind   string        // the type of a gateway response; "" for an integration's answer
	said   string        // its message
}

// fault is the answer when something of ours has failed. The cause is for the log
// alone.
func (x *exchange) fault(what string, err error) *reply {
	x.g.options.Log.ErrorContext(x.r.Context(), "gateway", "what", what, "api", x.at.API, "request", x.id, "cause", err)
	return x.broken(err.Error())
}

// readBody reads the whole body, once, out of its compression if the API has any.
func (x *exchange) readBody() *reply {
	if x.hasBody {
		return nil
	}
	body, err := transfer.Read(x.w, x.r)
	if err == nil && x.deployment.Settings.MinimumCompressionSize != nil {
		body, err = x.inflate(body)
	}
	switch {
	case errors.Is(err, transfer.ErrTooLarge):
		return x.refuse(tooLarge, "HTTP content length exceeded 10485760 bytes.")
	case errors.Is(err, transfer.ErrSlow):
		return x.refuse(slow, "Request Timeout")
	case err != nil:
		return x.refuse(badRequest, "Bad Request")
	}
	x.body, x.hasBody = body, true
	return nil
}

// inflate takes a body out of the compression that its header tells.
func (x *exchange) inflate(body []byte) ([]byte, error) {
	out, known, err := media.Inflate(body, x.r.Header.Get("Content-Encoding"), transfer.MaxBody)
	switch {
	case errors.Is(err, media.ErrTooLong):
		return nil, transfer.ErrTooLarge
	case err == nil && known:
		x.r.Header.Del("Content-Encoding")
	}
	return out, err
}

// query is the parsed query string.
func (x *exchange) query() url.Values {
	if x.queried == nil {
		x.queried = x.r.URL.Query()
	}
	return x.queried
}

// input is the request as templates and expressions see it.
func (x *exchange) input() *mapping.Input {
	header := x.r.Header
	if header.Get("Host") == "" {
		header = header.Clone()
		header.Set("Host", x.r.Host)
	}
	return &mapping.Input{
		Body:           x.body,
		Params:         mapping.Params{Path: x.parameters, Query: x.query(), Header: header},
		Context:        x.context(),
		StageVariables: x.variables,
	}
}

// decodedPath is the path below the stage, as integrations see it.
func (x *exchange) decodedPath() string {
	if decoded, err := url.PathUnescape(x.path); err == nil {
		return decoded
	}
	return x.path
}

// fullPath is the path with what stands before the resource: the stage, or the
// base path of a custom domain.
func (x *exchange) fullPath() string {
	path := x.decodedPath()
	switch {
	case x.at.Domain == "" || x.at.Stage == "":
		if x.stage == nil {
			return path
		}
		path = "/" + *x.stage.StageName + path
	}
	if x.at.BasePath != "" {
		path = "/" + x.at.BasePath + path
	}
	return path
}

// arn names something below the API's stage, as policies and permissions do.
func (x *exchange) arn(path string) string {
	return "arn:aws:execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/" + *x.stage.StageName + "/" + x.r.Method + path
}

// methodARN names what was called: the path is the request's own.
func (x *exchange) methodARN() string { return x.arn(x.decodedPath()) }

// sourceARN names the method for which the gateway calls: the path is the
// resource's.
func (x *exchange) sourceARN() string { return x.arn(x.method.resource.Path) }

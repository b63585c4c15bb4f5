package rest

import (
	"strconv"
	"time"

	"maru.dev/maru/gateway/accesslog"
	"maru.dev/maru/gateway/jwks"
	"maru.dev/maru/gateway/rest/execution"
	"maru.dev/maru/gateway/rest/mapping"
	"maru.dev/maru/wire"
)

// record leaves the lines of an exchange that has been answered.
func (x *exchange) record(answer *reply) {
	if x.stage == nil {
		return
	}
	now := x.g.options.Clock.Now()
	if l := x.stage.log; l != nil {
		values := x.context()
		x.addOutcome(values, answer)
		text := l.Line(func(name string) string { return variable(values, name) })
		x.g.logs.Add(accesslog.Stream{Group: l.Group, Name: x.api.ID + "/" + *x.stage.StageName}, now, text)
	}
	if lines := x.execution.End(answer.kind == "", answer.status, answer.header, answer.body); len(lines) > 0 {
		group := accesslog.Group{Account: x.api.Account, Region: x.api.Region, Name: "API-Gateway-Execution-Logs_" + x.api.ID + "/" + *x.stage.StageName}
		x.g.logs.Add(accesslog.Stream{Group: group, Name: streamOf(x.id), Make: true}, now, lines...)
	}
}

// beginLog begins the execution log, if the method's settings want one.
func (x *exchange) beginLog() {
	s := &x.method.settings
	level := wire.Value(s.LoggingLevel)
	if level != "INFO" && level != "ERROR" {
		return
	}
	x.execution = execution.New("("+x.id+") ", level == "ERROR", wire.Value(s.DataTraceEnabled))
	x.execution.Addf("Extended Request Id: %s", x.extended)
	x.execution.Addf("Verifying Usage Plan for request: %s. API Key:  API Stage: %s/%s", x.id, x.api.ID, *x.stage.StageName)
}

// logRequest tells the execution log of the request.
func (x *exchange) logRequest() {
	l := x.execution
	l.Addf("Starting execution for request: %s", x.id)
	l.Addf("HTTP Method: %s, Resource Path: %s", x.r.Method, x.decodedPath())
	if !l.Traces() || x.readBody() != nil {
		return
	}
	l.Tracef("Method request path: %s", execution.Texts(x.parameters))
	l.Tracef("Method request query string: %s", execution.Lists(x.query()))
	l.Tracef("Method request headers: %s", execution.Lists(x.r.Header))
	l.Tracef("Method request body before transformations: %s", execution.Body(x.body))
}

// logSent tells the execution log of the request to the integration.
func (x *exchange) logSent(uri string, m *outgoing) {
	l := x.execution
	if l.Traces() {
		l.Tracef("Endpoint request URI: %s", uri)
		l.Tracef("Endpoint request headers: %s", execution.Lists(m.header))
		l.Tracef("Endpoint request body after transformations: %s", execution.Body(m.body))
	}
	l.Addf("Sending request to %s", uri)
}

// logReceived tells the execution log of the integration's answer.
func (x *exchange) logReceived(res *result) {
	l := x.execution
	l.Addf("Received response. Status: %d, Integration latency: %d ms", res.status, x.g.options.Clock.Now().Sub(x.began).Milliseconds())
	if l.Traces() {
		l.Tracef("Endpoint response headers: %s", execution.Lists(res.header))
		l.Tracef("Endpoint response body before transformations: %s", execution.Body(res.body))
	}
}

// streamOf is the stream of an execution log for a request: there are sixteen, so
// that one API's lines spread.
func streamOf(id string) string { return "maru-" + id[:1] }

// addOutcome adds to $context what only access logs know.
func (x *exchange) addOutcome(c map[string]any, answer *reply) {
	now := x.g.options.Clock.Now()
	c["status"], c["responseLength"] = strconv.Itoa(answer.status), strconv.FormatInt(x.sent, 10)
	c["responseLatency"], c["awsEndpointRequestId"] = milliseconds(now.Sub(x.began)), x.id
	c["integration"] = x.integration.values(x.id)
	if s := x.integration.status; s != 0 {
		c["integrationStatus"] = strconv.Itoa(s)
	}
	if x.integration.latency > 0 {
		c["integrationLatency"] = milliseconds(x.integration.latency)
	}
	c["integrationErrorMessage"] = x.integration.failure
	if answer.kind != "" {
		c["error"] = map[string]any{
			"message": answer.said, "messageString": quoted(answer.said), "responseType": answer.kind, "validationErrorString": x.validation,
		}
	}
	a, _ := c["authorizer"].(map[string]any)
	if a == nil {
		a = make(map[string]any)
	}
	for name, v := range x.authorizer.values(x.id) {
		a[name] = v
	}
	c["authorizer"] = a
	c["authorize"] = map[string]any{"status": textOfStatus(x.authorizer.status), "latency": a["latency"], "error": x.authorizer.failure}
	c["responseType"] = answer.kind
}

// values are what access logs tell of something that was asked.
func (o *outcome) values(id string) map[string]any {
	if o.status == 0 && o.latency == 0 {
		return map[string]any{"error": o.failure}
	}
	return map[string]any{
		"status": textOfStatus(o.status), "integrationStatus": textOfStatus(o.status), "latency": milliseconds(o.latency),
		"integrationLatency": milliseconds(o.latency), "error": o.failure, "requestId": id,
	}
}

// textOfStatus is a status; none is nothing.
func textOfStatus(status int) string {
	if status == 0 {
		return ""
	}
	return strconv.Itoa(status)
}

// milliseconds are how long something took.
func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// variable is the text of a $context variable in the access log; "" if it has none.
func variable(values map[string]any, name string) string {
	switch v := mapping.Variable(values, name).(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return jwks.Text(v)
	}
}

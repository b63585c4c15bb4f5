package rest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/gateway/accesslog"
	"maru.dev/maru/gateway/jwks"
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
		text := l.Line(func(name string) string { return valueAt(values, name) })
		x.g.logs.Add(accesslog.Stream{Group: l.Group, Name: x.api.ID + "/" + *x.stage.StageName}, now, text)
	}
	if lines := x.execution.end(x, answer); len(lines) > 0 {
		group := accesslog.Group{Account: x.api.Account, Region: x.api.Region, Name: "API-Gateway-Execution-Logs_" + x.api.ID + "/" + *x.stage.StageName}
		x.g.logs.Add(accesslog.Stream{Group: group, Name: streamOf(x.id), Make: true}, now, lines...)
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

// valueAt finds a variable among nested values by its name with dots, which may
// stand in the names of claims, too.
func valueAt(values map[string]any, name string) string {
	switch v := values[name].(type) {
	case nil, map[string]any:
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return jwks.Text(v)
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if deeper, ok := values[name[:i]].(map[string]any); ok {
			return valueAt(deeper, name[i+1:])
		}
	}
	return ""
}

// executionLog gathers what the log of a stage's executions is told of a request.
// A nil one takes nothing.
type executionLog struct {
	id     string
	errors bool // those alone are wanted
	trace  bool // headers and bodies, too
	lines  []string
}

// beginLog begins the execution log, if the method's settings want one.
func (x *exchange) beginLog() {
	s := &x.method.settings
	if s.LoggingLevel == nil || *s.LoggingLevel != "INFO" && *s.LoggingLevel != "ERROR" {
		return
	}
	x.execution = &executionLog{id: x.id, errors: *s.LoggingLevel == "ERROR", trace: s.DataTraceEnabled != nil && *s.DataTraceEnabled}
	x.execution.addf("Extended Request Id: %s", x.extended)
	x.execution.addf("Verifying Usage Plan for request: %s. API Key:  API Stage: %s/%s", x.id, x.api.ID, *x.stage.StageName)
}

// addf adds a line.
func (l *executionLog) addf(format string, args ...any) {
	if l != nil && !l.errors {
		l.lines = append(l.lines, "("+l.id+") "+fmt.Sprintf(format, args...))
	}
}

// failf adds a line about a failure.
func (l *executionLog) failf(format string, args ...any) {
	if l != nil {
		l.lines = append(l.lines, "("+l.id+") "+fmt.Sprintf(format, args...))
	}
}

// tracef adds a line that tells of data.
func (l *executionLog) tracef(format string, args ...any) {
	if l != nil && l.trace {
		l.addf(format, args...)
	}
}

// request tells of the request.
func (l *executionLog) request(x *exchange) {
	if l == nil || l.errors {
		return
	}
	l.addf("Starting execution for request: %s", x.id)
	l.addf("HTTP Method: %s, Resource Path: %s", x.r.Method, x.fullPath())
	l.tracef("Method request path: %s", shown(x.parameters))
	l.tracef("Method request query string: %s", shownLists(x.query()))
	l.tracef("Method request headers: %s", shownLists(x.r.Header))
	if l.trace && x.readBody() == nil {
		l.tracef("Method request body before transformations: %s", cut(x.body))
	}
}

// endpoint tells of the request to the integration.
func (l *executionLog) endpoint(uri string, m *outgoing) {
	if l == nil || l.errors {
		return
	}
	l.tracef("Endpoint request URI: %s", uri)
	l.tracef("Endpoint request headers: %s", shownLists(m.header))
	l.tracef("Endpoint request body after transformations: %s", cut(m.body))
	l.addf("Sending request to %s", uri)
}

// result tells of the integration's answer.
func (l *executionLog) result(x *exchange, res *result) {
	if l == nil || l.errors {
		return
	}
	l.addf("Received response. Status: %d, Integration latency: %d ms", res.status, x.g.options.Clock.Now().Sub(x.began).Milliseconds())
	l.tracef("Endpoint response headers: %s", shownLists(res.header))
	l.tracef("Endpoint response body before transformations: %s", cut(res.body))
}

// end tells of the answer, and returns all lines.
func (l *executionLog) end(x *exchange, answer *reply) []string {
	if l == nil {
		return nil
	}
	l.tracef("Method response body after transformations: %s", cut(answer.body))
	l.tracef("Method response headers: %s", shownLists(answer.header))
	if answer.kind == "" {
		l.addf("Successfully completed execution")
	}
	l.addf("Method completed with status: %d", answer.status)
	return l.lines
}

// maxTraced is how much of a body a line of a log has.
const maxTraced = 1024

// cut is a body as a log has it.
func cut(body []byte) string {
	if len(body) > maxTraced {
		return string(body[:maxTraced]) + " [TRUNCATED]"
	}
	return string(body)
}

// shown are parameters as a log has them: {a=1, b=2}.
func shown(values map[string]string) string {
	lists := make(map[string][]string, len(values))
	for name, v := range values {
		lists[name] = []string{v}
	}
	return shownLists(lists)
}

// shownLists are parameters with several values as a log has them. What might let
// others in is not told.
func shownLists(values map[string][]string) string {
	var b strings.Builder
	for i, name := range sortedNames(values) {
		if i > 0 {
			b.WriteString(", ")
		}
		v := strings.Join(values[name], ",")
		if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "X-Api-Key") {
			v = strings.Repeat("*", max(0, len(v)-6)) + v[max(0, len(v)-6):]
		}
		b.WriteString(name + "=" + v)
	}
	return "{" + b.String() + "}"
}

package otlp

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	traces "go.opentelemetry.io/proto/otlp/trace/v1"

	xray "maru.dev/maru/api/xray"
	"maru.dev/maru/call"
)

// segmentsAtOnce is how many segments one call has.
const segmentsAtOnce = 200

// segment is a document of X-Ray, as far as a span fills it.
type segment struct {
	ID          string         `json:"id"`
	TraceID     string         `json:"trace_id"`
	ParentID    string         `json:"parent_id,omitempty"`
	Type        string         `json:"type,omitempty"`
	Name        string         `json:"name"`
	Start       float64        `json:"start_time"`
	End         float64        `json:"end_time"`
	Namespace   string         `json:"namespace,omitempty"`
	Origin      string         `json:"origin,omitempty"`
	User        string         `json:"user,omitempty"`
	Error       bool           `json:"error,omitempty"`
	Throttle    bool           `json:"throttle,omitempty"`
	Fault       bool           `json:"fault,omitempty"`
	HTTP        map[string]any `json:"http,omitempty"`
	AWS         map[string]any `json:"aws,omitempty"`
	SQL         map[string]any `json:"sql,omitempty"`
	Cause       *cause         `json:"cause,omitempty"`
	Links       []link         `json:"links,omitempty"`
	Annotations map[string]any `json:"annotations,omitempty"`
	Metadata    map[string]any `json:"metadata,omitempty"`
}

// cause is why a span failed.
type cause struct {
	Exceptions []exception `json:"exceptions"`
}

// exception is one of the exceptions of a cause.
type exception struct {
	ID      string `json:"id"`
	Type    string `json:"type,omitempty"`
	Message string `json:"message,omitempty"`
	Remote  bool   `json:"remote,omitempty"`
}

// link names a span of another trace.
type link struct {
	TraceID    string         `json:"trace_id"`
	ID         string         `json:"id"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

// takeTraces puts spans into X-Ray.
func (r *Receiver) takeTraces(ctx context.Context, data *traces.TracesData) (refused int64, why string, err error) {
	var documents []string
	for _, rs := range data.GetResourceSpans() {
		of := resourceOf(rs.GetResource())
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				document, err := documentOf(s, of)
				if err != nil {
					refused, why = refused+1, err.Error()
					continue
				}
				documents = append(documents, document)
			}
		}
	}
	for len(documents) > 0 {
		n := min(len(documents), segmentsAtOnce)
		in := &xray.PutTraceSegmentsInput{TraceSegmentDocuments: documents[:n]}
		out, err := call.Do[*xray.PutTraceSegmentsOutput](ctx, r.options.Caller, "xray", "PutTraceSegments", in)
		if err != nil {
			return refused, why, err
		}
		for _, u := range out.UnprocessedTraceSegments {
			refused++
			if u.Message != nil {
				why = *u.Message
			}
		}
		documents = documents[n:]
	}
	return refused, why, nil
}

// documentOf writes a span as a document.
func documentOf(s *traces.Span, of attributes) (string, error) {
	if len(s.GetTraceId()) != 16 || len(s.GetSpanId()) != 8 {
		return "", fmt.Errorf("the span %q has no trace id of 16 bytes or no span id of 8", s.GetName())
	}
	text, err := json.Marshal(segmentOf(s, of))
	if err != nil {
		return "", fmt.Errorf("encode segment: %w", err)
	}
	return string(text), nil
}

// segmentOf makes a segment of a span.
func segmentOf(s *traces.Span, of attributes) *segment {
	a := attributesOf(s.GetAttributes())
	g := &segment{
		ID: hex.EncodeToString(s.GetSpanId()), TraceID: xrayID(s.GetTraceId()), User: a.text("enduser.id"),
		Start: seconds(s.GetStartTimeUnixNano()), End: seconds(max(s.GetStartTimeUnixNano(), s.GetEndTimeUnixNano())),
	}
	if len(s.GetParentSpanId()) == 8 {
		g.ParentID = hex.EncodeToString(s.GetParentSpanId())
		if s.GetKind() != traces.Span_SPAN_KIND_SERVER {
			g.Type = "subsegment"
		}
	}
	if g.Type == "" {
		g.Origin = originOf(of)
	}
	g.Name = nameOf(s, g, a, of)
	if g.Type != "" {
		g.Namespace = namespaceOf(s.GetKind(), a)
	}
	g.HTTP, g.AWS, g.SQL = httpOf(a), awsOf(a, of), sqlOf(a)
	g.fail(s, a)
	for _, l := range s.GetLinks() {
		if len(l.GetTraceId()) == 16 && len(l.GetSpanId()) == 8 {
			g.Links = append(g.Links, link{xrayID(l.GetTraceId()), hex.EncodeToString(l.GetSpanId()), attributesOf(l.GetAttributes())})
		}
	}
	g.annotate(a, of)
	return g
}

// xrayID writes a trace id as X-Ray does.
func xrayID(id []byte) string {
	text := hex.EncodeToString(id)
	return "1-" + text[:8] + "-" + text[8:]
}

// seconds is a time in nanoseconds, in seconds.
func seconds(ns uint64) float64 { return float64(ns/1000) / 1e6 }

// nameOf is what a segment is named: the service, of a segment; of a subsegment
// what is called, or what is done.
func nameOf(s *traces.Span, g *segment, a, of attributes) string {
	name := ""
	switch kind := s.GetKind(); {
	case g.Type == "":
		if name = of.text("service.name"); strings.HasPrefix(name, "unknown_service") && s.GetName() != "" {
			name = s.GetName()
		}
	case kind == traces.Span_SPAN_KIND_CLIENT || kind == traces.Span_SPAN_KIND_PRODUCER:
		name = calledOf(a)
	}
	if name == "" {
		name = s.GetName()
	}
	return allowed(name)
}

// calledOf names what a client's span calls.
func calledOf(a attributes) string {
	if name := a.text("aws.remote.service", "peer.service", "aws.service"); name != "" {
		return name
	}
	if service := a.text("rpc.service"); service != "" {
		return service
	}
	if database := a.text("db.namespace", "db.name", "db.system.name", "db.system"); database != "" {
		if host := a.text("server.address", "net.peer.name"); host != "" {
			return database + "@" + host
		}
		return database
	}
	if u, err := url.Parse(a.text("url.full", "http.url")); err == nil && u.Host != "" {
		return u.Host
	}
	return a.text("messaging.destination.name", "server.address", "net.peer.name", "http.host")
}

// allowed keeps a name to the characters that segments may have in theirs.
func allowed(name string) string {
	clean := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c > 0x7f && c != 0xfffd, strings.ContainsRune(` _.:/%&#=+\-@`, c):
			return c
		default:
			return -1
		}
	}, name)
	if r := []rune(clean); len(r) > 200 {
		clean = string(r[:200])
	}
	if strings.TrimSpace(clean) == "" {
		return "span"
	}
	return clean
}

// namespaceOf tells what a subsegment calls.
func namespaceOf(kind traces.Span_SpanKind, a attributes) string {
	switch {
	case a.text("rpc.system") == "aws-api" || a.text("aws.service") != "":
		return "aws"
	case kind == traces.Span_SPAN_KIND_CLIENT || kind == traces.Span_SPAN_KIND_PRODUCER:
		return "remote"
	default:
		return ""
	}
}

// originOf tells on what a service runs, as X-Ray names it.
func originOf(of attributes) string {
	switch of.text("cloud.platform") {
	case "aws_ecs":
		return "AWS::ECS::Container"
	case "aws_eks":
		return "AWS::EKS::Container"
	case "aws_ec2":
		return "AWS::EC2::Instance"
	case "aws_elastic_beanstalk":
		return "AWS::ElasticBeanstalk::Environment"
	case "aws_app_runner":
		return "AWS::AppRunner::Service"
	default:
		return ""
	}
}

// httpOf reads the attributes of an HTTP request; nil if there are none.
func httpOf(a attributes) map[string]any {
	request, response := map[string]any{}, map[string]any{}
	set(request, "method", a.text("http.request.method", "http.method"))
	set(request, "url", urlOf(a))
	set(request, "user_agent", a.text("user_agent.original", "http.user_agent"))
	set(request, "client_ip", a.text("client.address", "http.client_ip", "net.sock.peer.addr"))
	if len(request) == 0 {
		return nil
	}
	if status := a.whole("http.response.status_code", "http.status_code"); status > 0 {
		response["status"] = status
	}
	if n := a.whole("http.response.body.size", "http.response_content_length"); n > 0 {
		response["content_length"] = n
	}
	out := map[string]any{"request": request}
	if len(response) > 0 {
		out["response"] = response
	}
	return out
}

// urlOf is the URL that a request was for.
func urlOf(a attributes) string {
	if full := a.text("url.full", "http.url"); full != "" {
		return full
	}
	path := a.text("http.target")
	if path == "" {
		if path = a.text("url.path"); path != "" && a.text("url.query") != "" {
			path += "?" + a.text("url.query")
		}
	}
	host := a.text("server.address", "http.host", "http.server_name", "net.host.name")
	if path == "" && host == "" || a.text("http.request.method", "http.method") == "" {
		return ""
	}
	if port := a.text("server.port", "net.host.port"); port != "" && port != "80" && port != "443" && !strings.Contains(host, ":") {
		host += ":" + port
	}
	scheme := a.text("url.scheme", "http.scheme")
	if scheme == "" {
		scheme = "http"
	}
	return scheme + "://" + host + path
}

// awsOf reads the attributes of AWS's SDKs and of where the service runs.
func awsOf(a, of attributes) map[string]any {
	out := map[string]any{}
	set(out, "operation", a.text("aws.operation", "rpc.method"))
	if out["operation"] != nil && a.text("rpc.system") != "aws-api" && a.text("aws.operation") == "" {
		delete(out, "operation")
	}
	set(out, "region", a.text("aws.region"))
	set(out, "request_id", a.text("aws.request_id", "aws.requestId"))
	set(out, "queue_url", a.text("aws.sqs.queue.url", "aws.queue_url", "aws.queue.url"))
	set(out, "table_name", a.text("aws.table_name", "aws.dynamodb.table_names"))
	set(out, "bucket_name", a.text("aws.s3.bucket"))
	set(out, "topic_arn", a.text("aws.sns.topic.arn"))
	set(out, "function_arn", a.text("aws.lambda.invoked_arn"))
	set(out, "account_id", of.text("cloud.account.id"))
	sdk := map[string]any{}
	set(sdk, "sdk", of.text("telemetry.sdk.name"))
	if sdk["sdk"] != nil {
		sdk["sdk"] = sdk["sdk"].(string) + " for " + of.text("telemetry.sdk.language")
	}
	set(sdk, "sdk_version", of.text("telemetry.sdk.version"))
	if len(sdk) > 0 {
		out["xray"] = sdk
	}
	var logs []map[string]any
	for _, group := range of.list("aws.log.group.names") {
		logs = append(logs, map[string]any{"log_group": group})
	}
	if len(logs) > 0 {
		out["cloudwatch_logs"] = logs
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// sqlOf reads the attributes of a query; nil if it is none of SQL.
func sqlOf(a attributes) map[string]any {
	switch a.text("db.system.name", "db.system") {
	case "", "dynamodb", "aws.dynamodb", "redis", "mongodb", "cassandra", "elasticsearch", "opensearch", "memcached":
		return nil
	}
	out := map[string]any{}
	set(out, "database_type", a.text("db.system.name", "db.system"))
	set(out, "sanitized_query", a.text("db.query.text", "db.statement"))
	set(out, "user", a.text("db.user"))
	host := a.text("server.address", "net.peer.name")
	if host != "" {
		if port := a.text("server.port", "net.peer.port"); port != "" {
			host += ":" + port
		}
		set(out, "url", host+"/"+a.text("db.namespace", "db.name"))
	}
	return out
}

// set puts text where there is some.
func set(into map[string]any, name, text string) {
	if text != "" {
		into[name] = text
	}
}

// fail tells how a span has failed, if it has.
func (g *segment) fail(s *traces.Span, a attributes) {
	status := a.whole("http.response.status_code", "http.status_code")
	failed := s.GetStatus().GetCode() == traces.Status_STATUS_CODE_ERROR
	switch {
	case status == 429:
		g.Error, g.Throttle = true, true
	case status >= 400 && status < 500:
		g.Error = true
	case status >= 500 || failed:
		g.Fault = true
	}
	remote := s.GetKind() == traces.Span_SPAN_KIND_CLIENT
	var list []exception
	for i, e := range s.GetEvents() {
		if e.GetName() != "exception" {
			continue
		}
		of := attributesOf(e.GetAttributes())
		list = append(list, exception{
			ID: exceptionID(s.GetSpanId(), i), Type: of.text("exception.type"), Message: of.text("exception.message"), Remote: remote,
		})
	}
	if len(list) == 0 && failed && s.GetStatus().GetMessage() != "" {
		list = []exception{{ID: exceptionID(s.GetSpanId(), 0), Message: s.GetStatus().GetMessage(), Remote: remote}}
	}
	if len(list) > 0 && (failed || g.Error || g.Fault) {
		g.Cause = &cause{list}
	}
}

// exceptionID makes the id of a span's exception, always the same one.
func exceptionID(span []byte, i int) string {
	id := append([]byte(nil), span...)
	id[0] ^= 0x80
	id[len(id)-1] += byte(i)
	return hex.EncodeToString(id)
}

// annotate puts the attributes that are to be found by into the annotations,
// and all others into the metadata.
func (g *segment) annotate(a, of attributes) {
	wanted := make(map[string]bool)
	for _, from := range []attributes{of, a} {
		for _, name := range from.list("aws.xray.annotations") {
			wanted[name] = true
		}
	}
	rest := make(map[string]any)
	g.Annotations = make(map[string]any)
	for prefix, from := range map[string]attributes{"": a, "otel.resource.": of} {
		for name, v := range from {
			key, explicit := strings.CutPrefix(name, "annotation.")
			if name == "aws.xray.annotations" {
				continue
			}
			if explicit || wanted[name] || wanted[prefix+name] {
				if v := annotation(v); v != nil {
					g.Annotations[identifier(key)] = v
					continue
				}
			}
			rest[prefix+name] = v
		}
	}
	if len(rest) > 0 {
		g.Metadata = map[string]any{"default": rest}
	}
}

// annotation is a value as annotations can have it, or nil.
func annotation(v any) any {
	switch v := v.(type) {
	case string, bool, int64, float64:
		return v
	case []any:
		text, err := json.Marshal(v)
		if err != nil {
			return nil
		}
		return string(text)
	default:
		return nil
	}
}

// identifier is a name as annotations can have it.
func identifier(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' {
			return c
		}
		return '_'
	}, name)
}

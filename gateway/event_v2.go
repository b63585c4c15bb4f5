package gateway

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// eventV2 is what a function is given in payload format 2.0. What a request
// does not have is left out.
type eventV2 struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        contextV2         `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
	StageVariables        map[string]string `json:"stageVariables,omitempty"`
}

// contextV2 is what is known of a request beside the request.
type contextV2 struct {
	AccountID    string        `json:"accountId"`
	APIID        string        `json:"apiId"`
	Authorizer   *authorizerV2 `json:"authorizer,omitempty"`
	DomainName   string        `json:"domainName"`
	DomainPrefix string        `json:"domainPrefix"`
	HTTP         httpV2        `json:"http"`
	RequestID    string        `json:"requestId"`
	RouteKey     string        `json:"routeKey"`
	Stage        string        `json:"stage"`
	Time         string        `json:"time"`
	TimeEpoch    int64         `json:"timeEpoch"`
}

// httpV2 is the request line and who sent it.
type httpV2 struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// clfTime is how access logs write times.
const clfTime = "02/Jan/2006:15:04:05 -0700"

// eventV2 writes the request in format 2.0.
func (x *exchange) eventV2() *eventV2 {
	path := x.shownPath()
	e := &eventV2{
		Version: "2.0", RouteKey: x.route.RouteKey, RawPath: path, RawQueryString: x.r.URL.RawQuery,
		Cookies: x.cookies(), Headers: x.joinedHeaders(), QueryStringParameters: joined(x.query()),
		PathParameters: x.variables, StageVariables: x.stage.StageVariables,
		RequestContext: contextV2{
			AccountID: x.api.Account, APIID: x.api.ID, Authorizer: x.caller.v2(),
			DomainName: x.domainName(), DomainPrefix: x.domainPrefix(),
			HTTP: httpV2{
				Method: x.r.Method, Path: path, Protocol: x.r.Proto, SourceIP: x.info.SourceIP, UserAgent: x.r.UserAgent(),
			},
			RequestID: x.id, RouteKey: x.route.RouteKey, Stage: x.stage.StageName,
			Time: x.began.UTC().Format(clfTime), TimeEpoch: x.began.UnixMilli(),
		},
	}
	e.Body, e.IsBase64Encoded = x.bodyText()
	return e
}

// bodyText is the body as JSON can hold it: as it is when it says that it is
// text, else in base64.
func (x *exchange) bodyText() (text string, encoded bool) {
	if len(x.body) == 0 {
		return "", false
	}
	if isText(x.r.Header, x.body) {
		return string(x.body), false
	}
	return base64.StdEncoding.EncodeToString(x.body), true
}

// cookies are the cookies as they were sent.
func (x *exchange) cookies() []string {
	var list []string
	for _, header := range x.r.Header["Cookie"] {
		for c := range strings.SplitSeq(header, ";") {
			if c = strings.TrimSpace(c); c != "" {
				list = append(list, c)
			}
		}
	}
	return list
}

// joinedHeaders are the headers in lower case, several of a name joined by
// commas, without cookies.
func (x *exchange) joinedHeaders() map[string]string {
	h := x.headers()
	out := make(map[string]string, len(h))
	for name, values := range h {
		if name != "Cookie" {
			out[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	return out
}

// headers are the headers that an integration sees: those of the client, and
// those that the gateway adds.
func (x *exchange) headers() http.Header {
	h := make(http.Header, len(x.r.Header)+6)
	for name, values := range x.r.Header {
		if !hopByHop(name) {
			h[name] = values
		}
	}
	h["Host"] = []string{x.r.Host}
	if x.r.ContentLength > 0 || x.r.Header.Get("Content-Length") != "" || x.r.Method == http.MethodGet {
		h["Content-Length"] = []string{itoa(len(x.body))}
	}
	proto, port := "http", "80"
	if x.r.TLS != nil {
		proto, port = "https", "443"
	}
	if i := strings.LastIndexByte(x.r.Host, ':'); i > strings.LastIndexByte(x.r.Host, ']') {
		port = x.r.Host[i+1:]
	}
	forwarded := x.info.SourceIP
	if before := x.r.Header.Values("X-Forwarded-For"); len(before) > 0 {
		forwarded = strings.Join(before, ", ") + ", " + forwarded
	}
	h["X-Forwarded-For"] = []string{forwarded}
	h["X-Forwarded-Port"] = []string{port}
	h["X-Forwarded-Proto"] = []string{proto}
	h["X-Amzn-Trace-Id"] = []string{x.info.TraceID}
	return h
}

// hopByHop tells headers that concern one connection only.
func hopByHop(name string) bool {
	switch name {
	case "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

// joined joins several values of a name by commas; nil for none.
func joined(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	out := make(map[string]string, len(values))
	for name, list := range values {
		out[name] = strings.Join(list, ",")
	}
	return out
}

// requestTime is when the request came, as access logs write it.
func requestTime(t time.Time) string { return t.UTC().Format(clfTime) }

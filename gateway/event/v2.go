package event

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"maru.dev/maru/call"
)

// V2 is what a function is given in payload format 2.0. What a request
// does not have is left out.
type V2 struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        ContextV2         `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
	StageVariables        map[string]string `json:"stageVariables,omitempty"`
}

// ContextV2 is what is known of a request beside the request.
type ContextV2 struct {
	AccountID    string        `json:"accountId"`
	APIID        string        `json:"apiId"`
	Authorizer   *AuthorizerV2 `json:"authorizer,omitempty"`
	DomainName   string        `json:"domainName"`
	DomainPrefix string        `json:"domainPrefix"`
	HTTP         HTTPV2        `json:"http"`
	RequestID    string        `json:"requestId"`
	RouteKey     string        `json:"routeKey"`
	Stage        string        `json:"stage"`
	Time         string        `json:"time"`
	TimeEpoch    int64         `json:"timeEpoch"`
}

// HTTPV2 is the request line and who sent it.
type HTTPV2 struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// TimeForm is how events and access logs write times.
const TimeForm = "02/Jan/2006:15:04:05 -0700"

// AuthorizerV2 is requestContext.authorizer: one of the three.
type AuthorizerV2 struct {
	JWT    *JWT           `json:"jwt,omitempty"`
	Lambda map[string]any `json:"lambda,omitempty"`
	IAM    *IAM           `json:"iam,omitempty"`
}

// JWT is a token's content. All claims are text.
type JWT struct {
	Claims map[string]string `json:"claims"`
	Scopes []string          `json:"scopes"`
}

// IAM is a caller known by a signature.
type IAM struct {
	AccessKey       string  `json:"accessKey"`
	AccountID       string  `json:"accountId"`
	CallerID        string  `json:"callerId"`
	CognitoIdentity *string `json:"cognitoIdentity"`
	PrincipalOrgID  *string `json:"principalOrgId"`
	UserARN         string  `json:"userArn"`
	UserID          string  `json:"userId"`
}

// BodyText is a body as JSON can hold it: as it is when its header says that it
// is text, else in base64.
func BodyText(h http.Header, body []byte) (text string, encoded bool) {
	if len(body) == 0 {
		return "", false
	}
	if h.Get("Content-Encoding") == "" && isTextType(h.Get("Content-Type")) && utf8.Valid(body) {
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}

// isTextType tells content types that are text.
func isTextType(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	if strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml") {
		return true
	}
	switch kind {
	case "", "application/json", "application/javascript", "application/xml", "application/graphql":
		return true
	}
	return false
}

// Cookies are the cookies as they were sent.
func Cookies(h http.Header) []string {
	var list []string
	for _, header := range h["Cookie"] {
		for c := range strings.SplitSeq(header, ";") {
			if c = strings.TrimSpace(c); c != "" {
				list = append(list, c)
			}
		}
	}
	return list
}

// Lower are headers by their names in lower case, several of a name joined by
// commas, without cookies.
func Lower(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		if name != "Cookie" {
			out[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	return out
}

// Headers are the headers that a function sees: those of the client, and those
// that tell the way of the request.
func Headers(r *http.Request, info call.Info, bodySize int) http.Header {
	h := make(http.Header, len(r.Header)+6)
	for name, values := range r.Header {
		if !HopByHop(name) {
			h[name] = values
		}
	}
	h["Host"] = []string{r.Host}
	if r.ContentLength > 0 || r.Header.Get("Content-Length") != "" || r.Method == http.MethodGet {
		h["Content-Length"] = []string{strconv.Itoa(bodySize)}
	}
	proto, port := "http", "80"
	if r.TLS != nil {
		proto, port = "https", "443"
	}
	if i := strings.LastIndexByte(r.Host, ':'); i > strings.LastIndexByte(r.Host, ']') {
		port = r.Host[i+1:]
	}
	forwarded := info.SourceIP
	if before := r.Header.Values("X-Forwarded-For"); len(before) > 0 {
		forwarded = strings.Join(before, ", ") + ", " + forwarded
	}
	h["X-Forwarded-For"] = []string{forwarded}
	h["X-Forwarded-Port"] = []string{port}
	h["X-Forwarded-Proto"] = []string{proto}
	h["X-Amzn-Trace-Id"] = []string{info.TraceID}
	return h
}

// HopByHop tells headers that concern one connection only.
func HopByHop(name string) bool {
	switch name {
	case "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

// Joined joins several values of a name by commas; nil for none.
func Joined(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	out := make(map[string]string, len(values))
	for name, list := range values {
		out[name] = strings.Join(list, ",")
	}
	return out
}

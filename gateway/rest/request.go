package rest

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/rest/mapping"
	"maru.dev/maru/gateway/rest/media"
	"maru.dev/maru/wire"
)

// outgoing is a request as its integration is to see it.
type outgoing struct {
	path   map[string]string // for the {names} of a URI
	query  url.Values
	header http.Header
	body   []byte
}

// mapped is the request of an integration that is no proxy: its parameters are
// mapped, and its body is made by a template, or passed through.
func (x *exchange) mapped() (*outgoing, *reply) {
	if answer := x.readBody(); answer != nil {
		return nil, answer
	}
	i := x.method.integration
	in := x.input()
	m := &outgoing{path: make(map[string]string), query: make(url.Values), header: make(http.Header), body: x.body}
	binary := x.isBinary(x.r.Header.Get("Content-Type"))
	if binary && wire.Value(i.ContentHandling) == api.ContentHandlingStrategyConvertToText {
		in.Body = []byte(base64.StdEncoding.EncodeToString(x.body))
		m.body = in.Body
	}
	m.header.Set("Content-Type", x.contentType())
	overrides, answer := x.transform(in, m)
	if answer != nil {
		return nil, answer
	}
	if !binary && wire.Value(i.ContentHandling) == api.ContentHandlingStrategyConvertToBinary {
		body, err := base64.StdEncoding.DecodeString(string(m.body))
		if err != nil {
			return nil, x.broken("Unable to base64 decode the body.")
		}
		m.body = body
	}
	m.apply(i.parameters, in)
	m.override(overrides)
	return m, nil
}

// transform makes the body by the template for its content type.
func (x *exchange) transform(in *mapping.Input, m *outgoing) (o mapping.Overrides, answer *reply) {
	i := x.method.integration
	t := i.templates[x.contentType()]
	if t == nil {
		never := wire.Value(i.PassthroughBehavior) == "NEVER"
		if never || wire.Value(i.PassthroughBehavior) == "WHEN_NO_TEMPLATES" && len(i.templates) > 0 {
			return o, x.refuse(unsupported, "Unsupported Media Type")
		}
		return o, nil
	}
	out, err := t.Run(in)
	if err != nil {
		x.execution.Failf("Execution failed due to configuration error: Unable to transform request: %s", err)
		x.integration.failure = err.Error()
		return o, x.refuse(failed, "Internal server error")
	}
	m.body = out.Body
	return out.Request, nil
}

// apply puts mapped parameters in their places.
func (m *outgoing) apply(parameters []mapping.Parameter, in *mapping.Input) {
	for _, p := range parameters {
		values, ok := p.From.Values(in)
		if !ok {
			continue
		}
		switch p.In {
		case mapping.InPath:
			m.path[p.Name] = values[len(values)-1]
		case mapping.InQuery:
			m.query[p.Name] = values
		case mapping.InHeader:
			setHeader(m.header, p.Name, values)
		}
	}
}

// override puts the parameters that a template has set in their places.
func (m *outgoing) override(o mapping.Overrides) {
	maps.Copy(m.path, o.Path)
	maps.Copy(m.query, o.Query)
	for name, values := range o.Header {
		setHeader(m.header, name, values)
	}
}

// passed is the request of a proxy: the client's own, with mapped parameters over
// it.
func (x *exchange) passed() (*outgoing, *reply) {
	if answer := x.readBody(); answer != nil {
		return nil, answer
	}
	m := &outgoing{path: make(map[string]string), query: maps.Clone(x.query()), header: make(http.Header), body: x.body}
	for name, values := range event.Headers(x.r, x.info, len(x.body)) {
		switch name {
		case "Host", "Content-Length", "Content-Md5", "Expect", "Max-Forwards", "Server", "Via", "Www-Authenticate":
		default:
			m.header[name] = values
		}
	}
	m.apply(x.method.integration.parameters, x.input())
	return m, nil
}

// address is a URI with its {names} filled in and the query added. ok is false
// when a name is left.
func (m *outgoing) address(uri string) (string, bool) {
	for name, v := range m.path {
		escaped := strings.ReplaceAll(url.PathEscape(v), "%2F", "/")
		uri = strings.NewReplacer("{"+name+"}", escaped, "{"+name+"+}", escaped).Replace(uri)
	}
	if strings.ContainsAny(uri, "{}") {
		return uri, false
	}
	if len(m.query) > 0 {
		separator := "?"
		if strings.Contains(uri, "?") {
			separator = "&"
		}
		uri += separator + m.query.Encode()
	}
	return uri, true
}

// isBinary tells whether a content type is one of the API's binary media types.
func (x *exchange) isBinary(contentType string) bool {
	return media.Among(x.deployment.Settings.BinaryMediaTypes, contentType)
}

// acceptsBinary tells whether an answer of a type is to be binary: by the first
// type that the client accepts, or by its own where the client says nothing.
func (x *exchange) acceptsBinary(contentType string) bool {
	first, _, _ := strings.Cut(x.r.Header.Get("Accept"), ",")
	if strings.TrimSpace(first) == "" {
		return x.isBinary(contentType)
	}
	return x.isBinary(first)
}

package rest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/mapping"
	"maru.dev/maru/gateway/rest/media"
	"maru.dev/maru/wire"
)

// result is what an integration that is no proxy has answered.
type result struct {
	status int
	header http.Header
	body   []byte
	// function tells that failure, a function's error message, chooses the
	// response, and not the status. It is empty for one that has not failed.
	function bool
	failure  string
}

// answer makes the answer of what an integration has answered: by the response
// whose pattern matches, with its parameters and template.
func (x *exchange) answer(res *result) *reply {
	x.integration.status, x.integration.failure = res.status, res.failure
	x.logReceived(res)
	r := x.method.integration.choose(res)
	if r == nil {
		return x.broken("No match for output mapping and no default output mapping configured. Endpoint Response Status Code: " + strconv.Itoa(res.status))
	}
	status, err := strconv.Atoi(wire.Value(r.StatusCode))
	if err != nil {
		return x.broken("Output mapping refers to an invalid method response: " + wire.Value(r.StatusCode))
	}
	answer := &reply{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: x.toText(r, res)}
	in := x.input()
	in.Body, in.Header = answer.body, res.header
	var overrides mapping.ResponseOverrides
	if kind := media.Choose(x.r.Header.Get("Accept"), slices.Sorted(maps.Keys(r.templates))); kind != "" {
		out, err := r.templates[kind].Run(in)
		if err != nil {
			return x.broken("Unable to transform response: " + err.Error())
		}
		answer.body, overrides = out.Body, out.Response
		answer.header.Set("Content-Type", kind)
	}
	for _, p := range r.parameters {
		if values, ok := p.From.Values(in); ok {
			setHeader(answer.header, p.Name, values)
		}
	}
	for name, values := range overrides.Header {
		setHeader(answer.header, name, values)
	}
	if s := overrides.Status; s >= 100 && s <= 599 {
		answer.status = s
	}
	answer.body = x.toBinary(r, res, answer.body)
	return answer
}

// choose finds the response for what an integration has answered.
func (i *integrationPlan) choose(res *result) *responsePlan {
	text := strconv.Itoa(res.status)
	if res.function {
		text = res.failure
	}
	if text != "" {
		for _, r := range i.responses {
			if r.pattern.MatchString(text) {
				return r
			}
		}
	}
	return i.fallback
}

// toText is an answer's body as templates see it: binary ones in base64 where text
// is asked for.
func (x *exchange) toText(r *responsePlan, res *result) []byte {
	kind := res.header.Get("Content-Type")
	if !x.isBinary(kind) {
		return res.body
	}
	handling := wire.Value(r.ContentHandling)
	if handling == api.ContentHandlingStrategyConvertToText || handling == "" && !x.acceptsBinary(kind) {
		return []byte(base64.StdEncoding.EncodeToString(res.body))
	}
	return res.body
}

// toBinary decodes an answer's body that is binary in base64. What is not in
// base64 stays as it is.
func (x *exchange) toBinary(r *responsePlan, res *result, body []byte) []byte {
	kind := res.header.Get("Content-Type")
	handling := wire.Value(r.ContentHandling)
	if x.isBinary(kind) || handling == api.ContentHandlingStrategyConvertToText || handling == "" && !x.acceptsBinary(kind) {
		return body
	}
	if decoded, err := base64.StdEncoding.DecodeString(string(body)); err == nil {
		return decoded
	}
	return body
}

// mock answers as an integration that the request's template tells the status of.
func (x *exchange) mock() *reply {
	m, answer := x.mapped()
	if answer != nil {
		return answer
	}
	status, err := toldStatus(m.body)
	if err != nil {
		x.execution.Failf("Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined in the method responses.")
		return x.refuse(failed, "Internal server error")
	}
	return x.answer(&result{status: int(status), header: make(http.Header)})
}

// toldStatus is the statusCode in a template's text. Names may stand without
// quotes there, as in YAML: the CDK writes them so. YAML is read as nodes, since
// its decoder holds each name against all others.
func toldStatus(text []byte) (int64, error) {
	var told struct {
		StatusCode json.Number `json:"statusCode"`
	}
	if json.Unmarshal(text, &told) == nil {
		return told.StatusCode.Int64()
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return 0, err
	}
	if len(doc.Content) == 1 && doc.Content[0].Kind == yaml.MappingNode {
		for i, n := range doc.Content[0].Content {
			if i%2 == 1 && doc.Content[0].Content[i-1].Value == "statusCode" {
				return json.Number(n.Value).Int64()
			}
		}
	}
	return 0, errors.New("no statusCode")
}

// jsonText is a text in JSON.
func jsonText(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(raw)
}

package gateway

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/plan"
)

// look finds what a reference of a request's mapping names, and in what comes
// before an answer.
func (x *exchange) look(ref plan.Ref) string {
	switch ref.From {
	case plan.RequestHeader:
		if strings.EqualFold(ref.Name, "host") {
			return x.r.Host
		}
		return strings.Join(x.r.Header.Values(ref.Name), ",")
	case plan.RequestQuery:
		return strings.Join(x.query()[ref.Name], ",")
	case plan.RequestPath:
		if ref.Name == "" {
			return x.shownPath()
		}
		return x.variables[ref.Name]
	case plan.RequestBody:
		return fromBody(x.body, ref.Name)
	case plan.StageVariable:
		return x.stage.StageVariables[ref.Name]
	case plan.ContextValue:
		return x.contextValue(ref.Name)
	}
	return ""
}

// lookAnswer is look for mappings of responses.
func (x *exchange) lookAnswer(answer *reply) func(plan.Ref) string {
	return func(ref plan.Ref) string {
		switch ref.From {
		case plan.ResponseHeader:
			return strings.Join(answer.header[http.CanonicalHeaderKey(ref.Name)], ",")
		case plan.ResponseBody:
			return fromBody(answer.body, ref.Name)
		}
		return x.look(ref)
	}
}

// fromBody finds a value in a JSON body: all of it, or what a path such as
// a.b[0] leads to. Text is given without its quotes, anything else as JSON.
func fromBody(body []byte, path string) string {
	if path == "" {
		return string(body)
	}
	path = strings.TrimPrefix(strings.TrimPrefix(path, "$"), ".")
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return ""
	}
	for _, step := range strings.FieldsFunc(path, func(c rune) bool { return c == '.' || c == '[' || c == ']' }) {
		step = strings.Trim(step, `'"`)
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(at) {
				return ""
			}
			v = at[n]
		default:
			return ""
		}
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(raw)
	}
}

// apply changes a request's header, query and path as a mapping says. path is
// empty unless the mapping overwrites it.
func (x *exchange) apply(changes []plan.Change, h http.Header, q url.Values) (path string) {
	for _, c := range changes {
		v := ""
		if c.Action != plan.Remove {
			v = event.Clean(c.Value.Eval(x.look))
		}
		switch c.Place {
		case plan.Header:
			change(h, http.CanonicalHeaderKey(c.Name), c.Action, v)
		case plan.Query:
			change(q, c.Name, c.Action, v)
		case plan.Path:
			path = v
		}
	}
	return path
}

// applyAnswer changes an answer as the mapping of its status says.
func (x *exchange) applyAnswer(i *integrationPlan, answer *reply) {
	if len(i.answers) == 0 {
		return
	}
	look := x.lookAnswer(answer)
	changes := i.answers[strconv.Itoa(answer.status)]
	values := make([]string, len(changes)) // all of the answer as it came
	for n, c := range changes {
		if c.Action != plan.Remove {
			values[n] = event.Clean(c.Value.Eval(look))
		}
	}
	status := answer.status
	for n, c := range changes {
		v := values[n]
		switch c.Place {
		case plan.Header:
			if answer.header == nil {
				answer.header = make(http.Header)
			}
			change(answer.header, http.CanonicalHeaderKey(c.Name), c.Action, v)
		case plan.StatusCode:
			if n, err := strconv.Atoi(v); err == nil && n >= 200 && n <= 599 {
				status = n
			}
		}
	}
	answer.status = status
}

// change changes one name. An empty value that is to be added or written adds
// nothing.
func change(to map[string][]string, name string, action plan.Action, v string) {
	switch {
	case action == plan.Remove:
		delete(to, name)
	case v == "":
	case action == plan.Overwrite:
		to[name] = []string{v}
	default:
		to[name] = append(to[name][:len(to[name]):len(to[name])], v)
	}
}

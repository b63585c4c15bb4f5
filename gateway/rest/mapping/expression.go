package mapping

import (
	"fmt"
	"slices"
	"strings"

	"maru.dev/maru/gateway/vtl/java"
	"maru.dev/maru/pattern/jsonpath"
)

// Expression tells where a parameter's value comes from. Those of requests are
// method.request.{path,querystring,multivaluequerystring,header,multivalueheader}.<name>
// and method.request.body[.<path>]; those of answers are
// integration.response.{header,multivalueheader}.<name> and
// integration.response.body[.<path>]; both know stageVariables.<name>,
// context.<name> and 'static texts'.
type Expression struct {
	source source
	name   string // of a parameter or variable; a static text
	multi  bool
	path   *jsonpath.Path // into a body
}

// source is what an expression takes its value from.
type source uint8

const (
	fromStatic source = iota
	fromPath
	fromQuery
	fromHeader // of the request
	fromAnswer // a header of the integration's answer
	fromBody
	fromStage
	fromContext
)

// ParseExpression reads an expression.
func ParseExpression(text string) (Expression, error) {
	if n := len(text); n >= 2 && text[0] == '\'' && text[n-1] == '\'' {
		return Expression{source: fromStatic, name: text[1 : n-1]}, nil
	}
	for _, p := range []struct {
		prefix string
		source source
		multi  bool
	}{
		{"method.request.path.", fromPath, false},
		{"method.request.querystring.", fromQuery, false},
		{"method.request.multivaluequerystring.", fromQuery, true},
		{"method.request.header.", fromHeader, false},
		{"method.request.multivalueheader.", fromHeader, true},
		{"integration.response.header.", fromAnswer, false},
		{"integration.response.multivalueheader.", fromAnswer, true},
		{"stageVariables.", fromStage, false},
		{"context.", fromContext, false},
	} {
		if name, ok := strings.CutPrefix(text, p.prefix); ok && name != "" {
			return Expression{source: p.source, name: name, multi: p.multi}, nil
		}
	}
	for _, prefix := range []string{"method.request.body", "integration.response.body"} {
		rest, ok := strings.CutPrefix(text, prefix)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			path, err := jsonpath.ParseSteps(rest)
			if err != nil {
				return Expression{}, fmt.Errorf("%q leads nowhere: %w", text, err)
			}
			return Expression{source: fromBody, path: path}, nil
		}
	}
	return Expression{}, fmt.Errorf("%q is no mapping expression", text)
}

// Value returns the value, the last one where there are several, and whether
// there is one.
func (e *Expression) Value(in *Input) (string, bool) {
	values, ok := e.Values(in)
	if !ok {
		return "", false
	}
	return values[len(values)-1], true
}

// Values returns all values, of which there is at least one, and whether there
// are any. Only multi-value expressions have several.
func (e *Expression) Values(in *Input) ([]string, bool) {
	switch e.source {
	case fromPath:
		return one(in.Params.Path[e.name])
	case fromStage:
		return one(in.StageVariables[e.name])
	case fromQuery:
		return e.several(in.Params.Query[e.name])
	case fromHeader:
		return e.several(in.Params.Header.Values(e.name))
	case fromAnswer:
		return e.several(in.Header.Values(e.name))
	case fromContext:
		v := Variable(in.Context, e.name)
		if v == nil {
			return nil, false
		}
		return one(fmt.Sprint(v))
	case fromBody:
		return one(in.bodyText(e.path))
	case fromStatic:
	}
	return []string{e.name}, true
}

// several returns the last of many values, or all of them.
func (e *Expression) several(values []string) ([]string, bool) {
	if len(values) == 0 || e.multi {
		return values, len(values) > 0
	}
	return values[len(values)-1:], true
}

// one returns a value unless it is empty, which is as good as none.
func one(v string) ([]string, bool) { return []string{v}, v != "" }

// Variable finds a $context variable by its name with dots, which may stand in the
// names of claims, too; nil if there is none, or it is an object.
func Variable(in map[string]any, name string) any {
	if v, ok := in[name]; ok {
		if _, object := v.(map[string]any); object {
			return nil
		}
		return v
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if deeper, ok := in[name[:i]].(map[string]any); ok {
			return Variable(deeper, name[i+1:])
		}
	}
	return nil
}

// bodyText returns what a path into the body leads to: the body itself as it came, a
// text as it is, anything else as JSON; "" if it leads nowhere.
func (in *Input) bodyText(p *jsonpath.Path) string {
	if p.Whole() {
		return string(in.Body)
	}
	v, ok := in.doc().at(p)
	if !ok {
		return ""
	}
	if text, ok := v.(string); ok {
		return text
	}
	return string(java.JSON(v))
}

// Place is where a mapped parameter goes.
type Place uint8

// The places of parameters.
const (
	InPath Place = iota
	InQuery
	InHeader
)

// Parameter is a mapped parameter: where it goes, and where it comes from.
type Parameter struct {
	In   Place
	Name string
	From Expression
}

// ParseParameters reads RequestParameters of an integration
// (integration.request.{path,querystring,header}.<name> by expression), or
// ResponseParameters of its answers (method.response.header.<name>) and of
// gateway responses (gatewayresponse.header.<name>), in the order of their names.
func ParseParameters(mapped map[string]string) ([]Parameter, error) {
	parameters := make([]Parameter, 0, len(mapped))
	for to, from := range mapped {
		in, name, ok := placeOf(to)
		if !ok {
			return nil, fmt.Errorf("%q is no place of a parameter", to)
		}
		e, err := ParseExpression(from)
		if err != nil {
			return nil, err
		}
		parameters = append(parameters, Parameter{In: in, Name: name, From: e})
	}
	slices.SortFunc(parameters, func(a, b Parameter) int {
		if a.In != b.In {
			return int(a.In) - int(b.In)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return parameters, nil
}

// placeOf reads where a mapped parameter goes.
func placeOf(to string) (in Place, name string, ok bool) {
	for _, p := range []struct {
		prefix string
		place  Place
	}{
		{"integration.request.path.", InPath},
		{"integration.request.querystring.", InQuery},
		{"integration.request.header.", InHeader},
		{"method.response.header.", InHeader},
		{"gatewayresponse.header.", InHeader},
	} {
		if name, ok := strings.CutPrefix(to, p.prefix); ok {
			return p.place, name, name != ""
		}
	}
	return 0, "", false
}

package mapping

import (
	"strconv"
	"strings"

	"maru.dev/maru/gateway/vtl"
	"maru.dev/maru/gateway/vtl/java"
)

// Template is a compiled mapping template.
type Template struct {
	program *vtl.Template
	context bool // it speaks of $context
}

// Compile reads a mapping template. Its error tells line and column.
func Compile(text string) (*Template, error) {
	program, err := vtl.Parse(text)
	if err != nil {
		return nil, err
	}
	return &Template{program: program, context: strings.Contains(text, "context")}, nil
}

// Run makes a message. Its error is the template's fault: the request fails with
// a status of 500.
func (t *Template) Run(in *Input) (Output, error) {
	vars := map[string]any{
		"input": &input{in},
		"util":  util{},

		"stageVariables": variables(in.StageVariables),
	}
	var o overrides
	if t.context {
		vars["context"] = o.context(in.Context)
	}
	body, err := t.program.Run(vars)
	if err != nil {
		return Output{}, err
	}
	out := Output{Body: body}
	if t.context {
		o.read(&out)
	}
	return out, nil
}

// variables are names and texts; a name that is not there has an empty text.
func variables(of map[string]string) *java.Map {
	m := &java.Map{Missing: ""}
	for _, name := range sorted(of) {
		m.Put(name, of[name])
	}
	return m
}

// overrides are the parts of $context that a template may set.
type overrides struct{ request, response *java.Map }

// context returns $context: what the request's is, and what may be set.
func (o *overrides) context(of map[string]any) *java.Map {
	c := contextMap(of)
	for _, group := range []string{"authorizer", "error", "identity"} {
		if _, ok := c.Get(group); !ok {
			c.Put(group, &java.Map{Missing: ""})
		}
	}
	o.request, o.response = &java.Map{}, &java.Map{}
	for _, place := range []string{"header", "path", "querystring"} {
		o.request.Put(place, &java.Map{})
	}
	o.response.Put("header", &java.Map{})
	c.Put("requestOverride", o.request)
	c.Put("responseOverride", o.response)
	return c
}

// contextMap makes a part of the context a value of templates.
func contextMap(of map[string]any) *java.Map {
	m := &java.Map{Missing: ""}
	for _, name := range sorted(of) {
		m.Put(name, contextPart(of[name]))
	}
	return m
}

// contextPart makes a value of the context one of templates.
func contextPart(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return contextMap(v)
	case []any:
		l := &java.List{Items: make([]any, len(v))}
		for i, e := range v {
			l.Items[i] = contextPart(e)
		}
		return l
	case map[string]string:
		return variables(v)
	case int:
		return int64(v)
	}
	return v
}

// read takes what the template has set.
func (o *overrides) read(out *Output) {
	if path, ok := member(o.request, "path"); ok {
		out.Request.Path = make(map[string]string, path.Len())
		for _, name := range path.Keys() {
			v, _ := path.Get(name)
			out.Request.Path[java.Text(name)] = java.Text(v)
		}
	}
	out.Request.Query = multi(o.request, "querystring")
	out.Request.Header = multi(o.request, "header")
	out.Response.Header = multi(o.response, "header")
	if status, ok := o.response.Get("status"); ok {
		out.Response.Status, _ = strconv.Atoi(java.Text(status))
	}
}

// member returns a member that is a map with something in it.
func member(of *java.Map, name string) (*java.Map, bool) {
	v, _ := of.Get(name)
	m, ok := v.(*java.Map)
	return m, ok && m.Len() > 0
}

// multi returns parameters of which each may have several values.
func multi(of *java.Map, name string) map[string][]string {
	m, ok := member(of, name)
	if !ok {
		return nil
	}
	all := make(map[string][]string, m.Len())
	for _, key := range m.Keys() {
		v, _ := m.Get(key)
		values := []any{v}
		if l, ok := v.(*java.List); ok {
			values = l.Items
		}
		for _, one := range values {
			all[java.Text(key)] = append(all[java.Text(key)], java.Text(one))
		}
	}
	return all
}

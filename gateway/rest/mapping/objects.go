package mapping

import (
	"maps"
	"slices"

	"maru.dev/maru/gateway/vtl/java"
	"maru.dev/maru/pattern/jsonpath"
)

// input is $input.
type input struct{ of *Input }

// Get knows the body.
func (i *input) Get(name string) any {
	if name == "body" {
		return string(i.of.Body)
	}
	return nil
}

// Cost is the size of the body, which paths go through.
func (i *input) Cost() int { return len(i.of.Body) }

// String shows nothing of use.
func (i *input) String() string { return "$input" }

// Call calls path(x), json(x), params() or params(x).
func (i *input) Call(name string, args []any) (any, error) {
	arg, isText := "", false
	if len(args) == 1 {
		arg, isText = args[0].(string)
	}
	switch {
	case name == "params" && len(args) == 0:
		return i.of.Params.all(), nil
	case name == "params" && isText:
		return i.of.Params.named(arg), nil
	case name == "path" && isText:
		return i.path(arg)
	case name == "json" && isText:
		v, err := i.path(arg)
		return string(java.JSON(v)), err
	}
	return nil, java.ErrNoMethod
}

// path returns what a path leads to, an empty text if it leads nowhere.
func (i *input) path(source string) (any, error) {
	p, err := jsonpath.Parse(source)
	if err != nil {
		return nil, &java.ThrownError{Reason: "Invalid JSONPath " + source + ": " + err.Error()}
	}
	v, ok := i.of.doc().at(p)
	if !ok {
		return "", nil
	}
	return v, nil
}

// named returns a parameter of the path, the query or the header, in this order,
// an empty text if there is none.
func (p *Params) named(name string) string {
	if v, ok := p.Path[name]; ok {
		return v
	}
	if values := p.Query[name]; len(values) > 0 {
		return last(values)
	}
	if values := p.Header[name]; len(values) > 0 {
		return last(values)
	}
	return last(p.Header.Values(name))
}

// all returns the parameters by where they are.
func (p *Params) all() *java.Map {
	path, query, header := &java.Map{}, &java.Map{}, &java.Map{}
	for _, name := range sorted(p.Path) {
		path.Put(name, p.Path[name])
	}
	for _, name := range sorted(p.Query) {
		query.Put(name, last(p.Query[name]))
	}
	for _, name := range sorted(p.Header) {
		header.Put(name, last(p.Header[name]))
	}
	all := &java.Map{}
	all.Put("path", path)
	all.Put("querystring", query)
	all.Put("header", header)
	return all
}

// last returns the last of some values: the one that counts where there may be
// one only.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// sorted returns the names of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

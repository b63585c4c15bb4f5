package handlebars

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What a template may come to: a few lists or partials within each other could
// otherwise take all memory and time.
const (
	maxOutput = 40 << 20
	maxSteps  = 2_000_000 // nodes rendered
)

// MissingError says which variable the data lack.
type MissingError struct{ Name string }

// Error is in SES's words.
func (e *MissingError) Error() string {
	return "Attribute '" + e.Name + "' is not present in the rendering data."
}

// errTooLarge says that the result has no end in sight.
var errTooLarge = errors.New("the rendered template is too large")

// Data reads a template's data: a JSON object, its numbers as they are written.
func Data(text string) (map[string]any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var data map[string]any
	if err := decoder.Decode(&data); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one value")
	}
	return data, nil
}

// Render fills in the template.
func (t *Template) Render(data map[string]any) (string, error) {
	r := rendering{template: t}
	if err := r.nodes(t.nodes, &frame{this: data}); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

// rendering is one filling-in of a template.
type rendering struct {
	template *Template
	out      strings.Builder
	steps    int
}

// nodes renders a list of nodes.
func (r *rendering) nodes(list []node, f *frame) error {
	for i := range list {
		if err := r.node(&list[i], f); err != nil {
			return err
		}
		if r.steps++; r.out.Len() > maxOutput || r.steps > maxSteps {
			return errTooLarge
		}
	}
	return nil
}

// node renders one node.
func (r *rendering) node(n *node, f *frame) error {
	switch n.kind {
	case kindText:
		r.out.WriteString(n.text)
		return nil
	case kindPartial:
		return r.nodes(r.template.partials[n.text], f)
	case kindPrint:
		value, ok := n.path.find(f)
		if !ok {
			return &MissingError{Name: n.path.text}
		}
		r.out.WriteString(written(value))
		return nil
	}
	value, _ := n.path.find(f)
	switch {
	case n.kind == kindEach:
		return r.each(n, value, f)
	case truth(value) == (n.kind == kindUnless):
		return r.nodes(n.other, f)
	case n.kind == kindWith:
		return r.nodes(n.inner, &frame{this: value, outer: f})
	}
	return r.nodes(n.inner, f)
}

// each renders a block for every element of a list or member of an object,
// whose members come by name: JSON gives them no order.
func (r *rendering) each(n *node, value any, f *frame) error {
	var keys []string
	list, _ := value.([]any)
	if object, ok := value.(map[string]any); ok {
		keys = slices.Sorted(maps.Keys(object))
		for _, key := range keys {
			list = append(list, object[key])
		}
	}
	if len(list) == 0 {
		return r.nodes(n.other, f)
	}
	for i, element := range list {
		inner := &frame{
			this: element, outer: f, index: json.Number(strconv.Itoa(i)), key: json.Number(strconv.Itoa(i)),
			first: i == 0, last: i == len(list)-1,
		}
		if keys != nil {
			inner.key = keys[i]
		}
		if err := r.nodes(n.inner, inner); err != nil {
			return err
		}
	}
	return nil
}

// truth says whether a condition holds: nothing, no, zero, and what is empty
// do not.
func truth(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case json.Number:
		number, err := v.Float64()
		return err != nil || number != 0
	case []any:
		return len(v) > 0
	}
	return true
}

// written writes a value.
func written(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(raw)
}

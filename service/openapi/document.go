// Package openapi has what the packages that read and write OpenAPI documents
// share: how a document's text is read, and the scalars that people write in
// more than one form.
package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Text is a string that a document may also write as a number or truth value:
// YAML has no quotes to tell 1.0 from "1.0".
type Text string

// UnmarshalJSON reads any scalar.
func (t *Text) UnmarshalJSON(raw []byte) error {
	s := string(raw)
	switch {
	case s == "null":
		return nil
	case strings.HasPrefix(s, `"`):
		return json.Unmarshal(raw, (*string)(t))
	case strings.HasPrefix(s, "{") || strings.HasPrefix(s, "["):
		return errors.New("text expected")
	}
	*t = Text(s)
	return nil
}

// Texts is a list of strings, or one alone.
type Texts []string

// UnmarshalJSON reads either form.
func (l *Texts) UnmarshalJSON(raw []byte) error {
	var list []Text
	if err := json.Unmarshal(raw, &list); err != nil {
		var one Text
		if err := json.Unmarshal(raw, &one); err != nil {
			return err
		}
		list = []Text{one}
	}
	for _, t := range list {
		*l = append(*l, string(t))
	}
	return nil
}

// Number is a whole number, or one in quotes.
type Number int32

// UnmarshalJSON reads either form.
func (n *Number) UnmarshalJSON(raw []byte) error {
	v, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 32)
	if err != nil {
		return fmt.Errorf("number expected, not %s", raw)
	}
	*n = Number(v)
	return nil
}

// Bool is a truth value, or one in quotes.
type Bool bool

// UnmarshalJSON reads either form.
func (b *Bool) UnmarshalJSON(raw []byte) error {
	v, err := strconv.ParseBool(strings.Trim(string(raw), `"`))
	if err != nil {
		return fmt.Errorf("truth value expected, not %s", raw)
	}
	*b = Bool(v)
	return nil
}

// JSON is a document in JSON or YAML as JSON.
func JSON(body []byte) ([]byte, error) {
	raw := []byte(strings.TrimLeft(string(body), " \t\r\n\ufeff"))
	if len(raw) > 0 && raw[0] == '{' && json.Valid(raw) {
		return raw, nil
	}
	raw, err := fromYAML(body)
	if err != nil {
		return nil, fmt.Errorf("unable to parse the document: %w", err)
	}
	return raw, nil
}

// Read decodes a document in JSON or YAML.
func Read[T any](body []byte) (*T, error) {
	raw, err := JSON(body)
	if err != nil {
		return nil, err
	}
	doc := new(T)
	if err := json.Unmarshal(raw, doc); err != nil {
		return nil, fmt.Errorf("unable to parse the document: %w", err)
	}
	return doc, nil
}

// Strings is a map of texts as one of strings.
func Strings(in map[string]Text) map[string]string {
	if in == nil {
		return nil
	}
	out := make(map[string]string, len(in))
	for name, v := range in {
		out[name] = string(v)
	}
	return out
}

// fromYAML turns a document into JSON.
func fromYAML(body []byte) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(body, &root); err != nil {
		return nil, err
	}
	p := &plainer{left: maxNodes}
	return json.Marshal(p.plain(&root, 0))
}

// The limits of YAML documents, whose aliases could make a small one huge.
const (
	maxNodes = 500_000
	maxDepth = 100
)

// plainer turns YAML into what JSON can hold: keys are strings, and numbers
// stay as they are written, since a version 1.0 is not 1.
type plainer struct{ left int }

// plain turns one node; what is beyond the limits is left out.
func (p *plainer) plain(n *yaml.Node, depth int) any {
	if p.left--; p.left < 0 || depth > maxDepth {
		return nil
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return p.plain(n.Content[0], depth)
	case yaml.AliasNode:
		return p.plain(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, p.plain(item, depth+1))
		}
		return list
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, v := n.Content[i], p.plain(n.Content[i+1], depth+1)
			if merged, ok := v.(map[string]any); ok && key.Tag == "!!merge" {
				for name, item := range merged {
					if _, set := out[name]; !set {
						out[name] = item
					}
				}
				continue
			}
			out[key.Value] = v
		}
		return out
	}
	return scalar(n)
}

// scalar is a single value.
func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true") || strings.EqualFold(n.Value, "yes") || strings.EqualFold(n.Value, "on")
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	}
	return n.Value
}

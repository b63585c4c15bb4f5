package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The bounds on what a body may expand to: nesting, and values in all. A
// template of the largest size AWS takes stays far below both.
const (
	maxDepth = 256
	maxNodes = 400_000
)

// MaxBody is the largest template in bytes, wherever it comes from.
const MaxBody = 1 << 20

// Decode reads a body in JSON or YAML into a tree with all functions in their
// long form.
func Decode(body []byte) (map[string]any, error) {
	if len(body) > MaxBody {
		return nil, Invalid("Template may not exceed %d bytes in size.", MaxBody)
	}
	return Reread(body)
}

// Reread is Decode of a tree that was written by JSON: transforms may have made
// it larger than templates are when they come.
func Reread(body []byte) (map[string]any, error) {
	v, err := decodeAny(body)
	if err != nil {
		return nil, err
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, malformed("unsupported structure.")
	}
	return tree, nil
}

// decodeAny picks the notation as AWS does: a body that starts with a brace is
// JSON, anything else YAML.
func decodeAny(body []byte) (any, error) {
	if trimmed := bytes.TrimLeft(body, " \t\r\n\ufeff"); len(trimmed) > 0 && trimmed[0] == '{' {
		return decodeJSON(trimmed)
	}
	return decodeYAML(body)
}

// decodeJSON reads one JSON document.
func decodeJSON(body []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, jsonFault(body, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, jsonFault(body, &json.SyntaxError{Offset: dec.InputOffset() + 1})
	}
	b := budget{nodes: maxNodes}
	if err := b.check(v, 0); err != nil {
		return nil, err
	}
	return v, nil
}

// jsonFault tells where in body the fault is, as AWS does.
func jsonFault(body []byte, err error) error {
	offset := int64(len(body))
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset < offset {
		offset = syntax.Offset
	}
	before := body[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return malformed("JSON not well-formed. (line %d, column %d)", line, column)
}

// budget counts what a tree may still hold.
type budget struct{ nodes int }

// take uses one value at a depth.
func (b *budget) take(depth int) error {
	b.nodes--
	if depth > maxDepth {
		return malformed("Template is nested too deeply.")
	}
	if b.nodes < 0 {
		return malformed("Template expands to too many values.")
	}
	return nil
}

// check counts a whole tree.
func (b *budget) check(v any, depth int) error {
	if err := b.take(depth); err != nil {
		return err
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := b.check(e, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, e := range v {
			if err := b.check(e, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// yamlLine finds the line number in the parser's messages.
var yamlLine = regexp.MustCompile(`line (\d+)`)

// decodeYAML reads one YAML document.
func decodeYAML(body []byte) (any, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(body, &doc); err != nil {
		line := 1
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1]) // digits, by the expression
		}
		return nil, malformed("YAML not well-formed. (line %d, column 1)", line)
	}
	if len(doc.Content) == 0 {
		return nil, malformed("unsupported structure.")
	}
	b := budget{nodes: maxNodes}
	return b.node(doc.Content[0], 0)
}

// node turns a YAML node into a tree. Aliases are written out, which the
// budget bounds.
func (b *budget) node(n *yaml.Node, depth int) (any, error) {
	if err := b.take(depth); err != nil {
		return nil, err
	}
	if n.Kind == yaml.AliasNode {
		return b.node(n.Alias, depth+1)
	}
	short, isShort, err := shortForm(n)
	if err != nil {
		return nil, err
	}
	var v any
	switch n.Kind {
	case yaml.MappingNode:
		v, err = b.mapping(n, depth)
	case yaml.SequenceNode:
		v, err = b.sequence(n, depth)
	case yaml.ScalarNode:
		if isShort {
			v = n.Value
		} else {
			v = scalar(n)
		}
	default:
		return nil, malformed("unsupported structure.")
	}
	if err != nil || !isShort {
		return v, err
	}
	return longForm(short, v), nil
}

// mapping turns a mapping node into a map. Of equal keys the last one counts.
func (b *budget) mapping(n *yaml.Node, depth int) (any, error) {
	out := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, malformed("YAML not well-formed. (line %d, column %d)", key.Line, key.Column)
		}
		v, err := b.node(val, depth+1)
		if err != nil {
			return nil, err
		}
		if key.Tag == "!!merge" {
			mergeKey(out, v)
			continue
		}
		out[key.Value] = v
	}
	return out, nil
}

// mergeKey adds the members of a merged mapping (or of several) that out has not.
func mergeKey(out map[string]any, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if _, ok := out[k]; !ok {
				out[k] = e
			}
		}
	case []any:
		for _, e := range v {
			mergeKey(out, e)
		}
	}
}

// sequence turns a sequence node into a list.
func (b *budget) sequence(n *yaml.Node, depth int) (any, error) {
	out := make([]any, 0, len(n.Content))
	for _, c := range n.Content {
		v, err := b.node(c, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// number is a plain scalar that is a number in JSON, too. Others (0123, 0x1F,
// 1_000) stay text: account numbers begin with zeros.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// scalar types a scalar by YAML 1.1, but for timestamps, which stay text:
// policies are full of versions like 2012-10-17.
func scalar(n *yaml.Node) any {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 || n.Tag == "!!str" && n.Style&yaml.TaggedStyle != 0 {
		return n.Value
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		return nil
	}
	switch strings.ToLower(n.Value) {
	case "true", "yes", "on":
		return true
	case "false", "no", "off":
		return false
	}
	if number.MatchString(n.Value) {
		return json.Number(n.Value)
	}
	return n.Value
}

// shortForms are the YAML tags of functions, with the names they stand for.
var shortForms = map[string]string{
	"!Ref": "Ref", "!Condition": "Condition",
	"!And": "Fn::And", "!Base64": "Fn::Base64", "!Cidr": "Fn::Cidr", "!Equals": "Fn::Equals",
	"!FindInMap": "Fn::FindInMap", "!ForEach": "Fn::ForEach", "!GetAtt": "Fn::GetAtt", "!GetAZs": "Fn::GetAZs",
	"!GetStackOutput": "Fn::GetStackOutput",
	"!If":             "Fn::If", "!ImportValue": "Fn::ImportValue", "!Join": "Fn::Join", "!Length": "Fn::Length",
	"!Not": "Fn::Not", "!Or": "Fn::Or", "!Select": "Fn::Select", "!Split": "Fn::Split", "!Sub": "Fn::Sub",
	"!ToJsonString": "Fn::ToJsonString", "!Transform": "Fn::Transform",
	"!Contains": "Fn::Contains", "!EachMemberEquals": "Fn::EachMemberEquals", "!EachMemberIn": "Fn::EachMemberIn",
	"!RefAll": "Fn::RefAll", "!ValueOf": "Fn::ValueOf", "!ValueOfAll": "Fn::ValueOfAll",
}

// shortForm returns the function that n's tag stands for, if it has a tag that
// is not one of YAML's own.
func shortForm(n *yaml.Node) (name string, ok bool, err error) {
	if !strings.HasPrefix(n.Tag, "!") || strings.HasPrefix(n.Tag, "!!") || n.Tag == "!" {
		return "", false, nil
	}
	name, ok = shortForms[n.Tag]
	if !ok {
		return "", false, malformed("YAML not well-formed. (line %d, column %d): unknown tag %s", n.Line, n.Column, n.Tag)
	}
	return name, true, nil
}

// longForm writes a tagged value as the one-member map that it stands for.
func longForm(name string, v any) map[string]any {
	if text, ok := v.(string); ok && name == "Fn::GetAtt" {
		if resource, attr, dotted := strings.Cut(text, "."); dotted {
			v = []any{resource, attr}
		}
	}
	return map[string]any{name: v}
}

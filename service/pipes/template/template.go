// Package template fills in the input templates of pipes, and follows the paths
// of their parameters.
package template

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Variables are the reserved variables of a pipe, by name: "aws.pipes.pipe-arn".
type Variables map[string]string

// The reserved variables that stand for the event.
const (
	eventVariable     = "aws.pipes.event"
	eventJSONVariable = "aws.pipes.event.json"
)

// Fill puts an event's parts and the reserved variables in the place of what a
// template names between < and >. Between quotes a value becomes part of the
// string; elsewhere in a JSON template it is a value. What is not found is
// null, or nothing between quotes. In a template that is free text, strings go
// without quotes. It ends once there is more than limit: then what is returned is
// longer than that, and not the whole.
//
// Spec: EventBridge User Guide, Amazon EventBridge Pipes input transformation.
func Fill(template string, event any, vars Variables, limit int) string {
	first := strings.TrimSpace(template)
	isJSON := first != "" && strings.ContainsRune(`{["<`, rune(first[0]))
	var out strings.Builder
	quoted := false
	for i := 0; i < len(template) && out.Len() <= limit; i++ {
		c := template[i]
		switch {
		case c == '\\' && quoted && i+1 < len(template):
			out.WriteString(template[i : i+2])
			i++
			continue
		case c == '"' && isJSON:
			quoted = !quoted
		case c == '<':
			end := strings.IndexByte(template[i:], '>')
			if end < 0 {
				break
			}
			value, ok := lookup(template[i+1:i+end], event, vars)
			if !ok {
				break
			}
			write(&out, value, isJSON, quoted)
			i += end
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

// missing is the value of a path that leads nowhere.
type missing struct{}

// lookup finds the value of what stands between < and >; false if it is no
// variable at all.
func lookup(name string, event any, vars Variables) (any, bool) {
	switch {
	case name == eventVariable:
		return event, true
	case name == eventJSONVariable:
		return Parsed(event), true
	case strings.HasPrefix(name, "aws.pipes."):
		v, ok := vars[name]
		return v, ok
	case strings.HasPrefix(name, "$"):
		v, ok := At(event, name)
		if !ok {
			return missing{}, IsPath(name)
		}
		return v, true
	}
	return nil, false
}

// write writes a value where the template has it.
func write(out *strings.Builder, value any, isJSON, quoted bool) {
	s, isString := value.(string)
	if _, gone := value.(missing); gone {
		if isJSON && !quoted {
			out.WriteString("null")
		}
		return
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return // events come of JSON
	}
	switch {
	case quoted && isString:
		out.Write(raw[1 : len(raw)-1])
	case quoted:
		escaped, err := json.Marshal(string(raw))
		if err == nil {
			out.Write(escaped[1 : len(escaped)-1])
		}
	case isString && !isJSON:
		out.WriteString(s)
	default:
		out.Write(raw)
	}
}

// IsPath tells whether a parameter is a path into the event.
func IsPath(s string) bool {
	if s == "$" {
		return true
	}
	return strings.HasPrefix(s, "$.") && len(s) > 2
}

// At follows a path into an event. Text that holds JSON is read on the way, and
// so is a stream's data in base64.
//
// Spec: EventBridge User Guide, Implicit body data parsing.
func At(event any, path string) (any, bool) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, false
	}
	v, ok := walk(event, rest)
	if rest == ".body" || rest == ".data" {
		v = inside(v)
	}
	return v, ok
}

// walk follows what is left of a path.
func walk(v any, rest string) (any, bool) {
	if rest == "" {
		return v, true
	}
	switch rest[0] {
	case '.':
		end := strings.IndexAny(rest[1:], ".[") + 1
		if end == 0 {
			end = len(rest)
		}
		m, ok := inside(v).(map[string]any)
		if !ok {
			return nil, false
		}
		e, ok := m[rest[1:end]]
		if !ok {
			return nil, false
		}
		return walk(e, rest[end:])
	case '[':
		end := strings.IndexByte(rest, ']')
		list, ok := inside(v).([]any)
		if end < 0 || !ok {
			return nil, false
		}
		if rest[1:end] == "*" {
			return each(list, rest[end+1:])
		}
		i, err := strconv.Atoi(rest[1:end])
		if err != nil || i < 0 || i >= len(list) {
			return nil, false
		}
		return walk(list[i], rest[end+1:])
	}
	return nil, false
}

// each follows a path in every element of a list.
func each(list []any, rest string) (any, bool) {
	out := []any{}
	for _, e := range list {
		if v, ok := walk(e, rest); ok {
			out = append(out, v)
		}
	}
	return out, true
}

// inside is what a value holds: text that is JSON, plain or in base64, is read.
func inside(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	if parsed, ok := document(text); ok {
		return parsed
	}
	if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
		if parsed, ok := document(string(raw)); ok {
			return parsed
		}
	}
	return v
}

// document reads text that is a JSON object or list.
func document(text string) (any, bool) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return nil, false
	}
	v, err := Decode([]byte(trimmed))
	return v, err == nil
}

// Decode reads JSON with its numbers as they are written.
func Decode(text []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) { // More takes a closing bracket for the end
		return nil, errMore
	}
	return v, nil
}

// errMore says that there is something behind a JSON value.
var errMore = &json.SyntaxError{}

// Parsed is an event whose encoded field is read: a queue's body, a stream's
// data.
func Parsed(event any) any {
	m, ok := event.(map[string]any)
	if !ok {
		return event
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		if k == "body" || k == "data" {
			v = inside(v)
		}
		out[k] = v
	}
	return out
}

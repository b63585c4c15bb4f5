package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The variables that every template may use.
const (
	RuleARN       = "aws.events.rule-arn"
	RuleName      = "aws.events.rule-name"
	Event         = "aws.events.event"      // the event without its detail
	EventJSON     = "aws.events.event.json" // the whole event
	IngestionTime = "aws.events.event.ingestion-time"
)

// Transformer is a compiled template. It is safe for concurrent use.
type Transformer struct {
	paths  map[string]Path
	pieces []piece
}

// piece is text of a template, or a variable. A variable that stands in quotes
// becomes a part of that string.
type piece struct {
	text     string
	variable bool
	quoted   bool
}

// Compile reads a template and the paths of its variables.
//
// Spec: EventBridge User Guide, Amazon EventBridge input transformation.
func Compile(paths map[string]string, template string) (*Transformer, error) {
	t := &Transformer{paths: make(map[string]Path, len(paths))}
	for name, text := range paths {
		if strings.HasPrefix(name, "AWS") || strings.HasPrefix(name, "aws.") {
			return nil, fmt.Errorf("the name %q is reserved", name)
		}
		p, err := ParsePath(text)
		if err != nil {
			return nil, err
		}
		t.paths[name] = p
	}
	if strings.TrimSpace(template) == "" {
		return nil, errors.New("the template is empty")
	}
	return t, t.cut(template)
}

// cut divides a template into text and variables. What stands between angle
// brackets and is no known variable is text.
func (t *Transformer) cut(template string) error {
	var text strings.Builder
	quoted := false
	for i := 0; i < len(template); i++ {
		switch c := template[i]; {
		case c == '\\' && quoted && i+1 < len(template):
			text.WriteByte(c)
			i++
			text.WriteByte(template[i])
			continue
		case c == '"':
			quoted = !quoted
		case c == '<':
			name, _, closed := strings.Cut(template[i+1:], ">")
			if closed && t.knows(name) {
				t.pieces = append(t.pieces, piece{text: text.String()}, piece{text: name, variable: true, quoted: quoted})
				text.Reset()
				i += len(name) + 1
				continue
			}
		}
		text.WriteByte(template[i])
	}
	if quoted {
		return errors.New("a string is not closed")
	}
	t.pieces = append(t.pieces, piece{text: text.String()})
	return nil
}

// knows tells whether a name is that of a variable.
func (t *Transformer) knows(name string) bool {
	switch name {
	case RuleARN, RuleName, Event, EventJSON, IngestionTime:
		return true
	}
	_, ok := t.paths[name]
	return ok
}

// MaxMade is how many bytes Apply makes: no target takes more than a mebibyte.
const MaxMade = 1 << 20

// Apply fills the template in. known are the texts of the reserved variables
// that are not in the event itself. It makes nothing, and says so, of a template
// that would become too large.
func (t *Transformer) Apply(event []byte, known map[string]string) (made []byte, ok bool) {
	var out bytes.Buffer
	values := make(map[string][]byte) // which are looked for once, however often they stand there
	for _, p := range t.pieces {
		if out.Len() > MaxMade {
			break
		}
		if !p.variable {
			out.WriteString(p.text)
			continue
		}
		v, ok := values[p.text]
		if !ok {
			v = t.value(p.text, event, known)
			values[p.text] = v
		}
		if p.quoted {
			v = inString(v)
		} else if v == nil {
			v = []byte("null")
		}
		out.Write(v)
	}
	if out.Len() > MaxMade {
		return nil, false
	}
	return out.Bytes(), true
}

// value returns a variable's value in JSON; nil if there is none.
func (t *Transformer) value(name string, event []byte, known map[string]string) []byte {
	switch name {
	case EventJSON:
		return event
	case Event:
		return withoutDetail(event)
	}
	if text, ok := known[name]; ok {
		raw, _ := json.Marshal(text)
		return raw
	}
	return t.paths[name].In(event)
}

// inString is a value as a part of a string: a string's own characters, and of
// anything else its JSON without quotes.
func inString(v []byte) []byte {
	if len(v) == 0 {
		return nil
	}
	if v[0] == '"' {
		return v[1 : len(v)-1]
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(v, []byte(`\`), nil), []byte(`"`), nil)
}

// withoutDetail is an event but for its detail.
func withoutDetail(event []byte) []byte {
	var fields map[string]jsontext.Value
	if json.Unmarshal(event, &fields) != nil {
		return event
	}
	out := []byte{'{'}
	for _, name := range []string{"version", "id", "detail-type", "source", "account", "time", "region", "replay-name", "resources"} {
		if v, ok := fields[name]; ok {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(append(append(out, '"'), name...), '"', ':'), v...)
		}
	}
	return append(out, '}')
}

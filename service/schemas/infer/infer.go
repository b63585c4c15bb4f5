// Package infer tells the schema of events from events: a Shape that fits all
// of those that were seen, written as OpenAPI 3 or as JSON Schema draft 4.
package infer

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Shape is what is known of a value: its kind, and what it holds.
type Shape struct {
	Kind     string           `json:"k,omitempty"` // "" is any
	Format   string           `json:"f,omitempty"` // of a string
	Fields   map[string]Shape `json:"p,omitempty"`
	Required []string         `json:"r,omitempty"` // fields that every value had, in order
	Item     *Shape           `json:"i,omitempty"` // of an array that was not empty
}

// The kinds of values.
const (
	object  = "object"
	array   = "array"
	text    = "string"
	number  = "number"
	boolean = "boolean"
)

// dateTime is the format of strings that are times.
const dateTime = "date-time"

// Of is the shape of one value.
func Of(v any) Shape {
	switch v := v.(type) {
	case map[string]any:
		s := Shape{Kind: object, Fields: make(map[string]Shape, len(v)), Required: slices.Sorted(maps.Keys(v))}
		for name, e := range v {
			s.Fields[name] = Of(e)
		}
		return s
	case []any:
		s := Shape{Kind: array}
		for _, e := range v {
			item := Of(e)
			if s.Item != nil {
				item = Merge(*s.Item, item)
			}
			s.Item = &item
		}
		return s
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return Shape{Kind: text, Format: dateTime}
		}
		return Shape{Kind: text}
	case json.Number, float64:
		return Shape{Kind: number}
	case bool:
		return Shape{Kind: boolean}
	}
	return Shape{}
}

// Merge is a shape that fits what fits either.
func Merge(a, b Shape) Shape {
	if a.Kind != b.Kind {
		return Shape{}
	}
	out := Shape{Kind: a.Kind, Format: a.Format}
	if a.Format != b.Format {
		out.Format = ""
	}
	switch a.Kind {
	case object:
		out.Fields = maps.Clone(a.Fields)
		if out.Fields == nil {
			out.Fields = map[string]Shape{}
		}
		for name, s := range b.Fields {
			if old, ok := out.Fields[name]; ok {
				s = Merge(old, s)
			}
			out.Fields[name] = s
		}
		for _, name := range a.Required {
			if slices.Contains(b.Required, name) {
				out.Required = append(out.Required, name)
			}
		}
	case array:
		switch {
		case a.Item == nil:
			out.Item = b.Item
		case b.Item == nil:
			out.Item = a.Item
		default:
			out.Item = new(Merge(*a.Item, *b.Item))
		}
	}
	return out
}

// Equal tells whether two shapes fit the same.
func Equal(a, b Shape) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && reflect.DeepEqual(x, y)
}

// Event is an event of EventBridge as far as its schema goes.
type Event struct {
	Source, DetailType string
	Detail             Shape
	Resources          Shape
}

// ReadEvent reads an event.
func ReadEvent(raw []byte) (Event, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return Event{}, fmt.Errorf("the event is no JSON object: %w", err)
	}
	e := Event{Detail: Of(v["detail"]), Resources: Of(v["resources"])}
	e.Source, _ = v["source"].(string)
	e.DetailType, _ = v["detail-type"].(string)
	if e.Source == "" || e.DetailType == "" || e.Detail.Kind != object {
		return e, fmt.Errorf("the event has no source, detail-type or detail")
	}
	return e, nil
}

// Merge is the event that fits both.
func (e Event) Merge(o Event) Event {
	e.Detail, e.Resources = Merge(e.Detail, o.Detail), Merge(e.Resources, o.Resources)
	return e
}

// Name is a detail type as a name of a schema: its words, each with a capital.
func Name(detailType string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(detailType, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	}) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	if b.Len() == 0 {
		return "Event"
	}
	return b.String()
}

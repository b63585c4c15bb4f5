package pattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds how deep patterns and events may nest.
const maxDepth = 1000

// Event is an event that was read once, to be held against any number of
// patterns. It is safe for concurrent use.
type Event struct{ root value }

// kind says what a JSON value is.
type kind uint8

const (
	nullKind kind = iota
	boolKind
	numberKind
	stringKind
	listKind
	objectKind
)

// value is a JSON value.
type value struct {
	kind   kind
	number float64 // of a boolean: 1 is true
	text   string
	name   string  // of an object's field
	items  []value // an object's fields, or a list's elements
}

// How much room an object's fields and a list's elements get at first.
const (
	usualFields   = 8
	usualElements = 4
)

// ParseEvent reads an event in JSON.
func ParseEvent(text []byte) (*Event, error) {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	e := new(Event)
	if err := e.root.read(d, 0); err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return e, nil
}

// read takes the next value from d.
func (v *value) read(d *jsontext.Decoder, depth int) error {
	if depth > maxDepth {
		return errors.New("it nests too deep")
	}
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case 'n':
	case 't', 'f':
		v.kind = boolKind
		if token.Bool() {
			v.number = 1
		}
	case '"':
		v.kind, v.text = stringKind, token.String()
	case '0':
		v.kind = numberKind
		v.number, _ = token.Float() // what is beyond its range becomes infinite
	case '[':
		v.kind = listKind
		for d.PeekKind() != ']' {
			if v.items == nil {
				v.items = make([]value, 0, usualElements)
			}
			v.items = append(v.items, value{})
			if err := v.items[len(v.items)-1].read(d, depth+1); err != nil {
				return err
			}
		}
		_, err = d.ReadToken()
	case '{':
		v.kind = objectKind
		for d.PeekKind() != '}' {
			name, err := d.ReadToken()
			if err != nil {
				return err
			}
			if v.items == nil {
				v.items = make([]value, 0, usualFields)
			}
			v.items = append(v.items, value{name: name.String()})
			if err := v.items[len(v.items)-1].read(d, depth+1); err != nil {
				return err
			}
		}
		_, err = d.ReadToken()
	}
	return err
}

// NewEvent takes over a decoded event: maps, slices, strings, booleans, nil,
// and json.Number or float64.
func NewEvent(decoded any) *Event { return &Event{valueOf(decoded, 0)} }

// valueOf is a decoded JSON value. What nests too deep is cut off.
func valueOf(decoded any, depth int) value {
	if depth > maxDepth {
		return value{}
	}
	switch x := decoded.(type) {
	case bool:
		v := value{kind: boolKind}
		if x {
			v.number = 1
		}
		return v
	case string:
		return value{kind: stringKind, text: x}
	case float64:
		return value{kind: numberKind, number: x}
	case json.Number:
		n, _ := strconv.ParseFloat(string(x), 64)
		return value{kind: numberKind, number: n}
	case []any:
		v := value{kind: listKind, items: make([]value, len(x))}
		for i, element := range x {
			v.items[i] = valueOf(element, depth+1)
		}
		return v
	case map[string]any:
		v := value{kind: objectKind, items: make([]value, 0, len(x))}
		for name, field := range x {
			f := valueOf(field, depth+1)
			f.name = name
			v.items = append(v.items, f)
		}
		return v
	case nil:
		return value{}
	}
	return value{kind: stringKind, text: fmt.Sprint(decoded)}
}

// field finds an object's field; the last of a name counts.
func (v *value) field(name string) *value {
	if v.kind != objectKind {
		return nil
	}
	for i := len(v.items) - 1; i >= 0; i-- {
		if v.items[i].name == name {
			return &v.items[i]
		}
	}
	return nil
}

// leaves calls fn with every value, that is neither object nor list, at a path,
// through all lists on the way, until fn returns false.
func (v *value) leaves(path []string, fn func(*value) bool) bool {
	switch {
	case v.kind == listKind:
		for i := range v.items {
			if !v.items[i].leaves(path, fn) {
				return false
			}
		}
		return true
	case len(path) == 0:
		return v.kind == objectKind || fn(v)
	}
	if f := v.field(path[0]); f != nil {
		return f.leaves(path[1:], fn)
	}
	return true
}

// has tells whether there is a value at a path.
func (v *value) has(path []string) bool {
	return !v.leaves(path, func(*value) bool { return false })
}

package java

import (
	"math"
	"slices"

	"maru.dev/maru/pattern/value"
)

// Object is a value of the program around a template. One that has a method Cost
// is asked how many bytes each call of its methods goes through.
type Object interface {
	// Get returns a property, nil if there is none.
	Get(name string) any
	// Call calls a method. It returns ErrNoMethod if there is none of the name that
	// takes the arguments.
	Call(name string, args []any) (any, error)
	// String is how the object is printed.
	String() string
}

// Setter is an Object with properties that can be set.
type Setter interface {
	Object
	Set(name string, v any)
}

// List is Java's list: it is changed in place, and shared by all who have it.
type List struct {
	Items []any
	JSON  bool // from a JSON document: it prints as JSON
	array bool // Java's String[]: it prints as nothing useful
}

// Map is Java's LinkedHashMap. Its keys are strings, numbers and booleans. The zero
// Map is empty and ready for use.
type Map struct {
	Missing any // the value of keys that are not there; nil for none
	keys    []any
	values  map[any]any
}

// Entry is one entry of a map, as entrySet() gives it.
type Entry struct {
	Of  *Map
	Key any
}

// iterator goes through a list.
type iterator struct{ left []any }

// none is what methods return that return nothing: it prints as nothing.
type none struct{}

// Len returns the number of entries.
func (m *Map) Len() int { return len(m.keys) }

// Get returns the value of a key, and whether there is one.
func (m *Map) Get(key any) (any, bool) {
	v, ok := m.values[mapKey(key)]
	if !ok {
		v = m.Missing
	}
	return v, ok
}

// Keys returns the keys in order. They are not to be changed.
func (m *Map) Keys() []any { return m.keys }

// Put sets the value of a key, and returns the one before.
func (m *Map) Put(key, v any) any {
	key = mapKey(key)
	if m.values == nil {
		m.values = map[any]any{}
	}
	before, ok := m.values[key]
	if !ok {
		m.keys = append(m.keys, key)
	}
	m.values[key] = v
	return before
}

// Remove takes a key away, and returns its value.
func (m *Map) Remove(key any) any {
	key = mapKey(key)
	before, ok := m.values[key]
	if ok {
		delete(m.values, key)
		m.keys = slices.DeleteFunc(m.keys, func(k any) bool { return k == key })
	}
	return before
}

// mapKey makes a value one that Go's maps can have as key.
func mapKey(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, string:
		return v
	case float64:
		if math.IsNaN(v) {
			return "NaN"
		}
		return v
	}
	return text(v)
}

// FromJSON makes a JSON value one of templates.
func FromJSON(v any) any {
	switch v := v.(type) {
	case []any:
		items := make([]any, len(v))
		for i, e := range v {
			items[i] = FromJSON(e)
		}
		return &List{Items: items, JSON: true}
	case *value.Object:
		m := &Map{keys: make([]any, 0, v.Len()), values: make(map[any]any, v.Len())}
		for name, member := range v.All() {
			m.Put(name, FromJSON(member))
		}
		return m
	}
	return v
}

// Text returns a value as it is printed.
func Text(v any) string { return text(v) }

// text returns a value as Java's toString() does; what grows too large is cut, and
// refused where it is written.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(appendText(nil, v, 0))
}

// appendText writes a value as Java's toString() does.
func appendText(dst []byte, v any, depth int) []byte {
	if len(dst) > MaxText || depth > maxNested {
		return dst
	}
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case none:
		return dst
	case string:
		return append(dst, v...)
	case float64:
		return appendFloat(dst, v)
	case *List:
		return v.appendText(dst, depth)
	case *Map:
		dst = append(dst, '{')
		for i, k := range v.keys {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(appendText(dst, k, depth), '=')
			dst = appendText(dst, v.values[k], depth+1)
		}
		return append(dst, '}')
	case *Entry:
		dst = append(appendText(dst, v.Key, depth), '=')
		return appendText(dst, v.Of.values[v.Key], depth+1)
	case *iterator:
		return append(dst, "java.util.Iterator"...)
	case Object:
		return append(dst, v.String()...)
	case bool, int64:
		return value.Append(dst, v)
	}
	return dst // of no use but to be shown
}

// appendText writes a list.
func (l *List) appendText(dst []byte, depth int) []byte {
	if l.JSON {
		return appendJSON(dst, l, true, depth)
	}
	if l.array {
		return append(dst, "[Ljava.lang.String;"...)
	}
	dst = append(dst, '[')
	for i, e := range l.Items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendText(dst, e, depth+1)
	}
	return append(dst, ']')
}

// appendFloat writes a number as Java writes a double.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	return value.Append(dst, f)
}

// JSON returns a value's JSON text.
func JSON(v any) []byte { return appendJSON(nil, v, false, 0) }

// appendJSON writes a value as JSON; slashes tells that they are escaped, as the
// lists of the JSON library do that print themselves.
func appendJSON(dst []byte, v any, slashes bool, depth int) []byte {
	if len(dst) > MaxText || depth > maxNested {
		return dst
	}
	switch v := v.(type) {
	case *List:
		dst = append(dst, '[')
		for i, e := range v.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, e, slashes, depth+1)
		}
		return append(dst, ']')
	case *Map:
		dst = append(dst, '{')
		for i, k := range v.keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendJSON(dst, text(k), slashes, depth), ':')
			dst = appendJSON(dst, v.values[k], slashes, depth+1)
		}
		return append(dst, '}')
	case nil, bool, int64, float64:
		return value.Append(dst, v)
	}
	quoted := value.Append(nil, text(v))
	if !slashes {
		return append(dst, quoted...)
	}
	for _, c := range quoted {
		if c == '/' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}

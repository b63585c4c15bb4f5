// Package xmlvalue reads and writes values as XML, for the replies of query
// protocols and both ways of rest-xml.
package xmlvalue

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"

	"maru.dev/maru/wire"
)

// Members appends the body members of the structure v, each as an element.
func Members(dst []byte, t *wire.Type, v reflect.Value) ([]byte, error) {
	var err error
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Attribute || f.Location != wire.Body || f.Type.Shape.Kind == wire.Events {
			continue
		}
		value, ok := f.Of(v)
		if !ok {
			continue
		}
		if dst, err = member(dst, f, value); err != nil {
			return dst, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return dst, nil
}

// Element appends the value v as an element of the given name. Attributes and
// the namespace come from the structure's members and the use f.
func Element(dst []byte, name string, f *wire.Field, v reflect.Value) ([]byte, error) {
	dst = Open(dst, name, f, v)
	dst, err := content(dst, f, v)
	return Close(dst, name), err
}

// Open appends a start tag with the namespace and the attributes of v.
func Open(dst []byte, name string, f *wire.Field, v reflect.Value) []byte {
	dst = append(append(dst, '<'), name...)
	dst = namespace(dst, f)
	if f.Type.Shape.Kind == wire.Structure {
		for i := range f.Type.Fields {
			a := &f.Type.Fields[i]
			if !a.Attribute {
				continue
			}
			if value, ok := a.Of(v); ok {
				dst = append(append(append(dst, ' '), a.Wire...), '=', '"')
				dst = Escape(dst, wire.Text(a.Type, wire.TimeFormatOf(a, wire.ISO8601), value))
				dst = append(dst, '"')
			}
		}
	}
	return append(dst, '>')
}

// Close appends an end tag.
func Close(dst []byte, name string) []byte {
	return append(append(append(dst, '<', '/'), name...), '>')
}

// Leaf appends an element that holds text.
func Leaf(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	return Close(Escape(dst, text), name)
}

// Escape appends text with what XML reserves written as entities. Characters
// that XML cannot hold become the replacement character.
func Escape(dst []byte, text string) []byte {
	if strings.IndexFunc(text, special) < 0 {
		return append(dst, text...)
	}
	b := bytes.NewBuffer(dst)
	_ = xml.EscapeText(b, []byte(text)) // a bytes.Buffer does not fail
	return b.Bytes()
}

func special(r rune) bool {
	return r < ' ' || r >= 0x7f || r == '<' || r == '>' || r == '&' || r == '"' || r == '\''
}

func namespace(dst []byte, f *wire.Field) []byte {
	uri, prefix := f.XMLNS, f.XMLPrefix
	if uri == "" {
		uri, prefix = f.Type.Shape.XMLNS, f.Type.Shape.XMLPrefix
	}
	if uri == "" {
		return dst
	}
	dst = append(dst, " xmlns"...)
	if prefix != "" {
		dst = append(append(dst, ':'), prefix...)
	}
	return append(append(append(dst, '=', '"'), uri...), '"')
}

// member appends one member: an element around its value, or one for each
// entry where the member is flattened.
func member(dst []byte, f *wire.Field, v reflect.Value) ([]byte, error) {
	if f.IsFlat() {
		switch f.Type.Shape.Kind {
		case wire.List:
			return elements(dst, f.XML, f.Type, v)
		case wire.Map:
			return entries(dst, f.XML, f.Type, v)
		}
	}
	return Element(dst, f.XML, f, v)
}

func content(dst []byte, f *wire.Field, v reflect.Value) ([]byte, error) {
	t := f.Type
	switch t.Shape.Kind {
	case wire.Structure:
		return Members(dst, t, v)
	case wire.List:
		return elements(dst, elementName(t), t, v)
	case wire.Map:
		return entries(dst, "entry", t, v)
	case wire.Blob:
		b, err := wire.BlobBytes(v)
		if err != nil {
			return dst, err
		}
		return wire.AppendBase64(dst, b), nil
	default:
		return Escape(dst, wire.Text(t, wire.TimeFormatOf(f, wire.ISO8601), v)), nil
	}
}

// elementName is what a list's elements are called inside of the list.
func elementName(t *wire.Type) string {
	if t.Elem.WireName != "" {
		return t.Elem.WireName
	}
	return "member"
}

func elements(dst []byte, name string, t *wire.Type, v reflect.Value) ([]byte, error) {
	var err error
	for i := range v.Len() {
		e := v.Index(i)
		if t.Elem.Ptr {
			if e.IsNil() {
				continue
			}
			e = e.Elem()
		}
		if dst, err = Element(dst, name, t.Elem, e); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func entries(dst []byte, name string, t *wire.Type, v reflect.Value) ([]byte, error) {
	key, value := EntryNames(t)
	var err error
	for _, k := range wire.SortedKeys(v) {
		e := v.MapIndex(k)
		if t.Elem.Ptr {
			if e.IsNil() {
				continue
			}
			e = e.Elem()
		}
		dst = append(append(append(dst, '<'), name...), '>')
		dst = Leaf(dst, key, k.String())
		if dst, err = Element(dst, value, t.Elem, e); err != nil {
			return dst, err
		}
		dst = Close(dst, name)
	}
	return dst, nil
}

// EntryNames is what a map's keys and values are called inside of an entry.
func EntryNames(t *wire.Type) (key, value string) {
	key, value = t.Key.WireName, t.Elem.WireName
	if key == "" {
		key = "key"
	}
	if value == "" {
		value = "value"
	}
	return key, value
}

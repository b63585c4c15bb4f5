package xmlvalue

import (
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"

	"maru.dev/maru/wire"
)

// Decode reads one XML document into v, a value of the type of f. For a
// structure that is the whole input, seen takes what the document has;
// otherwise it is nil. Nothing is expanded but XML's five entities.
func Decode(r *wire.Reading, body io.Reader, f *wire.Field, v reflect.Value, seen *wire.Seen) error {
	d := reader{Decoder: xml.NewDecoder(body), Reading: r}
	d.Strict = true
	start, err := d.root()
	if err != nil {
		return err
	}
	if seen != nil {
		*seen, err = d.structure(start, f.Type, v)
	} else {
		err = d.value(start, f, v)
	}
	if err != nil {
		return err
	}
	return d.end()
}

// reader walks XML tokens beside a Type.
type reader struct {
	*xml.Decoder
	*wire.Reading
}

// next returns the next token; faults of the body's reader stay what they are.
func (d *reader) next() (xml.Token, error) {
	tok, err := d.Token()
	var syntax *xml.SyntaxError
	switch {
	case err == nil:
		return tok, nil
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, malformed()
	case strings.HasPrefix(err.Error(), "xml: "):
		return nil, malformed()
	default:
		return nil, err
	}
}

func malformed() error { return wire.SerializationError("The request body is not well-formed XML.") }

// root finds the document's element.
func (d *reader) root() (xml.StartElement, error) {
	for {
		tok, err := d.next()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := tok.(xml.StartElement); ok {
			return start, nil
		}
	}
}

// end sees to it that nothing but space and comments follows the document.
func (d *reader) end() error {
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return malformed()
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			return malformed()
		case xml.CharData:
			if strings.TrimSpace(string(tok)) != "" {
				return malformed()
			}
		}
	}
}

// children visits the elements inside of the one just started, up to its end.
func (d *reader) children(visit func(xml.StartElement) error) error {
	for {
		tok, err := d.next()
		if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if err := visit(tok); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// maxSkipped is how deep an element that is skipped may nest; the library
// keeps every open element in memory.
const maxSkipped = 200

func (d *reader) skip() error {
	for depth := 1; depth > 0; {
		tok, err := d.next()
		if err != nil {
			return err
		}
		switch tok.(type) {
		case xml.StartElement:
			if depth++; depth > maxSkipped {
				return wire.SerializationError("The request is nested too deeply.")
			}
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

func (d *reader) structure(start xml.StartElement, t *wire.Type, v reflect.Value) (wire.Seen, error) {
	var seen wire.Seen
	if err := d.Spend(t); err != nil {
		return seen, err
	}
	if err := d.attributes(start, t, v, &seen); err != nil {
		return seen, err
	}
	err := d.children(func(child xml.StartElement) error {
		f := t.ByXML(child.Name.Local)
		if f == nil || f.Location != wire.Body || f.Attribute {
			return d.skip()
		}
		seen.Add(f)
		if err := d.Member(f); err != nil {
			return err
		}
		defer d.Leave()
		return d.member(child, f, f.Set(v))
	})
	return seen, err
}

// attributes sets the members that are XML attributes. Names compare without
// their prefix, which the document may choose.
func (d *reader) attributes(start xml.StartElement, t *wire.Type, v reflect.Value, seen *wire.Seen) error {
	for i := range t.Fields {
		f := &t.Fields[i]
		if !f.Attribute {
			continue
		}
		want := f.Wire[strings.IndexByte(f.Wire, ':')+1:]
		for _, a := range start.Attr {
			if a.Name.Local != want {
				continue
			}
			seen.Add(f)
			if err := wire.SetText(a.Value, f.Type, wire.TimeFormatOf(f, wire.ISO8601), f.Set(v)); err != nil {
				return err
			}
		}
	}
	return nil
}

// member reads a member's element: the whole of it, or one more entry of a
// flattened list or map.
func (d *reader) member(start xml.StartElement, f *wire.Field, v reflect.Value) error {
	if f.IsFlat() {
		switch f.Type.Shape.Kind {
		case wire.List:
			return d.element(start, f.Type, v)
		case wire.Map:
			m := wire.NewMapWriter(d.Reading, f.Type, v)
			return d.entry(f.Type, &m)
		}
	}
	return d.value(start, f, v)
}

func (d *reader) value(start xml.StartElement, f *wire.Field, v reflect.Value) error {
	t := f.Type
	switch t.Shape.Kind {
	case wire.Structure:
		seen, err := d.structure(start, t, v)
		d.Done(t, seen)
		return err
	case wire.List:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(t.Go, 0, 0))
		}
		name := elementName(t)
		return d.children(func(child xml.StartElement) error {
			if child.Name.Local != name {
				return d.skip()
			}
			return d.element(child, t, v)
		})
	case wire.Map:
		m := wire.NewMapWriter(d.Reading, t, v)
		return d.children(func(xml.StartElement) error { return d.entry(t, &m) })
	case wire.Document, wire.Events:
		return d.skip()
	}
	text, err := d.text()
	if err != nil {
		return err
	}
	return wire.SetText(text, t, wire.TimeFormatOf(f, wire.ISO8601), v)
}

func (d *reader) element(start xml.StartElement, t *wire.Type, v reflect.Value) error {
	if v.IsNil() {
		v.Set(reflect.MakeSlice(t.Go, 0, 1))
	}
	if err := d.Element(v.Len()); err != nil {
		return err
	}
	defer d.Leave()
	e, err := d.Append(t, v)
	if err != nil {
		return err
	}
	return d.value(start, t.Elem, e)
}

// entry reads one entry of a map. Its key may stand after its value, which is
// read into the writer's holder until the key is known.
func (d *reader) entry(t *wire.Type, m *wire.MapWriter) error {
	keyName, valueName := EntryNames(t)
	var key string
	hasKey := false
	v, err := m.Next()
	if err != nil {
		return err
	}
	err = d.children(func(child xml.StartElement) error {
		switch child.Name.Local {
		case keyName:
			hasKey = true
			key, err = d.text()
			return err
		case valueName:
			if err := d.Entry(key); err != nil {
				return err
			}
			defer d.Leave()
			return d.value(child, t.Elem, v)
		default:
			return d.skip()
		}
	})
	if err != nil {
		return err
	}
	if hasKey {
		m.Put(key)
	}
	return nil
}

// text reads an element that holds only text.
func (d *reader) text() (string, error) {
	var b strings.Builder
	for {
		tok, err := d.next()
		if err != nil {
			return "", err
		}
		switch tok := tok.(type) {
		case xml.CharData:
			b.Write(tok)
		case xml.StartElement:
			return "", wire.SerializationError("An element stands where the request should have text.")
		case xml.EndElement:
			return b.String(), nil
		}
	}
}

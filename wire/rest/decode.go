package rest

import (
	"encoding/base64"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"maru.dev/maru/wire"
)

// decoder reads one request's members outside of the body.
type decoder struct {
	*wire.Reading
	svc  *wire.Service
	r    *wire.Request
	seen wire.Seen
}

// bindings sets the members that come from path, query string and headers.
func (d *decoder) bindings(t *wire.Type, v reflect.Value) error {
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Location == wire.Body || f.Location == wire.StatusCode {
			continue
		}
		if err := d.Member(f); err != nil {
			return err
		}
		if err := d.binding(t, f, v); err != nil {
			return err
		}
		d.Leave()
	}
	return nil
}

func (d *decoder) binding(t *wire.Type, f *wire.Field, v reflect.Value) error {
	switch f.Location {
	case wire.URI:
		if text, ok := d.r.Labels[f.Wire]; ok {
			return d.scalar(f, text, wire.ISO8601, v)
		}
	case wire.QueryString:
		return d.query(t, f, v)
	case wire.Header:
		return d.header(f, v)
	case wire.Headers:
		return d.prefixed(f, v)
	}
	return nil
}

func (d *decoder) scalar(f *wire.Field, text string, place wire.TimeFormat, v reflect.Value) error {
	d.seen.Add(f)
	err := wire.SetText(text, f.Type, wire.TimeFormatOf(f, place), f.Set(v))
	if err == nil || d.svc.ID != s3 {
		return err
	}
	if f.Location == wire.Header && f.Type.Shape.Kind == wire.Timestamp { // HTTP ignores dates that it cannot read
		v.Field(f.Index).SetZero()
		return nil
	}
	return badArgument(f, text)
}

// query sets a member from the query string: a value, a list of the values of
// one name, or a map of the names that no other member has.
func (d *decoder) query(t *wire.Type, f *wire.Field, v reflect.Value) error {
	values, ok := d.r.Query[f.Wire]
	switch f.Type.Shape.Kind {
	case wire.List:
		if !ok {
			return nil
		}
		return d.texts(f, values, wire.ISO8601, v)
	case wire.Map:
		return d.queryMap(t, f, v)
	}
	if !ok || len(values) == 0 {
		return nil
	}
	return d.scalar(f, values[0], wire.ISO8601, v)
}

func (d *decoder) queryMap(t *wire.Type, f *wire.Field, v reflect.Value) error {
	var m wire.MapWriter
	found := false
	for name, values := range d.r.Query {
		if claimed(t, name) {
			continue
		}
		if !found {
			m, found = wire.NewMapWriter(d.Reading, f.Type, f.Set(v)), true
		}
		e, err := m.Next()
		if err != nil {
			return err
		}
		if f.Type.Elem.Type.Shape.Kind == wire.List {
			for _, text := range values {
				if err := d.appendText(f.Type.Elem.Type, text, wire.ISO8601, e); err != nil {
					return err
				}
			}
		} else if err := wire.SetText(values[0], f.Type.Elem.Type, wire.ISO8601, e); err != nil {
			return err
		}
		m.Put(name)
	}
	return nil
}

// claimed tells whether a query parameter is a member of its own.
func claimed(t *wire.Type, name string) bool {
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Location == wire.QueryString && f.Wire == name && f.Type.Shape.Kind != wire.Map {
			return true
		}
	}
	return false
}

func (d *decoder) texts(f *wire.Field, texts []string, place wire.TimeFormat, v reflect.Value) error {
	d.seen.Add(f)
	list := f.Set(v)
	for _, text := range texts {
		if err := d.appendText(f.Type, text, wire.TimeFormatOf(f.Type.Elem, place), list); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) appendText(t *wire.Type, text string, format wire.TimeFormat, list reflect.Value) error {
	e, err := d.Append(t, list)
	if err != nil {
		return err
	}
	return wire.SetText(text, t.Elem.Type, format, e)
}

func (d *decoder) header(f *wire.Field, v reflect.Value) error {
	values := d.r.Header[http.CanonicalHeaderKey(f.Wire)]
	if len(values) == 0 && strings.EqualFold(f.Wire, "Content-Length") && d.r.ContentLength >= 0 {
		values = []string{strconv.FormatInt(d.r.ContentLength, 10)} // net/http keeps it out of the headers
	}
	if len(values) == 0 {
		return nil
	}
	if f.Type.Shape.Kind == wire.List {
		var texts []string
		for _, value := range values {
			texts = append(texts, splitHeader(value, f.Type.Elem.Type.Shape.Kind == wire.Timestamp)...)
		}
		return d.texts(f, texts, wire.RFC822, v)
	}
	text := strings.TrimSpace(values[0])
	if f.JSONValue || f.Type.Shape.JSONValue {
		doc, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return wire.SerializationError("The header " + f.Wire + " is not base64.")
		}
		text = string(doc)
	}
	return d.scalar(f, text, wire.RFC822, v)
}

// splitHeader splits a list in a header. Elements may be quoted; a date has a
// comma of its own.
func splitHeader(value string, dates bool) []string {
	var out []string
	for value = strings.TrimSpace(value); value != ""; value = strings.TrimSpace(value) {
		if value[0] == '"' {
			text, rest := quoted(value[1:])
			out = append(out, text)
			_, value, _ = strings.Cut(rest, ",")
			continue
		}
		end := strings.IndexByte(value, ',')
		if dates && end == len("Mon") {
			if more := strings.IndexByte(value[end+1:], ','); more >= 0 {
				end += 1 + more
			} else {
				end = -1
			}
		}
		if end < 0 {
			return append(out, value)
		}
		out = append(out, strings.TrimSpace(value[:end]))
		value = value[end+1:]
	}
	return out
}

// quoted reads a quoted element whose first quote is gone.
func quoted(s string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

// prefixed sets a map from the headers that share a prefix. Their names lose
// their case on the way; what is left of them is in lower case, as in S3.
func (d *decoder) prefixed(f *wire.Field, v reflect.Value) error {
	prefix := strings.ToLower(f.WireName)
	var m wire.MapWriter
	found := false
	for name, values := range d.r.Header {
		key, ok := strings.CutPrefix(strings.ToLower(name), prefix)
		if !ok || key == "" && prefix != "" || len(values) == 0 {
			continue
		}
		if !found {
			m, found = wire.NewMapWriter(d.Reading, f.Type, f.Set(v)), true
		}
		e, err := m.Next()
		if err != nil {
			return err
		}
		if err := wire.SetText(strings.Join(values, ","), f.Type.Elem.Type, wire.RFC822, e); err != nil {
			return err
		}
		m.Put(key)
	}
	return nil
}

// fault turns what is wrong with a body into the service's own words.
func (d *decoder) fault(err error) error {
	if _, ours := err.(*wire.APIError); ours && d.svc.ID == s3 { //nolint:errorlint // it is never wrapped
		return malformedXML()
	}
	return err
}

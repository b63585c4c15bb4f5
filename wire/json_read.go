package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"maru.dev/maru/wire/internal/mapwalk"
)

// JSON is a way of writing values as JSON. The zero value names members as the
// model does (awsJson, and documents inside of maru).
type JSON struct {
	WireNames bool // rest-json: members go by Field.Wire, those outside of the body are left out
}

// Decode reads one JSON object into v, a structure of type t. The strings it
// sets do not share memory with data.
func (j JSON) Decode(r *Reading, data []byte, t *Type, v reflect.Value) error {
	return j.decode(r, data, t, v, nil)
}

func (j JSON) decode(r *Reading, data []byte, t *Type, v reflect.Value, seen *Seen) error {
	if !j.WireNames && seen == nil && r.plain(data, t, v) {
		return nil
	}
	pooled := t.decoder(data)
	defer pooled.release()
	dec := jsonReader{Decoder: &pooled.dec, Reading: r, wireNames: j.WireNames, outer: seen}
	if kind := dec.PeekKind(); kind != '{' && kind != 'n' && kind != 0 {
		return unexpected(kind, t)
	}
	if err := dec.value(t, v); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return SerializationError("The request has data after its JSON value.")
	}
	return nil
}

// pooledDecoder is a decoder with its stacks, used again from one request to
// the next.
type pooledDecoder struct {
	dec  jsontext.Decoder
	data bytes.Buffer
	pool *sync.Pool
}

func (t *Type) decoder(data []byte) *pooledDecoder {
	p, _ := t.decoders.Get().(*pooledDecoder)
	if p == nil {
		p = &pooledDecoder{pool: t.decoders}
	}
	p.data = *bytes.NewBuffer(data) // the library reads a Buffer's bytes in place
	p.dec.Reset(&p.data, jsontext.AllowDuplicateNames(true))
	return p
}

// release gives the decoder back, without the request's bytes.
func (p *pooledDecoder) release() {
	p.data = bytes.Buffer{}
	p.dec.Reset(&p.data)
	p.pool.Put(p)
}

// DecodeBody is Decode for an input whose other members come from elsewhere:
// it notes what it has seen, and leaves it to the caller to say Done.
func (j JSON) DecodeBody(r *Reading, data []byte, t *Type, v reflect.Value, seen *Seen) error {
	return j.decode(r, data, t, v, seen)
}

// DecodeValue reads one JSON value of any kind into v: a rest-json payload.
func (j JSON) DecodeValue(r *Reading, data []byte, t *Type, v reflect.Value) error {
	if t.Shape.Kind == Structure {
		return j.Decode(r, data, t, v)
	}
	pooled := t.decoder(data)
	defer pooled.release()
	dec := jsonReader{Decoder: &pooled.dec, Reading: r, wireNames: j.WireNames}
	return dec.value(t, v)
}

// jsonReader walks JSON tokens beside a Type.
type jsonReader struct {
	*jsontext.Decoder
	*Reading
	wireNames bool
	outer     *Seen // where the outermost structure reports to, instead of Done
}

// value reads one value, which may be null: null leaves v as it is.
func (d *jsonReader) value(t *Type, v reflect.Value) error {
	kind := d.PeekKind()
	if kind == 'n' {
		return d.skip()
	}
	switch t.Shape.Kind {
	case Structure, Events:
		return d.structure(kind, t, v)
	case List:
		return d.list(kind, t, v)
	case Map:
		return d.entries(kind, t, v)
	case Document:
		raw, err := d.ReadValue()
		if err != nil {
			return malformedJSON(err)
		}
		v.SetBytes(bytes.Clone(raw))
		return nil
	}
	if kind == '{' || kind == '[' {
		return unexpected(kind, t)
	}
	raw, err := d.ReadValue()
	if err != nil {
		return malformedJSON(err)
	}
	return setJSON(raw, t, v)
}

func (d *jsonReader) skip() error {
	if err := d.SkipValue(); err != nil {
		return malformedJSON(err)
	}
	return nil
}

// open reads the token that starts an object or a list.
func (d *jsonReader) open(want, kind jsontext.Kind, t *Type) error {
	if kind != want && kind != 0 {
		return unexpected(kind, t)
	}
	_, err := d.ReadToken()
	if err != nil {
		return malformedJSON(err)
	}
	return nil
}

func (d *jsonReader) structure(kind jsontext.Kind, t *Type, v reflect.Value) error {
	if err := d.open('{', kind, t); err != nil {
		return err
	}
	if err := d.Spend(t); err != nil {
		return err
	}
	var seen Seen
	for d.PeekKind() != '}' {
		name, err := d.name()
		if err != nil {
			return err
		}
		f := d.find(t, name)
		if f == nil || d.PeekKind() == 'n' {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		seen.Add(f)
		if err := d.Member(f); err != nil {
			return err
		}
		if err := d.value(f.Type, f.Set(v)); err != nil {
			return err
		}
		d.Leave()
	}
	if _, err := d.ReadToken(); err != nil {
		return malformedJSON(err)
	}
	if d.outer != nil && len(d.path) == 0 {
		*d.outer |= seen
		return nil
	}
	d.Done(t, seen)
	return nil
}

// find returns the member of a name, or nil if the body has no such member.
func (d *jsonReader) find(t *Type, name []byte) *Field {
	if !d.wireNames {
		return t.ByName(name)
	}
	if f := t.ByWire(name); f != nil && (f.Location == Body || d.outer == nil || len(d.path) > 0) {
		return f
	}
	return nil
}

// name reads a member's name. The bytes are good until the next read.
func (d *jsonReader) name() ([]byte, error) {
	raw, err := d.ReadValue()
	if err != nil {
		return nil, malformedJSON(err)
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		return jsontext.AppendUnquote(nil, raw)
	}
	return raw[1 : len(raw)-1], nil
}

func (d *jsonReader) list(kind jsontext.Kind, t *Type, v reflect.Value) error {
	if err := d.open('[', kind, t); err != nil {
		return err
	}
	if v.IsNil() {
		v.Set(reflect.MakeSlice(t.Go, 0, 1))
	}
	for d.PeekKind() != ']' {
		if d.PeekKind() == 'n' { // lists hold no nulls
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		if err := d.Element(v.Len()); err != nil {
			return err
		}
		e, err := d.Append(t, v)
		if err != nil {
			return err
		}
		if err := d.value(t.Elem.Type, e); err != nil {
			return err
		}
		d.Leave()
	}
	if _, err := d.ReadToken(); err != nil {
		return malformedJSON(err)
	}
	return nil
}

func (d *jsonReader) entries(kind jsontext.Kind, t *Type, v reflect.Value) error {
	if err := d.open('{', kind, t); err != nil {
		return err
	}
	m := NewMapWriter(d.Reading, t, v)
	defer m.Close()
	for d.PeekKind() != '}' {
		name, err := d.name()
		if err != nil {
			return err
		}
		key := string(name)
		if d.PeekKind() == 'n' {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		if err := d.Entry(key); err != nil {
			return err
		}
		e, err := m.Next()
		if err != nil {
			return err
		}
		if err := d.value(t.Elem.Type, e); err != nil {
			return err
		}
		m.Put(key)
		d.Leave()
	}
	if _, err := d.ReadToken(); err != nil {
		return malformedJSON(err)
	}
	return nil
}

// MapWriter fills a map entry by entry, with one value for all of them where
// entries are copied in.
type MapWriter struct {
	r    *Reading
	t    *Type
	m    reflect.Value
	walk *mapwalk.Walk // holds what is put into the map
}

// NewMapWriter makes the map v of type t, unless it exists, and returns its
// writer. Closing it is not needed, but lets the next one use its room.
func NewMapWriter(r *Reading, t *Type, v reflect.Value) MapWriter {
	if v.IsNil() {
		v.Set(reflect.MakeMap(t.Go))
	}
	return MapWriter{r: r, t: t, m: v, walk: t.walks.Walk(t.Go)}
}

// Close ends the writing.
func (m *MapWriter) Close() { m.walk.Release() }

// Next returns where to write the next entry's value.
func (m *MapWriter) Next() (reflect.Value, error) {
	if err := m.r.Spend(m.t.Elem.Type); err != nil {
		return reflect.Value{}, err
	}
	holder := m.walk.Value
	holder.SetZero()
	if m.t.Elem.Ptr {
		holder.Set(reflect.New(m.t.Elem.Type.Go))
		return holder.Elem(), nil
	}
	return holder, nil
}

// Put files what Next's value has become under key.
func (m *MapWriter) Put(key string) {
	m.walk.Key.SetString(key)
	m.m.SetMapIndex(m.walk.Key, m.walk.Value)
}

// setJSON sets a scalar from its JSON text.
func setJSON(raw jsontext.Value, t *Type, v reflect.Value) error {
	kind := raw.Kind()
	switch t.Shape.Kind {
	case String:
		if kind != '"' {
			return unexpected(kind, t)
		}
		v.SetString(unquote(raw))
	case Blob:
		if kind != '"' {
			return unexpected(kind, t)
		}
		b, err := decodeBase64(unquote(raw))
		if err != nil {
			return err
		}
		return setBlob(v, b)
	case Boolean:
		if kind != 't' && kind != 'f' {
			return unexpected(kind, t)
		}
		v.SetBool(kind == 't')
	case Integer, Long:
		if kind != '0' {
			return unexpected(kind, t)
		}
		return setInt(string(raw), t, v)
	case Float, Double:
		return setJSONFloat(raw, t, v)
	case Timestamp:
		if kind == 't' || kind == 'f' {
			return unexpected(kind, t)
		}
		text := string(raw)
		if kind == '"' {
			text = unquote(raw)
		}
		return SetTime(text, t.Shape.TimeFormat, v)
	}
	return nil
}

func setJSONFloat(raw jsontext.Value, t *Type, v reflect.Value) error {
	text := string(raw)
	switch raw.Kind() {
	case '0':
	case '"':
		text = unquote(raw)
		if text != "NaN" && text != "Infinity" && text != "-Infinity" {
			return unexpected('"', t)
		}
	default:
		return unexpected(raw.Kind(), t)
	}
	f, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil {
		return serializationErrorf("Numeric value (%s) out of range of %s", text, javaName(t))
	}
	v.SetFloat(f)
	return nil
}

// setInt sets an integer; a fraction is cut off, as AWS does.
func setInt(text string, t *Type, v reflect.Value) error {
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err != nil {
		f, ferr := strconv.ParseFloat(text, 64)
		f = math.Trunc(f)
		if ferr != nil || f < -1<<63 || f >= 1<<63 || v.OverflowInt(int64(f)) {
			return serializationErrorf("Numeric value (%s) out of range of %s", text, javaName(t))
		}
		n = int64(f)
	}
	v.SetInt(n)
	return nil
}

// setBlob sets a blob, or a streaming one that came inside of a document.
func setBlob(v reflect.Value, b []byte) error {
	if v.Kind() == reflect.Interface {
		v.Set(reflect.ValueOf(io.NopCloser(bytes.NewReader(b))))
		return nil
	}
	v.SetBytes(b)
	return nil
}

func unquote(raw jsontext.Value) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	b, _ := jsontext.AppendUnquote(nil, raw) // the decoder has checked it
	return string(b)
}

func decodeBase64(text string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil {
		return b, nil
	}
	if len(text)%4 != 0 {
		return nil, serializationErrorf("Base64 encoded length is expected a multiple of 4 bytes but found: %d", len(text))
	}
	var at base64.CorruptInputError
	if errors.As(err, &at) && int(at) < len(text) && text[at] != '=' && !isBase64(text[at]) {
		return nil, serializationErrorf("Invalid Base64 character: '%c'", text[at])
	}
	return nil, SerializationError("Invalid last non-pad Base64 character dectected")
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// unexpected tells of a JSON value of the wrong kind, in the words of AWS's
// framework.
func unexpected(kind jsontext.Kind, t *Type) error {
	name := map[jsontext.Kind]string{'"': "STRING_VALUE", '0': "NUMBER_VALUE", 't': "TRUE_VALUE", 'f': "FALSE_VALUE"}[kind]
	compound := t.Shape.Kind == Structure || t.Shape.Kind == List || t.Shape.Kind == Map
	switch {
	case kind == 0:
		return malformedJSON(io.ErrUnexpectedEOF)
	case kind == '{':
		return SerializationError("Start of structure or map found where not expected.")
	case kind == '[' && compound:
		return SerializationError("Start of list found where not expected")
	case kind == '[':
		return SerializationError("Unrecognized collection type class java.lang." + javaName(t))
	case compound:
		return SerializationError("Unexpected field type")
	case t.Shape.Kind == Boolean && kind == '"':
		return SerializationError("Unexpected token received from parser")
	default:
		return serializationErrorf("%s cannot be converted to %s", name, javaName(t))
	}
}

// javaName is how AWS's messages call a scalar's type.
func javaName(t *Type) string {
	switch t.Shape.Kind {
	case Blob:
		return "ByteBuffer"
	case Boolean:
		return "Boolean"
	case Integer:
		return "Integer"
	case Long:
		return "Long"
	case Float:
		return "Float"
	case Double:
		return "Double"
	case Timestamp:
		return "Date"
	default:
		return "String"
	}
}

// malformedJSON tells of a body that is no JSON.
func malformedJSON(error) error {
	return SerializationError("The request body is not valid JSON.")
}

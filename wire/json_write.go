package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Append writes the structure v of type t as a JSON object. Members that are
// absent, or held outside of the body, are left out.
func (j JSON) Append(dst []byte, t *Type, v reflect.Value) ([]byte, error) {
	w := jsonWriter{wireNames: j.WireNames}
	return w.structure(dst, t, v, true)
}

// AppendValue writes a value of any kind: a rest-json payload.
func (j JSON) AppendValue(dst []byte, f *Field, v reflect.Value) ([]byte, error) {
	w := jsonWriter{wireNames: j.WireNames}
	return w.value(dst, f, v)
}

// AppendMembers writes the members of v, each with a comma before it, for
// envelopes that hold more than the structure.
func (j JSON) AppendMembers(dst []byte, t *Type, v reflect.Value) ([]byte, error) {
	w := jsonWriter{wireNames: j.WireNames}
	return w.members(dst, t, v, false, true)
}

// jsonWriter appends values; it goes only as deep as Go values do, whose
// makers were ourselves.
type jsonWriter struct{ wireNames bool }

func (w *jsonWriter) structure(dst []byte, t *Type, v reflect.Value, top bool) ([]byte, error) {
	dst = append(dst, '{')
	dst, err := w.members(dst, t, v, true, top)
	return append(dst, '}'), err
}

func (w *jsonWriter) members(dst []byte, t *Type, v reflect.Value, first, top bool) ([]byte, error) {
	var err error
	for i := range t.Fields {
		f := &t.Fields[i]
		if w.wireNames && top && f.Location != Body {
			continue
		}
		value, ok := f.Of(v)
		if !ok || value.Kind() == reflect.Func { // an event stream is not part of the document
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		name := f.Name
		if w.wireNames {
			name = f.Wire
		}
		dst = append(dst, '"')
		dst = append(dst, name...) // names of models need no escapes
		dst = append(dst, '"', ':')
		if dst, err = w.value(dst, f, value); err != nil {
			return dst, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return dst, nil
}

func (w *jsonWriter) value(dst []byte, f *Field, v reflect.Value) ([]byte, error) {
	t := f.Type
	if f.Emitted {
		return appendEmitted(dst, v)
	}
	switch t.Shape.Kind {
	case Structure, Events:
		return w.structure(dst, t, v, false)
	case List:
		return w.list(dst, t, v)
	case Map:
		return w.entries(dst, t, v)
	case String:
		return appendString(dst, v.String()), nil
	case Blob:
		return appendBlob(dst, v)
	case Boolean:
		if v.Bool() {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	case Integer, Long:
		return appendInt(dst, v.Int()), nil
	case Float, Double:
		return appendFloat(dst, v), nil
	case Timestamp:
		if format := TimeFormatOf(f, UnixTime); format != UnixTime {
			return appendString(dst, FormatTime(timeOf(v), format)), nil
		}
		return appendEpoch(dst, timeOf(v)), nil
	case Document:
		return append(dst, v.Bytes()...), nil
	}
	return dst, nil
}

func (w *jsonWriter) list(dst []byte, t *Type, v reflect.Value) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := indirect(v.Index(i))
		if !e.IsValid() {
			dst = append(dst, "null"...)
			continue
		}
		if dst, err = w.value(dst, t.Elem, e); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// entries writes a map in the order of its keys, so that the same value is
// always the same bytes.
func (w *jsonWriter) entries(dst []byte, t *Type, v reflect.Value) ([]byte, error) {
	dst = append(dst, '{')
	walk := t.walks.Walk(t.Go)
	defer walk.Release()
	var err error
	for i, p := range walk.Sorted(v) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, p.Key), ':')
		e := indirect(walk.At(p))
		if !e.IsValid() {
			dst = append(dst, "null"...)
			continue
		}
		if dst, err = w.value(dst, t.Elem, e); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// SortedKeys returns a map's keys in order.
func SortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	if len(keys) > 1 {
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	}
	return keys
}

// AppendJSONString writes a JSON string. Bytes that are no UTF-8 become the
// replacement character.
func AppendJSONString(dst []byte, s string) []byte { return appendString(dst, s) }

func appendString(dst []byte, s string) []byte { return appendText(dst, s) }

// appendText writes a JSON string.
func appendText[T string | []byte](dst []byte, s T) []byte {
	if isPlain(s) {
		dst = append(dst, '"')
		dst = append(dst, s...)
		return append(dst, '"')
	}
	dst, _ = jsontext.AppendQuote(dst, s) // it fails only for invalid UTF-8, which it has replaced
	return dst
}

// isPlain tells whether s is written as it is: most are, and a look, eight bytes
// at a time, is cheaper than to quote byte by byte.
func isPlain[T string | []byte](s T) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		// A byte's high bit shows: not ASCII; below a blank, and zero, by borrowing;
		// 0x7f by carrying.
		odd := w | (w - ones*' ') | (quote - ones) | (slash - ones) | (w + ones)
		if odd&high != 0 {
			return isPlainSlowly(s[i:])
		}
	}
	return isPlainSlowly(s[i:])
}

// isPlainSlowly is isPlain byte by byte.
func isPlainSlowly[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

func appendFloat(dst []byte, v reflect.Value) []byte {
	f := v.Float()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(append(append(dst, '"'), FormatFloat(f, 64)...), '"')
	}
	return jsontext.AppendFloat(dst, f, v.Type().Bits())
}

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func appendBlob(dst []byte, v reflect.Value) ([]byte, error) {
	b, err := BlobBytes(v)
	if err != nil {
		return dst, err
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"'), nil
}

// BlobBytes returns a blob's bytes, and reads a streaming one to its end: for
// documents that hold it whole.
func BlobBytes(v reflect.Value) ([]byte, error) {
	if v.Kind() != reflect.Interface {
		return v.Bytes(), nil
	}
	r := v.Interface().(io.Reader)
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	return io.ReadAll(r)
}

// FromJSON makes an operation's input of a JSON document in the model's own
// member names, whatever the service's protocol, and validates it.
func FromJSON(svc *Service, op *Operation, doc json.RawMessage) (any, error) {
	if op.New == nil {
		return nil, NotImplemented(svc.ServiceID, op.Name)
	}
	in := op.New()
	if op.Input == NoShape {
		return in, nil
	}
	if len(doc) == 0 {
		doc = json.RawMessage("{}")
	}
	r := NewReading(Limits{})
	if err := (JSON{}).Decode(&r, doc, svc.TypeOf(op.Input, in), reflect.ValueOf(in).Elem()); err != nil {
		return nil, err
	}
	return in, Check(svc, op, in, &r)
}

// ToJSON writes an operation's output as a JSON document in the model's own
// member names, whatever the service's protocol.
func ToJSON(svc *Service, op *Operation, out any) (json.RawMessage, error) {
	if op.Output == NoShape || IsNil(out) {
		return json.RawMessage("{}"), nil
	}
	return (JSON{}).Append(nil, svc.TypeOf(op.Output, out), reflect.ValueOf(out).Elem())
}

// InputJSON writes an operation's input as FromJSON reads it.
func InputJSON(svc *Service, op *Operation, in any) (json.RawMessage, error) {
	if op.Input == NoShape || IsNil(in) {
		return json.RawMessage("{}"), nil
	}
	return (JSON{}).Append(nil, svc.TypeOf(op.Input, in), reflect.ValueOf(in).Elem())
}

// OutputFromJSON reads what ToJSON has written into out, a pointer to the
// operation's output.
func OutputFromJSON(svc *Service, op *Operation, doc json.RawMessage, out any) error {
	if op.Output == NoShape {
		return nil
	}
	r := NewReading(Limits{})
	return (JSON{}).Decode(&r, doc, svc.TypeOf(op.Output, out), reflect.ValueOf(out).Elem())
}

// IsNil tells whether an operation returned no output, typed or not.
func IsNil(out any) bool {
	return out == nil || reflect.ValueOf(out).IsNil()
}

// AppendFault writes a fault's message and modelled members, each with a comma
// before it.
func AppendFault(j JSON, dst []byte, svc *Service, fault Error) ([]byte, error) {
	t := svc.ErrorType(fault)
	if t == nil || !t.HasMessage() {
		dst = append(dst, `,"message":`...)
		dst = appendString(dst, fault.ErrorMessage())
	}
	if t == nil {
		return dst, nil
	}
	return j.AppendMembers(dst, t, reflect.ValueOf(fault).Elem())
}

// HasMessage tells whether an exception's own members carry its message.
func (t *Type) HasMessage() bool {
	for i := range t.Fields {
		if strings.EqualFold(t.Fields[i].Name, "message") {
			return true
		}
	}
	return false
}

// AppendBase64 writes a blob as text.
func AppendBase64(dst, b []byte) []byte { return base64.StdEncoding.AppendEncode(dst, b) }

package record

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"maru.dev/maru/wire"
)

// hidden stands in the place of what has to be kept secret.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// javaTime is how CloudTrail writes times within parameters and answers.
const javaTime = "Jan 2, 2006, 3:04:05 PM"

// values writes an operation's input or output as CloudTrail does. It goes only
// as deep as Go values do, which the wire has bounded.
type values struct {
	service   string
	treatment map[string]treatment
	verbatim  bool // within an S3 payload, whose names stay as they are
}

// appendValues writes a structure; null for nil and for one without members.
func appendValues(dst []byte, service string, model *wire.Service, row int, in any) []byte {
	if row == wire.NoShape || wire.IsNil(in) {
		return append(dst, "null"...)
	}
	w := values{service: service, treatment: treatments(service)}
	at := len(dst)
	dst = w.structure(append(dst, '{'), model.TypeOf(row, in), reflect.ValueOf(in).Elem(), true)
	if len(dst) == at+1 {
		return append(dst[:at], "null"...)
	}
	return append(dst, '}')
}

// structure writes members behind an open brace.
func (w *values) structure(dst []byte, t *wire.Type, v reflect.Value, top bool) []byte {
	o := object{dst: dst}
	for i := range t.Fields {
		f := &t.Fields[i]
		value, ok := f.Of(v)
		if !ok || f.Emitted || !written(value.Kind(), f) {
			continue
		}
		how := w.treatment[f.Name]
		if how == drop {
			continue
		}
		name, payload := w.name(t, f, top)
		if name == "" {
			continue
		}
		o.key(name)
		if how == hide || how == show && (f.Type.Shape.Sensitive || secretName(f.Name)) {
			o.dst = wire.AppendJSONString(o.dst, hidden)
			continue
		}
		inner := *w
		inner.verbatim = w.verbatim || payload
		o.dst = inner.value(o.dst, f, value, how)
	}
	return o.dst
}

// written tells whether a member's value is written at all: streams, and what
// is binary and secret, are not.
func written(kind reflect.Kind, f *wire.Field) bool {
	if kind == reflect.Func || kind == reflect.Interface {
		return false
	}
	return f.Type.Shape.Kind != wire.Blob || !f.Type.Shape.Sensitive
}

// name is a member's name in a record; S3 has names of its own, those of headers
// among them, and leaves the names within a payload as they are.
func (w *values) name(t *wire.Type, f *wire.Field, top bool) (name string, payload bool) {
	if w.verbatim {
		return f.Wire, false
	}
	if w.service != "s3" || !top {
		return lower(f.Name), false
	}
	switch {
	case f.Name == "Bucket":
		return "bucketName", false
	case f.Name == t.Shape.Payload && f.Name == "Policy":
		return "bucketPolicy", true
	case f.Name == t.Shape.Payload:
		return f.Name, true
	case f.Location == wire.Headers:
		return "", false
	case f.Location == wire.Header, f.Location == wire.QueryString:
		return f.Wire, false
	default:
		return lower(f.Name), false
	}
}

// lower makes the first letter of a name small.
func lower(name string) string {
	if name == "" || name[0] < 'A' || name[0] > 'Z' {
		return name
	}
	return string(name[0]+'a'-'A') + name[1:]
}

// value writes one value of any kind.
func (w *values) value(dst []byte, f *wire.Field, v reflect.Value, how treatment) []byte {
	t := f.Type
	switch t.Shape.Kind {
	case wire.Structure:
		if how == scalar {
			return w.scalar(dst, t, v)
		}
		return append(w.structure(append(dst, '{'), t, v, false), '}')
	case wire.List:
		return w.list(dst, t, v, how)
	case wire.Map:
		return w.entries(dst, t, v, how)
	case wire.String:
		if how == document || w.service == "s3" && f.Name == "Policy" {
			return appendDocument(dst, v.String())
		}
		return wire.AppendJSONString(dst, v.String())
	case wire.Blob:
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes())
		return append(dst, '"')
	case wire.Timestamp:
		return wire.AppendJSONString(dst, v.Interface().(time.Time).UTC().Format(javaTime))
	case wire.Document:
		if json.Valid(v.Bytes()) {
			return append(dst, v.Bytes()...)
		}
		return append(dst, "null"...)
	default:
		return appendNumber(dst, v)
	}
}

// appendNumber writes a number or truth value.
func appendNumber(dst []byte, v reflect.Value) []byte {
	text, err := json.Marshal(v.Interface())
	if err != nil { // not a number, or infinite
		return append(dst, "null"...)
	}
	return append(dst, text...)
}

// appendDocument writes JSON that travels as text.
func appendDocument(dst []byte, text string) []byte {
	if !json.Valid([]byte(text)) {
		return wire.AppendJSONString(dst, text)
	}
	return append(dst, text...)
}

// list writes elements.
func (w *values) list(dst []byte, t *wire.Type, v reflect.Value, how treatment) []byte {
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.element(dst, t.Elem, v.Index(i), how)
	}
	return append(dst, ']')
}

// element writes an element of a list or map.
func (w *values) element(dst []byte, f *wire.Field, v reflect.Value, how treatment) []byte {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return append(dst, "null"...)
		}
		v = v.Elem()
	}
	if f.Type.Shape.Sensitive {
		return wire.AppendJSONString(dst, hidden)
	}
	return w.value(dst, f, v, how)
}

// entries writes a map in the order of its keys; of one that is treated as
// names, only those.
func (w *values) entries(dst []byte, t *wire.Type, v reflect.Value, how treatment) []byte {
	keys := wire.SortedKeys(v)
	if how == names {
		dst = append(dst, '[')
		for i, k := range keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = wire.AppendJSONString(dst, k.String())
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(wire.AppendJSONString(dst, k.String()), ':')
		if t.Elem.Type.Shape.Kind == wire.String && secretKey(k.String()) {
			dst = wire.AppendJSONString(dst, hidden)
			continue
		}
		dst = w.element(dst, t.Elem, v.MapIndex(k), how)
	}
	return append(dst, '}')
}

// scalar writes an attribute value of DynamoDB as what it holds.
func (w *values) scalar(dst []byte, t *wire.Type, v reflect.Value) []byte {
	for i := range t.Fields {
		f := &t.Fields[i]
		if value, ok := f.Of(v); ok {
			return w.value(dst, f, value, scalar)
		}
	}
	return append(dst, "null"...)
}

// secretKey tells whether a map's key names a secret.
func secretKey(key string) bool {
	key = strings.ToLower(key)
	for _, word := range [...]string{"password", "secret", "credential", "privatekey", "private_key", "apikey", "api_key", "passphrase"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

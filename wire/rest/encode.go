package rest

import (
	"encoding/base64"
	"io"
	"net/http"
	"reflect"
	"strings"

	"maru.dev/maru/wire"
)

// encodeBindings writes the members that travel in status and headers.
func encodeBindings(t *wire.Type, v reflect.Value, w *wire.Response) error {
	for i := range t.Fields {
		f := &t.Fields[i]
		value, ok := f.Of(v)
		if !ok {
			continue
		}
		switch f.Location {
		case wire.StatusCode:
			if code := value.Int(); code != 0 {
				w.Status = int(code)
			}
		case wire.Header:
			if text, ok := headerText(f, value); ok {
				w.Header[http.CanonicalHeaderKey(f.Wire)] = []string{text}
			}
		case wire.Headers:
			for _, k := range wire.SortedKeys(value) {
				// In lower case, as AWS sends them: some SDKs keep the case.
				name := strings.ToLower(f.WireName + k.String())
				w.Header[name] = []string{cleanHeader(wire.Text(f.Type.Elem.Type, wire.RFC822, value.MapIndex(k)))}
			}
		}
	}
	return nil
}

// headerText writes a header's value; ok is false for an empty one of a list.
func headerText(f *wire.Field, v reflect.Value) (string, bool) {
	if f.Type.Shape.Kind == wire.List {
		texts := make([]string, v.Len())
		for i := range texts {
			texts[i] = wire.Text(f.Type.Elem.Type, wire.TimeFormatOf(f.Type.Elem, wire.RFC822), v.Index(i))
			if f.Type.Elem.Type.Shape.Kind == wire.String && strings.ContainsAny(texts[i], `,"`) {
				texts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(texts[i]) + `"`
			}
		}
		return cleanHeader(strings.Join(texts, ", ")), len(texts) > 0
	}
	text := wire.Text(f.Type, wire.TimeFormatOf(f, wire.RFC822), v)
	if f.JSONValue || f.Type.Shape.JSONValue {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return cleanHeader(text), true
}

// cleanHeader takes line breaks out of a value, with which it could forge
// further headers.
func cleanHeader(s string) string {
	if !strings.ContainsAny(s, "\r\n\x00") {
		return s
	}
	return strings.NewReplacer("\r", " ", "\n", " ", "\x00", "").Replace(s)
}

// encodeBlob makes a blob the body: a streaming one as it is.
func encodeBlob(v reflect.Value, w *wire.Response) error {
	if v.Kind() != reflect.Interface {
		w.Body = append(w.Body, v.Bytes()...)
		return nil
	}
	w.Stream, _ = v.Interface().(io.Reader)
	return nil
}

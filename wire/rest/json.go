package rest

import (
	"context"
	"io"
	"reflect"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/eventstream"
)

// jsonFormat is rest-json's documents.
type jsonFormat struct{}

func (jsonFormat) contentType() string { return "application/json" }

func (jsonFormat) decode(r *wire.Reading, body []byte, f *wire.Field, v reflect.Value, seen *wire.Seen) error {
	j := wire.JSON{WireNames: true}
	if seen != nil {
		return j.DecodeBody(r, body, f.Type, v, seen)
	}
	return j.DecodeValue(r, body, f.Type, v)
}

func (jsonFormat) members(dst []byte, _ *wire.Service, _ *wire.Operation, t *wire.Type, v reflect.Value) ([]byte, error) {
	return wire.JSON{WireNames: true}.Append(dst, t, v)
}

func (jsonFormat) payload(dst []byte, _ *wire.Service, f *wire.Field, v reflect.Value) ([]byte, error) {
	return wire.JSON{WireNames: true}.AppendValue(dst, f, v)
}

func (jsonFormat) fault(svc *wire.Service, fault wire.Error, w *wire.Response) error {
	body, err := wire.AppendFault(wire.JSON{WireNames: true}, w.Body[:0], svc, fault)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		body = append(body, ',')
	}
	body[0] = '{' // in place of the first comma
	w.Body = append(body, '}')
	return nil
}

func (jsonFormat) events(f *wire.Field, svc *wire.Service, stream wire.EventStream, w *wire.Response) {
	w.Header["Content-Type"] = []string{eventstream.ContentType}
	w.Events = func(ctx context.Context, out io.Writer) error {
		return eventstream.NewWriter(out, svc, f.Ref, eventstream.JSON(true)).Run(ctx, stream)
	}
}

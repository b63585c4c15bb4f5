// Package eventstream writes and reads the frames of
// application/vnd.amazon.eventstream: how operations send events for as long
// as their reply is open.
package eventstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"maru.dev/maru/wire"
)

// ContentType is that of replies that are event streams.
const ContentType = "application/vnd.amazon.eventstream"

// Format is how the structures inside of events are written.
type Format struct {
	ContentType string
	Append      func(dst []byte, t *wire.Type, v reflect.Value) ([]byte, error)
}

// JSON is the format of awsJson; rest-json differs in nothing that event
// streams use but names on the wire.
func JSON(wireNames bool) Format {
	return Format{ContentType: "application/json", Append: wire.JSON{WireNames: wireNames}.Append}
}

// Writer sends the events of one stream, a frame each.
type Writer struct {
	out    io.Writer
	svc    *wire.Service
	row    int // of the union shape
	format Format
	frames *eventstream.Encoder
	buf    bytes.Buffer
}

// NewWriter returns a Writer of the stream whose union is in the given row.
func NewWriter(out io.Writer, svc *wire.Service, row int, format Format) *Writer {
	return &Writer{out: out, svc: svc, row: row, format: format, frames: eventstream.NewEncoder()}
}

// Run sends the stream's events to its end. A fault that the stream ends with
// becomes its last frame.
func (w *Writer) Run(ctx context.Context, stream wire.EventStream) error {
	err := stream(ctx, w.Send)
	var fault wire.Error
	if errors.As(err, &fault) {
		return w.Fail(fault)
	}
	return err
}

// Initial sends what an RPC protocol's output holds beside the stream.
func (w *Writer) Initial(payload []byte) error {
	return w.frame("event", "initial-response", w.format.ContentType, nil, payload)
}

// Send sends one event: a pointer to the union struct with one member set.
func (w *Writer) Send(event any) error {
	t, v := w.svc.TypeOf(w.row, event), reflect.ValueOf(event).Elem()
	for i := range t.Fields {
		if value, ok := t.Fields[i].Of(v); ok {
			return w.member(&t.Fields[i], value)
		}
	}
	return fmt.Errorf("event %v has no member set", t.Go)
}

// Fail sends a fault: a modelled exception by name, another as an error frame.
func (w *Writer) Fail(fault wire.Error) error {
	union := &w.svc.Shapes[w.row]
	t := w.svc.ErrorType(fault)
	for i := range union.Members {
		if t == nil || &w.svc.Shapes[union.Members[i].Ref] != t.Shape {
			continue
		}
		payload, err := w.format.Append(nil, t, reflect.ValueOf(fault).Elem())
		if err != nil {
			return err
		}
		return w.frame("exception", union.Members[i].Name, w.format.ContentType, nil, payload)
	}
	return w.write(eventstream.Message{Headers: eventstream.Headers{
		{Name: ":message-type", Value: eventstream.StringValue("error")},
		{Name: ":error-code", Value: eventstream.StringValue(fault.ErrorCode())},
		{Name: ":error-message", Value: eventstream.StringValue(fault.ErrorMessage())},
	}})
}

// member sends the event that f holds: its header members as headers, its
// payload member or else the rest of it as the payload.
func (w *Writer) member(f *wire.Field, v reflect.Value) error {
	t := f.Type
	kind := "event"
	if t.Shape.Error != nil {
		kind = "exception"
	}
	var headers eventstream.Headers
	bare := true // nothing but headers
	for i := range t.Fields {
		m := &t.Fields[i]
		value, ok := m.Of(v)
		switch {
		case !ok:
		case m.EventHeader:
			headers = append(headers, eventstream.Header{Name: m.Wire, Value: headerValue(m.Type, value)})
		case m.EventPayload:
			return w.payload(kind, f.Name, headers, m, value)
		default:
			bare = false
		}
	}
	if bare && len(headers) > 0 {
		return w.frame(kind, f.Name, "", headers, nil)
	}
	payload, err := w.format.Append(nil, t, v)
	if err != nil {
		return err
	}
	return w.frame(kind, f.Name, w.format.ContentType, headers, payload)
}

// payload sends an event whose payload is one member alone.
func (w *Writer) payload(kind, name string, headers eventstream.Headers, m *wire.Field, v reflect.Value) error {
	switch m.Type.Shape.Kind {
	case wire.Blob:
		b, err := wire.BlobBytes(v)
		if err != nil {
			return err
		}
		return w.frame(kind, name, "application/octet-stream", headers, b)
	case wire.String:
		return w.frame(kind, name, "text/plain", headers, []byte(v.String()))
	default:
		b, err := w.format.Append(nil, m.Type, v)
		if err != nil {
			return err
		}
		return w.frame(kind, name, w.format.ContentType, headers, b)
	}
}

func (w *Writer) frame(kind, name, contentType string, extra eventstream.Headers, payload []byte) error {
	headers := eventstream.Headers{
		{Name: ":message-type", Value: eventstream.StringValue(kind)},
		{Name: ":" + kind + "-type", Value: eventstream.StringValue(name)},
	}
	if contentType != "" {
		headers = append(headers, eventstream.Header{Name: ":content-type", Value: eventstream.StringValue(contentType)})
	}
	return w.write(eventstream.Message{Headers: append(headers, extra...), Payload: payload})
}

// write sends one frame in one Write, so that it leaves in one flush.
func (w *Writer) write(m eventstream.Message) error {
	w.buf.Reset()
	if err := w.frames.Encode(&w.buf, m); err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	_, err := w.out.Write(w.buf.Bytes())
	return err
}

// headerValue is a scalar in the frames' own types.
func headerValue(t *wire.Type, v reflect.Value) eventstream.Value {
	switch t.Shape.Kind {
	case wire.Boolean:
		return eventstream.BoolValue(v.Bool())
	case wire.Integer:
		return eventstream.Int32Value(int32(v.Int()))
	case wire.Long:
		return eventstream.Int64Value(v.Int())
	case wire.Blob:
		return eventstream.BytesValue(v.Bytes())
	case wire.Timestamp:
		at, _ := v.Interface().(time.Time)
		return eventstream.TimestampValue(at)
	default:
		return eventstream.StringValue(wire.Text(t, wire.DefaultTime, v))
	}
}

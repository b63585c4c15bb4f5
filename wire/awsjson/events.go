package awsjson

import (
	"io"
	"reflect"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/eventstream"
)

// eventStream finds the event stream of an output, or returns nil.
func eventStream(t *wire.Type, v reflect.Value) (*wire.Field, wire.EventStream) {
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Type.Shape.Kind != wire.Events {
			continue
		}
		stream, _ := v.Field(f.Index).Interface().(wire.EventStream)
		return f, stream
	}
	return nil, nil
}

// encodeEvents answers with a stream whose first event is the output's other
// members.
func encodeEvents(svc *wire.Service, _ *wire.Operation, t *wire.Type, v reflect.Value, f *wire.Field, stream wire.EventStream, w *wire.Response) error {
	initial, err := (wire.JSON{}).Append(nil, t, v)
	if err != nil {
		return err
	}
	w.Header["Content-Type"] = []string{eventstream.ContentType}
	w.Header["X-Amzn-Requestid"] = []string{w.RequestID}
	w.Events = func(out io.Writer) error {
		writer := eventstream.NewWriter(out, svc, f.Ref, eventstream.JSON(false))
		if err := writer.Initial(initial); err != nil {
			return err
		}
		return writer.Run(stream)
	}
	return nil
}

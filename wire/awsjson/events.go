package awsjson

import (
	"context"
	"io"
	"reflect"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/eventstream"
)

// encodeEvents answers with a stream whose first event is the output's other
// members.
func encodeEvents(svc *wire.Service, t *wire.Type, v reflect.Value, f *wire.Field, stream wire.EventStream, w *wire.Response) error {
	initial, err := (wire.JSON{}).Append(nil, t, v)
	if err != nil {
		return err
	}
	w.Header["Content-Type"] = []string{eventstream.ContentType}
	w.Header["X-Amzn-Requestid"] = []string{w.RequestID}
	w.Events = func(ctx context.Context, out io.Writer) error {
		writer := eventstream.NewWriter(out, svc, f.Ref, eventstream.JSON(false))
		if err := writer.Initial(initial); err != nil {
			return err
		}
		return writer.Run(ctx, stream)
	}
	return nil
}

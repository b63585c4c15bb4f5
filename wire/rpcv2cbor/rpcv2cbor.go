// Package rpcv2cbor is Smithy's RPC v2 protocol in CBOR: POST to
// /service/{ServiceName}/operation/{Operation}, a map each way.
package rpcv2cbor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/eventstream"
)

// ProtocolHeader and ProtocolName mark requests and replies of the protocol.
const (
	ProtocolHeader = "Smithy-Protocol"
	ProtocolName   = "rpc-v2-cbor"
)

// ContentType is that of its bodies.
const ContentType = "application/cbor"

// Codec speaks RPC v2 CBOR.
type Codec struct {
	mode    cbor.DecMode
	buffers wire.Buffers
}

// New returns a Codec.
func New() *Codec {
	mode, err := cbor.DecOptions{
		MaxNestedLevels: wire.DefaultDepth,
		DefaultMapType:  reflect.TypeFor[map[string]any](),
		BignumTag:       cbor.BignumTagForbidden,
	}.DecMode()
	if err != nil {
		panic(fmt.Errorf("cbor options: %w", err)) // they are constant
	}
	return &Codec{mode: mode}
}

// Split takes service and operation from a path of the protocol. What stands
// before "/service/" does not count.
func Split(path string) (service, operation string, ok bool) {
	_, rest, found := strings.Cut(path, "/service/")
	service, operation, more := strings.Cut(rest, "/operation/")
	ok = found && more && service != "" && operation != "" && !strings.Contains(service, "/") && !strings.Contains(operation, "/")
	return service, operation, ok
}

// Decode reads the body. An empty one stands for an empty map.
func (c *Codec) Decode(svc *wire.Service, op *wire.Operation, r *wire.Request) (any, error) {
	if op.New == nil {
		return nil, wire.NotImplemented(svc.ServiceID, op.Name)
	}
	in := op.New()
	if op.Input == wire.NoShape {
		return in, nil
	}
	body, done, err := c.buffers.Read(r)
	if err != nil {
		return nil, err
	}
	defer done()
	var doc any = map[string]any{}
	if len(body) > 0 {
		doc = nil
		if err := c.mode.Unmarshal(body, &doc); err != nil {
			return nil, wire.SerializationError("The request body is not valid CBOR.")
		}
	}
	reading := wire.NewReading(r.Limits)
	d := decoder{&reading}
	if err := d.value(doc, svc.TypeOf(op.Input, in), reflect.ValueOf(in).Elem()); err != nil {
		return nil, err
	}
	return in, wire.Check(svc, op, in, &reading)
}

// Encode writes the output as a map; an operation without output has no body.
func (c *Codec) Encode(svc *wire.Service, op *wire.Operation, out any, w *wire.Response) error {
	w.Status = http.StatusOK
	finish(w)
	if op.Output == wire.NoShape || wire.IsNil(out) {
		delete(w.Header, "Content-Type")
		return nil
	}
	t, v := svc.TypeOf(op.Output, out), reflect.ValueOf(out).Elem()
	var err error
	if w.Body, err = appendStructure(w.Body, t, v, nil); err != nil {
		return err
	}
	if f, stream := wire.FindEventStream(t, v); stream != nil {
		encodeEvents(svc, f, stream, w)
	}
	return nil
}

// encodeEvents makes the reply a stream; what the body has become is its first
// event.
func encodeEvents(svc *wire.Service, f *wire.Field, stream wire.EventStream, w *wire.Response) {
	initial := w.Body
	w.Body = nil
	w.Header["Content-Type"] = []string{eventstream.ContentType}
	format := eventstream.Format{ContentType: ContentType, Append: func(dst []byte, t *wire.Type, v reflect.Value) ([]byte, error) {
		return appendStructure(dst, t, v, nil)
	}}
	w.Events = func(ctx context.Context, out io.Writer) error {
		writer := eventstream.NewWriter(out, svc, f.Ref, format)
		if err := writer.Initial(initial); err != nil {
			return err
		}
		return writer.Run(ctx, stream)
	}
}

// EncodeError writes the code as __type, the message, and the modelled members.
func (c *Codec) EncodeError(svc *wire.Service, _ *wire.Operation, fault wire.Error, w *wire.Response) error {
	wire.WriteFault(fault, w)
	finish(w)
	if svc.QueryCompatible {
		w.Header.Set("X-Amzn-Query-Error", wire.QueryCode(svc, fault)+";"+wire.FaultParty(fault))
	}
	extra := []pair{{"__type", fault.ErrorCode()}}
	t := svc.ErrorType(fault)
	if t == nil {
		w.Body = appendPairs(appendHead(w.Body[:0], majorMap, 2), append(extra, pair{"message", fault.ErrorMessage()}))
		return nil
	}
	if !t.HasMessage() {
		extra = append(extra, pair{"message", fault.ErrorMessage()})
	}
	var err error
	w.Body, err = appendStructure(w.Body[:0], t, reflect.ValueOf(fault).Elem(), extra)
	return err
}

func finish(w *wire.Response) {
	w.Header[ProtocolHeader] = []string{ProtocolName}
	w.Header["Content-Type"] = []string{ContentType}
	w.Header["X-Amzn-Requestid"] = []string{w.RequestID}
}

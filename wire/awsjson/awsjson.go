// Package awsjson is the protocol of JSON bodies whose operation is named by
// the X-Amz-Target header, in both its versions.
package awsjson

import (
	"hash/crc32"
	"reflect"
	"strconv"
	"strings"

	"maru.dev/maru/wire"
)

// Codec speaks awsJson 1.0 and 1.1.
type Codec struct {
	buffers wire.Buffers

	// The values of Content-Type, which nobody changes.
	version0, version1 []string
}

// New returns a Codec.
func New() *Codec {
	return &Codec{
		version0: []string{"application/x-amz-json-1.0"},
		version1: []string{"application/x-amz-json-1.1"},
	}
}

// Decode reads the body. An empty one stands for an empty object.
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
	if len(body) == 0 {
		body = []byte("{}")
	}
	reading := wire.NewReading(r.Limits)
	if err := (wire.JSON{}).Decode(&reading, body, svc.TypeOf(op.Input, in), reflect.ValueOf(in).Elem()); err != nil {
		return nil, err
	}
	return in, wire.Check(svc, op, in, &reading)
}

// Encode writes the output as one object. SDKs expect one even where the model
// has no output.
func (c *Codec) Encode(svc *wire.Service, op *wire.Operation, out any, w *wire.Response) error {
	w.Status = op.Status
	if op.Output == wire.NoShape || wire.IsNil(out) {
		w.Body = append(w.Body, "{}"...)
	} else {
		t, v := svc.TypeOf(op.Output, out), reflect.ValueOf(out).Elem()
		if f, stream := wire.FindEventStream(t, v); stream != nil {
			return encodeEvents(svc, t, v, f, stream, w)
		}
		var err error
		if w.Body, err = (wire.JSON{}).Append(w.Body, t, v); err != nil {
			return err
		}
	}
	c.finish(svc, w)
	return nil
}

// EncodeError writes the code as __type, the message, and the modelled members.
func (c *Codec) EncodeError(svc *wire.Service, _ *wire.Operation, fault wire.Error, w *wire.Response) error {
	wire.WriteFault(fault, w)
	if svc.QueryCompatible {
		w.Header.Set("X-Amzn-Query-Error", wire.QueryCode(svc, fault)+";"+wire.FaultParty(fault))
	}
	w.Body = append(w.Body[:0], `{"__type":`...)
	w.Body = wire.AppendJSONString(w.Body, errorType(svc, fault))
	var err error
	if w.Body, err = wire.AppendFault(wire.JSON{}, w.Body, svc, fault); err != nil {
		return err
	}
	w.Body = append(w.Body, '}')
	c.finish(svc, w)
	return nil
}

// finish sets the headers that follow from the body.
func (c *Codec) finish(svc *wire.Service, w *wire.Response) {
	w.Header["Content-Type"] = c.version1
	if svc.JSONVersion == "1.0" {
		w.Header["Content-Type"] = c.version0
	}
	if len(w.Header["X-Amzn-Requestid"]) == 0 {
		w.Header["X-Amzn-Requestid"] = []string{w.RequestID}
	}
	if strings.HasPrefix(svc.ID, "dynamodb") {
		w.Header["X-Amz-Crc32"] = []string{strconv.FormatUint(uint64(crc32.ChecksumIEEE(w.Body)), 10)}
	}
}

// errorType is the value of __type. Most services send the bare code; some put
// the namespace of their model before it, which clients cut off.
func errorType(svc *wire.Service, fault wire.Error) string {
	code := fault.ErrorCode()
	switch code {
	case "SerializationException", "UnknownOperationException", "InternalFailure":
		return "com.amazon.coral.service#" + code
	case "ValidationException":
		return "com.amazon.coral.validate#" + code
	}
	switch svc.ID {
	case "sqs":
		return "com.amazonaws.sqs#" + code
	case "dynamodb", "dynamodbstreams":
		return "com.amazonaws.dynamodb.v20120810#" + code
	}
	return code
}

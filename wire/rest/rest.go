// Package rest is the protocols that use all of HTTP: rest-json and rest-xml.
// Members travel in the path, the query string, headers, or the body, which is
// a document of the rest or one member alone.
package rest

import (
	"bytes"
	"net/http"
	"reflect"

	"maru.dev/maru/wire"
)

// Codec speaks rest-json or rest-xml.
type Codec struct {
	format  format
	buffers wire.Buffers
}

// format is what the two protocols do differently: their documents.
type format interface {
	contentType() string
	decode(r *wire.Reading, body []byte, f *wire.Field, v reflect.Value, seen *wire.Seen) error
	// members appends the document of an output's body members.
	members(dst []byte, svc *wire.Service, op *wire.Operation, t *wire.Type, v reflect.Value) ([]byte, error)
	// payload appends the document of one member.
	payload(dst []byte, svc *wire.Service, f *wire.Field, v reflect.Value) ([]byte, error)
	fault(svc *wire.Service, fault wire.Error, w *wire.Response) error
	events(f *wire.Field, svc *wire.Service, stream wire.EventStream, w *wire.Response)
}

// NewJSON returns a Codec of rest-json.
func NewJSON() *Codec { return &Codec{format: jsonFormat{}} }

// NewXML returns a Codec of rest-xml.
func NewXML() *Codec { return &Codec{format: xmlFormat{}} }

// Decode reads labels, query string, headers and body.
func (c *Codec) Decode(svc *wire.Service, op *wire.Operation, r *wire.Request) (any, error) {
	if op.New == nil {
		return nil, wire.NotImplemented(svc.ServiceID, op.Name)
	}
	in := op.New()
	if op.Input == wire.NoShape {
		return in, nil
	}
	t, v := svc.TypeOf(op.Input, in), reflect.ValueOf(in).Elem()
	reading := wire.NewReading(r.Limits)
	d := decoder{Reading: &reading, svc: svc, r: r}
	if err := d.bindings(t, v); err != nil {
		return nil, err
	}
	if err := c.body(&d, t, v); err != nil {
		return nil, err
	}
	reading.Done(t, d.seen)
	return in, wire.Check(svc, op, in, &reading)
}

// body reads what travels in the body.
func (c *Codec) body(d *decoder, t *wire.Type, v reflect.Value) error {
	if f := t.Payload(); f != nil {
		return c.payload(d, f, v)
	}
	if !hasBody(t) {
		return nil
	}
	body, done, err := c.buffers.Read(d.r)
	if err != nil {
		return err
	}
	defer done()
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	return d.fault(c.format.decode(d.Reading, body, &wire.Field{Member: &wire.Member{}, Type: t}, v, &d.seen))
}

func hasBody(t *wire.Type) bool {
	for i := range t.Fields {
		if t.Fields[i].Location == wire.Body {
			return true
		}
	}
	return false
}

// payload reads a body that is one member. A streaming one is not read here:
// the operation gets the connection's own reader.
func (c *Codec) payload(d *decoder, f *wire.Field, v reflect.Value) error {
	field := v.Field(f.Index)
	if field.Kind() == reflect.Interface {
		d.seen.Add(f)
		body := d.r.Body
		if body == nil {
			body = http.NoBody
		}
		field.Set(reflect.ValueOf(body))
		return nil
	}
	body, done, err := c.buffers.Read(d.r)
	if err != nil {
		return err
	}
	defer done()
	if len(body) == 0 {
		return nil
	}
	d.seen.Add(f)
	switch f.Type.Shape.Kind {
	case wire.Blob:
		f.Set(v).SetBytes(bytes.Clone(body))
		return nil
	case wire.String:
		f.Set(v).SetString(string(body))
		return nil
	}
	if err := d.Member(f); err != nil {
		return err
	}
	defer d.Leave()
	return d.fault(c.format.decode(d.Reading, body, f, f.Set(v), nil))
}

// Encode writes status, headers and body.
func (c *Codec) Encode(svc *wire.Service, op *wire.Operation, out any, w *wire.Response) error {
	w.Status = op.Status
	requestIDs(svc, w)
	if op.Output == wire.NoShape || wire.IsNil(out) {
		return nil
	}
	t, v := svc.TypeOf(op.Output, out), reflect.ValueOf(out).Elem()
	if err := encodeBindings(t, v, w); err != nil {
		return err
	}
	if svc.ID == s3 {
		partialContent(w)
	}
	if f := t.Payload(); f != nil {
		return c.encodePayload(svc, f, v, w)
	}
	if bodiless(w.Status) || op.Method == http.MethodHead || !hasBody(t) && !c.emptyDocument(t) {
		return nil
	}
	w.Header["Content-Type"] = []string{c.format.contentType()}
	var err error
	w.Body, err = c.format.members(w.Body, svc, op, t, v)
	return err
}

// emptyDocument tells whether an output without body members is still a
// document: an empty object is valid JSON where an empty body is not.
func (c *Codec) emptyDocument(*wire.Type) bool {
	_, isJSON := c.format.(jsonFormat)
	return isJSON
}

func bodiless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified || status == http.StatusResetContent
}

// EncodeError writes a fault in the protocol's envelope.
func (c *Codec) EncodeError(svc *wire.Service, _ *wire.Operation, fault wire.Error, w *wire.Response) error {
	wire.WriteFault(fault, w)
	requestIDs(svc, w)
	w.Header["X-Amzn-Errortype"] = []string{fault.ErrorCode()}
	if svc.ID == s3 { // S3 names its errors only in the body
		delete(w.Header, "X-Amzn-Errortype")
	}
	if bodiless(w.Status) {
		return nil
	}
	if t := svc.ErrorType(fault); t != nil {
		if err := encodeBindings(t, reflect.ValueOf(fault).Elem(), w); err != nil {
			return err
		}
	}
	w.Header["Content-Type"] = []string{c.format.contentType()}
	return c.format.fault(svc, fault, w)
}

// encodePayload writes a body that is one member.
func (c *Codec) encodePayload(svc *wire.Service, f *wire.Field, v reflect.Value, w *wire.Response) error {
	value, ok := f.Of(v)
	if !ok || bodiless(w.Status) {
		return nil
	}
	switch f.Type.Shape.Kind {
	case wire.Events:
		if stream, ok := value.Interface().(wire.EventStream); ok {
			c.format.events(f, svc, stream, w)
		}
		return nil
	case wire.Blob:
		setDefault(w.Header, "Content-Type", blobType(svc))
		return encodeBlob(value, w)
	case wire.String:
		setDefault(w.Header, "Content-Type", "text/plain")
		w.Body = append(w.Body, value.String()...)
		return nil
	}
	setDefault(w.Header, "Content-Type", c.format.contentType())
	var err error
	w.Body, err = c.format.payload(w.Body, svc, f, value)
	return err
}

// blobType is the type of a blob that the output says no type of.
func blobType(svc *wire.Service) string {
	switch svc.ID {
	case s3:
		return "binary/octet-stream"
	case "lambda":
		return "application/json"
	}
	return "application/octet-stream"
}

func setDefault(h http.Header, name, value string) {
	if _, ok := h[name]; !ok {
		h[name] = []string{value}
	}
}

// requestIDs names the request in the headers where SDKs look for it.
func requestIDs(svc *wire.Service, w *wire.Response) {
	if svc.ID == s3 {
		w.Header["X-Amz-Request-Id"] = []string{w.RequestID}
		w.Header["X-Amz-Id-2"] = []string{w.HostID}
		return
	}
	w.Header["X-Amzn-Requestid"] = []string{w.RequestID}
}

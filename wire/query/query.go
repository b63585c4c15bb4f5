// Package query is the protocols of form-encoded requests and XML replies:
// awsQuery, and its dialect of EC2.
package query

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/internal/xmlvalue"
)

// Codec speaks awsQuery or ec2Query.
type Codec struct {
	ec2     bool
	buffers wire.Buffers
}

// New returns a Codec of awsQuery.
func New() *Codec { return new(Codec) }

// NewEC2 returns a Codec of ec2Query.
func NewEC2() *Codec { return &Codec{ec2: true} }

// Decode reads the parameters of the query string and of the body.
func (c *Codec) Decode(svc *wire.Service, op *wire.Operation, r *wire.Request) (any, error) {
	if op.New == nil {
		return nil, wire.NotImplemented(svc.ServiceID, op.Name)
	}
	in := op.New()
	if op.Input == wire.NoShape {
		return in, nil
	}
	params, err := c.params(r)
	if err != nil {
		return nil, err
	}
	reading := wire.NewReading(r.Limits)
	d := decoder{Reading: &reading, params: params, keys: slices.Sorted(maps.Keys(params)), ec2: c.ec2}
	if err := d.structure(svc.TypeOf(op.Input, in), reflect.ValueOf(in).Elem(), span{0, len(d.keys), 0}); err != nil {
		return nil, err
	}
	return in, wire.Check(svc, op, in, &reading)
}

// params joins the parameters of query string and body; the body's win.
func (c *Codec) params(r *wire.Request) (url.Values, error) {
	form := r.Form
	if form == nil && r.Body != nil {
		body, done, err := c.buffers.Read(r)
		if err != nil {
			return nil, err
		}
		form, err = url.ParseQuery(string(body))
		done()
		if err != nil {
			return nil, wire.SerializationError("The request body is not form-encoded.")
		}
	}
	if len(r.Query) == 0 {
		return form, nil
	}
	params := maps.Clone(r.Query)
	maps.Copy(params, form)
	return params, nil
}

// Encode writes <OpResponse><OpResult>…; EC2's replies have no result element.
func (c *Codec) Encode(svc *wire.Service, op *wire.Operation, out any, w *wire.Response) error {
	w.Status = op.Status
	root := op.Name + "Response"
	w.Body = open(w.Body, root, svc.XMLNS)
	if c.ec2 {
		w.Body = xmlvalue.Leaf(w.Body, "requestId", w.RequestID)
	}
	if op.Output != wire.NoShape && !wire.IsNil(out) {
		if err := c.result(svc, op, out, w); err != nil {
			return err
		}
	}
	if !c.ec2 {
		w.Body = append(w.Body, "<ResponseMetadata>"...)
		w.Body = xmlvalue.Leaf(w.Body, "RequestId", w.RequestID)
		w.Body = append(w.Body, "</ResponseMetadata>"...)
	}
	w.Body = xmlvalue.Close(w.Body, root)
	finish(w)
	return nil
}

func (c *Codec) result(svc *wire.Service, op *wire.Operation, out any, w *wire.Response) (err error) {
	t, v := svc.TypeOf(op.Output, out), reflect.ValueOf(out).Elem()
	if c.ec2 {
		w.Body, err = xmlvalue.Members(w.Body, t, v)
		return err
	}
	wrapper := op.ResultWrapper
	if wrapper == "" {
		if len(t.Fields) == 0 {
			return nil
		}
		wrapper = op.Name + "Result"
	}
	if t.Shape.Wrapper { // the result's one member is named by the wrapper's own tag
		w.Body = append(append(append(w.Body, '<'), wrapper...), '>')
	} else {
		w.Body = xmlvalue.Open(w.Body, wrapper, &wire.Field{Member: &wire.Member{}, Type: t}, v)
	}
	if w.Body, err = xmlvalue.Members(w.Body, t, v); err != nil {
		return err
	}
	w.Body = xmlvalue.Close(w.Body, wrapper)
	return nil
}

// EncodeError writes <ErrorResponse>, or EC2's <Response><Errors>.
func (c *Codec) EncodeError(svc *wire.Service, _ *wire.Operation, fault wire.Error, w *wire.Response) error {
	wire.WriteFault(fault, w)
	b := w.Body[:0]
	if c.ec2 {
		b = append(b, `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error>`...)
		b = xmlvalue.Leaf(b, "Code", wire.QueryCode(svc, fault))
		b = xmlvalue.Leaf(b, "Message", fault.ErrorMessage())
		b = append(b, "</Error></Errors>"...)
		b = xmlvalue.Leaf(b, "RequestID", w.RequestID)
		w.Body = append(b, "</Response>"...)
		finish(w)
		return nil
	}
	b, err := xmlvalue.Fault(open(b, "ErrorResponse", svc.XMLNS), svc, fault)
	if err != nil {
		return err
	}
	b = xmlvalue.Leaf(b, "RequestId", w.RequestID)
	w.Body = xmlvalue.Close(b, "ErrorResponse")
	finish(w)
	return nil
}

func open(dst []byte, name, namespace string) []byte {
	dst = append(append(dst, '<'), name...)
	if namespace != "" {
		dst = append(append(append(dst, ` xmlns="`...), namespace...), '"')
	}
	return append(dst, '>')
}

func finish(w *wire.Response) {
	w.Header["Content-Type"] = []string{"text/xml"}
	w.Header["X-Amzn-Requestid"] = []string{w.RequestID}
}

// capital is an EC2 parameter's name: the model's query name, or the wire name
// with its first letter in upper case.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

package rest

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"reflect"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/eventstream"
	"maru.dev/maru/wire/internal/xmlvalue"
)

// xmlFormat is rest-xml's documents.
type xmlFormat struct{}

func (xmlFormat) contentType() string { return "application/xml" }

func (xmlFormat) decode(r *wire.Reading, body []byte, f *wire.Field, v reflect.Value, seen *wire.Seen) error {
	return xmlvalue.Decode(r, bytes.NewReader(body), f, v, seen)
}

func (xmlFormat) members(dst []byte, svc *wire.Service, op *wire.Operation, t *wire.Type, v reflect.Value) ([]byte, error) {
	dst = append(dst, xml.Header...)
	if svc.ID == s3 && op.Name == "GetBucketLocation" {
		return appendLocation(dst, svc, t, v), nil
	}
	name := rootName(svc, op, t)
	dst, err := xmlvalue.Members(openRoot(dst, name, svc, &wire.Field{Member: &wire.Member{}, Type: t}, v), t, v)
	return xmlvalue.Close(dst, name), err
}

// openRoot starts a document in the service's namespace, unless its shape says
// another.
func openRoot(dst []byte, name string, svc *wire.Service, f *wire.Field, v reflect.Value) []byte {
	if f.XMLNS == "" && f.Type.Shape.XMLNS == "" && svc.XMLNS != "" {
		m := *f.Member
		m.XMLNS = svc.XMLNS
		f = &wire.Field{Member: &m, Type: f.Type}
	}
	return xmlvalue.Open(dst, name, f, v)
}

// rootName is the name of an output's element.
func rootName(svc *wire.Service, op *wire.Operation, t *wire.Type) string {
	if svc.ID == s3 {
		if name := s3Root(op.Name); name != "" {
			return name
		}
	}
	if t.Shape.XMLName != "" {
		return t.Shape.XMLName
	}
	return op.Name + "Response"
}

func (xmlFormat) payload(dst []byte, svc *wire.Service, f *wire.Field, v reflect.Value) ([]byte, error) {
	dst = append(dst, xml.Header...)
	name := f.WireName
	if name == "" {
		name = f.Type.Shape.XMLName
	}
	if name == "" {
		name = f.Name
	}
	dst, err := xmlvalue.Members(openRoot(dst, name, svc, f, v), f.Type, v)
	return xmlvalue.Close(dst, name), err
}

// fault writes S3's bare <Error>, or the <ErrorResponse> of the others.
func (xmlFormat) fault(svc *wire.Service, fault wire.Error, w *wire.Response) (err error) {
	b := append(w.Body[:0], xml.Header...)
	if svc.ID == s3 {
		w.Body, err = appendS3Error(b, svc, fault, w)
		return err
	}
	b = append(b, "<ErrorResponse"...)
	if svc.XMLNS != "" {
		b = append(append(append(b, ` xmlns="`...), svc.XMLNS...), '"')
	}
	b = append(b, '>')
	if b, err = xmlvalue.Fault(b, svc, fault); err != nil {
		return err
	}
	b = xmlvalue.Leaf(b, "RequestId", w.RequestID)
	w.Body = append(b, "</ErrorResponse>"...)
	return nil
}

func (xmlFormat) events(f *wire.Field, svc *wire.Service, stream wire.EventStream, w *wire.Response) {
	w.Header["Content-Type"] = []string{eventstream.ContentType}
	format := eventstream.Format{ContentType: "text/xml", Append: func(dst []byte, t *wire.Type, v reflect.Value) ([]byte, error) {
		return xmlvalue.Element(dst, t.Shape.Name, &wire.Field{Member: &wire.Member{}, Type: t}, v)
	}}
	w.Events = func(ctx context.Context, out io.Writer) error {
		return eventstream.NewWriter(out, svc, f.Ref, format).Run(ctx, stream)
	}
}

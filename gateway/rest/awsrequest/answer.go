package awsrequest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/wire"
)

// asJSON makes an answer in XML the JSON that the services of the query protocol
// answer API Gateway with, which asks for that:
// {"PublishResponse":{"PublishResult":{"MessageId":…},"ResponseMetadata":{…}}}. Answers
// to a request that names no action, or asks for XML, stay as they are.
func (s Sender) asJSON(r *Request, query url.Values, out *Response) {
	action := query.Get("Action")
	if action == "" && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if form, err := url.ParseQuery(string(r.Body)); err == nil {
			action = form.Get("Action")
		}
	}
	if action == "" || strings.Contains(r.Header.Get("Accept"), "xml") || !strings.Contains(out.Header.Get("Content-Type"), "xml") {
		return
	}
	root, err := readElement(out.Body)
	if err != nil {
		return
	}
	m, op := s.operation(&r.Target, action)
	shown := value.Of(root.name, root.response(m, op))
	if out.Status >= http.StatusBadRequest {
		shown, _ = root.plain().(*value.Object)
	}
	out.Body = value.Text(shown)
	out.Header.Set("Content-Type", "application/json")
	out.Header.Del("Content-Length")
}

// element is an element of an XML document.
type element struct {
	name     string
	text     strings.Builder
	children []*element
}

// readElement reads a document.
func readElement(document []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(document))
	top := &element{}
	open := []*element{top}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && len(top.children) == 1 {
			return top.children[0], nil
		}
		if err != nil {
			return nil, err
		}
		inner := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local}
			inner.children = append(inner.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			inner.text.Write(t)
		}
	}
}

// plain returns what no model tells the types of.
func (e *element) plain() any {
	if len(e.children) == 0 {
		return e.text.String()
	}
	o := value.NewObject(len(e.children))
	for _, c := range e.children {
		o.Set(c.name, c.plain())
	}
	return o
}

// response returns a response with its result and metadata.
func (e *element) response(m *wire.Service, op *wire.Operation) *value.Object {
	o := value.NewObject(len(e.children))
	for _, c := range e.children {
		if op == nil || op.Output == wire.NoShape || !strings.HasSuffix(c.name, "Result") {
			o.Set(c.name, c.plain())
			continue
		}
		o.Set(c.name, c.typed(m, op.Output))
	}
	return o
}

// typed returns an element as its shape is. Members that are not there are null.
func (e *element) typed(m *wire.Service, ref int) any {
	s := &m.Shapes[ref]
	switch s.Kind {
	case wire.Structure:
		o := value.NewObject(len(s.Members))
		for i := range s.Members {
			o.Set(shownName(&s.Members[i]), e.member(m, &s.Members[i]))
		}
		return o
	case wire.List:
		return listed(m, s, e.children)
	case wire.Map:
		return mapped(m, s, e.children)
	case wire.Boolean:
		return e.text.String() == "true"
	case wire.Integer, wire.Long, wire.Float, wire.Double:
		if n, err := value.Number(e.text.String()); err == nil {
			return n
		}
	default: // texts, blobs and times as they are written
	}
	return e.text.String()
}

// shownName is a member's name in JSON. That of a queue's messages is not the one
// that its XML has.
func shownName(m *wire.Member) string {
	if m.Name == "Messages" {
		return "messages"
	}
	return m.Name
}

// member returns a member of a structure.
func (e *element) member(m *wire.Service, of *wire.Member) any {
	s := &m.Shapes[of.Ref]
	flat := of.Flattened || s.Flattened
	names := []string{of.Name, of.WireName}
	if flat && s.Kind == wire.List {
		names = append(names, s.Members[0].WireName)
	}
	var found []*element
	for _, c := range e.children {
		for _, name := range names {
			if c.name == name {
				found = append(found, c)
				break
			}
		}
	}
	switch {
	case len(found) == 0:
		return nil
	case flat && s.Kind == wire.List:
		return listed(m, s, found)
	case flat && s.Kind == wire.Map:
		return mapped(m, s, found)
	}
	return found[0].typed(m, of.Ref)
}

// listed returns a list of its elements.
func listed(m *wire.Service, s *wire.Shape, of []*element) []any {
	list := make([]any, len(of))
	for i, e := range of {
		list[i] = e.typed(m, s.Members[0].Ref)
	}
	return list
}

// mapped returns a map of its entries, each of which has its key and then its value.
func mapped(m *wire.Service, s *wire.Shape, of []*element) *value.Object {
	o := value.NewObject(len(of))
	for _, entry := range of {
		if len(entry.children) == 2 {
			o.Set(entry.children[0].text.String(), entry.children[1].typed(m, s.Members[1].Ref))
		}
	}
	return o
}

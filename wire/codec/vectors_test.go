package codec_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/codec"
	"maru.dev/maru/wire/route"
)

var protocols = map[string]wire.Protocol{
	"json": wire.AWSJSON, "query": wire.Query, "ec2": wire.EC2Query, "rest-json": wire.RESTJSON, "rest-xml": wire.RESTXML,
}

// What the SDK's clients send, they mean.
func TestDecodeReadsWhatClientsSend(t *testing.T) {
	t.Parallel()
	for name, protocol := range protocols {
		for _, s := range readSuites(t, "input/"+name+".json") {
			for i, v := range s.Cases {
				t.Run(fmt.Sprintf("%s/%s/%d", name, s.Description, i), func(t *testing.T) {
					t.Parallel()
					if s.Description == "Idempotency token auto fill" && i == 1 {
						v.Params = map[string]any{"Token": "00000000-0000-4000-8000-000000000000"} // made by the client
					}
					decodeVector(t, protocol, s, v)
				})
			}
		}
	}
}

func decodeVector(t *testing.T, protocol wire.Protocol, s suite, v vector) {
	t.Helper()
	svc, op := service(t, s, v)
	in, err := codec.NewSet().For(protocol).Decode(svc, op, request(t, svc, op, v))
	if err != nil {
		t.Fatal(err)
	}
	if op.Input == wire.NoShape {
		return
	}
	want := op.New()
	typ := svc.TypeOf(op.Input, want)
	if v.Params != nil {
		fill(t, typ, false, v.Params, reflect.ValueOf(want).Elem())
	}
	switch s.Description {
	case "Header maps", "Header whitespace": // the transport has its own way with case and space
		want = asHeaders(want)
	}
	if diff := cmp.Diff(drain(t, want), drain(t, in)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// drain puts what streams hold where they were, so that they compare.
func drain(t *testing.T, v any) any {
	t.Helper()
	s := reflect.ValueOf(v).Elem()
	out := map[string]any{}
	for i := range s.NumField() {
		value := s.Field(i).Interface()
		if f := s.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().Kind() == reflect.Struct && f.Elem().IsZero() {
			value = reflect.Zero(f.Type()).Interface() // clients send {} for a payload that is absent
		}
		if r, ok := value.(io.Reader); ok {
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			value = string(b)
			if len(b) == 0 {
				value = nil
			}
		}
		out[s.Type().Field(i).Name] = value
	}
	return out
}

func asHeaders(v any) any {
	s := reflect.ValueOf(v).Elem()
	for i := range s.NumField() {
		if text, ok := s.Field(i).Interface().(*string); ok {
			*text = strings.TrimSpace(*text)
		}
		m, ok := s.Field(i).Interface().(map[string]string)
		if !ok {
			continue
		}
		lower := map[string]string{}
		for k, value := range m {
			lower[strings.TrimSpace(strings.ToLower(k))] = strings.TrimSpace(value)
		}
		s.Field(i).Set(reflect.ValueOf(lower))
	}
	return v
}

// request turns a case's serialised form into what the edge would hand on.
func request(t *testing.T, svc *wire.Service, op *wire.Operation, v vector) *wire.Request {
	t.Helper()
	uri := v.Serialized.URI
	if uri == "" {
		uri = "/"
	}
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	r := &wire.Request{
		Method: op.Method, URL: u, Query: u.Query(), Header: http.Header{},
		Body: strings.NewReader(v.Serialized.Body), ContentLength: int64(len(v.Serialized.Body)),
	}
	for name, value := range v.Serialized.Headers {
		r.Header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if op.Path != "" {
		router, err := route.New(svc)
		if err != nil {
			t.Fatal(err)
		}
		found, labels, ok := router.Match(op.Method, u.EscapedPath(), r.Query, r.Header)
		if !ok || found.Name != op.Name {
			t.Fatalf("%s %s is routed to %v", op.Method, uri, found)
		}
		r.Labels = labels
	}
	return r
}

// oneWay are the output vectors of what clients accept and we never send.
var oneWay = map[string]string{
	"Ignores extra data":                  "has members that are not modelled",
	"Ignores undefined output":            "has a body where there is no output",
	"unmodeled non-json response payload": "is a fault of something between client and server",
	"rest-json/Scalar members/0":          "has a timestamp in a form that is not the protocol's own",
	"json/Lists/1":                        "has nulls in lists, which Go values do not hold",
	"Supports header maps":                "has a map of all headers, which the transport fills",
}

// What clients read as a value is what that value is written as.
func TestEncodeWritesWhatClientsRead(t *testing.T) {
	t.Parallel()
	for name, protocol := range protocols {
		for _, s := range readSuites(t, "output/"+name+".json") {
			for i, v := range s.Cases {
				id := fmt.Sprintf("%s/%s/%d", name, s.Description, i)
				t.Run(id, func(t *testing.T) {
					t.Parallel()
					if why := oneWay[s.Description] + oneWay[id]; why != "" {
						t.Skip(why)
					}
					encodeVector(t, protocol, s, v)
				})
			}
		}
	}
}

func encodeVector(t *testing.T, protocol wire.Protocol, s suite, v vector) {
	t.Helper()
	svc, op := service(t, s, v)
	out := op.NewOut()
	if op.Output != wire.NoShape && v.Result != nil {
		fill(t, svc.TypeOf(op.Output, out), false, v.Result, reflect.ValueOf(out).Elem())
	}
	w := &wire.Response{Header: http.Header{}, RequestID: "request-id"}
	if err := codec.NewSet().For(protocol).Encode(svc, op, out, w); err != nil {
		t.Fatal(err)
	}
	if v.Response.StatusCode != 0 && w.Status != v.Response.StatusCode {
		t.Errorf("status %d, want %d", w.Status, v.Response.StatusCode)
	}
	for name, want := range v.Response.Headers {
		if got := w.Header.Get(name); got != want && !strings.EqualFold(name, "x-amzn-requestid") && !strings.EqualFold(name, "x-amz-request-id") {
			t.Errorf("header %s: %q, want %q", name, got, want)
		}
	}
	body := w.Body
	if w.Stream != nil {
		body, _ = io.ReadAll(w.Stream)
	}
	want, got := canonical(t, v.Response.Body), canonical(t, string(body))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s\nbody %s", diff, body)
	}
}

// canonical makes a body comparable: JSON as values, XML as a tree without the
// request's id, the document's own name, namespaces and the order of members.
func canonical(t *testing.T, body string) any {
	t.Helper()
	var doc any
	if json.Unmarshal([]byte(body), &doc) == nil {
		if m, ok := doc.(map[string]any); ok && len(m) == 0 {
			return ""
		}
		return doc
	}
	if !strings.HasPrefix(body, "<") {
		return body
	}
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		tok, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if start, ok := tok.(xml.StartElement); ok {
			root := element(t, d, start)
			root.Name = ""
			return root
		}
	}
}

// node is an XML element.
type node struct {
	Name, Text string
	Attrs      []string
	Children   []node
}

func element(t *testing.T, d *xml.Decoder, start xml.StartElement) node {
	t.Helper()
	n := node{Name: start.Name.Local}
	for _, a := range start.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			n.Attrs = append(n.Attrs, a.Name.Local+"="+a.Value)
		}
	}
	slices.Sort(n.Attrs)
	for {
		tok, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			n.Text += string(tok)
		case xml.StartElement:
			c := element(t, d, tok)
			if c.Name == "OperationNameResult" { // some vectors leave the wrapper out
				n.Children = append(n.Children, c.Children...)
				continue
			}
			if !strings.EqualFold(c.Name, "requestId") && c.Name != "ResponseMetadata" {
				n.Children = append(n.Children, c)
			}
		case xml.EndElement:
			if len(n.Children) > 0 {
				n.Text = ""
			}
			slices.SortStableFunc(n.Children, func(a, b node) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			return n
		}
	}
}

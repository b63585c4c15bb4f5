package edge

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"maru.dev/maru/api/sqs"
	"maru.dev/maru/auth"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/query"
)

// asked reads a request as net/http does; nil if it would not.
func asked(method, target, host string) *http.Request {
	if strings.ContainsAny(target+host, "\r\n") {
		return nil
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")))
	if err != nil {
		return nil
	}
	return r
}

// A data plane sees the rest of a path as it was sent: the same segments, encoded
// as they were.
func FuzzMounted(f *testing.F) {
	for _, target := range []string{
		"/_maru/plane/id/a%2Fb/c", "/%5Fmaru/pl%61ne/id/a%2Fb", "/_maru/plane/", "/_maru/plane%2Fid", "/_maru/some/x/%2e%2e", "/a%2Fb//c", "/", "/_maru/%", "//x", "*", "http://other/_maru/plane/x",
		"/_maru/plane/%c3%a9/\x80", "/_maru/kept/a%2Fb?c=d",
	} {
		f.Add(target, "abc.execute-api.localhost:4566")
		f.Add(target, "localhost:4566")
		f.Add(target, "own.example")
	}
	f.Add("/x%2Fy", "a%2Fb.execute-api.localhost")
	f.Add("/x%2Fy", "a!b.example")
	s := &Server{tables: allTables(f), options: Options{Mounts: []Mount{
		{Host: "execute-api", Path: "/_maru/plane/"},
		{Path: "/_maru/kept/", Keep: true},
		{Path: "/_maru/some/", Match: func(path string) (string, bool) { return strings.CutPrefix(path, "/_maru/some") }},
	}}}
	s.options.Mounts[0].Owns = func(_ context.Context, host string) bool { return strings.HasSuffix(host, ".example") }
	f.Fuzz(func(t *testing.T, target, host string) {
		r := asked(http.MethodGet, target, host)
		if r == nil || r.URL.Path == "*" { // which is no path
			return
		}
		at, _ := parseHost(r.Host, s.tables.known)
		m, rest, ok := s.mounted(r, at)
		if !ok {
			return
		}
		sent, seen := strings.Split(r.URL.EscapedPath(), "/"), strings.Split(rest.EscapedPath(), "/")
		if path, err := url.PathUnescape(rest.EscapedPath()); err != nil || path != rest.Path || rest.RawQuery != r.URL.RawQuery {
			t.Fatalf("%s at %s is %q, encoded %q", target, host, rest.Path, rest.EscapedPath())
		}
		switch {
		case m.Keep:
			if rest.EscapedPath() != r.URL.EscapedPath() {
				t.Errorf("%s is kept as %s", target, rest.EscapedPath())
			}
		case strings.HasPrefix(r.URL.Path, m.Path) && rest.Path == r.URL.Path[len(m.Path)-1:]:
			n := min(len(sent), len(seen)) - 1 // the segments behind the mount's
			if got, want := strings.Join(seen[len(seen)-n:], "/"), strings.Join(sent[len(sent)-n:], "/"); got != want {
				t.Errorf("behind %s the plane sees %q, not %q", target, got, want)
			}
		default:
			first := "/" + at.label
			if at.service == "" {
				first = "/" + hostOnly(r.Host)
			}
			if rest.Path != first+r.URL.Path || !strings.HasSuffix(rest.EscapedPath(), r.URL.EscapedPath()) {
				t.Errorf("%s at %s is seen as %q", target, host, rest.EscapedPath())
			}
		}
	})
}

// Whatever a request says, it names an operation of a service, or its fault is
// told.
func FuzzResolve(f *testing.F) {
	f.Add("POST", "/000000000000/q", "", "", "sqs", "SendMessage", "2012-11-05", "localhost")
	f.Add("POST", "/", "AmazonSQS.SendMessage", "", "sqs", "", "", "localhost")
	f.Add("POST", "/service/AmazonSQS/operation/SendMessage", "", "rpc-v2-cbor", "sqs", "", "", "localhost")
	f.Add("PUT", "/b/k%2Fk?acl", "", "", "s3", "", "", "s3.localhost")
	f.Add("GET", "/k?versions&prefix=%", "", "", "", "", "", "a.b.s3.eu-west-1.amazonaws.com")
	f.Add("GET", "/2015-03-31/functions//x/", "", "", "lambda", "", "", "lambda.localhost")
	f.Add("DELETE", "//restapis/a//..", ".", "rpc-v2-cbor", "apigateway", "x", "", "")
	tables := allTables(f)
	f.Fuzz(func(t *testing.T, method, target, operation, protocol, scope, action, version, host string) {
		r := asked(method, target, host)
		if r == nil {
			return
		}
		if operation != "" {
			r.Header.Set("X-Amz-Target", operation)
		}
		if protocol != "" {
			r.Header.Set("Smithy-Protocol", protocol)
		}
		at, _ := parseHost(r.Host, tables.known)
		goal, err := tables.resolve(r, &auth.Claim{Service: scope}, at, &form{action: action, version: version})
		if err != nil {
			fault, ok := errors.AsType[wire.Error](err)
			if !ok || fault.HTTPStatus() >= 500 && fault.HTTPStatus() != http.StatusNotImplemented || fault.ErrorCode() == "" {
				t.Errorf("%s %s is refused with %v", method, target, err)
			}
			return
		}
		if goal.api == nil || goal.op == nil || goal.api.operations[goal.op.Name] != goal.op || goal.protocol == "" {
			t.Fatalf("%s %s is %+v", method, target, goal)
		}
		if scope != "" && operation == "" && protocol == "" && goal.api.model.SigningName != scope {
			t.Errorf("%s %s was signed for %s, and is for %s", method, target, scope, goal.api.model.ID)
		}
	})
}

// An old client's request is for the queue that its path names, unless it says
// another; its other parameters are as it sent them.
func FuzzQueueURL(f *testing.F) {
	for _, path := range []string{"/000000000000/q", "/000000000000/q.fifo/", "//000000000000/q", "/000000000000/a%3Fb", "/000000000000/a%252Fb", "/000000000000/a/b", "/q", "/", "/00000000000x/q", "/000000000000/%"} {
		f.Add("POST", path, "Action=GetQueueAttributes&AttributeName.1=All")
		f.Add("GET", path+"?Action=GetQueueAttributes&AttributeName.1=All", "")
		f.Add("POST", path+"?QueueUrl=q2", "AttributeName.1=All&QueueUrl=other")
	}
	f.Add("POST", "/000000000000/q", "Queue%55rl=a&AttributeName.1=b")
	f.Add("POST", "/000000000000/q", "QueueUrl=")
	f.Add("GET", "/000000000000/q?;&QueueUrl", "x=%")
	var operation *wire.Operation
	for i := range sqs.Model.Operations {
		if sqs.Model.Operations[i].Name == "GetQueueAttributes" {
			operation = &sqs.Model.Operations[i]
		}
	}
	// given is the first of a name's values, in the body or else in the query.
	given := func(r *http.Request, body, name string) (string, bool) {
		inBody, _ := url.ParseQuery(body)
		for _, form := range []url.Values{inBody, r.URL.Query()} {
			if values, ok := form[name]; ok {
				return values[0], true
			}
		}
		return "", false
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		r := asked(method, target, "localhost:4566")
		if r == nil {
			return
		}
		if _, err := url.ParseQuery(body); err != nil || strings.Contains(r.URL.RawQuery, ";") {
			return // which is refused; the form of another time
		}
		want, said := given(r, body, "QueueUrl")
		attribute, _ := given(r, body, "AttributeName.1")
		account, name, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
		x := exchange{r: r, held: []byte(body), inRAM: method == http.MethodPost}
		x.info.Endpoint = "http://localhost:4566"
		reader, err := x.withQueueURL(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		in := wire.Request{Method: method, URL: r.URL, Header: r.Header, Body: reader, ContentLength: r.ContentLength, Query: r.URL.Query()}
		v, err := query.New().Decode(sqs.Model, operation, &in)
		got, ok := v.(*sqs.GetQueueAttributesInput)
		if err != nil || !ok {
			return // other parameters may be wrong; without a queue it always is
		}
		switch {
		case said:
			if got.QueueUrl != want {
				t.Errorf("%s with %q is for %q, not %q", target, body, got.QueueUrl, want)
			}
		case auth.IsAccount(account) && name != "" && !strings.Contains(name, "/"):
			u, err := url.Parse(got.QueueUrl)
			if err != nil || u.Host != "localhost:4566" || u.Path != r.URL.Path || u.RawQuery != "" || u.Fragment != "" {
				t.Errorf("%s with %q is for %q (%v)", target, body, got.QueueUrl, err)
			}
		default:
			t.Errorf("%s with %q is for %q, which nothing names", target, body, got.QueueUrl)
		}
		if attribute != "" && (len(got.AttributeNames) == 0 || got.AttributeNames[0] != attribute) {
			t.Errorf("%s with %q has attributes %q", target, body, got.AttributeNames)
		}
	})
}

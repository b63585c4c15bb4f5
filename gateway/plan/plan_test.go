package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRouteKey(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"$default": true, "GET /": true, "ANY /pets/{id}": true, "POST /a/{b}/c/{d+}": true, "GET /a/": true, "GET /a-b_c.d~e": true,
		"": false, "GET": false, "GET pets": false, "FETCH /": false, "get /": false, "GET /{a+}/b": false, "GET /{a}/{a}": false,
		"GET /a{b}": false, "GET /{}": false, "GET /{+}": false, "GET  /a": false, "$connect": false, "GET /a?b=1": false, "GET /a b": false,
	}
	for key, valid := range tests {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			k, err := ParseRouteKey(key)
			if (err == nil) != valid {
				t.Fatalf("valid %t (%v)", err == nil, err)
			}
			if valid && k.String() != key {
				t.Errorf("written as %s", k)
			}
		})
	}
}

func TestRoutesOfOneShapeAreTheSame(t *testing.T) {
	t.Parallel()
	a, _ := ParseRouteKey("GET /pets/{id}/x")
	b, _ := ParseRouteKey("GET /pets/{name}/x")
	c, _ := ParseRouteKey("GET /pets/{name+}")
	d, _ := ParseRouteKey("GET /pets/{name}")
	if a.Shape() != b.Shape() || c.Shape() == d.Shape() {
		t.Errorf("%s, %s, %s, %s", a.Shape(), b.Shape(), c.Shape(), d.Shape())
	}
}

func TestParseValue(t *testing.T) {
	t.Parallel()
	look := func(r Ref) string { return "<" + string(r.From) + ":" + r.Name + ">" }
	tests := map[string]struct {
		in, want string
		side     Side
		invalid  bool
	}{
		"static":            {in: "text", want: "text"},
		"header":            {in: "$request.header.x-a", want: "<request.header:x-a>"},
		"body path":         {in: "$request.body.a.b[0]", want: "<request.body:a.b[0]>"},
		"whole path":        {in: "$request.path", want: "<request.path:>"},
		"mixture":           {in: "/v1/${request.path.id}/${stageVariables.env}!", want: "/v1/<request.path:id>/<stageVariables:env>!"},
		"answer's":          {in: "$response.header.x", side: OfResponse, want: "<response.header:x>"},
		"context":           {in: "$context.authorizer.claims.sub", want: "<context:authorizer.claims.sub>"},
		"empty":             {in: "", want: ""},
		"wrong side":        {in: "$response.header.x", invalid: true},
		"request in answer": {in: "$request.header.x", side: OfResponse, invalid: true},
		"unknown":           {in: "$nothing.x", invalid: true},
		"no name":           {in: "$request.header", invalid: true},
		"empty name":        {in: "$request.header.", invalid: true},
		"open":              {in: "a${request.path.id", invalid: true},
		"dollar":            {in: "$", invalid: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := ParseValue(tt.in, tt.side)
			if (err != nil) != tt.invalid {
				t.Fatalf("error %v", err)
			}
			if err == nil && v.Eval(look) != tt.want {
				t.Errorf("got %s, want %s", v.Eval(look), tt.want)
			}
		})
	}
}

func TestParseChange(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key  string
		side Side
		want string // of the error; empty: valid
	}{
		"append header":      {"append:header.x-a", OfRequest, ""},
		"overwrite query":    {"overwrite:querystring.q", OfRequest, ""},
		"remove query":       {"remove:querystring.q", OfRequest, ""},
		"path":               {"overwrite:path", OfRequest, ""},
		"status":             {"overwrite:statuscode", OfResponse, ""},
		"append path":        {"append:path", OfRequest, "Invalid mapping expression"},
		"status of request":  {"overwrite:statuscode", OfRequest, "Invalid mapping expression"},
		"query of answer":    {"append:querystring.q", OfResponse, "Invalid mapping expression"},
		"no colon":           {"append", OfRequest, "Invalid mapping expression"},
		"unknown action":     {"set:header.x", OfRequest, "Invalid mapping expression"},
		"unnamed header":     {"append:header.", OfRequest, "Invalid mapping expression"},
		"header with spaces": {"append:header.a b", OfRequest, "Invalid mapping expression"},
		"reserved":           {"overwrite:header.Authorization", OfRequest, "restricted"},
		"reserved prefix":    {"append:header.x-amz-date", OfRequest, "restricted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseChange(tt.key, "v", tt.side)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestFunctionARN(t *testing.T) {
	t.Parallel()
	const fn = "arn:aws:lambda:us-east-1:000000000000:function:f"
	tests := map[string]struct {
		uri, want string
		ok        bool
	}{
		"bare":       {fn, fn, true},
		"alias":      {fn + ":live", fn + ":live", true},
		"invocation": {"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + fn + "/invocations", fn, true},
		"variable":   {fn + "-${stageVariables.env}", fn + "-${stageVariables.env}", true},
		"open":       {"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + fn, fn, false},
		"queue":      {"arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:sqs:us-east-1:000000000000:q", false},
		"url":        {"https://example.com", "https://example.com", false},
	}
	for name, tt := range tests {
		if got, ok := FunctionARN(tt.uri); ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s: %s, %t", name, got, ok)
		}
	}
	if got := Substitute("a-${stageVariables.x}-${stageVariables.y}-${stageVariables.", map[string]string{"x": "1"}); got != "a-1--${stageVariables." {
		t.Error(got)
	}
}

func TestSubtypeArguments(t *testing.T) {
	t.Parallel()
	s, ok := SubtypeOf("SQS-SendMessage")
	if !ok {
		t.Fatal("unknown")
	}
	if _, err := s.ParseArguments(map[string]string{"QueueUrl": "x"}); err == nil || !strings.Contains(err.Error(), "MessageBody is required") {
		t.Errorf("%v", err)
	}
	if _, err := s.ParseArguments(map[string]string{"QueueUrl": "x", "MessageBody": "y", "Nothing": "z"}); err == nil {
		t.Error("an unknown parameter passed")
	}
	got, err := s.ParseArguments(map[string]string{"QueueUrl": "x", "MessageBody": "$request.body"})
	if err != nil || len(got) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	if diff := cmp.Diff([]Ref{{From: RequestBody}}, got["MessageBody"].Refs()); diff != "" {
		t.Error(diff)
	}
}

// A route key that is read is written as it was.
func FuzzParseRouteKey(f *testing.F) {
	for _, seed := range []string{"$default", "GET /a/{b}/{c+}", "ANY /", "GET //"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if k, err := ParseRouteKey(key); err == nil && k.String() != key {
			t.Errorf("%q is written as %q", key, k)
		}
	})
}

// Any mapping is read or refused; what is read can be evaluated.
func FuzzParseChange(f *testing.F) {
	f.Add("append:header.x", "$request.body.a[0]", false)
	f.Add("overwrite:path", "/${request.path.a}/${context.b}", false)
	f.Add("overwrite:statuscode", "$response.header.x", true)
	f.Fuzz(func(t *testing.T, key, value string, side bool) {
		c, err := ParseChange(key, value, Side(side))
		if err != nil {
			return
		}
		got := c.Value.Eval(func(r Ref) string {
			if r.From == "" {
				t.Error("an empty reference")
			}
			return ""
		})
		if len(got) > len(value) {
			t.Errorf("%q of %q", got, value)
		}
	})
}

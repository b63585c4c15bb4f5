package functionurl_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/functionurl"
	"maru.dev/maru/wire"
)

// functions stand in for Lambda: one URL, "id", and what it answers.
type functions struct {
	auth, mode string
	cors       *api.Cors
	payload    string
	fault      string   // FunctionError
	chunks     []string // of a stream
	err        error
	event      []byte // the last one
}

func (f *functions) FunctionURL(_ context.Context, id string) (functionARN, authType, invokeMode string, cors *api.Cors, err error) {
	if id != "id" {
		return "", "", "", nil, nil
	}
	return "arn:aws:lambda:us-east-1:000000000000:function:fn:live", f.auth, f.mode, f.cors, nil
}

func (f *functions) Call(_ context.Context, _, operation string, in any) (any, error) {
	if f.err != nil {
		return nil, f.err
	}
	if operation == "Invoke" {
		f.event = in.(*api.InvokeInput).Payload
		out := &api.InvokeOutput{StatusCode: new(int32(200)), Payload: []byte(f.payload)}
		if f.fault != "" {
			out.FunctionError = &f.fault
		}
		return out, nil
	}
	return &api.InvokeWithResponseStreamOutput{EventStream: func(_ context.Context, send func(any) error) error {
		for _, c := range f.chunks {
			if err := send(&api.InvokeWithResponseStreamResponseEvent{PayloadChunk: &api.InvokeResponseStreamUpdate{Payload: []byte(c)}}); err != nil {
				return err
			}
		}
		end := &api.InvokeWithResponseStreamCompleteEvent{}
		if f.fault != "" {
			end.ErrorCode = &f.fault
		}
		return send(&api.InvokeWithResponseStreamResponseEvent{InvokeComplete: end})
	}}, nil
}

func (f *functions) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return nil, wire.NotImplemented("lambda", "any")
}

// admits is a judge who always says the same.
func admits(err error) func(*http.Request, []byte, functionurl.Target) (call.Principal, error) {
	return func(*http.Request, []byte, functionurl.Target) (call.Principal, error) { return call.Principal{}, err }
}

// do sends a request to the handler over f.
func do(f *functions, admit func(*http.Request, []byte, functionurl.Target) (call.Principal, error), r *http.Request) *http.Response {
	h := functionurl.New(functionurl.Options{
		Source: f, Caller: f, Clock: clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), Log: slog.New(slog.DiscardHandler), Admit: admit,
	})
	info := call.Info{RequestID: "req", TraceID: "Root=1-a-b", SourceIP: "10.0.0.1"}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(call.With(r.Context(), info)))
	return w.Result()
}

// signed adds a signature that names a key.
func signed(r *http.Request) *http.Request {
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	return r
}

// Each answer has AWS's status and words.
func TestAnswers(t *testing.T) {
	t.Parallel()
	get := func() *http.Request { return httptest.NewRequest(http.MethodGet, "/id/", nil) }
	tests := map[string]struct {
		f      functions
		r      *http.Request
		admit  func(*http.Request, []byte, functionurl.Target) (call.Principal, error)
		status int
		kind   string
		body   string
	}{
		"structured":               {f: functions{payload: `{"statusCode":201,"body":"aGk=","isBase64Encoded":true,"headers":{"content-type":"text/x"}}`}, status: 201, kind: "text/x", body: "hi"},
		"a value":                  {f: functions{payload: `{"a":1}`}, status: 200, kind: "application/json", body: `{"a":1}`},
		"a text":                   {f: functions{payload: `"hello"`}, status: 200, kind: "application/json", body: "hello"},
		"no type":                  {f: functions{payload: `{"statusCode":200,"body":"x"}`}, status: 200, kind: "application/json", body: "x"},
		"no such URL":              {r: httptest.NewRequest(http.MethodGet, "/other/", nil), status: 404, kind: "application/json", body: `{"Message":null}`},
		"function fails":           {f: functions{fault: "Unhandled", payload: `{"errorType":"X"}`}, status: 502, kind: "text/plain", body: "Internal Server Error"},
		"bad answer":               {f: functions{payload: `{"statusCode":"x"}`}, status: 502, kind: "text/plain", body: "Internal Server Error"},
		"too slow":                 {f: functions{fault: "Unhandled", payload: `{"errorType":"Sandbox.Timedout"}`}, status: 504, kind: "application/json", body: `{"Message":"Gateway Timeout"}`},
		"throttled":                {f: functions{err: &api.TooManyRequestsException{Message: "Rate Exceeded."}}, status: 429, kind: "application/json", body: `{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
		"function is gone":         {f: functions{err: &api.ResourceNotFoundException{}}, status: 404, kind: "application/json", body: `{"Message":null}`},
		"unsigned":                 {f: functions{auth: "AWS_IAM"}, status: 403, kind: "application/json", body: `{"Message":"Forbidden"}`},
		"signed":                   {f: functions{auth: "AWS_IAM", payload: `"in"`}, r: signed(get()), status: 200, kind: "application/json", body: "in"},
		"forged":                   {f: functions{auth: "AWS_IAM", payload: `"in"`}, r: signed(get()), admit: admits(&wire.APIError{Code: "InvalidSignatureException", Message: "no"}), status: 403, kind: "application/json", body: `{"message":"no"}`},
		"proved":                   {f: functions{auth: "AWS_IAM", payload: `"in"`}, r: signed(get()), admit: admits(nil), status: 200, kind: "application/json", body: "in"},
		"not let in by the policy": {f: functions{auth: "NONE", payload: `"in"`}, r: get(), admit: admits(&wire.APIError{Code: "AccessDenied"}), status: 403, kind: "application/json", body: `{"Message":"Forbidden"}`},
		"unproved":                 {f: functions{auth: "AWS_IAM", payload: `"in"`}, r: signed(get()), admit: admits(&wire.APIError{Code: "AccessDenied"}), status: 403, kind: "application/json", body: `{"Message":"Forbidden"}`},
		"too large": {
			r: httptest.NewRequest(http.MethodPost, "/id/", bytes.NewReader(make([]byte, 6<<20+1))), status: 413, kind: "application/json",
			body: `{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`,
		},
		"stream":              {f: functions{mode: "RESPONSE_STREAM", chunks: []string{"a", "b"}}, status: 200, kind: "application/octet-stream", body: "ab"},
		"stream with prelude": {f: functions{mode: "RESPONSE_STREAM", chunks: []string{`{"statusCode":2`, "03,\"headers\":{\"Content-Type\":\"text/x\"}}\x00\x00\x00\x00\x00", "\x00\x00\x00a", "b"}}, status: 203, kind: "text/x", body: "ab"},
		"stream of JSON":      {f: functions{mode: "RESPONSE_STREAM", chunks: []string{`{"a":`, `1}`}}, status: 200, kind: "application/octet-stream", body: `{"a":1}`},
		"stream fails":        {f: functions{mode: "RESPONSE_STREAM", fault: "Runtime.Exit"}, status: 502, kind: "text/plain", body: "Internal Server Error"},
		"empty stream":        {f: functions{mode: "RESPONSE_STREAM"}, status: 200, kind: "application/octet-stream"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.r == nil {
				tt.r = get()
			}
			got := do(&tt.f, tt.admit, tt.r)
			body, err := io.ReadAll(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got.StatusCode != tt.status || got.Header.Get("Content-Type") != tt.kind || string(body) != tt.body {
				t.Errorf("%d %s %q", got.StatusCode, got.Header.Get("Content-Type"), body)
			}
		})
	}
}

// A function is told of the whole request.
func TestEvent(t *testing.T) {
	t.Parallel()
	f := functions{auth: "AWS_IAM", payload: `"ok"`}
	r := signed(httptest.NewRequest(http.MethodPut, "/id/a%20b/c?x=1&x=2&y=", strings.NewReader("\xff")))
	r.Host = "id.lambda-url.us-east-1.localhost:4566"
	r.Header.Set("Cookie", "k=v; l=w")
	r.Header.Set("User-Agent", "test")
	r.Header.Del("Authorization")
	do(&f, nil, signed(r))
	var got map[string]any
	if err := json.Unmarshal(f.event, &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "headers")
	want := map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": "/a%20b/c", "rawQueryString": "x=1&x=2&y=",
		"cookies": []any{"k=v", "l=w"}, "queryStringParameters": map[string]any{"x": "1,2", "y": ""},
		"body": "/w==", "isBase64Encoded": true,
		"requestContext": map[string]any{
			"accountId": "000000000000", "apiId": "id", "domainName": "id.lambda-url.us-east-1.localhost", "domainPrefix": "id",
			"http":      map[string]any{"method": "PUT", "path": "/a%20b/c", "protocol": "HTTP/1.1", "sourceIp": "10.0.0.1", "userAgent": "test"},
			"requestId": "req", "routeKey": "$default", "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1767225600000.0,
			"authorizer": map[string]any{"iam": map[string]any{
				"accessKey": "AKID", "accountId": "000000000000", "callerId": "000000000000", "cognitoIdentity": nil,
				"principalOrgId": nil, "userArn": "arn:aws:iam::000000000000:root", "userId": "000000000000",
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A URL's configuration decides what pages may do; without one the function does.
func TestCORS(t *testing.T) {
	t.Parallel()
	cors := &api.Cors{
		AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET", "PUT"}, AllowHeaders: []string{"X-A"},
		ExposeHeaders: []string{"X-B"}, AllowCredentials: new(true), MaxAge: new(int32(60)),
	}
	answer := `{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"function"}}`
	tests := map[string]struct {
		cors           *api.Cors
		method, origin string
		want           map[string]string // by the header's name after Access-Control-
	}{
		"preflight": {cors, http.MethodOptions, "https://a.example", map[string]string{
			"Allow-Origin": "https://a.example", "Allow-Methods": "GET,PUT", "Allow-Headers": "X-A", "Allow-Credentials": "true", "Max-Age": "60",
		}},
		"request":        {cors, http.MethodGet, "https://a.example", map[string]string{"Allow-Origin": "https://a.example", "Allow-Credentials": "true", "Expose-Headers": "X-B"}},
		"other origin":   {cors, http.MethodOptions, "https://b.example", map[string]string{}},
		"any origin":     {&api.Cors{AllowOrigins: []string{"*"}}, http.MethodGet, "https://b.example", map[string]string{"Allow-Origin": "*"}},
		"the function":   {nil, http.MethodOptions, "https://b.example", map[string]string{"Allow-Origin": "function"}},
		"without a page": {cors, http.MethodGet, "", map[string]string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, "/id/", nil)
			r.Header.Set("Access-Control-Request-Method", "PUT")
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			got := map[string]string{}
			for name, v := range do(&functions{cors: tt.cors, payload: answer}, nil, r).Header {
				if rest, ok := strings.CutPrefix(name, "Access-Control-"); ok {
					got[rest] = v[0]
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

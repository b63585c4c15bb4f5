package compute

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// languageFunction returns a function of testdata, or skips where the host has
// no interpreter.
func languageFunction(t testing.TB, f *fixture, runtime, handler string) *Function {
	t.Helper()
	if err := f.Supports(runtime); err != nil {
		t.Skip(err)
	}
	folder := "testdata/node"
	if strings.HasPrefix(runtime, "python") {
		folder = "testdata/python"
	}
	return function(t, runtime, folder, handler)
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		runtime, handler, payload string
		want                      string // the payload, or part of it
		kind                      string // error type; "" is success
		log                       string // part of the log
	}{
		"python echo":           {runtime: "python3.12", handler: "index.handler", payload: `{"a":"ü"}`, want: `{"a": "ü"}`},
		"python module path":    {runtime: "python3.12", handler: "pkg/sub/mod.h", payload: `{}`, want: `"deep"`},
		"python dotted path":    {runtime: "python3.12", handler: "pkg.sub.mod.h", payload: `{}`, want: `"deep"`},
		"python raise":          {runtime: "python3.12", handler: "index.handler", payload: `{"do":"raise"}`, kind: "Custom", want: `"errorMessage": "as asked", "errorType": "Custom", "requestId": "req-1", "stackTrace": ["  File \"/var/task/index.py\", line `, log: "[ERROR] Custom: as asked\rTraceback (most recent call last):\r"},
		"python set":            {runtime: "python3.12", handler: "index.handler", payload: `{"do":"set"}`, kind: "Runtime.MarshalError", want: "Unable to marshal response: Object of type set is not JSON serializable"},
		"python exit":           {runtime: "python3.12", handler: "index.handler", payload: `{"do":"exit"}`, kind: "Runtime.ExitError", want: "exit status 7"},
		"python apart":          {runtime: "python3.12", handler: "index.handler", payload: `{"do":"apart"}`, kind: "Runtime.OutOfMemory", want: "signal: killed"},
		"python share":          {runtime: "python3.12", handler: "index.handler", payload: `{"do":"share","mb":60,"n":10}`, want: `{"held": 60}`},
		"python log":            {runtime: "python3.12", handler: "index.handler", payload: `{"do":"log"}`, want: `"log"`, log: "Z\treq-1\tlogged\n"},
		"python syntax":         {runtime: "python3.12", handler: "broken.h", payload: `{}`, kind: "Runtime.UserCodeSyntaxError", want: `File \"/var/task/broken.py\" Line `},
		"python import":         {runtime: "python3.12", handler: "missing.h", payload: `{}`, kind: "Runtime.ImportModuleError", want: "Unable to import module 'missing': No module named 'nothing_like_this'"},
		"python no handler":     {runtime: "python3.12", handler: "index.nope", payload: `{}`, kind: "Runtime.HandlerNotFound", want: "Handler 'nope' missing on module 'index'"},
		"python bad handler":    {runtime: "python3.12", handler: "index", payload: `{}`, kind: "Runtime.MalformedHandlerName", want: "Bad handler 'index'"},
		"node echo":             {runtime: "nodejs20.x", handler: "index.async", payload: `{"a":"ü"}`, want: `{"a":"ü"}`},
		"node throw":            {runtime: "nodejs20.x", handler: "index.async", payload: `{"do":"throw"}`, kind: "TypeError", want: `{"errorType":"TypeError","errorMessage":"as asked","trace":["TypeError: as asked","    at exports.async (/var/task/index.js:`, log: "\treq-1\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\""},
		"node log":              {runtime: "nodejs20.x", handler: "index.async", payload: `{"do":"log"}`, want: "log", log: "Z\treq-1\tINFO\tlogged 1\n"},
		"node never":            {runtime: "nodejs20.x", handler: "index.async", payload: `{"do":"never"}`, want: "null"},
		"node uncaught":         {runtime: "nodejs20.x", handler: "index.async", payload: `{"do":"uncaught"}`, kind: "Error", want: "late"},
		"node callback":         {runtime: "nodejs20.x", handler: "index.callback", payload: `{}`, want: `{"late":true}`},
		"node callback fail":    {runtime: "nodejs20.x", handler: "index.callback", payload: `{"do":"fail"}`, kind: "Error", want: "as asked"},
		"node reject":           {runtime: "nodejs20.x", handler: "index.async", payload: `{"do":"reject"}`, kind: "Runtime.UnhandledPromiseRejection", want: "RangeError: nobody looks"},
		"node nothing":          {runtime: "nodejs20.x", handler: "index.async", payload: `{"do":"nothing"}`, want: "null"},
		"node cycle":            {runtime: "nodejs20.x", handler: "index.async", payload: `{"do":"cycle"}`, kind: "Runtime.MarshalError", want: "Unable to stringify response body"},
		"node too large":        {runtime: "nodejs20.x", handler: "index.async", payload: `{"do":"large","n":3300000}`, kind: tooLargeType, want: "Response payload size (6600002 bytes) exceeded"},
		"node callback at once": {runtime: "nodejs20.x", handler: "index.callback", payload: `{"do":"at once"}`, want: `"at once"`},
		"node callback waits":   {runtime: "nodejs20.x", handler: "index.callback", payload: `{"do":"wait"}`, want: `{"waited":true}`},
		"node nested export":    {runtime: "nodejs20.x", handler: "index.deep.handler", payload: `{}`, want: `"deep"`},
		"node ESM":              {runtime: "nodejs20.x", handler: "esm.handler", payload: `{"x":1}`, want: `{"esm":true,"x":1}`},
		"node no module":        {runtime: "nodejs20.x", handler: "nope.handler", payload: `{}`, kind: "Runtime.ImportModuleError", want: "Cannot find module 'nope'"},
		"node no handler":       {runtime: "nodejs20.x", handler: "index.nope", payload: `{}`, kind: "Runtime.HandlerNotFound", want: "index.nope is undefined or not exported"},
		"node syntax":           {runtime: "nodejs20.x", handler: "broken.h", payload: `{}`, kind: "Runtime.UserCodeSyntaxError", want: "SyntaxError"},
		"node stream, buffered": {runtime: "nodejs20.x", handler: "index.stream", payload: `{}`, want: "one,two"},
	}
	f := newFixture(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fn := languageFunction(t, f, tt.runtime, tt.handler)
			fn.Key, fn.MemoryMB = name, 256
			r := f.invoke(t, fn, tt.payload)
			if r.ErrorType != tt.kind || (tt.kind != "") != (r.FunctionError != "") {
				t.Errorf("error type %q (%q), want %q", r.ErrorType, r.FunctionError, tt.kind)
			}
			if !strings.Contains(string(r.Payload), tt.want) {
				t.Errorf("payload %s lacks %s", r.Payload, tt.want)
			}
			if !strings.Contains(string(r.LogTail), tt.log) {
				t.Errorf("log %s lacks %s", r.LogTail, tt.log)
			}
		})
	}
}

func TestLanguageContexts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for runtime, handler := range map[string]string{"python3.12": "index.handler", "nodejs20.x": "index.async"} {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			fn := languageFunction(t, f, runtime, handler)
			r, err := f.Invoke(t.Context(), fn, &Request{
				ID: "req-2", InvokedARN: "arn:f", Payload: []byte(`{"do":"context"}`),
				ClientContext: `{"custom":{"k":"v"}}`, TraceID: "Root=1-2-3;Sampled=1",
			})
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				ID, ARN, Name string
				Left          int
				Custom        map[string]string
			}
			if err := json.Unmarshal(r.Payload, &got); err != nil {
				t.Fatalf("%s: %v", r.Payload, err)
			}
			if got.ID != "req-2" || got.ARN != "arn:f" || got.Name != "fn" || got.Left <= 0 || got.Left > 60_000 || got.Custom["k"] != "v" {
				t.Errorf("context %s", r.Payload)
			}
		})
	}
}

func TestStreamedResponse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := languageFunction(t, f, "nodejs20.x", "index.stream")
	var got bytes.Buffer
	r, err := f.Invoke(t.Context(), fn, &Request{ID: "a", Payload: []byte(`{}`), Stream: &got})
	if err != nil || got.String() != "one,two" || r.ContentType != "text/plain" {
		t.Errorf("%q %s %v", got.String(), r.ContentType, err)
	}
	got.Reset()
	r, err = f.Invoke(t.Context(), fn, &Request{ID: "b", Payload: []byte(`{"do":"throw"}`), Stream: &got})
	if err != nil || r.ErrorType != "Error" || !strings.Contains(string(r.Payload), "midway") || got.String() != "one,two" {
		t.Errorf("%q %s %s %v", got.String(), r.ErrorType, r.Payload, err)
	}
}

func TestJSONLogs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := languageFunction(t, f, "nodejs20.x", "index.async")
	fn.JSONLogs = true
	r := f.invoke(t, fn, `{"do":"log"}`)
	for line := range strings.Lines(string(r.LogTail)) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	for _, want := range []string{`"type":"platform.start"`, `"type":"platform.report"`, `"level":"INFO","requestId":"req-1","message":"logged 1"`} {
		if !strings.Contains(string(r.LogTail), want) {
			t.Errorf("log %s lacks %s", r.LogTail, want)
		}
	}
}

// One environment takes answers and payloads of all sizes, one after another.
func TestNodeKeepsItsConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := languageFunction(t, f, "nodejs20.x", "index.async")
	fn.MemoryMB = 512
	text := strings.Repeat("x", 5<<20)
	for _, c := range []struct{ payload, want string }{
		{`{"a":1}`, `{"a":1}`},
		{`{"do":"length","text":"` + text + `"}`, "5242880"},
		{`{"do":"large","n":2000000}`, `"` + strings.Repeat("é", 2000000) + `"`},
		{`{"do":"large","n":3300000}`, `{"errorType":"` + tooLargeType},
		{`{"do":"throw"}`, `{"errorType":"TypeError"`},
		{`{"a":2}`, `{"a":2}`},
	} {
		if r := f.invoke(t, fn, c.payload); !strings.HasPrefix(string(r.Payload), c.want) {
			t.Errorf("%.60s: %.200s", c.payload, r.Payload)
		}
	}
}

func TestNodeStreamsAsMuchAsIsRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	fn := languageFunction(t, f, "nodejs20.x", "index.flood")
	fn.MemoryMB = 512
	for range 2 {
		var got bytes.Buffer
		r, err := f.Invoke(t.Context(), fn, &Request{ID: "a", Payload: []byte(`{"n":70,"size":100000}`), Stream: &got})
		if err != nil || r.ErrorType != "" || got.Len() != 7_000_000 || got.Bytes()[6_999_999] != 'A'+69%26 {
			t.Fatalf("%d bytes, %s %v", got.Len(), r.ErrorType, err)
		}
	}
	fn = languageFunction(t, f, "nodejs20.x", "index.page")
	fn.Key = "page"
	var got bytes.Buffer
	r, err := f.Invoke(t.Context(), fn, &Request{ID: "a", Payload: []byte(`{}`), Stream: &got})
	if err != nil || got.String() != `{"statusCode":201}`+strings.Repeat("\x00", 8)+"made" || r.ContentType != "application/vnd.awslambda.http-integration-response" {
		t.Errorf("%q %s %v", got.String(), r.ContentType, err)
	}
}

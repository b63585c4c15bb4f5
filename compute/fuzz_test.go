package compute

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A function may say anything to its runtime API, and from several threads: it is
// answered in the API's form, it settles no invocation but its own, and that once.
// That it could not start it says once, too.
func FuzzRuntimeAPI(f *testing.F) {
	const id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	const invocation = apiPrefix + "invocation/" + id
	f.Add("POST", invocation+"/response", "", "", []byte(`{"ok":true}`), "")
	f.Add("POST", invocation+"/error", "Runtime.Bad", "", []byte(`{"errorMessage":"m","errorType":"T","stackTrace":[]}`), "")
	f.Add("POST", invocation+"/error", "", "", []byte(`{"errorType":"a\r\nb"}`), "")
	f.Add("POST", invocation+"/error", "", "", []byte(`{"errorType":7}`), "")
	f.Add("POST", invocation+"/response", "", "streaming", []byte("piece"), "Runtime.StreamError")
	f.Add("POST", invocation+"/error", "", "streaming", []byte("piece"), "x")
	f.Add("POST", invocation+"/response/", "", "", []byte{}, "")
	f.Add("GET", invocation+"/response", "", "", []byte{}, "")
	f.Add("POST", apiPrefix+"invocation/"+strings.ToUpper(id)+"/response", "", "", []byte("null"), "")
	f.Add("POST", apiPrefix+"invocation//response", "", "", []byte("null"), "")
	f.Add("POST", apiPrefix+"invocation/../invocation/"+id+"/response", "", "", []byte("null"), "")
	f.Add("POST", apiPrefix+"init/error", "Runtime.Init\n", "", []byte(`{"errorMessage":"\ud800"}`), "")
	f.Add("GET", apiPrefix+"invocation/next", "", "", []byte{}, "")
	f.Add("PUT", "//", "", "", []byte("\xff"), "")
	ended := make(chan struct{})
	close(ended)
	f.Fuzz(func(t *testing.T, method, path, kind, mode string, body []byte, trailer string) {
		d := &delivery{req: &Request{ID: id}, done: make(chan *response, 1)}
		e := &environment{initError: make(chan *failure, 1), gone: ended}
		e.current.Store(d)
		ask := func() *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
			r.Method, r.URL = method, &url.URL{Path: path}
			r.Header["Lambda-Runtime-Function-Error-Type"] = []string{kind}
			r.Header["Lambda-Runtime-Function-Response-Mode"] = []string{mode}
			r.Trailer = http.Header{"Lambda-Runtime-Function-Error-Type": {trailer}, "Lambda-Runtime-Function-Error-Body": {kind}}
			w := httptest.NewRecorder()
			e.runtimeAPI(w, r)
			if !json.Valid(w.Body.Bytes()) || w.Code >= http.StatusInternalServerError {
				t.Errorf("%s %q is answered %d %q", method, path, w.Code, w.Body)
			}
			return w
		}
		first := ask()
		own := method == http.MethodPost && (path == invocation+"/response" || path == invocation+"/error")
		if settled := len(d.done) == 1; settled != own || own && first.Code != http.StatusAccepted {
			t.Fatalf("%s %q settles the invocation: %t, with %d", method, path, settled, first.Code)
		}
		if method == http.MethodPost && path == apiPrefix+"init/error" {
			if again := ask(); first.Code != http.StatusAccepted || again.Code != http.StatusForbidden || len(e.initError) != 1 {
				t.Errorf("that it could not start is taken with %d, then %d", first.Code, again.Code)
			}
		}
		if !own {
			return
		}
		got := <-d.done
		if got.failed == (got.errorType == "") || got.failed != (strings.HasSuffix(path, "/error") || mode == "streaming" && trailer != "") {
			t.Errorf("%s %q gives %+v", method, path, got)
		}
		if !got.failed && string(got.payload) != string(body) {
			t.Errorf("%q becomes %q", body, got.payload)
		}
		if again := ask(); again.Code != http.StatusBadRequest || len(d.done) > 0 {
			t.Errorf("a second answer is taken with %d", again.Code)
		}
	})
}

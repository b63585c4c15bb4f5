package front

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"maru.dev/maru/gateway/plan"
)

// domains are custom domain names with what they map to.
type domains map[string][]plan.Mapping

func (d domains) Domain(_ context.Context, name string) ([]plan.Mapping, bool, error) {
	list, ok := d[name]
	return list, ok, nil
}

// known is a Plane of the APIs that it knows.
type known struct {
	apis  string
	asked int
	at    Address
}

func (k *known) Serve(w http.ResponseWriter, _ *http.Request, at Address) bool {
	k.asked++
	if !strings.Contains(k.apis, at.API) || at.API == "" {
		return false
	}
	k.at = at
	w.WriteHeader(http.StatusTeapot)
	return true
}

func TestRequestsFindTheirAPI(t *testing.T) {
	t.Parallel()
	names := domains{"api.example.com": {{Key: "", API: "a"}, {Key: "v1", API: "b", Stage: "prod"}, {Key: "v1/x", API: "c", Stage: "dev"}}, "v2.example.com": {{Key: "v2", API: "a"}}}
	for path, want := range map[string]Address{
		"/a/dev/pets":             {API: "a", Path: "/dev/pets"},
		"/a":                      {API: "a", Path: "/"},
		"/a/x%2Fy":                {API: "a", Path: "/x%2Fy"},
		"/api.example.com/pets":   {API: "a", Path: "/pets", Domain: "api.example.com"},
		"/API.example.com/v1":     {API: "b", Path: "/", Domain: "API.example.com", BasePath: "v1", Stage: "prod"},
		"/api.example.com/v1/x/y": {API: "c", Path: "/y", Domain: "api.example.com", BasePath: "v1/x", Stage: "dev"},
		"/api.example.com/v12":    {API: "a", Path: "/v12", Domain: "api.example.com"},
	} {
		one, two := &known{apis: "a"}, &known{apis: "bc"}
		h := New(names, slog.New(slog.DiscardHandler), one, two)
		for range 2 {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
			if got := one.at; w.Code != http.StatusTeapot || got != want && two.at != want {
				t.Errorf("%s: %d, %+v, %+v; want %+v", path, w.Code, one.at, two.at, want)
			}
		}
		if two.asked > 0 && one.asked != 1 {
			t.Errorf("%s: the plane that does not know the API was asked %d times", path, one.asked)
		}
	}
	for path, want := range map[string]int{"/z/pets": 404, "/": 404, "/other.example.com/": 403, "/v2.example.com/v1": 404} {
		w := httptest.NewRecorder()
		New(names, slog.New(slog.DiscardHandler), &known{apis: "a"}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestUserRequests(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/restapis/a/prod/_user_request_/pets/1": "/a/prod/pets/1", "/restapis/a/prod/_user_request_": "/a/prod", "/restapis/a/prod/_user_request_/": "/a/prod/",
		"/restapis/a/stages": "", "/restapis/a/x/y/_user_request_/z": "", "/restapis/a/prod/_user_request_x": "", "/else/a/prod/_user_request_/": "",
	} {
		if got, ok := UserRequest(path); got != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", path, got, ok, want)
		}
	}
}

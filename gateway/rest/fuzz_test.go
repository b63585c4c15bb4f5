package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	api "maru.dev/maru/api/apigateway"
)

// Whatever path is asked for, what is found fits it: exact parts are the path's
// own, and no variable is empty.
func FuzzFind(f *testing.F) {
	for _, path := range []string{"", "/pets", "/pets/1", "/pets/cats", "/pets/1/toys/2/3", "/a//b/", "/%2F"} {
		f.Add(path)
	}
	root := &node{}
	for _, path := range []string{"/", "/pets", "/pets/{id}", "/pets/cats", "/pets/{id}/toys/{rest+}", "/{proxy+}"} {
		r := &resourcePlan{path: path}
		r.methods = map[string]*methodPlan{"GET": {Method: &api.Method{}, resource: r}}
		root.add(r)
	}
	f.Fuzz(func(t *testing.T, path string) {
		m := root.find("GET", strings.TrimPrefix(strings.TrimSuffix(path, "/"), "/"))
		if m == nil {
			return
		}
		x := &exchange{r: httptest.NewRequest(http.MethodGet, "/", http.NoBody), path: path, method: m}
		x.readParameters()
		fixed := 0
		for part := range strings.SplitSeq(strings.Trim(m.resource.path, "/"), "/") {
			if _, variable := variableOf(part); !variable && part != "" {
				fixed++
				if !strings.Contains("/"+path+"/", "/"+part+"/") {
					t.Errorf("%q is found as %s", path, m.resource.path)
				}
			}
		}
		if n := strings.Count(m.resource.path, "{"); len(x.parameters) != n {
			t.Errorf("%q has the parameters %v of %s", path, x.parameters, m.resource.path)
		}
	})
}

// What a client accepts chooses among what there is, and nothing else.
func FuzzAcceptable(f *testing.F) {
	f.Add("text/plain", "application/json|text/plain")
	f.Add("*/*;q=0.1, TEXT/HTML ; x=y", "text/html; charset=utf-8")
	f.Fuzz(func(t *testing.T, accept, kinds string) {
		list := strings.Split(kinds, "|")
		got := acceptable(accept, list)
		for _, kind := range list {
			if kind == got {
				return
			}
		}
		t.Errorf("%q of %q", got, list)
	})
}

// A stage's settings are of any form that an older version has written.
func FuzzSettings(f *testing.F) {
	f.Add("*/*", "~1pets~1{id}/GET")
	f.Add("pets/POST", "/*/")
	f.Fuzz(func(t *testing.T, a, b string) {
		all := map[string]api.MethodSetting{
			a: {ThrottlingRateLimit: new(1.0), CachingEnabled: new(true)}, b: {LoggingLevel: new("INFO"), CachingEnabled: new(false)},
		}
		s := settingsOf(all, "/pets", "GET")
		for _, key := range []string{a, b} {
			if key == "*/*" && s.LoggingLevel == nil && s.ThrottlingRateLimit == nil {
				t.Errorf("%q is for every method", key)
			}
		}
	})
}

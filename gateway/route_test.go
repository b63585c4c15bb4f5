package gateway

import (
	"fmt"
	"testing"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
)

// stageOf compiles a stage with routes of these keys.
func stageOf(keys ...string) *stagePlan {
	st := plan.Stage{Stage: api.Stage{StageName: "$default"}}
	for i, key := range keys {
		st.Routes = append(st.Routes, api.Route{RouteId: new(fmt.Sprint(i)), RouteKey: key})
	}
	return compile(&plan.API{ID: "a", Stages: []plan.Stage{st}}).stages["$default"]
}

func TestTheMostSpecificRouteWins(t *testing.T) {
	t.Parallel()
	st := stageOf("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default",
		"POST /orders", "ANY /orders", "GET /a/{x}/c", "GET /a/b/{y}/d", "GET /trailing/", "GET /")
	tests := map[string]string{
		"GET /pets/dog/1":   "GET /pets/dog/1",
		"GET /pets/dog/2":   "GET /pets/dog/{id}",
		"GET /pets/cat/1":   "GET /pets/{proxy+}",
		"POST /pets/dog/1":  "ANY /{proxy+}",
		"POST /test/5":      "ANY /{proxy+}",
		"GET /":             "GET /",
		"POST /":            "$default",
		"POST /orders":      "POST /orders",
		"GET /orders":       "ANY /orders",
		"GET /a/b/c":        "GET /a/{x}/c",
		"GET /a/b/c/d":      "GET /a/b/{y}/d",
		"GET /a/b/c/e":      "ANY /{proxy+}",
		"GET /pets/":        "ANY /{proxy+}",
		"GET /pets/dog/":    "GET /pets/{proxy+}",
		"GET /trailing/":    "GET /trailing/",
		"GET /trailing":     "ANY /{proxy+}",
		"OPTIONS /pets/dog": "ANY /{proxy+}",
		"GET /pets/dog/1/2": "GET /pets/{proxy+}",
	}
	for request, want := range tests {
		t.Run(request, func(t *testing.T) {
			t.Parallel()
			var method, path string
			if _, err := fmt.Sscanf(request, "%s %s", &method, &path); err != nil {
				t.Fatal(err)
			}
			r := st.lookup(method, path)
			if r == nil || r.RouteKey != want {
				t.Errorf("got %+v, want %s", r, want)
			}
		})
	}
}

func TestNoRouteWithoutDefault(t *testing.T) {
	t.Parallel()
	st := stageOf("GET /a", "GET /b/{x}")
	for _, path := range []string{"/", "/c", "/a/", "/b", "/b/", "/b/1/2", "//a"} {
		if r := st.lookup("GET", path); r != nil {
			t.Errorf("%s found %s", path, r.RouteKey)
		}
	}
	if r := st.lookup("POST", "/a"); r != nil {
		t.Errorf("POST found %s", r.RouteKey)
	}
}

// BenchmarkLookup shows that finding a route does not depend on how many there
// are.
func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{3, 300} {
		var keys []string
		for i := range n {
			keys = append(keys, fmt.Sprintf("GET /resource%d/{id}/items/{item}", i))
		}
		st := stageOf(keys...)
		path := fmt.Sprintf("/resource%d/42/items/7", n-1)
		b.Run(fmt.Sprint(n, " routes"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if st.lookup("GET", path) == nil {
					b.Fatal("not found")
				}
			}
		})
	}
}

package filter

import "testing"

func TestExpressionsThatCannotBeReadAreRefused(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		`responsetime`, `responsetime > "5"`, `http.url > "a"`, `ok AND`, `(ok`, `service("a"`, `service("a") {ok`, `edge("a")`,
		`annotation. = 1`, `annotation.a CONTAINS 1`, `annotation[a = 1`, `nonsense`, `"a"`, `http.url = "a`, `group.name`, `ok = 1`, `#`,
	} {
		if _, err := Parse(expr); err == nil {
			t.Errorf("%s was read", expr)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, expr := range []string{
		``, `ok`, `!ok AND NOT fault OR (duration >= 5.5 partial)`, `service(id(name: "a", type: "b", account.id: "c")) { edge("x", "y") }`,
		`annotation[a.b] != 'it\'s'`, `annotation.a`, `group(name: "g")`, `rootcause.fault.entity CONTAINS "x"`,
	} {
		f.Add(expr)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		e, err := Parse(expr)
		if err == nil && e == nil {
			t.Error("nothing was returned")
		}
		if err == nil {
			e.Entities()
		}
	})
}

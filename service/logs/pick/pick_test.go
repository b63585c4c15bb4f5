package pick

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seeds are texts that a reader of JSON may stumble over.
func seeds() []string {
	return []string{
		`{"a":1,"b":{"c":[1,"x",{"d":null}]}}`, `{"a":1,"a":2}`, `{"a":{"b":1},"a":{"c":2}}`, `{"a":{"b.c":1},"a.b":{"c":2}}`,
		`{"a":{"b":{"c":1}},"a.b":{"c":null}}`, `{"":{"a":1}}`, `{"a":{"":{"b":{"c":7}}}}`, `{"\u0061":1}`, `{"a":"\ud800\u0041\n"}`,
		"{\"a\":\"\xff\"}", "{\"a\":\"\x01\"}", `{"a":01}`, `{"a":-0.5e+7}`, `{"a":1e999}`, `{"a":-}`, `{"a":1} and more`, `{"a":1`, `{"a":1,}`,
		`{"a":tru}`, `{"a":true,"b":false}`, `[1,{"a":2},[3]]`, `[1,]`, ` {"a" : [ ] , "b" : { } } `, `{"a":"x","b":{"c":{"0":5}}}`,
		`{"a":"é"}`, `{"a":"\q"}`, `{"a":"\u00g0"}`, `{"a":1 2}`, `"{"`, ``,
	}
}

// decode is what encoding/json makes of a text: a value, if what it begins with
// is one.
func decode(text string) (x any, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return x, d.Decode(&x) == nil
}

// valueOf is a decoded value as a plan gives it.
func valueOf(x any) Value {
	switch x := x.(type) {
	case nil:
		return Value{Kind: Null}
	case bool:
		if x {
			return Value{Kind: True}
		}
		return Value{Kind: False}
	case json.Number:
		return Value{Number, x.String()}
	case string:
		return Value{String, x}
	}
	return Value{Kind: Compound}
}

// FuzzPaths holds members by their steps against decoding the whole.
func FuzzPaths(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	paths := [][]Step{{{"a", -1}}, {{"b", -1}, {"c", -1}}, {{"b", -1}, {"c", -1}, {"", 2}, {"d", -1}}, {{"", 1}, {"a", -1}}, {{"a.b", -1}, {"c", -1}}, {{"", -1}}, {{"a", -1}, {"b", -1}}}
	plan := Paths(paths)
	f.Fuzz(func(t *testing.T, text string) {
		got := make([]Value, len(paths))
		outcome := plan.Read(text, got)
		whole, ok := decode(text)
		if outcome == Unsure {
			return
		}
		if ok != (outcome == Read) {
			t.Fatalf("%q: read %v, decoded %v", text, outcome, ok)
		}
		if !ok {
			return
		}
		want := make([]Value, len(paths))
		for i, path := range paths {
			x, there := whole, true
			for _, s := range path {
				switch in := x.(type) {
				case map[string]any:
					x, there = in[s.Name]
					there = there && s.Index < 0
				case []any:
					if there = s.Index >= 0 && s.Index < len(in); there {
						x = in[s.Index]
					}
				default:
					there = false
				}
				if !there {
					break
				}
			}
			if there {
				want[i] = valueOf(x)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	})
}

// flatten finds all members by their dotted names, and says whether two have
// one name.
func flatten(path string, x any, found map[string]Value) (twice bool) {
	under := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch x := x.(type) {
	case map[string]any:
		for name, member := range x {
			twice = flatten(under(name), member, found) || twice
		}
	case []any:
		for i, member := range x {
			twice = flatten(under(strconv.Itoa(i)), member, found) || twice
		}
	default:
		if v := valueOf(x); v.Kind != Null {
			_, twice = found[path]
			found[path] = v
		}
	}
	return twice
}

// FuzzDotted holds members by dotted names against flattening the whole.
func FuzzDotted(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	names := []string{"a", "b.c", "a.b.c", "b.c.2.d", "b.c.0", "a.", "", "a..b.c"}
	plan := Dotted(names, 200)
	f.Fuzz(func(t *testing.T, text string) {
		got := make([]Value, len(names))
		outcome := plan.Read(text, got)
		whole, ok := decode(text)
		if outcome == Unsure {
			return
		}
		if ok != (outcome == Read) {
			t.Fatalf("%q: read %v, decoded %v", text, outcome, ok)
		}
		found := make(map[string]Value)
		if !ok || flatten("", whole, found) || len(found) > 200 {
			return
		}
		for i, name := range names {
			if got[i].Kind == Null || got[i].Kind == Compound {
				got[i] = Value{} // it has no value of its own
			}
			if diff := cmp.Diff(found[name], got[i]); diff != "" {
				t.Errorf("%q: %s: %s", text, name, diff)
			}
		}
	})
}

// A text that is too deep for encoding/json is too deep here.
func TestDepthIsBounded(t *testing.T) {
	t.Parallel()
	plan := Dotted([]string{"a"}, 200)
	for depth, want := range map[int]Outcome{9_999: Read, 10_000: Invalid} {
		text := `{"a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		if _, ok := decode(text); ok != (want == Read) {
			t.Errorf("%d: encoding/json says %v", depth, ok)
		}
		if got := plan.Read(text, make([]Value, 1)); got != want {
			t.Errorf("%d: %v", depth, got)
		}
	}
}

// What a plan reads costs no memory.
func TestReadAllocatesNothing(t *testing.T) {
	plan := Dotted([]string{"status", "detail.latency"}, 200)
	into := make([]Value, plan.Len())
	text := `{"level":"INFO","detail":{"latency":12.5,"path":"/a\/b"},"status":200}`
	if n := testing.AllocsPerRun(100, func() { plan.Read(text, into) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if diff := cmp.Diff([]Value{{Number, "200"}, {Number, "12.5"}}, into); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkRead(b *testing.B) {
	plan := Dotted([]string{"status", "latency"}, 200)
	into := make([]Value, plan.Len())
	text := `{"level":"INFO","time":"2026-01-01T00:00:12.345Z","request":"deadbeef-1234","path":"/orders/17","status":200,"latency":123.4,"msg":"order was taken"}`
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		plan.Read(text, into)
	}
}

package openapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// form has a value of each form.
type form struct {
	Name  Text   `json:"name"`
	List  Texts  `json:"list"`
	Count Number `json:"count"`
	On    Bool   `json:"on"`
}

func TestReadTakesValuesInEveryForm(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body string
		want form
	}{
		"JSON":        {`{"name": "a", "list": ["b", "c"], "count": 1, "on": true}`, form{"a", Texts{"b", "c"}, 1, true}},
		"in quotes":   {`{"list": "b", "count": "1", "on": "false"}`, form{List: Texts{"b"}, Count: 1}},
		"YAML":        {"name: 1.0\nlist: [2, yes]\ncount: 3\non: true\n", form{"1.0", Texts{"2", "yes"}, 3, true}},
		"merged YAML": {"x: &x {name: a, count: 1}\n<<: *x\ncount: 2\n", form{Name: "a", Count: 2}},
		"nothing":     {"name: ~", form{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Read[form]([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadRefusesOtherForms(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"{", "[]", `{"name": {}}`, `{"count": 1.5}`, `{"on": "maybe"}`, `{"list": [[]]}`} {
		if _, err := Read[form]([]byte(body)); err == nil || !strings.HasPrefix(err.Error(), "unable to parse the document: ") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// A small document whose aliases repeat each other stays small.
func TestJSONOfAliasesIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 20 {
		n, m := string(rune('a'+i)), string(rune('b'+i))
		if i == 0 {
			n = "a0"
		}
		b.WriteString(m + ": &" + m + " [*" + n + strings.Repeat(", *"+n, 9) + "]\n")
	}
	raw, err := JSON([]byte(b.String()))
	if err != nil || len(raw) > 8*maxNodes {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ base, mode, want string }{
		{"/a/b/", "", ""}, {"/a/b", "ignore", ""}, {"a/b/", "prepend", "/a/b"}, {"/a/b", "split", "/b"}, {"/a", "split", ""}, {"/", "prepend", ""},
	} {
		if got, err := Prefix(tt.base, tt.mode); err != nil || got != tt.want {
			t.Errorf("%s of %s: %q, %v; want %q", tt.mode, tt.base, got, err, tt.want)
		}
	}
	s := Server{URL: "https://x.example/{base}/c", Variables: map[string]Variable{"base": {Default: "a/b"}}}
	if got, err := s.Path(); err != nil || got != "/a/b/c" {
		t.Errorf("path %q, %v", got, err)
	}
}

// Variables are filled in once, and only as far as an address may go.
func TestAddressesAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("{b}", 1000)
	for name, tt := range map[string]struct {
		server Server
		want   string // "" for a refusal
	}{
		"a variable in a variable": {Server{URL: "https://{a}/{b}/{", Variables: map[string]Variable{"a": {Default: "{b}"}, "b": {Default: "c"}}}, ""},
		"an unknown variable":      {Server{URL: "https://x/{a}/{b}", Variables: map[string]Variable{"b": {Default: "{a}"}}}, "/{a}/{a}"},
		"a brace that is open":     {Server{URL: "https://x/{b}/{b", Variables: map[string]Variable{"b": {Default: "c"}}}, "/c/{b"},
		"values that grow":         {Server{URL: Text("https://x/" + long), Variables: map[string]Variable{"b": {Default: Text(long)}}}, ""},
		"a long URL":               {Server{URL: Text("https://x/" + strings.Repeat("{", 1_000_000))}, ""},
	} {
		if got, err := tt.server.Path(); got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// What JSON makes of a document is JSON, and stays as it is when it is read again.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a": [1, "x"]}`, "a: &a {b: 1.0}\n<<: *a\nc: ~\n", "- yes\n- 0x1F\n- .inf\n", "a: &a [*a]", "? [a]\n: b\n", "\ufeff{a: b}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		raw, err := JSON(body)
		if err != nil {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("no JSON: %s", raw)
		}
		if again, err := JSON(raw); len(raw) > 0 && raw[0] == '{' && (err != nil || string(again) != string(raw)) {
			t.Errorf("%s becomes %s, %v", raw, again, err)
		}
		_, _ = Read[form](body)
	})
}

// A server's path is found or refused, and is never longer than an address may be
// with its last variable.
func FuzzPath(f *testing.F) {
	f.Add("https://{a}/{b}/c", "a", "x", "b")
	f.Add("{a}{a}", "a", "{a}", "")
	f.Fuzz(func(t *testing.T, address, name, value, base string) {
		s := Server{URL: Text(address), Variables: map[string]Variable{name: {Default: Text(value)}}}
		path, err := s.Path()
		if err == nil && len(path) > maxAddress {
			t.Errorf("%d bytes", len(path))
		}
		for _, mode := range []string{"ignore", "prepend", "split"} {
			if prefix, err := Prefix(base, mode); err == nil && prefix != "" && (prefix[0] != '/' || len(prefix) > len(base)+1) {
				t.Errorf("%s of %q is %q", mode, base, prefix)
			}
		}
	})
}

func TestObjectsHaveNoEmptyMembers(t *testing.T) {
	t.Parallel()
	var none *string
	o := Object{}.With("nil", nil).With("pointer", none).With("text", "").With("list", []string{}).With("map", map[string]string(nil)).
		With("a", new("b")).With("off", new(false)).With("n", new(int32(0)))
	if diff := cmp.Diff(Object{"a": "b", "off": false, "n": int32(0)}, o); diff != "" {
		t.Error(diff)
	}
	if y, err := o.Marshal(true); err != nil || string(y) != "a: b\n\"n\": 0\n\"off\": false\n" {
		t.Errorf("%q, %v", y, err)
	}
}

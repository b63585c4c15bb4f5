package path

import (
	"errors"
	"testing"

	"maru.dev/maru/pattern/value"
)

// read parses a JSON text of a test.
func read(t testing.TB, text string) any {
	t.Helper()
	v, err := value.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// testEnv is an environment with an input, a context object and variables.
func testEnv(t testing.TB) *Env {
	t.Helper()
	vars := map[string]any{"v": read(t, `{"a":[10,20]}`), "_n": int64(7)}
	c, _ := read(t, `{"Execution":{"Name":"e1","Input":{"k":1}},"Map":{"Item":{"Index":2}}}`).(*value.Object)
	return &Env{
		Input: read(t, `{"a":{"b":[1,2]},"none":null}`), Context: c,
		Variable: func(name string) (any, bool) { v, ok := vars[name]; return v, ok },
		Random:   func() float64 { return 0.5 },
		UUID:     func() string { return "00000000-0000-4000-8000-000000000000" },
	}
}

// A path begins at the input, the context object or a variable.
func TestGet(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`$.a.b[1]`:                `2`,
		`$..b[*]`:                 `[1,2]`,
		`$$.Execution.Name`:       `"e1"`,
		`$$.Map.Item.Index`:       `2`,
		`$$['Execution'].Input.k`: `1`,
		`$v.a[1]`:                 `20`,
		`$v`:                      `{"a":[10,20]}`,
		`$_n`:                     `7`,
		`$v.a.length()`:           `2`,
	}
	for source, want := range tests {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(source)
			if err != nil {
				t.Fatal(err)
			}
			v, err := p.Get(testEnv(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(value.Text(v)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// A path that leads nowhere says where it ended, and of what.
func TestGetTellsWhereThePathEnded(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want      string
		undefined bool
	}{
		`$.nope`:        {want: `Invalid path '$.nope' : No results for path: $['nope']`},
		`$nope.x`:       {want: `Invalid path '$nope.x' : Variable 'nope' is not defined`, undefined: true},
		`$$.Task.Token`: {want: `Invalid path '$$.Task.Token' : Missing property in path $['Task']`},
	}
	for source, tt := range tests {
		p, err := Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Get(testEnv(t))
		missing, ok := errors.AsType[*NotFoundError](err)
		if !ok || missing.Error() != tt.want || missing.Undefined != tt.undefined {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// What is no path is refused when the definition is read, and one that may match
// several where a reference is needed.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, source := range []string{``, `a`, `$$$`, `$ .a`, `$1`, `$v w`, `$.a[?(@.x == $$.y)]`} {
		if p, err := Parse(source); err == nil {
			t.Errorf("was read: %+v", p)
		}
	}
	for source, want := range map[string]bool{`$`: true, `$$.a`: true, `$v.a[0]`: true, `$.a[*]`: false, `$.`: false} {
		if _, err := ParseReference(source); (err == nil) != want {
			t.Errorf("%s: ParseReference says %v", source, err)
		}
	}
}

// No text makes the parser panic, nor what it reads the evaluation.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`$$['a','b'].*`, `$v[-1]`, `$.a.b[?(@ > 1)]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := Parse(source)
		if err != nil {
			return
		}
		if p.String() != source {
			t.Errorf("became %s", p)
		}
		_, _ = p.Get(testEnv(t))
	})
}

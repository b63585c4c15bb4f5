package java

import (
	"errors"
	"testing"

	"maru.dev/maru/pattern/value"
)

// parsedJSON makes a value of a JSON text.
func parsedJSON(t *testing.T, text string) any {
	t.Helper()
	v, err := value.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return FromJSON(v)
}

// A JSON value prints as the JSON library and Java print it, and is JSON again as
// it was.
func TestValuesPrint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":1,"b":[1.0,"x/y",null],"c":{}}`: `{a=1, b=[1.0,"x\/y",null], c={}}`,
		`"x"`:                                 `x`,
		`true`:                                `true`,
		`1.5E9`:                               `1.5E9`,
		`[]`:                                  `[]`,
		`null`:                                `null`,
	} {
		v := parsedJSON(t, text)
		if got := Text(v); got != want {
			t.Errorf("%s prints as %s, want %s", text, got, want)
		}
		if got := string(JSON(v)); got != text {
			t.Errorf("%s is %s in JSON", text, got)
		}
	}
	if got := Text(&List{Items: []any{"a", int64(1), &Map{}}}); got != "[a, 1, {}]" {
		t.Errorf("a list prints as %s", got)
	}
}

// A map keeps the order of its keys, and tells a number from a text.
func TestMapKeepsItsOrder(t *testing.T) {
	t.Parallel()
	m := &Map{Missing: "none"}
	for _, k := range []any{"b", int64(1), "1", true, 1.5, "a"} {
		m.Put(k, Text(k)+"!")
	}
	m.Put("b", "again")
	m.Remove("1")
	if got := Text(m); got != "{b=again, 1=1!, true=true!, 1.5=1.5!, a=a!}" {
		t.Errorf("got %s", got)
	}
	if v, ok := m.Get("1"); v != "none" || ok {
		t.Errorf("got %v", v)
	}
}

// Methods are called by name and arguments; those that are not there are told
// apart from those that fail.
func TestInvoke(t *testing.T) {
	t.Parallel()
	list := &List{Items: []any{int64(3), "x"}}
	tests := map[string]struct {
		of     any
		method string
		args   []any
		want   any
		throws bool
		none   bool
	}{
		"of a text":           {of: "Hello", method: "substring", args: []any{int64(1), int64(3)}, want: "el"},
		"beyond a text":       {of: "Hello", method: "substring", args: []any{int64(9)}, throws: true},
		"of a number":         {of: int64(7), method: "compareTo", args: []any{int64(8)}, want: int64(-1)},
		"of a list":           {of: list, method: "contains", args: []any{"x"}, want: true},
		"beyond a list":       {of: list, method: "get", args: []any{int64(2)}, throws: true},
		"other arguments":     {of: "Hello", method: "substring", args: []any{"x"}, none: true},
		"of no value's":       {of: true, method: "size", none: true},
		"a pattern of Java's": {of: "x", method: "matches", args: []any{"(?=x)"}, throws: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &Usage{}
			got, err := u.Invoke(tt.of, tt.method, tt.args)
			_, thrown := errors.AsType[*ThrownError](err)
			if got != tt.want || thrown != tt.throws || errors.Is(err, ErrNoMethod) != tt.none {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// What is used up stays used up.
func TestUsageEnds(t *testing.T) {
	t.Parallel()
	u := &Usage{}
	if err := u.Spend(maxSteps); err != nil {
		t.Fatal(err)
	}
	if err := u.Step(); err == nil {
		t.Error("it goes on")
	}
}

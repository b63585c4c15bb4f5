package value

import (
	"strings"
	"testing"
)

// What is read is written as it was: order of members, whole numbers, fractions.
func TestTextIsAsItWasRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"order":           {in: `{"b":1,"a":2,"c":{"z":[],"y":{}}}`, want: `{"b":1,"a":2,"c":{"z":[],"y":{}}}`},
		"whole":           {in: `[0,-1,9007199254740993,9223372036854775807]`, want: `[0,-1,9007199254740993,9223372036854775807]`},
		"beyond 64 bits":  {in: `9223372036854775808`, want: `9.223372036854776E18`},
		"fractions":       {in: `[1.0,0.5,-2.50,100.0]`, want: `[1.0,0.5,-2.5,100.0]`},
		"exponents":       {in: `[1e7,1E-4,1.5e300,12345678.9]`, want: `[1.0E7,1.0E-4,1.5E300,1.23456789E7]`},
		"last name wins":  {in: `{"a":1,"b":2,"a":3}`, want: `{"a":3,"b":2}`},
		"escapes":         {in: `"\u003c\/\n\u0000é"`, want: `"</\n\u0000é"`},
		"literals":        {in: ` [ null , true , false ] `, want: `[null,true,false]`},
		"more than a few": {in: manyMembers(40), want: manyMembers(40)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			got := string(Text(v))
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// manyMembers returns the text of an object large enough to have an index.
func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"m` + strings.Repeat("x", i) + `":` + "1")
	}
	return "{" + b.String()[1:] + "}"
}

// A text that is not one JSON value, or lies too deep, is refused.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"empty":        ``,
		"two values":   `1 2`,
		"trailing":     `{"a":1}x`,
		"open":         `{"a":[1,2`,
		"too deep":     strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2),
		"bad number":   `01`,
		"out of range": `1e999`,
		"not JSON":     `{a:1}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if v, err := Parse([]byte(in)); err == nil {
				t.Errorf("was read as %s", Text(v))
			}
		})
	}
}

// Numbers are equal by worth, objects whatever their order.
func TestEqual(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"number kinds":   {a: `[1,2.0]`, b: `[1.0,2]`, want: true},
		"member order":   {a: `{"a":1,"b":[null]}`, b: `{"b":[null],"a":1}`, want: true},
		"element order":  {a: `[1,2]`, b: `[2,1]`},
		"missing member": {a: `{"a":null}`, b: `{"b":null}`},
		"kinds":          {a: `1`, b: `"1"`},
		"null":           {a: `null`, b: `false`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, errA := Parse([]byte(tt.a))
			b, errB := Parse([]byte(tt.b))
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if got := Equal(a, b); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// A clone may be changed without the original.
func TestCloneIsItsOwn(t *testing.T) {
	t.Parallel()
	o := Of("a", int64(1), "b", "x")
	c := o.Clone()
	c.Set("a", int64(2))
	c.Delete("b")
	c.Set("c", nil)
	if got := string(Text(o)); got != `{"a":1,"b":"x"}` {
		t.Errorf("the original became %s", got)
	}
	if got := string(Text(c)); got != `{"a":2,"c":null}` {
		t.Errorf("the clone is %s", got)
	}
}

// No text makes the reader panic, and what was read is read again the same.
func FuzzParse(f *testing.F) {
	f.Add(`{"a":[1,2.5,"x",null,true,{"b":{}}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		v, err := Parse([]byte(in))
		if err != nil {
			return
		}
		again, err := Parse(Text(v))
		if err != nil || !Equal(v, again) {
			t.Errorf("%q is written as %s: %v", in, Text(v), err)
		}
	})
}

package filter

import (
	"strings"
	"testing"
)

// FuzzPicked holds what a pattern picks out of messages against decoding them,
// and what it says of many messages against what it says of each.
func FuzzPicked(f *testing.F) {
	for _, pattern := range []string{
		`{ $.a = 1 }`, `{ $.a.b[1] = "x*y" && $.c IS NULL }`, `{ $.a != 1 || $.d NOT EXISTS }`, `{ $['a b'] = true || $.a IS FALSE }`,
		`{ $[0].a >= 2 }`, `{ $.a[*].b = "x" }`, `{ $ = 5 }`, `{ $.name = %^x% }`, `{ $.a.* = 1 }`, `{ $.x = "true" }`,
	} {
		for _, message := range []string{
			`{"a":1,"c":null}`, `{"a":{"b":[0,"x12y"]},"c":null,"d":{}}`, `{"a":1,"a":2}`, `{"\u0061":1.0}`, `[{"a":2}] {`, `{"a b":true,"x":true}`,
			`5 {"a":1}`, `{"a":[{"b":"x"}]}`, `{"a":`, `{"name":"\u0078y","a":false}`, "{\"a\":\"\xff\"}", `{"a":1e0} tail`, `text {"a":1}`,
		} {
			f.Add(pattern, message)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, message string) {
		p, err := Parse(pattern)
		if err != nil || !p.json {
			return
		}
		got := p.Match(message)
		if got && !p.Maybe("before\n"+message) {
			t.Errorf("%q matches %q, but may not", pattern, message)
		}
		if want := decodedMatch(t, pattern, message); got != want {
			t.Errorf("%q on %q: %v, decoded %v", pattern, message, got, want)
		}
	})
}

// decodedMatch is what a pattern says of a message that is decoded as a whole.
func decodedMatch(t *testing.T, pattern, message string) bool {
	t.Helper()
	inside := strings.TrimSpace(pattern)
	trimmed := &parser{rest: inside[1 : len(inside)-1]}
	cond, err := trimmed.or(0)
	if err != nil {
		t.Fatal(err)
	}
	cond.maybe = nil
	m := newJSONMatcher(trimmed.selectors, cond)
	m.plan = nil
	return m.match(message)
}

// What a JSON pattern looks for costs no memory in messages that have it not.
func TestMatchOfJSONAllocatesNothing(t *testing.T) {
	p, err := Parse(`{ $.status = 999 && $.path = "/orders/*" }`)
	if err != nil {
		t.Fatal(err)
	}
	message := `{"level":"INFO","status":200,"path":"/orders/1","latency":3}`
	if n := testing.AllocsPerRun(100, func() { p.Match(message) }); n > 0.1 {
		t.Errorf("%v allocations", n)
	}
}

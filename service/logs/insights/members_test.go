package insights

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzMembers holds what is picked out of a message against discovering all of
// it.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":{"c":[1,"x"]},"@type":"y"}`, `at last {"a":"\u0041","b":{"c":"é"}} {"a":2}`, `{"a":1,"a":{"b":2}}`, `{"a":1e999,"a.b":true}`,
		`{"a":null,"b":{"c.0":false}}`, `{"":{"a":1}}`, `{"a":"x"`, `2 1 eni-1 1.1.1.1 2.2.2.2 1 2 6 1 1 1 1 ACCEPT OK`, `plain`,
		"REPORT RequestId: 1\tDuration: 2.5 ms\t", `{"a":01}`, "{\"a\":\"\xff\"}", `{"a":1,"x":{"y":[{},[],"z"]}} ,`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	names := []string{"a", "a.b", "b.c.0", "b.c.1", "@type", "@duration", "srcAddr", "a.", "@message"}
	m := newMembers(names)
	f.Fuzz(func(t *testing.T, message string, function bool) {
		e := &Event{Message: message, Log: "1:g"}
		if function {
			e.Log = "1:/aws/lambda/f"
		}
		fast := &record{event: e, members: m, picked: m.room()}
		slow := &record{event: e}
		if len(discover(e)) >= maxDiscovered {
			return
		}
		got, want := make(map[string]string), make(map[string]string)
		for _, name := range names {
			got[name] = told(fast.get(name))
			want[name] = told(slow.get(name))
		}
		if strings.Contains(message, ".") && anyTwice(message) {
			return // two paths with one name: whichever it is
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", message, diff)
		}
	})
}

// told tells all of a value.
func told(v value) string { return string('0'+rune(v.kind)) + " " + v.String() }

// anyTwice says whether discovering a message again may find something else.
func anyTwice(message string) bool {
	first := discover(&Event{Message: message})
	for range 8 {
		for name, v := range discover(&Event{Message: message}) {
			if told(first[name]) != told(v) {
				return true
			}
		}
	}
	return false
}

// A record that is kept has its members after its worker has gone on.
func TestKeptRecordsHoldTheirMembers(t *testing.T) {
	t.Parallel()
	m := newMembers([]string{"a", "b"})
	room := m.room()
	read := record{event: &Event{Message: `{"a":1,"b":"x"}`}, members: m, picked: room}
	read.get("a")
	fresh := record{event: &Event{Message: `{"a":2,"b":"y"}`}, members: m, picked: room}
	one := read.keep()
	two := fresh.keep()
	next := record{event: &Event{Message: `{"a":3}`}, members: m, picked: room}
	if got := told(next.get("a")); got != "2 3" {
		t.Error(got)
	}
	for want, r := range map[string]*record{"1 x": one, "2 y": two} {
		if got := r.get("a").String() + " " + r.get("b").String(); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

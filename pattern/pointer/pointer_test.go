package pointer

import (
	"slices"
	"strings"
	"testing"
)

func TestPartsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{"": "", "pets": "pets", "/pets/{id}": "~1pets~1{id}", "a~b": "a~0b", "~1": "~01", "/~/": "~1~0~1"} {
		if got := Escape(name); got != part {
			t.Errorf("%q is written %q, not %q", name, got, part)
		}
		if got := Unescape(part); got != name {
			t.Errorf("%q is read %q, not %q", part, got, name)
		}
	}
}

func TestStepsAreNames(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string][]string{"": nil, "/": nil, "/a/~1b/0": {"a", "/b", "0"}, "a//b/": {"a", "b"}} {
		if got := Steps(pointer); !slices.Equal(got, want) {
			t.Errorf("%q leads along %q, not %q", pointer, got, want)
		}
	}
}

// A name that is written is read again as it was, and so are all names along a
// pointer.
func FuzzSteps(f *testing.F) {
	f.Add("/pets/{id}", "a~b")
	f.Add("~1", "~01")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := Unescape(Escape(a)); got != a {
			t.Errorf("%q is read %q", a, got)
		}
		var want []string
		for _, name := range []string{a, b} {
			if name != "" {
				want = append(want, name)
			}
		}
		if got := Steps("/" + Escape(a) + "/" + Escape(b)); !slices.Equal(got, want) {
			t.Errorf("%q, %q become %q", a, b, got)
		}
		for _, name := range Steps(a) {
			if !strings.Contains(a, "~") && strings.Contains(name, "/") {
				t.Errorf("%q of %q", name, a)
			}
		}
	})
}

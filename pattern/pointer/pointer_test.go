package pointer

import (
	"slices"
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

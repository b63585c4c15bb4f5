package service

import "testing"

func TestATokenHoldsTheNameThatEndedThePage(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a", "/a/b", "straße"} {
		if got, ok := ReadNameToken(NameToken(name)); !ok || got != name {
			t.Errorf("%q came back as %q, %v", name, got, ok)
		}
	}
	for _, token := range []string{"zz", "%", "=", "AA=="} {
		if name, ok := ReadNameToken(token); ok {
			t.Errorf("%q is taken for %q", token, name)
		}
	}
}

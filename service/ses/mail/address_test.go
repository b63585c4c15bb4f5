package mail

import (
	"strings"
	"testing"
)

// An address is refused with a reason, or given bare: then it is its own bare
// form, and breaks no line.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"a@example.com", `"Ann, B" <a@example.com>`, "<a@b", "=?utf-8?q?a?= <a@b.c>", `"a b"@c.d`, "a@b@c", "x (y) <a@[1.2.3.4]>", "@"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bare, reason := address(text)
		if reason != "" {
			return
		}
		if strings.ContainsAny(bare, "\r\n") || strings.Count(bare, "@") == 0 {
			t.Errorf("%q is %q", text, bare)
		}
		if again, reason := address(bare); again != bare || reason != "" {
			t.Errorf("%q is %q, and that %q: %s", text, bare, again, reason)
		}
	})
}

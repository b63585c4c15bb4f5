package edge

import (
	"net/url"
	"strings"
	"testing"
)

// A parameter that is looked up in a form is the one that the whole form has.
func FuzzFormValue(f *testing.F) {
	for _, text := range []string{"Action=SendMessage&Version=2012-11-05", "Version=1&Action=a%20b+c", "Action", "Action=", "&&Action=x&Action=y", "Action=%zz&Action=y", "actions=x&Action==", "XAction=1", "Action=\xff"} {
		f.Add(text, "Action")
	}
	f.Add("=1", "")
	f.Fuzz(func(t *testing.T, text, name string) {
		if strings.Contains(text, ";") || url.QueryEscape(name) != name {
			return // a form of another time; no parameter's name
		}
		var parts []string
		for part := range strings.SplitSeq(text, "&") {
			written, _, given := strings.Cut(part, "=")
			if strings.ContainsAny(written, "%+") {
				return // nobody encodes names that need none
			}
			if given {
				parts = append(parts, part)
			}
		}
		all, _ := url.ParseQuery(strings.Join(parts, "&")) // without what is malformed
		if got := formValue(text, name); got != all.Get(name) {
			t.Errorf("%q of %q is %q, not %q", name, text, got, all.Get(name))
		}
	})
}

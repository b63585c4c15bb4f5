package account

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReadKeys reads any file: what is taken of it has a line of its own, and
// what is not is told.
func FuzzReadKeys(f *testing.F) {
	for _, file := range []string{
		"", "name,key\n", "Name,key,description,Enabled,usageplanIds\na,b,c,TRUE,\"d, e\"\n", "key,name\nx\n\n,\n", "\ufeffKEY , name\n\"a\n",
		"name,key,enabled\na,b,maybe\n", "name,key,name\na,b,c,d,e\n",
	} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		lines, warnings, err := readKeys(strings.NewReader(file))
		if err != nil {
			if len(lines) > 0 {
				t.Errorf("%d lines of a file that cannot be read", len(lines))
			}
			return
		}
		last := 1
		for _, l := range lines {
			if l.Line <= last {
				t.Errorf("line %d comes after %d", l.Line, last)
			}
			last = l.Line
			for _, s := range append([]string{l.Name, l.Value, l.Description}, l.Plans...) {
				if s != strings.TrimSpace(s) {
					t.Errorf("%q has spaces around it", s)
				}
			}
			for _, id := range l.Plans {
				if id == "" || strings.Contains(id, ",") {
					t.Errorf("plan %q", id)
				}
			}
		}
		for _, w := range warnings {
			if !strings.HasPrefix(w, "Line ") || utf8.ValidString(file) && !utf8.ValidString(w) {
				t.Errorf("warning %q", w)
			}
		}
	})
}

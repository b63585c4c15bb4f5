package tree

import (
	"strings"
	"testing"
)

// Whatever path is asked for, what is found fits it: exact parts are the path's
// own, and every variable has its value.
func FuzzFind(f *testing.F) {
	for _, path := range []string{"", "/pets", "/pets/1", "/pets/cats", "/pets/1/toys/2/3", "/a//b/", "/%2F"} {
		f.Add(path)
	}
	var root Node[Resource[string]]
	for _, path := range []string{"/", "/pets", "/pets/{id}", "/pets/cats", "/pets/{id}/toys/{rest+}", "/{proxy+}"} {
		root.Add(&Resource[Resource[string]]{Path: path, Methods: map[string]*Resource[string]{"GET": {Path: path}}})
	}
	f.Fuzz(func(t *testing.T, path string) {
		m := root.Find("GET", path)
		if m == nil {
			return
		}
		for part := range strings.SplitSeq(strings.Trim(m.Path, "/"), "/") {
			if _, variable := variableOf(part); !variable && part != "" && !strings.Contains("/"+path+"/", "/"+part+"/") {
				t.Errorf("%q is found as %s", path, m.Path)
			}
		}
		values := Variables(m.Path, path)
		if n := strings.Count(m.Path, "{"); len(values) != n {
			t.Errorf("%q has the variables %v of %s", path, values, m.Path)
		}
	})
}

package telemetry

import (
	"strings"
	"testing"
)

// However a stranger writes a lineage, functions that run are counted, nothing that
// was counted is forgotten, and it stays within its size.
func FuzzLineage(f *testing.F) {
	for _, lineage := range []string{
		"", "a87bd80c:2|68fd508a:5", "25:aaaaaaaa:1|||bbbbbbbb:2", "a:1000|a:1", "a:1|a:9", "a:", ":1", "a", "a:b", "a:007", strings.Repeat("a:1|", 60), "0:0|1:0|2:0|3:0|4:0|5:0|6:0|7:0|8:0|9:0|a:0|b:0|c:0|d:0|e:0|f:0",
	} {
		f.Add(lineage, "a:3|b:1")
		f.Add("aaaaaaaa:1", lineage)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !validLineage(a) || !validLineage(b) {
			return // headers have none such
		}
		merged := MergeLineages(a, b)
		known := func(lineage string) map[string]int {
			out := map[string]int{}
			for entry := range strings.SplitSeq(lineage, "|") {
				if hash, _, ok := entryOf(entry); ok {
					out[hash] = Generations(lineage, hash)
				}
			}
			return out
		}
		of := known(a)
		for hash, n := range known(b) {
			of[hash] = max(of[hash], n)
		}
		for hash, n := range of {
			if got := Generations(merged, hash); got != n && len(of) <= maxAncestors {
				t.Errorf("%q and %q are %q: %s has run %d times, not %d", a, b, merged, hash, got, n)
			}
		}
		for range 3 {
			before := Generations(merged, "cafe")
			merged = Descend(merged, "cafe")
			if got := Generations(merged, "cafe"); got != min(before+1, maxGenerations) && len(of) < maxAncestors {
				t.Errorf("%q and %q with one more are %q", a, b, merged)
			}
		}
		if !validLineage(merged) || strings.Count(merged, "|") >= maxAncestors {
			t.Errorf("%q and %q grow to %q", a, b, merged)
		}
	})
}

package cloudwatch

import (
	"math"
	"testing"
)

func FuzzStatistic(f *testing.F) {
	for _, seed := range []string{"Average", "p99.9", "tm90", "TM(10%:90%)", "PR(100:2000)", "wm(:5)", "iqm", "p101", "PR(:)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		st, ok := parseStatistic(s)
		if ok && (math.IsNaN(st.lo) || math.IsNaN(st.hi)) {
			t.Errorf("%q has bounds that are no numbers: %+v", s, st)
		}
	})
}

package cloudformation

import (
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Whoever forges a token, seal and all, gets a page that the list has, or a refusal.
func FuzzPage(f *testing.F) {
	for _, at := range []string{"100", "0", "-1", "-9223372036854775808", "9223372036854775807", "250", "+7", "0x10", "1e2", " 1", ""} {
		f.Add(at)
	}
	all := make([]int, 250)
	for i := range all {
		all[i] = i
	}
	list := kv.NewKey("000000000000", "l")
	f.Fuzz(func(t *testing.T, at string) {
		got, next, err := page(all, service.PageToken(list, at), "000000000000", "l")
		if err != nil {
			return
		}
		if len(got) > pageSize || len(got) > 0 && got[len(got)-1]-got[0] != len(got)-1 {
			t.Fatalf("%q leads to %v", at, got)
		}
		if next == nil {
			return
		}
		if more, _, err := page(all, next, "000000000000", "l"); err != nil || len(more) == 0 || more[0] != got[len(got)-1]+1 {
			t.Errorf("behind %q is %v: %v", at, more, err)
		}
	})
}

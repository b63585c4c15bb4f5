package states

import "testing"

// A page's token is refused, or names a place in its own list, as that list writes it.
func FuzzPageToken(f *testing.F) {
	f.Add(*writeToken("m", "name"))
	f.Add(*writeToken("m", ""))
	f.Add(*writeToken("xm", "1700000000000\x00name"))
	f.Add(*writeToken("m\x00m", "-9223372036854775808"))
	f.Add("bQAK\nYQ==")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		place, ok, err := readToken("m", &token)
		if ok != (err == nil) {
			t.Fatalf("%q is a token: %t, %v", token, ok, err)
		}
		if err != nil {
			return
		}
		if got, _, err := readToken("m", writeToken("m", place)); err != nil || got != place {
			t.Errorf("%q is %q, and that %q: %v", token, place, got, err)
		}
		if got, ok, err := readToken("y", &token); err == nil || ok {
			t.Errorf("%q is %q of another list", token, got)
		}
	})
}

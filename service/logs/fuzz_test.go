package logs

import (
	"encoding/base64"
	"strings"
	"testing"
)

// An event's id is refused, or names one place in one way.
func FuzzReadPlace(f *testing.F) {
	f.Add(place{At: 1_700_000_000_000, Version: 7, Index: 3}.String())
	f.Add("-0000000000000000001+0000000000000000007_000000000000003")
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := readPlace(text)
		if !ok {
			return
		}
		if again, ok := readPlace(p.String()); !ok || again != p {
			t.Errorf("%q is %+v, and that %+v", text, p, again)
		}
	})
}

// A pointer is read as it was made; any other text is none.
func FuzzReadPointer(f *testing.F) {
	at := place{At: 1_700_000_000_000, Version: 7, Index: 3}
	for _, plain := range []string{
		"a/r/g/" + at.String(), "///" + at.String(), "a/r/g/h/" + at.String(), "a/r/g/", "", "/", "a/r/g/-0000000000000000001+0000000000000000007_000000000000003", "a/r/g/" + strings.Repeat("9", 56), "\xff/\x00/g/" + at.String(),
	} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(plain)), "000000000000", "us-east-1", "g", at.At, at.Version, at.Index)
	}
	f.Add(pointer(home{"a", "r"}, "g", at)+"\n", "", "", "", int64(-1), uint64(1<<63), int64(0))
	f.Add(strings.TrimSuffix(pointer(home{"a", "r"}, "g", at), "M")+"N", "a/b", "r", "g", int64(-1<<63), uint64(1<<64-1), int64(1))
	f.Fuzz(func(t *testing.T, text, account, region, groupID string, millis int64, version uint64, index int64) {
		if h, id, p, ok := readPointer(text); ok && pointer(h, id, p) != text {
			t.Errorf("%q is %v, %q, %v", text, h, id, p)
		}
		want := place{millis, version, index}
		if strings.Contains(account+region+groupID, "/") || len(want.String()) != 56 {
			return // no event has it
		}
		h, id, p, ok := readPointer(pointer(home{account, region}, groupID, want))
		if !ok || h != (home{account, region}) || id != groupID || p != want {
			t.Errorf("%q, %q, %q, %v is read as %v, %q, %v: %t", account, region, groupID, want, h, id, p, ok)
		}
	})
}

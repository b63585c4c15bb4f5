package s3

import (
	"regexp"
	"strings"
	"testing"
)

// A version ID names its version in one way, and nothing else does.
func FuzzVersionID(f *testing.F) {
	id := newVersionID(7, make([]byte, versionBytes-8))
	for _, text := range []string{id, id + "\n", id[:4] + "\r\n" + id[4:], id + "=", id[1:], "null", "", strings.Repeat("_", 32), strings.Repeat("+", 32)} {
		f.Add(text, uint64(7))
	}
	f.Fuzz(func(t *testing.T, text string, seq uint64) {
		if got, ok := seqOf(newVersionID(seq, []byte("0123456789abcdef"))); !ok || got != seq {
			t.Errorf("%d is read as %d: %t", seq, got, ok)
		}
		if got, ok := seqOf(text); ok && (len(text) != len(id) || !strings.HasPrefix(text, newVersionID(got, nil)[:10])) {
			t.Errorf("%q is read as %d", text, got)
		}
	})
}

// A pattern of CORS has one star at most, for any characters.
func FuzzOneStar(f *testing.F) {
	for _, pattern := range []string{"*", "http://*.example.com", "a*a", "", "a", "x-amz-*", "**", "*\n"} {
		for _, text := range []string{"", "a", "aa", "http://www.example.com", "http://.example.com", "x-amz-", "*", "\n"} {
			f.Add(pattern, text)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if strings.Count(pattern, "*") > 1 || !regexp.MustCompile(`^[[:ascii:]]*$`).MatchString(pattern+text) {
			return // PutBucketCors refuses more; headers are ASCII
		}
		want := regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + `\z`).MatchString(text)
		if got := oneStar(pattern, text); got != want {
			t.Errorf("%q fits %q: %t", text, pattern, got)
		}
	})
}

package s3

import (
	"fmt"
	"math"
	"math/big"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// A range to copy is bytes that are all there, and is written in one way only.
func FuzzParseCopyRange(f *testing.F) {
	for _, seed := range []string{
		"bytes=0-0", "bytes=0-9", "bytes=3-10", "bytes=-5", "bytes=5-", "bytes=-", "bytes=9-3", "bytes=1-2,3-4", " bytes=0-1", "bytes=0- 1", "bytes=0-+1", "bytes=00-01", "bytes=0-1-2", "Bytes=0-1",
		"bytes=0-99999999999999999999", "bytes=99999999999999999999-99999999999999999999", "0-1", "",
	} {
		f.Add(seed, int64(10), int64(3), int64(9))
	}
	f.Add("bytes=0-9223372036854775806", int64(math.MaxInt64), int64(0), int64(math.MaxInt64-1))
	form := regexp.MustCompile(`^bytes=([0-9]+)-([0-9]+)$`)
	f.Fuzz(func(t *testing.T, header string, size, from, to int64) {
		if size < 0 {
			return
		}
		at, err := parseCopyRange(header, size)
		want := false
		if m := form.FindStringSubmatch(header); m != nil {
			first, _ := new(big.Int).SetString(m[1], 10)
			last, _ := new(big.Int).SetString(m[2], 10)
			want = first.Cmp(last) <= 0 && last.Cmp(big.NewInt(size)) < 0
			if want && (first.Int64() != at.from || last.Int64() != at.from+at.size-1) {
				t.Errorf("%q of %d: %+v", header, size, at)
			}
		}
		if (err == nil) != want {
			t.Errorf("%q of %d: %+v, %v", header, size, at, err)
		}
		if from < 0 || to < from || to >= size {
			return
		}
		at, err = parseCopyRange(fmt.Sprintf("bytes=%d-%d", from, to), size)
		if err != nil || at != (span{from, to - from + 1}) {
			t.Errorf("%d to %d of %d: %+v, %v", from, to, size, at, err)
		}
	})
}

// A copy's source is read as it was escaped, and names a bucket and a key.
func FuzzParseCopySource(f *testing.F) {
	for _, seed := range []string{"b/k", "/b/k%20x?versionId=null", "b", "%zz/a", "arn:aws:s3:::b/k", "/", "//k", "b//", "%2Fb%2Fk", "b/k?versionId=", "b/k?versionId=a&x=y", "b/k?x=y", "b/k+1", "b/?versionId=a/k", "b/\xff"} {
		f.Add(seed, "b", "a key/?versionId=+%\xff#", "null")
	}
	f.Fuzz(func(t *testing.T, header, bucket, key, id string) {
		if c, err := parseCopySource(header); err == nil && (c.bucket == "" || c.key == "" || strings.Contains(c.bucket, "/")) {
			t.Errorf("%q: %+v", header, c)
		}
		if bucket == "" || key == "" || strings.Contains(bucket, "/") || strings.HasPrefix(bucket, "arn:") || strings.Contains(id, "&") {
			return
		}
		for _, slash := range []string{"", "/"} {
			path := slash + bucket + "/" + key
			for _, escaped := range []string{url.PathEscape(path), slash + url.PathEscape(bucket) + "/" + url.PathEscape(key), (&url.URL{Path: "/" + bucket + "/" + key}).EscapedPath()} {
				c, err := parseCopySource(escaped)
				if err != nil || c.bucket != bucket || c.key != key || c.versionID != nil {
					t.Errorf("%q: %+v, %v", escaped, c, err)
				}
				c, err = parseCopySource(escaped + "?versionId=" + id)
				if err != nil || c.bucket != bucket || c.key != key || c.versionID == nil || *c.versionID != id {
					t.Errorf("%q with version %q: %+v, %v", escaped, id, c, err)
				}
			}
		}
	})
}

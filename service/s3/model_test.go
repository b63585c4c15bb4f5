package s3_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

// rolledUp is what a listing should have, worked out from all keys at once.
func rolledUp(keys []string, prefix, delimiter, after string) (want []string) {
	for _, key := range slices.Sorted(slices.Values(keys)) {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok || key <= after {
			continue
		}
		if at := strings.Index(rest, delimiter); delimiter != "" && at >= 0 {
			key = "[" + prefix + rest[:at+len(delimiter)] + "]"
		}
		if len(want) == 0 || want[len(want)-1] != key {
			want = append(want, key)
		}
	}
	return want
}

// Whatever the prefix, the delimiter and the pages, a listing is all keys in
// order, each once, or in the one common prefix it belongs to.
func TestListingsAgreeWithTheirModel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	random := rand.New(rand.NewPCG(7, 7))
	pieces := []string{"a", "b", "/", "//", "ab", "é", "-", "\u00ff", "z z", "+", "日"}
	set := map[string]bool{}
	for len(set) < 60 {
		var key strings.Builder
		for range 1 + random.IntN(5) {
			key.WriteString(pieces[random.IntN(len(pieces))])
		}
		set[key.String()] = true
	}
	keys := slices.Collect(maps.Keys(set))
	for _, key := range keys {
		b.put(key, "")
	}
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	for range 120 {
		prefix, delimiter, after, limit := pick("", "", "a", "a/", "/", "é", "zz"), pick("", "/", "/", "b", "//"), "", int32(1+random.IntN(9))
		if delimiter == "" {
			after = pick("", "", keys[random.IntN(len(keys))], "b")
		}
		name := fmt.Sprintf("prefix=%q delimiter=%q after=%q max=%d", prefix, delimiter, after, limit)
		want := rolledUp(keys, prefix, delimiter, after)
		if got := listV2(t, b, prefix, delimiter, after, limit); !slices.Equal(got, want) {
			t.Fatalf("v2 %s: %s", name, cmp.Diff(want, got))
		}
		if got := listV1(t, b, prefix, delimiter, after, limit); !slices.Equal(got, want) {
			t.Fatalf("v1 %s: %s", name, cmp.Diff(want, got))
		}
		if got := listVersions(t, b, prefix, delimiter, limit); after == "" && !slices.Equal(got, want) {
			t.Fatalf("versions %s: %s", name, cmp.Diff(want, got))
		}
	}
}

// merged is a page's keys and prefixes in one order.
func merged(t *testing.T, limit int32, objects, prefixes []string) []string {
	t.Helper()
	if n := len(objects) + len(prefixes); n > int(limit) {
		t.Fatalf("a page of %d, at most %d were asked for", n, limit)
	}
	page := objects
	for _, p := range prefixes {
		page = append(page, "["+p+"]")
	}
	slices.SortFunc(page, func(a, b string) int { return strings.Compare(strings.Trim(a, "[]"), strings.Trim(b, "[]")) })
	return page
}

func listV2(t *testing.T, b *bench, prefix, delimiter, after string, limit int32) (got []string) {
	t.Helper()
	pages := client.NewListObjectsV2Paginator(b.s3, &client.ListObjectsV2Input{Bucket: b.bucket, Prefix: &prefix, Delimiter: &delimiter, StartAfter: &after, MaxKeys: &limit})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var objects, prefixes []string
		for _, o := range page.Contents {
			objects = append(objects, *o.Key)
		}
		for _, p := range page.CommonPrefixes {
			prefixes = append(prefixes, *p.Prefix)
		}
		if int(*page.KeyCount) != len(objects)+len(prefixes) {
			t.Errorf("KeyCount %d", *page.KeyCount)
		}
		got = append(got, merged(t, limit, objects, prefixes)...)
	}
	return got
}

func listV1(t *testing.T, b *bench, prefix, delimiter, after string, limit int32) (got []string) {
	t.Helper()
	in := &client.ListObjectsInput{Bucket: b.bucket, Prefix: &prefix, Delimiter: &delimiter, Marker: &after, MaxKeys: &limit, EncodingType: types.EncodingTypeUrl}
	decode := func(s *string) string {
		text, err := url.QueryUnescape(*s)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for {
		page, err := b.s3.ListObjects(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		var objects, prefixes []string
		for _, o := range page.Contents {
			objects = append(objects, decode(o.Key))
		}
		for _, p := range page.CommonPrefixes {
			prefixes = append(prefixes, decode(p.Prefix))
		}
		got = append(got, merged(t, limit, objects, prefixes)...)
		if !*page.IsTruncated {
			return got
		}
		in.Marker = aws.String(strings.Trim(got[len(got)-1], "[]"))
		if delimiter != "" && decode(page.NextMarker) != *in.Marker {
			t.Fatalf("NextMarker %q after %q", *page.NextMarker, *in.Marker)
		}
	}
}

func listVersions(t *testing.T, b *bench, prefix, delimiter string, limit int32) (got []string) {
	t.Helper()
	pages := client.NewListObjectVersionsPaginator(b.s3, &client.ListObjectVersionsInput{Bucket: b.bucket, Prefix: &prefix, Delimiter: &delimiter, MaxKeys: &limit})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var objects, prefixes []string
		for _, o := range page.Versions {
			objects = append(objects, *o.Key)
		}
		for _, p := range page.CommonPrefixes {
			prefixes = append(prefixes, *p.Prefix)
		}
		got = append(got, merged(t, limit, objects, prefixes)...)
	}
	return got
}

// A random history of a versioned bucket leaves, at each moment, the versions
// that a plain list of them would have.
func TestVersionsAgreeWithTheirModel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	type version struct {
		id, body string
		marker   bool
	}
	model := map[string][]version{} // newest first
	random := rand.New(rand.NewPCG(3, 9))
	state := ""
	add := func(key string, v version) {
		if state != "Enabled" {
			v.id = "null"
			model[key] = slices.DeleteFunc(model[key], func(old version) bool { return old.id == "null" })
		}
		model[key] = append([]version{v}, model[key]...)
	}
	check := func() {
		t.Helper()
		want, got := map[string][]version{}, map[string][]version{}
		for key, list := range model {
			for _, v := range list {
				want[key] = append(want[key], version{id: v.id, marker: v.marker})
			}
		}
		pages := client.NewListObjectVersionsPaginator(b.s3, &client.ListObjectVersionsInput{Bucket: b.bucket, MaxKeys: aws.Int32(1 + random.Int32N(4))})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page.Versions {
				got[*v.Key] = append(got[*v.Key], version{id: *v.VersionId})
			}
			for _, v := range page.DeleteMarkers {
				got[*v.Key] = append(got[*v.Key], version{id: *v.VersionId, marker: true})
			}
		}
		order := func(a, b version) int { return strings.Compare(a.id, b.id) } // pages tell markers and versions apart
		for _, m := range []map[string][]version{want, got} {
			for key := range m {
				slices.SortFunc(m[key], order)
			}
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(version{})); diff != "" {
			t.Fatal(diff)
		}
		for key, list := range model {
			for _, v := range list {
				if v.marker {
					continue
				}
				if _, body := b.get(key, func(in *client.GetObjectInput) { in.VersionId = &v.id }); body != v.body {
					t.Fatalf("%s %s has %q, want %q", key, v.id, body, v.body)
				}
			}
			if len(list) > 0 && !list[0].marker {
				if _, body := b.get(key); body != list[0].body {
					t.Fatalf("%s has %q, want %q", key, body, list[0].body)
				}
			}
		}
	}
	for i := range 150 {
		key := string(rune('a' + random.IntN(3)))
		switch random.IntN(10) {
		case 0:
			state = []string{"Enabled", "Suspended"}[random.IntN(2)]
			b.versioning(types.BucketVersioningStatus(state))
		case 1, 2, 3, 4:
			body := fmt.Sprint(i)
			if random.IntN(4) == 0 {
				body = strings.Repeat(body, 40<<10)
			}
			out := b.put(key, body)
			add(key, version{id: aws.ToString(out.VersionId), body: body})
		case 5, 6:
			out, err := b.s3.DeleteObject(t.Context(), &client.DeleteObjectInput{Bucket: b.bucket, Key: &key})
			if err != nil {
				t.Fatal(err)
			}
			if state == "" {
				delete(model, key)
			} else {
				add(key, version{id: *out.VersionId, marker: true})
			}
		default:
			if len(model[key]) == 0 {
				continue
			}
			at := random.IntN(len(model[key]))
			if _, err := b.s3.DeleteObject(t.Context(), &client.DeleteObjectInput{Bucket: b.bucket, Key: &key, VersionId: &model[key][at].id}); err != nil {
				t.Fatal(err)
			}
			if model[key] = slices.Delete(model[key], at, at+1); len(model[key]) == 0 {
				delete(model, key)
			}
		}
		check()
	}
}

package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/blob"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// newTestService returns the service over a store, its blobs in memory.
func newTestService(t testing.TB, st *kv.Store) (*Service, context.Context) {
	t.Helper()
	blobs, err := blob.Open(t.Context(), "", st)
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	d := service.Deps{Store: st, Blobs: blobs, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
	return New(d), call.With(context.Background(), call.Info{Account: "000000000000", Region: firstRegion})
}

// large is content that is a blob.
func large(name string) string { return strings.Repeat(name, inlineLimit/len(name)+1) }

// step is one mutating call, and what the bucket's keys are after it.
type step struct {
	run  func(s *Service, ctx context.Context) error
	keys string
}

func put(key, body string) func(s *Service, ctx context.Context) error {
	return func(s *Service, ctx context.Context) error {
		_, err := s.PutObject(ctx, &api.PutObjectInput{Bucket: "b12", Key: key, Body: strings.NewReader(body)})
		return err
	}
}

func remove(key string, version *string) func(s *Service, ctx context.Context) error {
	return func(s *Service, ctx context.Context) error {
		_, err := s.DeleteObject(ctx, &api.DeleteObjectInput{Bucket: "b12", Key: key, VersionId: version})
		return err
	}
}

func copies(from, to string) func(s *Service, ctx context.Context) error {
	return func(s *Service, ctx context.Context) error {
		_, err := s.CopyObject(ctx, &api.CopyObjectInput{Bucket: "b12", Key: to, CopySource: "b12/" + from})
		return err
	}
}

// uploads begins, fills, and completes or aborts an upload, as one step.
func uploads(key string, complete bool) func(s *Service, ctx context.Context) error {
	return func(s *Service, ctx context.Context) error {
		made, err := s.CreateMultipartUpload(ctx, &api.CreateMultipartUploadInput{Bucket: "b12", Key: key})
		if err != nil {
			return err
		}
		part, err := s.UploadPart(ctx, &api.UploadPartInput{Bucket: "b12", Key: key, UploadId: *made.UploadId, PartNumber: 4, Body: strings.NewReader("part")})
		if err != nil {
			return err
		}
		if !complete {
			_, err = s.AbortMultipartUpload(ctx, &api.AbortMultipartUploadInput{Bucket: "b12", Key: key, UploadId: *made.UploadId})
			return err
		}
		_, err = s.CompleteMultipartUpload(ctx, &api.CompleteMultipartUploadInput{
			Bucket: "b12", Key: key, UploadId: *made.UploadId,
			MultipartUpload: &api.CompletedMultipartUpload{Parts: []api.CompletedPart{{PartNumber: new(int32(4)), ETag: part.ETag}}},
		})
		return err
	}
}

func versioning(status string) func(s *Service, ctx context.Context) error {
	return func(s *Service, ctx context.Context) error {
		_, err := s.PutBucketVersioning(ctx, &api.PutBucketVersioningInput{Bucket: "b12", VersioningConfiguration: &api.VersioningConfiguration{Status: &status}})
		return err
	}
}

// steps is a history that changes a bucket in every way.
func steps() []step {
	return []step{
		{func(s *Service, ctx context.Context) error {
			_, err := s.CreateBucket(ctx, &api.CreateBucketInput{Bucket: "b12"})
			return err
		}, ""},
		{put("a", "small"), "a"},
		{put("b", large("b")), "a b"},
		{put("a", large("a")), "a b"},
		{copies("b", "c"), "a b c"},
		{put("b", "small again"), "a b c"},
		{copies("b", "d"), "a b c d"},
		{uploads("e", true), "a b c d e"},
		{uploads("f", false), "a b c d e"},
		{put("e", "over the parts"), "a b c d e"},
		{func(s *Service, ctx context.Context) error {
			_, err := s.PutObjectTagging(ctx, &api.PutObjectTaggingInput{Bucket: "b12", Key: "e", Tagging: &api.Tagging{TagSet: []api.Tag{{Key: "k", Value: "v"}}}})
			return err
		}, "a b c d e"},
		{remove("d", nil), "a b c e"},
		{versioning("Enabled"), "a b c e"},
		{put("a", "second"), "a b c e"},
		{remove("a", nil), "b c e"},
		{put("a", large("third")), "a b c e"},
		{versioning("Suspended"), "a b c e"},
		{put("c", large("null")), "a b c e"},
		{remove("a", nil), "b c e"},
		{remove("a", new("null")), "a b c e"},
		{func(s *Service, ctx context.Context) error {
			_, err := s.DeleteObjects(ctx, &api.DeleteObjectsInput{Bucket: "b12", Delete: &api.Delete{Objects: []api.ObjectIdentifier{{Key: "b"}, {Key: "c"}, {Key: "zz"}}}})
			return err
		}, "a e"},
	}
}

// After any crash an acknowledged change is there; a listing has the objects
// whose records say so; each content is there, and referenced as often as
// records have it.
func TestObjectsSurviveACrash(t *testing.T) {
	t.Parallel()
	history := steps()
	work := func(st *kv.Store, ack func()) {
		s, ctx := newTestService(t, st)
		for i, one := range history {
			if err := one.run(s, ctx); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			ack()
		}
	}
	check := func(st *kv.Store, acked int) {
		got := consistency(t, st)
		want := func(step int) string {
			if step < 1 {
				return ""
			}
			return history[min(step, len(history))-1].keys
		}
		if got != want(acked) && got != want(acked+1) {
			t.Errorf("after %d steps: %q, want %q or %q", acked, got, want(acked), want(acked+1))
		}
	}
	kvtest.Crash(t, work, check)
}

// consistency counts references, and returns the listed keys.
func consistency(t *testing.T, st *kv.Store) (keys string) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		b, ok, err := kv.Get[bucket](tx, bucketKey("b12"))
		if err != nil || !ok {
			return err
		}
		refs, rows := map[blob.Ref]int64{}, map[string]bool{}
		var listed []string
		for _, folder := range []string{"o", "m", "v"} {
			for row, err := range kv.Scan[object](tx, kv.Prefix(b.key(folder))) {
				if err != nil {
					return err
				}
				var key string
				if err := row.Key.Scan(keyPart, &key); err != nil {
					return err
				}
				o := row.Value
				if o.Marker != (folder == "m") && folder != "v" {
					t.Errorf("%s is in folder %s", key, folder)
				}
				if folder == "o" {
					listed = append(listed, key)
				}
				switch {
				case o.Marker, o.Parts > 0:
				case o.Ref != "":
					refs[o.Ref]++
				default:
					rows[string(b.dataKey(o.Data))] = true
				}
			}
		}
		for row, err := range kv.Scan[part](tx, kv.Prefix(b.key("p"))) {
			if err != nil {
				return err
			}
			refs[row.Value.Ref]++
		}
		keys = strings.Join(listed, " ")
		return agree(t, tx, &b, refs, rows)
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// agree holds the references that were found against those that are counted,
// and the rows of content against those that are there.
func agree(t *testing.T, tx *kv.Tx, b *bucket, refs map[blob.Ref]int64, rows map[string]bool) error {
	t.Helper()
	for ref, want := range refs {
		if n, err := tx.Count(kv.NewKey("", "", "blob", "links", string(ref))); err != nil || n != want {
			t.Errorf("blob %s has %d references counted, and %d in records (%v)", ref[:6], n, want, err)
		}
		if _, ok, err := tx.Get(kv.NewKey("", "", "blob", "object", string(ref))); err != nil || !ok {
			t.Errorf("blob %s is not there (%v)", ref[:6], err)
		}
	}
	n := 0
	for row, err := range tx.Scan(kv.Prefix(b.key("d"))) {
		if err != nil {
			return err
		}
		n++
		if !rows[string(row.Key)] {
			t.Errorf("content %s belongs to no object", row.Key)
		}
	}
	if n != len(rows) {
		t.Errorf("%d contents of %d objects", n, len(rows))
	}
	return nil
}

// What is released goes, part by part, and leaves no reference.
func TestReleasedPartsGo(t *testing.T) {
	t.Parallel()
	s, ctx := newTestService(t, kvtest.Open(t))
	for _, run := range []func(*Service, context.Context) error{steps()[0].run, uploads("k", true)} {
		if err := run(s, ctx); err != nil {
			t.Fatal(err)
		}
	}
	out, err := s.GetObject(ctx, &api.GetObjectInput{Bucket: "b12", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if err := remove("k", nil)(s, ctx); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(out.Body)
	if err != nil || string(got) != "part" {
		t.Errorf("who was reading got %q, %v", got, err)
	}
	stop, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Tasks.Run(stop) }()
	c := s.Clock.(*clock.Fake)
	for left := 1; left > 0; {
		c.Advance(readingTime)
		err := s.Store.View(ctx, func(tx *kv.Tx) error {
			left = 0
			b, _, err := kv.Get[bucket](tx, bucketKey("b12"))
			for _, scanErr := range tx.Scan(kv.Prefix(b.key("p"))) {
				left++
				err = scanErr
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != nil && stop.Err() == nil {
		t.Error(err)
	}
}

// A body that fails on its way leaves nothing behind.
func TestBrokenBodiesLeaveNothing(t *testing.T) {
	t.Parallel()
	s, ctx := newTestService(t, kvtest.Open(t))
	if err := steps()[0].run(s, ctx); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]io.Reader{
		"few bytes":  io.MultiReader(strings.NewReader("x"), broken{}),
		"many bytes": io.MultiReader(strings.NewReader(large("x")), broken{}),
	} {
		if _, err := s.PutObject(ctx, &api.PutObjectInput{Bucket: "b12", Key: "k", Body: body}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, err := s.PutObject(ctx, &api.PutObjectInput{Bucket: "b12", Key: "k", Body: bytes.NewReader([]byte("abc")), ContentLength: new(int64(4))})
	if err == nil || !strings.HasPrefix(err.Error(), "IncompleteBody") {
		t.Errorf("a short body: %v", err)
	}
	if got := consistency(t, s.Store); got != "" {
		t.Errorf("objects %q", got)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzParseRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-1", "bytes=-5", "bytes=5-", "bytes=9-3", "bytes=1-2,3-4", "x", "bytes=99999999999999999999-"} {
		f.Add(seed, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		at, ok, err := parseRange(header, size)
		if ok && (err != nil || at.from < 0 || at.size <= 0 || at.from+at.size > size) {
			t.Errorf("%q of %d: %+v", header, size, at)
		}
	})
}

func FuzzParseTagging(f *testing.F) {
	f.Add("a=b&c=d%20")
	f.Add("a=b&a=c")
	f.Fuzz(func(t *testing.T, header string) {
		tags, err := parseTagging(&header)
		if err == nil && len(tags) > maxObjectTags {
			t.Errorf("%q: %v", header, tags)
		}
	})
}

func FuzzContinuationToken(f *testing.F) {
	f.Add(*token(entry[object]{name: "k"}))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		var l listing
		if err := l.from(text); err == nil && l.rolled && len(text) == 0 {
			t.Error("nothing is a token")
		}
		_, _ = seqOf(text)
	})
}

func BenchmarkPutGet4KiB(b *testing.B) {
	s, ctx := newTestService(b, kvtest.Open(b))
	if err := steps()[0].run(s, ctx); err != nil {
		b.Fatal(err)
	}
	body := strings.Repeat("x", 4<<10)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if err := put("key", body)(s, ctx); err != nil {
			b.Fatal(err)
		}
		out, err := s.GetObject(ctx, &api.GetObjectInput{Bucket: "b12", Key: "key"})
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, out.Body); err != nil || n != int64(len(body)) {
			b.Fatal(n, err)
		}
	}
}

package crash_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"maru.dev/maru/internal/testenv"
)

// keys is how many items and objects each client writes, again and again.
const keys = 20

// cell is what is known of one item or object, which one client writes.
type cell struct {
	acked int // the newest version that was acknowledged; 0: none
	tried int // the newest version that was written
}

// cells are the items or objects of all clients, by key.
type cells struct {
	mu    sync.Mutex
	all   map[string]cell
	muted bool // answers do not count
}

// mute implements work.
func (c *cells) mute(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.muted = on
}

// next begins a new version of a cell.
func (c *cells) next(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = make(map[string]cell)
	}
	now := c.all[key]
	now.tried++
	c.all[key] = now
	return now.tried
}

// ack notes that a version was acknowledged.
func (c *cells) ack(key string, version int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.muted {
		return
	}
	now := c.all[key]
	now.acked = version
	c.all[key] = now
}

// compare holds versions that were found against what was acknowledged. An
// answer that the kill swallowed leaves either version; what is found counts
// from now on.
func (c *cells) compare(t *testing.T, found map[string]int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, want := range c.all {
		got := found[key]
		if got < want.acked || got > want.tried {
			t.Errorf("%s has version %d; %d was acknowledged, and %d tried", key, got, want.acked, want.tried)
		}
		want.acked = got
		c.all[key] = want
	}
	for key := range found {
		if _, ok := c.all[key]; !ok {
			t.Errorf("%s is there; nobody wrote it", key)
		}
	}
	t.Logf("%d of %d found", len(found), len(c.all))
}

// number reads a version.
func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// bucket: objects have the versions that were acknowledged, whole.
type bucket struct {
	env *testenv.Proc
	cells
}

func (w *bucket) prepare(t *testing.T) {
	t.Helper()
	for _, name := range []string{"objects", "staged"} {
		if _, err := w.env.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
			t.Fatal(err)
		}
	}
}

// content is an object's: of any size from a few bytes to half a megabyte, or now
// and then more than one part, and told by its key and version alone.
func content(key string, version int) []byte {
	seed := sha256.Sum256(fmt.Appendf(nil, "%s %d", key, version))
	random := rand.NewChaCha8(seed)
	body := make([]byte, 16<<(random.Uint64()%16))
	if version%16 == 0 {
		body = make([]byte, partSize+len(body))
	}
	_, _ = random.Read(body)
	return body
}

func (w *bucket) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	for more() {
		key := fmt.Sprintf("%d/%02d", number, random.IntN(keys))
		version := w.next(key)
		put := []func(context.Context, string, int) error{w.put, w.put, w.putByCopy, w.putInParts}[random.IntN(4)]
		if put(ctx, key, version) != nil {
			return
		}
		w.ack(key, version)
	}
}

// put stores a version at once.
func (w *bucket) put(ctx context.Context, key string, version int) error {
	return w.putInto(ctx, "objects", key, version)
}

// putInto stores a version in a bucket.
func (w *bucket) putInto(ctx context.Context, bucket, key string, version int) error {
	_, err := w.env.S3().PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(content(key, version)),
		Metadata: map[string]string{"version": strconv.Itoa(version)},
	})
	return err
}

// putByCopy stores a version in another bucket, copies it and removes it there.
func (w *bucket) putByCopy(ctx context.Context, key string, version int) error {
	if err := w.putInto(ctx, "staged", key, version); err != nil {
		return err
	}
	if _, err := w.env.S3().CopyObject(ctx, &s3.CopyObjectInput{Bucket: aws.String("objects"), Key: &key, CopySource: aws.String("staged/" + key)}); err != nil {
		return err
	}
	_, err := w.env.S3().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String("staged"), Key: &key})
	return err
}

// partSize is the least that a part has that is not the last.
const partSize = 5 << 20

// putInParts stores a version by a multipart upload.
func (w *bucket) putInParts(ctx context.Context, key string, version int) error {
	upload, err := w.env.S3().CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: aws.String("objects"), Key: &key, Metadata: map[string]string{"version": strconv.Itoa(version)},
	})
	if err != nil {
		return err
	}
	var parts []s3types.CompletedPart
	for body := content(key, version); len(body) > 0 || parts == nil; {
		part := body[:min(len(body), partSize)]
		body = body[len(part):]
		number := aws.Int32(int32(len(parts) + 1))
		out, err := w.env.S3().UploadPart(ctx, &s3.UploadPartInput{
			Bucket: aws.String("objects"), Key: &key, UploadId: upload.UploadId, PartNumber: number, Body: bytes.NewReader(part),
		})
		if err != nil {
			return err
		}
		parts = append(parts, s3types.CompletedPart{ETag: out.ETag, PartNumber: number})
	}
	_, err = w.env.S3().CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: aws.String("objects"), Key: &key, UploadId: upload.UploadId, MultipartUpload: &s3types.CompletedMultipartUpload{Parts: parts},
	})
	return err
}

func (w *bucket) check(t *testing.T) {
	found := make(map[string]int)
	pages := s3.NewListObjectsV2Paginator(w.env.S3(), &s3.ListObjectsV2Input{Bucket: aws.String("objects")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			found[*o.Key] = w.open(t, *o.Key)
		}
	}
	w.compare(t, maps.Clone(found))
}

// open reads an object, and fails the test unless its content belongs to its
// version.
func (w *bucket) open(t *testing.T, key string) int {
	t.Helper()
	out, err := w.env.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("objects"), Key: &key})
	if err != nil {
		t.Errorf("%s is listed and cannot be read: %v", key, err)
		return 0
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		t.Errorf("%s: %v", key, err)
	}
	version := number(t, out.Metadata["version"])
	if want := content(key, version); !bytes.Equal(body, want) {
		sum := func(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:4]) }
		t.Errorf("%s version %d has %d bytes (%s), want %d (%s)", key, version, len(body), sum(body), len(want), sum(want))
	}
	return version
}

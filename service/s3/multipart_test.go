package s3_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// noise is n bytes that do not repeat.
func noise(n int) []byte {
	random := rand.NewChaCha8([32]byte{1})
	data := make([]byte, n)
	_, _ = random.Read(data)
	return data
}

// upload is an upload in parts under way.
type upload struct {
	*bench
	key, id *string
	parts   []types.CompletedPart
}

func (b *bench) upload(key string, how ...func(*client.CreateMultipartUploadInput)) *upload {
	b.t.Helper()
	in := &client.CreateMultipartUploadInput{Bucket: b.bucket, Key: &key}
	for _, h := range how {
		h(in)
	}
	out, err := b.s3.CreateMultipartUpload(b.t.Context(), in)
	if err != nil {
		b.t.Fatalf("create upload: %v", err)
	}
	return &upload{bench: b, key: &key, id: out.UploadId}
}

// part uploads a part and lists it for completion.
func (u *upload) part(n int32, body []byte) *client.UploadPartOutput {
	u.t.Helper()
	out, err := u.s3.UploadPart(u.t.Context(), &client.UploadPartInput{
		Bucket: u.bucket, Key: u.key, UploadId: u.id, PartNumber: &n, Body: bytes.NewReader(body),
	})
	if err != nil {
		u.t.Fatalf("upload part %d: %v", n, err)
	}
	u.parts = append(u.parts, types.CompletedPart{PartNumber: &n, ETag: out.ETag})
	return out
}

func (u *upload) complete() (*client.CompleteMultipartUploadOutput, error) {
	return u.s3.CompleteMultipartUpload(u.t.Context(), &client.CompleteMultipartUploadInput{
		Bucket: u.bucket, Key: u.key, UploadId: u.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	})
}

func TestPartsBecomeOneObject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	data := noise(11<<20 + 7)
	u := b.upload("big", func(in *client.CreateMultipartUploadInput) { in.ContentType = aws.String("x/y") })
	u.part(3, []byte("replaced"))
	u.parts = nil
	u.part(1, data[:5<<20])
	u.part(3, data[5<<20:10<<20])
	u.part(7, data[10<<20:])
	u.part(9, []byte("not listed"))
	list, err := b.s3.ListParts(t.Context(), &client.ListPartsInput{Bucket: b.bucket, Key: u.key, UploadId: u.id, MaxParts: aws.Int32(2)})
	if err != nil || len(list.Parts) != 2 || !*list.IsTruncated || *list.NextPartNumberMarker != "3" {
		t.Errorf("parts %+v, %v", list, err)
	}
	u.parts = u.parts[:3]
	done, err := u.complete()
	if err != nil {
		t.Fatal(err)
	}
	var digests []byte
	for _, piece := range [][]byte{data[:5<<20], data[5<<20 : 10<<20], data[10<<20:]} {
		digest := md5.Sum(piece)
		digests = append(digests, digest[:]...)
	}
	digest := md5.Sum(digests)
	if want := fmt.Sprintf("%q", hex.EncodeToString(digest[:])+"-3"); *done.ETag != want {
		t.Errorf("ETag %s, want %s", *done.ETag, want)
	}
	if again, err := u.complete(); err != nil || *again.ETag != *done.ETag {
		t.Errorf("completed again: %v", err)
	}
	out, got := b.get("big")
	if got != string(data) || *out.ContentType != "x/y" {
		t.Error("the object is not what its parts were")
	}
	for _, r := range [][2]int{{0, 5<<20 + 3}, {5<<20 - 1, 5 << 20}, {5 << 20, 10<<20 + 1}, {10<<20 + 1, 11 << 20}} {
		_, got := b.get("big", func(in *client.GetObjectInput) { in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", r[0], r[1])) })
		if got != string(data[r[0]:r[1]+1]) {
			t.Errorf("bytes %d to %d are others", r[0], r[1])
		}
	}
	part, got := b.get("big", func(in *client.GetObjectInput) { in.PartNumber = aws.Int32(2) })
	if got != string(data[5<<20:10<<20]) || *part.PartsCount != 3 || *part.ContentRange != fmt.Sprintf("bytes %d-%d/%d", 5<<20, 10<<20-1, len(data)) {
		t.Errorf("part 2: %d bytes, %v", len(got), *part.ContentRange)
	}
	if _, err := b.s3.CopyObject(t.Context(), &client.CopyObjectInput{Bucket: b.bucket, Key: aws.String("copy"), CopySource: aws.String(*b.bucket + "/big")}); err != nil {
		t.Fatal(err)
	}
	whole := md5.Sum(data)
	if out, got := b.get("copy"); got != string(data) || *out.ETag != `"`+hex.EncodeToString(whole[:])+`"` {
		t.Errorf("the copy is another: %s", *out.ETag)
	}
}

func TestPartsOfOtherObjects(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	data := string(noise(6 << 20))
	b.put("source", data)
	b.put("tail", "the end")
	u := b.upload("made")
	for n, from := range map[int32][2]string{1: {"source", "bytes=100-5242979"}, 2: {"tail", ""}} {
		in := &client.UploadPartCopyInput{Bucket: b.bucket, Key: u.key, UploadId: u.id, PartNumber: &n, CopySource: aws.String(*b.bucket + "/" + from[0])}
		if from[1] != "" {
			in.CopySourceRange = &from[1]
		}
		out, err := b.s3.UploadPartCopy(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		u.parts = append(u.parts, types.CompletedPart{PartNumber: &n, ETag: out.CopyPartResult.ETag})
	}
	for _, wrong := range []string{"bytes=100-", "bytes=-100", "bytes=0- 99", "bytes=0-6291456"} {
		_, err := b.s3.UploadPartCopy(t.Context(), &client.UploadPartCopyInput{
			Bucket: b.bucket, Key: u.key, UploadId: u.id, PartNumber: aws.Int32(3), CopySource: aws.String(*b.bucket + "/source"), CopySourceRange: &wrong,
		})
		if code(err) != "InvalidArgument" {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if *u.parts[0].PartNumber == 2 {
		u.parts[0], u.parts[1] = u.parts[1], u.parts[0]
	}
	if _, err := u.complete(); err != nil {
		t.Fatal(err)
	}
	if _, got := b.get("made"); got != data[100:100+5<<20]+"the end" {
		t.Error("the object is not what its parts are")
	}
}

func TestUploadsAreCheckedWhenTheyAreCompleted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := map[string]struct {
		spoil func(u *upload)
		code  string
	}{
		"small part": {func(u *upload) { u.part(1, []byte("x")); u.part(2, []byte("y")) }, "EntityTooSmall"},
		"order": {func(u *upload) {
			u.part(1, []byte("x"))
			u.part(2, []byte("y"))
			u.parts[0], u.parts[1] = u.parts[1], u.parts[0]
		}, "InvalidPartOrder"},
		"wrong tag":    {func(u *upload) { u.part(1, []byte("x")); u.parts[0].ETag = aws.String("beef") }, "InvalidPart"},
		"missing part": {func(u *upload) { u.part(1, []byte("x")); u.parts[0].PartNumber = aws.Int32(2) }, "InvalidPart"},
		"no parts":     {func(*upload) {}, "MalformedXML"},
		"aborted": {func(u *upload) {
			u.part(1, []byte("x"))
			if _, err := b.s3.AbortMultipartUpload(t.Context(), &client.AbortMultipartUploadInput{Bucket: b.bucket, Key: u.key, UploadId: u.id}); err != nil {
				t.Error(err)
			}
		}, "NoSuchUpload"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u := b.upload("k " + name)
			tt.spoil(u)
			if _, err := u.complete(); code(err) != tt.code {
				t.Errorf("%v, want %s", err, tt.code)
			}
		})
	}
}

func TestUploadsAreListedByKeyAndAge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var want []string
	for _, key := range []string{"a/1", "a/2", "b", "b", "c"} {
		u := b.upload(key)
		want = append(want, key+" "+*u.id)
	}
	var got []string
	pages := client.NewListMultipartUploadsPaginator(b.s3, &client.ListMultipartUploadsInput{Bucket: b.bucket, MaxUploads: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Uploads {
			got = append(got, *u.Key+" "+*u.UploadId)
		}
	}
	if strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("got %v, want %v", got, want)
	}
	rolled, err := b.s3.ListMultipartUploads(t.Context(), &client.ListMultipartUploadsInput{Bucket: b.bucket, Delimiter: aws.String("/")})
	if err != nil || len(rolled.CommonPrefixes) != 1 || len(rolled.Uploads) != 3 {
		t.Errorf("%+v, %v", rolled, err)
	}
}

// What the SDKs do by default with a large file comes back whole, with a
// checksum that they verify.
func TestTransferManagersCarryLargeObjects(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	config := b.Config()
	config.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
	config.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenSupported
	for _, algorithm := range []types.ChecksumAlgorithm{"", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		t.Run("with "+string(algorithm), func(t *testing.T) {
			c := client.NewFromConfig(config, func(o *client.Options) { o.UsePathStyle = true })
			data := noise(17 << 20)
			_, err := manager.NewUploader(c).Upload(t.Context(), &client.PutObjectInput{ //nolint:staticcheck // most programs still use it
				Bucket: b.bucket, Key: aws.String("large" + string(algorithm)), Body: bytes.NewReader(data), ChecksumAlgorithm: algorithm,
			})
			if err != nil {
				t.Fatal(err)
			}
			into := manager.NewWriteAtBuffer(nil)
			if _, err := manager.NewDownloader(c).Download(t.Context(), into, &client.GetObjectInput{Bucket: b.bucket, Key: aws.String("large" + string(algorithm))}); err != nil { //nolint:staticcheck // see above
				t.Fatal(err)
			}
			if !bytes.Equal(into.Bytes(), data) {
				t.Error("what came back is not what was sent")
			}
			out, err := c.GetObject(t.Context(), &client.GetObjectInput{Bucket: b.bucket, Key: aws.String("large" + string(algorithm)), ChecksumMode: types.ChecksumModeEnabled})
			if err != nil {
				t.Fatal(err)
			}
			defer out.Body.Close()
			if got, err := io.ReadAll(out.Body); err != nil || !bytes.Equal(got, data) {
				t.Errorf("read at once: %v", err)
			}
		})
	}
}

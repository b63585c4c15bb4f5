package s3_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/s3"
)

// bench is a server with S3, one client, and one bucket.
type bench struct {
	*testenv.Env
	t      *testing.T
	s3     *client.Client
	bucket *string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.New(t, s3.Registration())
	b := &bench{env, t, env.S3(), aws.String("the-bucket")}
	if _, err := b.s3.CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: b.bucket}); err != nil {
		t.Fatalf("create bucket: %v", err)
	}
	return b
}

// put stores an object.
func (b *bench) put(key, body string, how ...func(*client.PutObjectInput)) *client.PutObjectOutput {
	b.t.Helper()
	in := &client.PutObjectInput{Bucket: b.bucket, Key: &key, Body: strings.NewReader(body)}
	for _, h := range how {
		h(in)
	}
	out, err := b.s3.PutObject(b.t.Context(), in)
	if err != nil {
		b.t.Fatalf("put %q: %v", key, err)
	}
	return out
}

// get reads an object.
func (b *bench) get(key string, how ...func(*client.GetObjectInput)) (*client.GetObjectOutput, string) {
	b.t.Helper()
	in := &client.GetObjectInput{Bucket: b.bucket, Key: &key}
	for _, h := range how {
		h(in)
	}
	out, err := b.s3.GetObject(b.t.Context(), in)
	if err != nil {
		b.t.Fatalf("get %q: %v", key, err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		b.t.Fatalf("read %q: %v", key, err)
	}
	return out, string(body)
}

// version makes the bucket keep versions, or stop.
func (b *bench) versioning(status types.BucketVersioningStatus) {
	b.t.Helper()
	_, err := b.s3.PutBucketVersioning(b.t.Context(), &client.PutBucketVersioningInput{
		Bucket: b.bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	})
	if err != nil {
		b.t.Fatalf("set versioning: %v", err)
	}
}

// status is the HTTP status of an error.
func status(err error) int {
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

// code is an error's code.
func code(err error) string { return testenv.ErrorCode(err) }

func TestObjectsComeBackAsTheyWerePut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, size := range map[string]int{"empty": 0, "small": 100, "largest row": 32 << 10, "smallest blob": 32<<10 + 1, "large": 5 << 20} {
		t.Run(name, func(t *testing.T) {
			body := strings.Repeat("0123456789abcde\n", size/16+1)[:size]
			put := b.put(name, body, func(in *client.PutObjectInput) {
				in.ContentType, in.CacheControl, in.ContentLanguage = aws.String("text/x"), aws.String("no-store"), aws.String("de")
				in.ContentDisposition, in.ContentEncoding = aws.String(`attachment; filename="x"`), aws.String("identity")
				in.Metadata = map[string]string{"one": "1", "two": "zwei"}
			})
			out, got := b.get(name)
			if got != body {
				t.Errorf("got %d bytes, want %d", len(got), len(body))
			}
			if *out.ETag != *put.ETag || *out.ContentLength != int64(size) || *out.ContentType != "text/x" || *out.CacheControl != "no-store" ||
				*out.ContentLanguage != "de" || *out.ContentDisposition != `attachment; filename="x"` || *out.ContentEncoding != "identity" {
				t.Errorf("headers %+v", out)
			}
			if diff := cmp.Diff(map[string]string{"one": "1", "two": "zwei"}, out.Metadata); diff != "" {
				t.Error(diff)
			}
			head, err := b.s3.HeadObject(t.Context(), &client.HeadObjectInput{Bucket: b.bucket, Key: &name, ChecksumMode: types.ChecksumModeEnabled})
			if err != nil || *head.ContentLength != int64(size) || *head.ETag != *put.ETag || head.ChecksumCRC64NVME == nil {
				t.Errorf("head %+v, %v", head, err)
			}
		})
	}
}

// Keys are bytes to us: none of them is a path.
func TestKeysAreNotPaths(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	keys := []string{
		"a", "a/", "a//b", "/a", "//", "../../etc/passwd", "./a", "a/../b", "a b+c", "100%", "%2e%2e/x", "ünï/日本語", "?acl", "#frag", "a?versionId=b", "x&y=z", "~tilde'(1)!*",
		strings.Repeat("k", 1024),
	}
	for _, key := range keys {
		b.put(key, "body of "+key)
	}
	for _, key := range keys {
		if _, got := b.get(key); got != "body of "+key {
			t.Errorf("%q has %q", key, got)
		}
	}
	list, err := b.s3.ListObjectsV2(t.Context(), &client.ListObjectsV2Input{Bucket: b.bucket})
	if err != nil || len(list.Contents) != len(keys) {
		t.Errorf("%d keys listed, %v", len(list.Contents), err)
	}
	for _, key := range keys {
		if _, err := b.s3.DeleteObject(t.Context(), &client.DeleteObjectInput{Bucket: b.bucket, Key: &key}); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	if _, err := b.s3.DeleteBucket(t.Context(), &client.DeleteBucketInput{Bucket: b.bucket}); err != nil {
		t.Error(err)
	}
	long := strings.Repeat("k", 1025)
	_, err = b.s3.PutObject(t.Context(), &client.PutObjectInput{Bucket: b.bucket, Key: &long, Body: strings.NewReader("")})
	if code(err) != "KeyTooLongError" {
		t.Errorf("a long key: %v", err)
	}
}

func TestRangesAreCutFromTheObject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for size, key := range map[int]string{26: "small", 100_000: "large"} {
		body := strings.Repeat("abcdefghijklmnopqrstuvwxyz", size/26+1)[:size]
		b.put(key, body)
		n := len(body)
		tests := map[string]struct {
			header, want string
			status       int
		}{
			"first":          {"bytes=0-0", body[:1], 206},
			"middle":         {"bytes=3-9", body[3:10], 206},
			"open":           {"bytes=20-", body[20:], 206},
			"past the end":   {"bytes=20-9999999", body[20:], 206},
			"suffix":         {"bytes=-5", body[n-5:], 206},
			"long suffix":    {"bytes=-9999999", body, 206},
			"behind":         {"bytes=9999999-", "", 416},
			"no suffix":      {"bytes=-0", "", 416},
			"backwards":      {"bytes=9-3", body, 200},
			"two":            {"bytes=0-1,3-4", body, 200},
			"other unit":     {"items=0-1", body, 200},
			"without number": {"bytes=-", body, 200},
		}
		for name, tt := range tests {
			t.Run(key+" "+name, func(t *testing.T) {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL()+"/"+*b.bucket+"/"+key, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Range", tt.header)
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
				reply, err := b.HTTP().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer reply.Body.Close()
				got, err := io.ReadAll(reply.Body)
				if err != nil || reply.StatusCode != tt.status {
					t.Fatalf("status %d (%v), want %d", reply.StatusCode, err, tt.status)
				}
				if tt.status == 416 {
					if !bytes.Contains(got, []byte("<Code>InvalidRange</Code>")) || !strings.HasPrefix(reply.Header.Get("Content-Range"), "bytes */") {
						t.Errorf("%s, Content-Range %q", got, reply.Header.Get("Content-Range"))
					}
					return
				}
				if string(got) != tt.want {
					t.Errorf("%d bytes, want %d", len(got), len(tt.want))
				}
			})
		}
	}
}

func TestErrorsHaveTheCodesOfS3(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := aws.String("k")
	b.put("k", "x")
	tests := map[string]struct {
		call   func() error
		code   string
		status int
	}{
		"get without bucket": {func() error {
			_, err := b.s3.GetObject(t.Context(), &client.GetObjectInput{Bucket: aws.String("no-such"), Key: key})
			return err
		}, "NoSuchBucket", 404},
		"get without key": {func() error {
			_, err := b.s3.GetObject(t.Context(), &client.GetObjectInput{Bucket: b.bucket, Key: aws.String("nope")})
			return err
		}, "NoSuchKey", 404},
		"head without key": {func() error {
			_, err := b.s3.HeadObject(t.Context(), &client.HeadObjectInput{Bucket: b.bucket, Key: aws.String("nope")})
			return err
		}, "NotFound", 404},
		"head without bucket": {func() error {
			_, err := b.s3.HeadBucket(t.Context(), &client.HeadBucketInput{Bucket: aws.String("no-such")})
			return err
		}, "NotFound", 404},
		"bad name": {func() error {
			_, err := b.s3.CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: aws.String("No_Good")})
			return err
		}, "InvalidBucketName", 400},
		"not empty": {func() error {
			_, err := b.s3.DeleteBucket(t.Context(), &client.DeleteBucketInput{Bucket: b.bucket})
			return err
		}, "BucketNotEmpty", 409},
		"wrong owner": {func() error {
			_, err := b.s3.GetObject(t.Context(), &client.GetObjectInput{Bucket: b.bucket, Key: key, ExpectedBucketOwner: aws.String("111111111111")})
			return err
		}, "AccessDenied", 403},
		"bad version": {func() error {
			_, err := b.s3.GetObject(t.Context(), &client.GetObjectInput{Bucket: b.bucket, Key: key, VersionId: aws.String("x")})
			return err
		}, "InvalidArgument", 400},
		"other region's constraint": {func() error {
			_, err := b.s3.CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: aws.String("elsewhere"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "nowhere"}})
			return err
		}, "InvalidLocationConstraint", 400},
		"metadata": {func() error {
			_, err := b.s3.PutObject(t.Context(), &client.PutObjectInput{Bucket: b.bucket, Key: key, Metadata: map[string]string{"m": strings.Repeat("x", 2048)}})
			return err
		}, "MetadataTooLarge", 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.call()
			if code(err) != tt.code || status(err) != tt.status {
				t.Errorf("%d %v, want %d %s", status(err), err, tt.status, tt.code)
			}
		})
	}
	var missing *types.NoSuchKey
	_, err := b.s3.GetObject(t.Context(), &client.GetObjectInput{Bucket: b.bucket, Key: aws.String("nope")})
	var plain smithy.APIError
	if !errors.As(err, &missing) || !errors.As(err, &plain) || plain.ErrorMessage() != "The specified key does not exist." {
		t.Errorf("%v", err)
	}
}

func TestBucketNamesAreTakenForAll(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other := client.NewFromConfig(b.ConfigFor("111111111111", "eu-west-1"), func(o *client.Options) { o.UsePathStyle = true })
	if _, err := b.s3.CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: b.bucket}); err != nil {
		t.Errorf("in the first region, again: %v", err)
	}
	_, err := other.CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: b.bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}})
	if code(err) != "BucketAlreadyExists" {
		t.Errorf("another account: %v", err)
	}
	_, err = other.ListObjectsV2(t.Context(), &client.ListObjectsV2Input{Bucket: b.bucket})
	if code(err) != "AccessDenied" {
		t.Errorf("another account's list: %v", err)
	}
	theirs := &client.CreateBucketInput{Bucket: aws.String("theirs"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}}
	if _, err = other.CreateBucket(t.Context(), theirs); err != nil {
		t.Error(err)
	}
	if _, err = other.CreateBucket(t.Context(), theirs); code(err) != "BucketAlreadyOwnedByYou" {
		t.Errorf("again: %v", err)
	}
	if _, err = other.CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: aws.String("unsaid")}); code(err) != "IllegalLocationConstraintException" {
		t.Errorf("without a constraint: %v", err)
	}
	where, err := other.GetBucketLocation(t.Context(), &client.GetBucketLocationInput{Bucket: aws.String("theirs")})
	if err != nil || where.LocationConstraint != "eu-west-1" {
		t.Errorf("location %v, %v", where, err)
	}
	list, err := b.s3.ListBuckets(t.Context(), &client.ListBucketsInput{})
	if err != nil || len(list.Buckets) != 1 || *list.Buckets[0].Name != *b.bucket {
		t.Errorf("%v, %v", list, err)
	}
}

package edge_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/auth"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/awshttp"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
)

// objects stands in S3's place: it answers a GET with what the last PUT
// brought.
type objects struct {
	api.Unimplemented

	bucket, key, encoding, trailer string
	body                           []byte
}

// PutObject keeps the object, if its body comes whole.
func (o *objects) PutObject(_ context.Context, in *api.PutObjectInput) (*api.PutObjectOutput, error) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	o.bucket, o.key, o.body = in.Bucket, in.Key, body
	o.encoding = aws.ToString(in.ContentEncoding)
	if t, ok := in.Body.(interface{ Trailer(name string) string }); ok {
		o.trailer = t.Trailer("x-amz-checksum-crc32")
	}
	return &api.PutObjectOutput{ETag: new(`"etag"`)}, nil
}

// GetObject streams the object.
func (o *objects) GetObject(context.Context, *api.GetObjectInput) (*api.GetObjectOutput, error) {
	return &api.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(o.body)), ContentLength: new(int64(len(o.body)))}, nil
}

// storage starts a server with objects in S3's place, and returns a client
// whose signatures it believes.
func storage(t *testing.T, mode platform.Mode) (*testenv.Env, *objects, aws.Config) {
	t.Helper()
	o := new(objects)
	env := testenv.NewWith(t, testenv.Options{Mode: mode, Log: quiet()}, service.Registration{Model: api.Model, New: func(service.Deps) any { return o }})
	root, _, err := auth.RootKey(t.Context(), env.Store(), ids.New(rand.Reader), testenv.Account)
	if err != nil {
		t.Fatal(err)
	}
	config := env.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(root.ID, string(root.Secret), "")
	return env, o, config
}

// pathStyle is what S3's clients need here.
func pathStyle(o *s3sdk.Options) { o.UsePathStyle = true }

func TestObjectsStreamThroughInBothModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []platform.Mode{platform.Developer, platform.Enforcing} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			_, o, config := storage(t, mode)
			client := s3sdk.NewFromConfig(config, pathStyle)
			want := bytes.Repeat([]byte("0123456789"), 300_000)
			// A body that cannot be read twice is sent in chunks, with its checksum as a trailer.
			_, err := client.PutObject(t.Context(), &s3sdk.PutObjectInput{
				Bucket: aws.String("bucket"), Key: aws.String("a/b c+d"), Body: bytes.NewReader(want), ContentEncoding: aws.String("identity"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if o.bucket != "bucket" || o.key != "a/b c+d" || !bytes.Equal(o.body, want) || o.encoding != "identity" {
				t.Errorf("got %s/%s, %d bytes, encoding %q", o.bucket, o.key, len(o.body), o.encoding)
			}
			out, err := client.GetObject(t.Context(), &s3sdk.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("a/b c+d")})
			if err != nil {
				t.Fatal(err)
			}
			defer out.Body.Close()
			if got, err := io.ReadAll(out.Body); err != nil || !bytes.Equal(got, want) {
				t.Errorf("read %d bytes: %v", len(got), err)
			}
		})
	}
}

func TestPresignedAddressesWorkUntilTheyExpire(t *testing.T) {
	t.Parallel()
	for _, mode := range []platform.Mode{platform.Developer, platform.Enforcing} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			env, o, config := storage(t, mode)
			presigner := s3sdk.NewPresignClient(s3sdk.NewFromConfig(config, pathStyle))
			put, err := presigner.PresignPutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")}, s3sdk.WithPresignExpires(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			send := func(url string) (*http.Response, string) {
				r, err := http.NewRequestWithContext(t.Context(), put.Method, url, strings.NewReader("hello"))
				if err != nil {
					t.Fatal(err)
				}
				for k, v := range put.SignedHeader {
					r.Header[k] = v
				}
				r.ContentLength = 5
				return do(t, env, r)
			}
			if reply, body := send(put.URL); reply.StatusCode != http.StatusOK || string(o.body) != "hello" {
				t.Errorf("%s %s, stored %q", reply.Status, body, o.body)
			}
			if mode == platform.Enforcing {
				if reply, body := send(put.URL + "0"); reply.StatusCode != http.StatusForbidden || !strings.Contains(body, "SignatureDoesNotMatch") {
					t.Errorf("forged: %s %s", reply.Status, body)
				}
				return
			}
			env.Advance(2 * time.Minute)
			if reply, body := send(put.URL); reply.StatusCode != http.StatusForbidden || !strings.Contains(body, "Request has expired") {
				t.Errorf("late: %s %s", reply.Status, body)
			}
		})
	}
}

func TestABodyOtherThanTheSignedOneIsRefused(t *testing.T) {
	t.Parallel()
	_, o, config := storage(t, platform.Enforcing)
	config.HTTPClient = awshttp.Client(forger{http.DefaultTransport})
	_, err := s3sdk.NewFromConfig(config, pathStyle, func(o *s3sdk.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired }).
		PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key"), Body: strings.NewReader("hello")})
	if got := testenv.ErrorCode(err); got != "XAmzContentSHA256Mismatch" {
		t.Errorf("got %q (%v)", got, err)
	}
	if o.body != nil {
		t.Error("a forged body was stored")
	}
}

// forger changes bodies on their way.
type forger struct{ next http.RoundTripper }

// RoundTrip sends another body of the same length.
func (f forger) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, errors.Join(err, r.Body.Close())
	}
	r.Body = io.NopCloser(bytes.NewReader(bytes.ToUpper(raw)))
	return f.next.RoundTrip(r)
}

func TestBucketsAreReachedByHost(t *testing.T) {
	t.Parallel()
	env, o, _ := storage(t, platform.Developer)
	for _, host := range []string{"my.bucket.s3.localhost:4566", "my.bucket.s3.eu-west-1.amazonaws.com"} {
		o.bucket = ""
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, env.URL()+"/a%2Fb", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		reply, body := do(t, env, r)
		if reply.StatusCode != http.StatusOK || o.bucket != "my.bucket" || o.key != "a/b" {
			t.Errorf("%s: %s %s, stored as %s/%s", host, reply.Status, body, o.bucket, o.key)
		}
		if len(reply.Header.Get("X-Amz-Request-Id")) != 16 || reply.Header.Get("X-Amz-Id-2") == "" {
			t.Errorf("reply header %v", reply.Header)
		}
	}
}

func TestChunkedBodiesArriveDecodedWithTheirTrailer(t *testing.T) {
	t.Parallel()
	env, o, _ := storage(t, platform.Developer)
	const framed = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, env.URL()+"/bucket/key", strings.NewReader(framed))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{
		"Authorization":                "AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
		"X-Amz-Content-Sha256":         "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
		"X-Amz-Decoded-Content-Length": "11", "Content-Encoding": "gzip,aws-chunked", "X-Amz-Trailer": "x-amz-checksum-crc32",
	} {
		r.Header.Set(k, v)
	}
	reply, body := do(t, env, r)
	if reply.StatusCode != http.StatusOK || string(o.body) != "hello world" || o.encoding != "gzip" || o.trailer != "DUoRhQ==" {
		t.Errorf("%s %s: stored %q, encoding %q, trailer %q", reply.Status, body, o.body, o.encoding, o.trailer)
	}
	r.Header.Set("X-Amz-Decoded-Content-Length", "12")
	r.Body = io.NopCloser(strings.NewReader(framed))
	if reply, body := do(t, env, r); reply.StatusCode != http.StatusBadRequest || !strings.Contains(body, "IncompleteBody") {
		t.Errorf("a body shorter than announced: %s %s", reply.Status, body)
	}
}

package hostile_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"maru.dev/maru/auth"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/platform"
	objects "maru.dev/maru/service/s3"
)

// vault is a bucket where signatures are proved, with an object that nobody but its
// owner may read or change.
type vault struct {
	*testenv.Env

	key    auth.Key
	client *s3.Client
}

const (
	treasure = "what is to stay"
	bucket   = "vault"
)

// newVault makes it.
func newVault(t *testing.T) *vault {
	t.Helper()
	v := &vault{Env: testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing, Clock: clock.NewAdjustable(0)}, objects.Registration())}
	var err error
	if v.key, _, err = auth.RootKey(t.Context(), v.Store(), ids.New(rand.Reader), testenv.Account); err != nil {
		t.Fatal(err)
	}
	v.client = v.as(v.key)
	if _, err := v.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	v.fill(t)
	return v
}

// as is the client of a key.
func (v *vault) as(key auth.Key) *s3.Client {
	config := v.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(key.ID, string(key.Secret), string(key.Token))
	return s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
}

// fill puts the object there.
func (v *vault) fill(t *testing.T) {
	t.Helper()
	if _, err := v.client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("key"), Body: strings.NewReader(treasure)}); err != nil {
		t.Fatal(err)
	}
}

// keys are the objects that are there, with their sizes.
func (v *vault) keys(t *testing.T) (keys []string) {
	t.Helper()
	out, err := v.client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out.Contents {
		keys = append(keys, fmt.Sprint(*o.Key, " ", *o.Size))
	}
	return keys
}

// address sends a request to an address as a stranger has it, with headers of his own.
func (v *vault) address(t *testing.T, method, address, body string, header http.Header) testenv.Answer {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return v.Ask(t, method, u.RequestURI(), body, func(r *http.Request) {
		r.Host = u.Host
		for name, values := range header {
			r.Header[name] = values
		}
	})
}

// untouched says that nothing but the object is there, as it was.
func (v *vault) untouched(t *testing.T) {
	t.Helper()
	if got := v.keys(t); !slices.Equal(got, []string{fmt.Sprint("key ", len(treasure))}) {
		t.Errorf("the bucket has %v", got)
	}
}

// Who has an address that somebody has signed can do with it what it was signed for,
// until it expires, and nothing else.
func TestPresignedAddressesAreGoodForWhatTheyAreSigned(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	presigner := s3.NewPresignClient(v.client)
	get, err := presigner.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("key"), ResponseContentType: aws.String("text/plain")}, s3.WithPresignExpires(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	put, err := presigner.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("key"), ContentType: aws.String("text/plain")}, s3.WithPresignExpires(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.address(t, http.MethodGet, get.URL, "", nil); got.Status != http.StatusOK || got.Body != treasure {
		t.Fatalf("the rightful address: %d %s", got.Status, got.Body)
	}
	plain := http.Header{"Content-Type": {"text/plain"}}
	if got := v.address(t, http.MethodPut, put.URL, treasure, plain); got.Status != http.StatusOK {
		t.Fatalf("the rightful address: %d %s", got.Status, got.Body)
	}
	replace := func(address, part, by string) string {
		t.Helper()
		if !strings.Contains(address, part) {
			t.Fatalf("%s has no %s", address, part)
		}
		return strings.Replace(address, part, by, 1)
	}
	other := auth.NewKey(ids.New(rand.Reader), v.key.Principal, time.Time{})
	if err := v.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, other) }); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]struct {
		method, url string
		header      http.Header
	}{
		"another key of the bucket":    {http.MethodGet, replace(get.URL, "/vault/key", "/vault/other"), nil},
		"the bucket":                   {http.MethodGet, replace(get.URL, "/vault/key", "/vault"), nil},
		"another method":               {http.MethodDelete, get.URL, nil},
		"what is read, written":        {http.MethodPut, get.URL, nil},
		"what is written, read":        {http.MethodGet, put.URL, plain},
		"another operation":            {http.MethodGet, get.URL + "&acl", nil},
		"another kind of answer":       {http.MethodGet, replace(get.URL, "text%2Fplain", "text%2Fhtml"), nil},
		"no kind of answer":            {http.MethodGet, replace(get.URL, "response-content-type=text%2Fplain", "a=b"), nil},
		"another operation of the SDK": {http.MethodGet, replace(get.URL, "x-id=GetObject", "x-id=DeleteObject"), nil},
		"a longer time":                {http.MethodGet, replace(get.URL, "X-Amz-Expires=60", "X-Amz-Expires=604800"), nil},
		"another region":               {http.MethodGet, replace(get.URL, "us-east-1", "eu-west-1"), nil},
		"the key of another":           {http.MethodGet, replace(get.URL, v.key.ID, other.ID), nil},
		"a session token":              {http.MethodGet, get.URL + "&X-Amz-Security-Token=forged", nil},
		"a session token, in a header": {http.MethodGet, get.URL, http.Header{"X-Amz-Security-Token": {"forged"}}},
		"another signature":            {http.MethodGet, replace(get.URL, "X-Amz-Signature=", "X-Amz-Signature=0&a="), nil},
		"no signature":                 {http.MethodGet, replace(get.URL, "X-Amz-Signature=", "a="), nil},
		"a signature beside":           {http.MethodGet, get.URL, http.Header{"Authorization": {"AWS4-HMAC-SHA256 Credential=" + v.key.ID + "/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"}}},
		"another bucket, by its host":  {http.MethodGet, replace(get.URL, "://", "://other.s3.localhost/?"), nil},
		"another type":                 {http.MethodPut, put.URL, http.Header{"Content-Type": {"text/html"}}},
		"no type":                      {http.MethodPut, put.URL, nil},
		"a rule for who may read it":   {http.MethodPut, put.URL, http.Header{"Content-Type": {"text/plain"}, "X-Amz-Acl": {"public-read"}}},
		"a copy of another":            {http.MethodPut, put.URL, http.Header{"Content-Type": {"text/plain"}, "X-Amz-Copy-Source": {"/vault/key"}}},
		"a copy, by its query":         {http.MethodPut, put.URL + "&x-amz-copy-source=/vault/key", plain},
	} {
		body := ""
		if a.method == http.MethodPut {
			body = "forged"
		}
		if got := v.address(t, a.method, a.url, body, a.header); got.Status < 400 || got.Status >= 500 || strings.Contains(got.Body, treasure) {
			t.Errorf("%s: %d %.300s", name, got.Status, got.Body)
		}
	}
	v.untouched(t)
	v.Advance(61 * time.Second)
	for method, url := range map[string]string{http.MethodGet: get.URL, http.MethodPut: put.URL} {
		if got := v.address(t, method, url, "forged", plain); got.Status != http.StatusForbidden || !strings.Contains(got.Body, "Request has expired") {
			t.Errorf("%s, replayed once it has expired: %d %s", method, got.Status, got.Body)
		}
	}
	v.untouched(t)
}

// upload is a PUT whose body is signed piece by piece, as it goes.
type upload struct {
	header http.Header
	chunks []string // each with its signature; the last has no data
}

// body is the chunks, as they are sent.
func (u upload) body() string { return strings.Join(u.chunks, "") }

// sign makes an upload of some pieces.
//
// Spec: Signature calculations for the Authorization header: transferring payload in
// multiple chunks (AWS Signature Version 4), Amazon S3 API Reference.
func (v *vault) sign(t *testing.T, key auth.Key, pieces ...string) upload {
	t.Helper()
	const streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, v.URL()+"/vault/new", nil)
	if err != nil {
		t.Fatal(err)
	}
	now := v.Now().UTC()
	r.Header.Set("Content-Encoding", "aws-chunked")
	r.Header.Set("X-Amz-Content-Sha256", streaming)
	r.Header.Set("X-Amz-Decoded-Content-Length", fmt.Sprint(len(strings.Join(pieces, ""))))
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err := signer.SignHTTP(t.Context(), aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: string(key.Secret), SessionToken: string(key.Token)}, r, streaming, "s3", testenv.Region, now); err != nil {
		t.Fatal(err)
	}
	_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	code := func(key []byte, text string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	day := now.Format("20060102")
	secret := code(code(code(code([]byte("AWS4"+string(key.Secret)), day), testenv.Region), "s3"), "aws4_request")
	u := upload{header: r.Header}
	for _, piece := range append(pieces, "") {
		signature = hex.EncodeToString(code(secret, strings.Join([]string{
			"AWS4-HMAC-SHA256-PAYLOAD", now.Format("20060102T150405Z"), day + "/" + testenv.Region + "/s3/aws4_request", signature, digest(""), digest(piece),
		}, "\n")))
		u.chunks = append(u.chunks, fmt.Sprintf("%x;chunk-signature=%s\r\n%s\r\n", len(piece), signature, piece))
	}
	return u
}

// Who stands between a client and the server changes nothing of a body that is signed
// chunk by chunk: of a body that is not what was signed, nothing is stored.
func TestChunksThatAreChangedAreRefused(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	session := auth.NewKey(ids.New(rand.Reader), v.key.Principal, v.Now().Add(time.Hour))
	if err := v.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, session) }); err != nil {
		t.Fatal(err)
	}
	first, second := strings.Repeat("a", 9000), strings.Repeat("b", 9000)
	send := func(u upload) testenv.Answer {
		return v.address(t, http.MethodPut, v.URL()+"/vault/new", u.body(), u.header)
	}
	for name, key := range map[string]auth.Key{"a key": v.key, "a session": session} {
		if got := send(v.sign(t, key, first, second)); got.Status != http.StatusOK {
			t.Fatalf("the rightful upload of %s: %d %s", name, got.Status, got.Body)
		}
	}
	if got, want := v.keys(t), []string{fmt.Sprint("key ", len(treasure)), "new 18000"}; !slices.Equal(got, want) {
		t.Fatalf("the bucket has %v, want %v", got, want)
	}
	if _, err := v.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("new")}); err != nil {
		t.Fatal(err)
	}
	before := v.sign(t, v.key, second, first)
	for name, change := range map[string]func(u *upload){
		"a changed byte":     func(u *upload) { u.chunks[1] = strings.Replace(u.chunks[1], "bbb", "bcb", 1) },
		"swapped chunks":     func(u *upload) { u.chunks[0], u.chunks[1] = u.chunks[1], u.chunks[0] },
		"swapped data":       func(u *upload) { swapData(u) },
		"a chunk twice":      func(u *upload) { u.chunks[1] = u.chunks[0] },
		"a chunk of another": func(u *upload) { u.chunks[1] = before.chunks[0] },
		"a chunk less":       func(u *upload) { u.chunks = slices.Delete(u.chunks, 1, 2) },
		"a chunk less, and said": func(u *upload) {
			u.chunks = slices.Delete(u.chunks, 1, 2)
			u.header.Set("X-Amz-Decoded-Content-Length", "9000")
		},
		"a chunk more":            func(u *upload) { u.chunks = slices.Insert(u.chunks, 1, u.chunks[0]) },
		"no end":                  func(u *upload) { u.chunks = u.chunks[:2] },
		"an early end":            func(u *upload) { u.chunks = []string{u.chunks[2]} },
		"chunks without a sign":   func(u *upload) { unsign(u) },
		"a body that is unsigned": func(u *upload) { unsign(u); u.header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER") },
		"a plain body":            func(u *upload) { u.header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") },
		"another session":         func(u *upload) { u.header.Set("X-Amz-Security-Token", "forged") },
	} {
		u := v.sign(t, v.key, first, second)
		change(&u)
		if got := send(u); got.Status < 400 || got.Status >= 500 {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	for name, change := range map[string]func(h http.Header){
		"no token":          func(h http.Header) { h.Del("X-Amz-Security-Token") },
		"a forged token":    func(h http.Header) { h.Set("X-Amz-Security-Token", "forged") },
		"a token with more": func(h http.Header) { h.Set("X-Amz-Security-Token", h.Get("X-Amz-Security-Token")+"x") },
		"a token of another": func(h http.Header) {
			h.Set("X-Amz-Security-Token", string(auth.NewKey(ids.New(rand.Reader), v.key.Principal, v.Now()).Token))
		},
		"an empty token": func(h http.Header) { h.Set("X-Amz-Security-Token", "") },
		"its token, another's key": func(h http.Header) {
			h.Set("Authorization", strings.Replace(h.Get("Authorization"), session.ID, v.key.ID, 1))
		},
	} {
		u := v.sign(t, session, first, second)
		change(u.header)
		if got := send(u); got.Status < 400 || got.Status >= 500 {
			t.Errorf("a session with %s: %d %s", name, got.Status, got.Body)
		}
		// One who knows the secret, and not the token, signs well.
		forger := session
		if forger.Token = auth.Secret(u.header.Get("X-Amz-Security-Token")); forger.Token != session.Token {
			if got := send(v.sign(t, forger, first, second)); got.Status < 400 || got.Status >= 500 {
				t.Errorf("a session signed with %s: %d %s", name, got.Status, got.Body)
			}
		}
	}
	v.untouched(t)
	u := v.sign(t, v.key, first, second)
	v.Advance(16 * time.Minute)
	if got := send(u); got.Status != http.StatusForbidden {
		t.Errorf("replayed after a quarter of an hour: %d %s", got.Status, got.Body)
	}
}

// swapData has each of the first two chunks say the other's data with its own
// signature.
func swapData(u *upload) {
	a, b := strings.SplitAfterN(u.chunks[0], "\r\n", 2), strings.SplitAfterN(u.chunks[1], "\r\n", 2)
	u.chunks[0], u.chunks[1] = a[0]+b[1], b[0]+a[1]
}

// unsign leaves the chunks' signatures out.
func unsign(u *upload) {
	for n, chunk := range u.chunks {
		head, data, _ := strings.Cut(chunk, "\r\n")
		size, _, _ := strings.Cut(head, ";")
		u.chunks[n] = size + "\r\n" + data
	}
}

package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
)

// oneKey knows a single key.
type oneKey Key

func (k oneKey) Lookup(_ context.Context, id string) (Key, bool, error) {
	return Key(k), id == k.ID, nil
}

var (
	testTime  = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	testCreds = aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
)

// verifier enforces, and knows the key of creds.
func verifier(creds aws.Credentials, now time.Time) *Verifier {
	key := Key{ID: creds.AccessKeyID, Secret: Secret(creds.SecretAccessKey), Token: Secret(creds.SessionToken), Principal: RootPrincipal("123456789012")}
	return &Verifier{Keys: oneKey(key), Clock: clock.NewFake(now), Enforce: true, Account: "000000000000", Region: "us-east-1"}
}

// received is a request as a server would see it.
func received(t testing.TB, r *http.Request) *http.Request {
	t.Helper()
	in := httptest.NewRequestWithContext(t.Context(), r.Method, "http://"+r.URL.Host+r.URL.RequestURI(), r.Body)
	in.RequestURI = r.URL.RequestURI()
	in.Header = r.Header.Clone()
	in.Host = r.URL.Host
	if r.Host != "" {
		in.Host = r.Host
	}
	in.ContentLength = r.ContentLength
	return in
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// faultOf is the kind of a fault; -1 for none.
func faultOf(t testing.TB, err error) int {
	t.Helper()
	if err == nil {
		return -1
	}
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("not a fault: %v", err)
	}
	return int(f.Kind)
}

// signed makes a request that the SDK's signer has signed.
func signed(t testing.TB, creds aws.Credentials, method, address, body, service string, change func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	if err := signer.SignHTTP(t.Context(), creds, r, hashOf(body), service, "eu-west-1", testTime); err != nil {
		t.Fatal(err)
	}
	return received(t, r)
}

func TestSignaturesOfTheSDKAreAccepted(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method, url, body, service string
		change                     func(*http.Request)
	}{
		"json":             {"POST", "http://localhost:4566/", `{"QueueName":"q"}`, "sqs", func(r *http.Request) { r.Header.Set("X-Amz-Target", "AmazonSQS.CreateQueue") }},
		"query string":     {"GET", "http://sqs.us-east-1.amazonaws.com/?b=2&a=1&a=0&empty=&plus=a%20b&utf8=%E1%88%B4", "", "sqs", nil},
		"escaped path":     {"GET", "http://localhost/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/a%20b", "", "lambda", nil},
		"s3 key":           {"PUT", "http://localhost/bucket/a%20b/c%2Bd/%E1%88%B4//e=f", "data", "s3", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", hashOf("data")) }},
		"repeated headers": {"POST", "http://localhost/", "x", "sns", func(r *http.Request) { r.Header["X-Amz-Meta-A"] = []string{"  one   two ", "three"} }},
		"dots in the path": {"GET", "http://localhost/a/./b/../c", "", "lambda", nil},
		"double slashes":   {"GET", "http://localhost//a//b/", "", "lambda", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := signed(t, testCreds, tt.method, tt.url, tt.body, tt.service, tt.change)
			c := Parse(r)
			id, err := verifier(testCreds, testTime).Identify(t.Context(), r, &c, hashOf(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if id.Account != "123456789012" || id.Region != "eu-west-1" || id.Principal.Kind != call.Root {
				t.Errorf("identity %+v", id)
			}
		})
	}
}

// Whatever a client signs is accepted, and whatever is changed afterwards is
// not.
func TestAnyChangeBreaksARandomSignature(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	text := func(n int) string {
		const alphabet = "abcXYZ019-._~ /+=&%?#@:!$'()*,;ሴ\""
		runes := []rune(alphabet)
		var b strings.Builder
		for range 1 + random.IntN(n) {
			b.WriteRune(runes[random.IntN(len(runes))])
		}
		return b.String()
	}
	for range 500 {
		service := []string{"s3", "sqs", "lambda"}[random.IntN(3)]
		u := url.URL{Scheme: "http", Host: "localhost:4566", Path: "/" + strings.TrimLeft(text(20), "/")}
		query := url.Values{}
		for range random.IntN(4) {
			query.Add(text(6), text(10))
		}
		u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
		body := text(40)
		r := signed(t, testCreds, http.MethodPost, u.String(), body, service, func(r *http.Request) {
			r.Header.Set("X-Amz-Meta-Note", strings.Map(func(c rune) rune {
				if c > 126 {
					return 'u'
				}
				return c
			}, text(20)))
		})
		v := verifier(testCreds, testTime)
		c := Parse(r)
		if _, err := v.Identify(t.Context(), r, &c, hashOf(body)); err != nil {
			t.Fatalf("%s %s refused: %v", service, u.String(), err)
		}
		changes := []func(r *http.Request, hash *string){
			func(r *http.Request, _ *string) { r.Method = http.MethodPut },
			func(r *http.Request, _ *string) { r.RequestURI = "/other"; r.URL.Path = "/other"; r.URL.RawPath = "" },
			func(r *http.Request, _ *string) { r.URL.RawQuery += "&more=1" },
			func(r *http.Request, _ *string) { r.Host = "elsewhere" },
			func(r *http.Request, _ *string) { r.Header.Set("X-Amz-Meta-Note", "changed") },
			func(_ *http.Request, hash *string) { *hash = hashOf(body + "!") },
		}
		hash := hashOf(body)
		changes[random.IntN(len(changes))](r, &hash)
		c = Parse(r)
		if _, err := v.Identify(t.Context(), r, &c, hash); faultOf(t, err) != int(Mismatch) {
			t.Fatalf("a changed request to %s was not refused: %v", u.String(), err)
		}
	}
}

func TestPresignedRequestsAreGoodUntilTheyExpire(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		now  time.Time
		edit func(string) string
		want int
	}{
		"good":            {testTime.Add(9 * time.Minute), nil, -1},
		"over":            {testTime.Add(11 * time.Minute), nil, int(PresignExpired)},
		"from the future": {testTime.Add(-16 * time.Minute), nil, int(Skewed)},
		"longer by hand":  {testTime, func(u string) string { return strings.Replace(u, "X-Amz-Expires=600", "X-Amz-Expires=6000", 1) }, int(Mismatch)},
		"above a week":    {testTime, func(u string) string { return strings.Replace(u, "X-Amz-Expires=600", "X-Amz-Expires=604801", 1) }, int(BadQuery)},
		"negative":        {testTime, func(u string) string { return strings.Replace(u, "X-Amz-Expires=600", "X-Amz-Expires=-1", 1) }, int(BadQuery)},
		"no number":       {testTime, func(u string) string { return strings.Replace(u, "X-Amz-Expires=600", "X-Amz-Expires=ten", 1) }, int(BadQuery)},
		"never":           {testTime, func(u string) string { return strings.Replace(u, "X-Amz-Expires=600", "", 1) }, int(BadQuery)},
		"forged":          {testTime, func(u string) string { return strings.Replace(u, "X-Amz-Signature=", "X-Amz-Signature=0", 1) }, int(Mismatch)},
		"twice":           {testTime, func(u string) string { return u + "&X-Amz-Signature=0" }, int(BadQuery)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/bucket/key%20one?X-Amz-Expires=600", nil)
			if err != nil {
				t.Fatal(err)
			}
			signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
			address, _, err := signer.PresignHTTP(t.Context(), testCreds, r, unsignedPayload, "s3", "eu-west-1", testTime)
			if err != nil {
				t.Fatal(err)
			}
			if tt.edit != nil {
				address = tt.edit(address)
			}
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			in := received(t, &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, Body: http.NoBody})
			c := Parse(in)
			_, err = verifier(testCreds, tt.now).Identify(t.Context(), in, &c, unsignedPayload)
			if got := faultOf(t, err); got != tt.want {
				t.Errorf("fault %d (%v), want %d", got, err, tt.want)
			}
		})
	}
}

func TestFaultySignaturesAreRefusedInAWSWords(t *testing.T) {
	t.Parallel()
	session := testCreds
	session.SessionToken = "token"
	tests := map[string]struct {
		creds aws.Credentials
		now   time.Time
		edit  func(r *http.Request)
		want  string // of a query service
	}{
		"unsigned":             {edit: func(r *http.Request) { r.Header.Del("Authorization") }, want: "MissingAuthenticationToken"},
		"unknown key":          {edit: replace("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPL2"), want: "InvalidClientTokenId"},
		"forged":               {edit: replace("Signature=", "Signature=0"), want: "SignatureDoesNotMatch"},
		"other region":         {edit: replace("eu-west-1", "eu-west-2"), want: "SignatureDoesNotMatch"},
		"other terminator":     {edit: replace("aws4_request", "aws5_request"), want: "SignatureDoesNotMatch"},
		"other day":            {edit: replace("20260304", "20260305"), want: "SignatureDoesNotMatch"},
		"no signature":         {edit: replace("Signature=", "Other="), want: "IncompleteSignature"},
		"no headers":           {edit: replace("SignedHeaders=", "Other="), want: "IncompleteSignature"},
		"short scope":          {edit: replace("/eu-west-1/", "/"), want: "IncompleteSignature"},
		"twice":                {edit: replace("Signature=", "Signature=0, Signature="), want: "IncompleteSignature"},
		"no date":              {edit: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, want: "IncompleteSignature"},
		"strange date":         {edit: func(r *http.Request) { r.Header.Set("X-Amz-Date", "yesterday") }, want: "IncompleteSignature"},
		"sigv4a":               {edit: replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), want: "IncompleteSignature"},
		"sigv2":                {edit: func(r *http.Request) { r.Header.Set("Authorization", "AWS AKID:sig") }, want: "IncompleteSignature"},
		"six minutes ago":      {now: testTime.Add(6 * time.Minute), want: "SignatureDoesNotMatch"},
		"in six minutes":       {now: testTime.Add(-6 * time.Minute), want: "SignatureDoesNotMatch"},
		"added header":         {edit: func(r *http.Request) { r.Header.Set("X-Amz-Acl", "public-read") }, want: "SignatureDoesNotMatch"},
		"host not signed":      {edit: replace("host;", ""), want: "SignatureDoesNotMatch"},
		"token missing":        {creds: session, edit: func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") }, want: "InvalidClientTokenId"},
		"token of another":     {creds: session, edit: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "other") }, want: "InvalidClientTokenId"},
		"token where none is":  {edit: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "token") }, want: "InvalidClientTokenId"},
		"session, as it ought": {creds: session},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			creds, now := testCreds, testTime
			if tt.creds.AccessKeyID != "" {
				creds = tt.creds
			}
			if !tt.now.IsZero() {
				now = tt.now
			}
			r := signed(t, creds, http.MethodPost, "http://localhost/", "body", "sns", nil)
			if tt.edit != nil {
				tt.edit(r)
			}
			c := Parse(r)
			_, err := verifier(creds, now).Identify(t.Context(), r, &c, hashOf("body"))
			got := ""
			if err != nil {
				var f *Fault
				if !errors.As(err, &f) {
					t.Fatalf("not a fault: %v", err)
				}
				got = f.In(Query).Code
			}
			if got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

// replace edits the Authorization header.
func replace(before, after string) func(r *http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), before, after, 1))
	}
}

func TestExpiredSessionsAreRefused(t *testing.T) {
	t.Parallel()
	v := verifier(testCreds, testTime)
	key := v.Keys.(oneKey)
	key.Expires = testTime
	v.Keys = key
	r := signed(t, testCreds, http.MethodPost, "http://localhost/", "body", "sns", nil)
	c := Parse(r)
	if _, err := v.Identify(t.Context(), r, &c, hashOf("body")); faultOf(t, err) != int(Expired) {
		t.Errorf("got %v, want an expired token", err)
	}
	key.Expires, key.Inactive = time.Time{}, true
	v.Keys = key
	if _, err := v.Identify(t.Context(), r, &c, hashOf("body")); faultOf(t, err) != int(UnknownKey) {
		t.Errorf("got %v, want an inactive key to be unknown", err)
	}
}

func TestDeveloperModeTakesTheAccountFromTheKey(t *testing.T) {
	t.Parallel()
	issued := Key{ID: "ASIAIOSFODNN7EXAMPLE", Principal: call.Principal{Kind: call.Role, Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/r/s"}}
	v := &Verifier{Keys: oneKey(issued), Clock: clock.NewFake(testTime), Account: "000000000000", Region: "us-east-1"}
	tests := map[string]struct{ key, account, arn string }{
		"twelve digits": {"123456789012", "123456789012", "arn:aws:iam::123456789012:root"},
		"any other":     {"test", "000000000000", "arn:aws:iam::000000000000:root"},
		"foreign key":   {"AKIAIOSFODNN7EXAMPLE", "000000000000", "arn:aws:iam::000000000000:root"},
		"with a slash":  {"a/b", "000000000000", "arn:aws:iam::000000000000:root"},
		"issued":        {issued.ID, "111122223333", issued.Principal.ARN},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+tt.key+"/20260304/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0")
			c := Parse(r)
			id, err := v.Identify(t.Context(), r, &c, "")
			if err != nil {
				t.Fatal(err)
			}
			if id.Account != tt.account || id.Principal.ARN != tt.arn || id.Region != "eu-west-1" || c.Service != "sqs" {
				t.Errorf("identity %+v", id)
			}
		})
	}
}

// The examples of AWS's "Signature Calculations for the Authorization Header"
// page of the S3 API Reference: GET Object, PUT Object, GET Bucket Lifecycle
// and List Objects.
func TestPublishedS3ExamplesVerify(t *testing.T) {
	t.Parallel()
	creds := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	now := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		method, uri string
		header      map[string]string
		signed      string
		signature   string
		payload     string
	}{
		"get object": {
			"GET", "/test.txt",
			map[string]string{"Range": "bytes=0-9"},
			"host;range;x-amz-content-sha256;x-amz-date",
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", emptySHA256,
		},
		"put object": {
			"PUT", "/test$file.text",
			map[string]string{"Date": "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY"},
			"date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
			"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", hashOf("Welcome to Amazon S3."),
		},
		"get lifecycle": {
			"GET", "/?lifecycle", nil, "host;x-amz-content-sha256;x-amz-date",
			"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", emptySHA256,
		},
		"list objects": {
			"GET", "/?max-keys=2&prefix=J", nil, "host;x-amz-content-sha256;x-amz-date",
			"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", emptySHA256,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), tt.method, "http://examplebucket.s3.amazonaws.com"+tt.uri, nil)
			r.RequestURI = tt.uri
			r.Header.Set("X-Amz-Date", "20130524T000000Z")
			r.Header.Set("X-Amz-Content-Sha256", tt.payload)
			for k, v := range tt.header {
				r.Header.Set(k, v)
			}
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="+tt.signed+",Signature="+tt.signature)
			c := Parse(r)
			if _, err := verifier(creds, now).Identify(t.Context(), r, &c, tt.payload); err != nil {
				t.Error(err)
			}
		})
	}
}

// The chunked upload of AWS's "Signature Calculations … Transferring Payload in
// Multiple Chunks" page: 64 KiB and 1 KiB of the letter a.
func TestPublishedChunkedExampleVerifies(t *testing.T) {
	t.Parallel()
	creds := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	now := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	const streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	body := func(a, b string) string {
		return "10000;chunk-signature=" + a + "\r\n" + strings.Repeat("a", 65536) + "\r\n" +
			"400;chunk-signature=" + b + "\r\n" + strings.Repeat("a", 1024) + "\r\n" +
			"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
	}
	const first, second = "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
	tests := map[string]struct {
		body string
		want int
	}{
		"as published":    {body(first, second), -1},
		"first forged":    {body(second, second), int(ChunkMismatch)},
		"second forged":   {body(first, first), int(ChunkMismatch)},
		"bytes changed":   {strings.Replace(body(first, second), "aaaa\r\n0;", "aaab\r\n0;", 1), int(ChunkMismatch)},
		"last chunk gone": {strings.Split(body(first, second), "0;chunk-signature=b6")[0], int(IncompleteBody)},
		"cut":             {body(first, second)[:70_000-4_000], int(IncompleteBody)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "http://s3.amazonaws.com/examplebucket/chunkObject.txt", nil)
			r.RequestURI = "/examplebucket/chunkObject.txt"
			for k, v := range map[string]string{
				"X-Amz-Date": "20130524T000000Z", "X-Amz-Content-Sha256": streaming, "X-Amz-Storage-Class": "REDUCED_REDUNDANCY",
				"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "66560", "Content-Length": "66824",
				"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
					"SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class," +
					"Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
			} {
				r.Header.Set(k, v)
			}
			c := Parse(r)
			id, err := verifier(creds, now).Identify(t.Context(), r, &c, streaming)
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, NewChunked(strings.NewReader(tt.body), id, streaming, 66560))
			if got := faultOf(t, err); got != tt.want {
				t.Errorf("fault %d (%v), want %d", got, err, tt.want)
			}
		})
	}
}

// newTestRequest is a request with whatever a stranger may send.
func newTestRequest(t testing.TB, authorization, date, query string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.URL.RawQuery = query
	r.Header["Authorization"] = []string{authorization}
	r.Header["X-Amz-Date"] = []string{date}
	return r
}

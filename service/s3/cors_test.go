package s3_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

// page sends a browser's request, and returns its reply's CORS headers and body.
func (b *bench) page(method, path string, header map[string]string) (status int, cors map[string]string, body string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.URL()+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if !strings.HasPrefix(path, "/"+*b.bucket) {
		r.Host = *b.bucket + ".s3.localhost"
	} else if method != http.MethodOptions {
		r.Host = "s3.localhost"
	}
	out, err := b.HTTP().Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer out.Body.Close()
	raw, err := io.ReadAll(out.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	cors = map[string]string{}
	for name := range out.Header {
		if short, ok := strings.CutPrefix(name, "Access-Control-"); ok {
			cors[short] = out.Header.Get(name)
		}
	}
	return out.StatusCode, cors, string(raw)
}

func TestPagesAreAnsweredByTheBucketsRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, err := b.s3.PutObject(t.Context(), &client.PutObjectInput{Bucket: b.bucket, Key: aws.String("k"), Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
	ask := func(path, origin, method, headers string) (int, map[string]string, string) {
		return b.page(http.MethodOptions, path, map[string]string{"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers})
	}
	status, cors, body := ask("/k", "http://localhost:3000", "GET", "")
	if status != 403 || len(cors) > 0 || !strings.Contains(body, "<Message>CORSResponse: CORS is not enabled for this bucket.</Message>") || !strings.Contains(body, "<ResourceType>OBJECT</ResourceType>") {
		t.Errorf("without rules: %d %v %s", status, cors, body)
	}
	if _, cors, _ := b.page("GET", "/k", map[string]string{"Origin": "http://localhost:3000"}); len(cors) > 0 {
		t.Errorf("without rules: %v", cors)
	}
	_, err := b.s3.PutBucketCors(t.Context(), &client.PutBucketCorsInput{Bucket: b.bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{
		{AllowedMethods: []string{"PUT", "POST"}, AllowedOrigins: []string{"http://*.localhost"}, AllowedHeaders: []string{"x-amz-*", "Content-Type"}, ExposeHeaders: []string{"ETag", "x-amz-id-2"}, MaxAgeSeconds: aws.Int32(30)},
		{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	put := map[string]string{
		"Allow-Origin": "http://a.localhost", "Allow-Credentials": "true", "Allow-Methods": "PUT, POST",
		"Allow-Headers": "x-amz-date, content-type", "Expose-Headers": "ETag, x-amz-id-2", "Max-Age": "30",
	}
	anyone := map[string]string{"Allow-Origin": "*", "Allow-Methods": "GET"}
	tests := map[string]struct {
		path, origin, method, headers string
		status                        int
		want                          map[string]string
	}{
		"the first rule":           {"/k", "http://a.localhost", "PUT", "X-Amz-Date, content-type", 200, put},
		"by path":                  {"/" + *b.bucket + "/k", "http://a.localhost", "PUT", "X-Amz-Date, content-type", 200, put},
		"the second rule":          {"/k", "http://localhost", "GET", "", 200, anyone},
		"another header":           {"/k", "http://a.localhost", "PUT", "authorization", 403, nil},
		"another method":           {"/k", "http://a.localhost", "DELETE", "", 403, nil},
		"another origin":           {"/k", "http://localhost", "PUT", "", 403, nil},
		"a header where none is":   {"/", "http://localhost", "GET", "range", 403, nil},
		"a bucket that is not one": {"/" + *b.bucket + "-not/k", "http://localhost", "GET", "", 200, map[string]string{"Allow-Origin": "http://localhost"}},
	}
	for name, tt := range tests {
		status, cors, body := ask(tt.path, tt.origin, tt.method, tt.headers)
		if strings.Contains(tt.path, "-not") {
			if status != tt.status || cors["Allow-Origin"] != tt.want["Allow-Origin"] {
				t.Errorf("%s: %d %v", name, status, cors)
			}
			continue
		}
		if tt.want == nil {
			tt.want = map[string]string{}
		}
		if diff := cmp.Diff(tt.want, cors); status != tt.status || diff != "" {
			t.Errorf("%s: %d %s (-want +got):\n%s", name, status, body, diff)
		}
	}
	if _, cors, body := b.page("GET", "/k", map[string]string{"Origin": "http://localhost"}); cmp.Diff(anyone, cors) != "" || body != "x" {
		t.Errorf("a request: %v %s", cors, body)
	}
	if _, cors, _ := b.page("DELETE", "/none", map[string]string{"Origin": "http://localhost"}); len(cors) > 0 {
		t.Errorf("a request that no rule lets pages send: %v", cors)
	}
}

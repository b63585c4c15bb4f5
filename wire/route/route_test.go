package route_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/api/lambda"
	"maru.dev/maru/api/s3"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/route"
)

func TestTableFindsTheMostSpecificOperation(t *testing.T) {
	t.Parallel()
	key := func(k string) wire.Labels { return wire.Labels{"Bucket": "b", "Key": k} }
	bucket := wire.Labels{"Bucket": "b"}
	tests := map[string]struct {
		svc            *wire.Service
		method, target string
		header         string
		want           string
		labels         wire.Labels
	}{
		"buckets":                    {s3.Model, "GET", "/?x-id=ListBuckets", "", "ListBuckets", wire.Labels{}},
		"bucket":                     {s3.Model, "PUT", "/b", "", "CreateBucket", bucket},
		"bucket with a slash":        {s3.Model, "GET", "/b/", "", "ListObjects", bucket},
		"list":                       {s3.Model, "GET", "/b?list-type=2&prefix=a%2F", "", "ListObjectsV2", bucket},
		"location":                   {s3.Model, "GET", "/b?location", "", "GetBucketLocation", bucket},
		"location with equals":       {s3.Model, "GET", "/b?location=", "", "GetBucketLocation", bucket},
		"uploads":                    {s3.Model, "GET", "/b?uploads", "", "ListMultipartUploads", bucket},
		"lifecycle":                  {s3.Model, "GET", "/b?lifecycle", "", "GetBucketLifecycleConfiguration", bucket},
		"many":                       {s3.Model, "POST", "/b?delete", "", "DeleteObjects", bucket},
		"get":                        {s3.Model, "GET", "/b/k?x-id=GetObject", "", "GetObject", key("k")},
		"head":                       {s3.Model, "HEAD", "/b/k", "", "HeadObject", key("k")},
		"key with slashes":           {s3.Model, "GET", "/b/a//b/", "", "GetObject", key("a//b/")},
		"key of a slash":             {s3.Model, "GET", "/b//", "", "GetObject", key("/")},
		"key that starts with one":   {s3.Model, "GET", "/b//a", "", "GetObject", key("/a")},
		"key in percent":             {s3.Model, "GET", "/b/a%2Fb%20c%3F+", "", "GetObject", key("a/b c?+")},
		"key like a parameter":       {s3.Model, "PUT", "/b/tagging", "", "PutObject", key("tagging")},
		"tagging":                    {s3.Model, "PUT", "/b/k?tagging", "", "PutObjectTagging", key("k")},
		"put":                        {s3.Model, "PUT", "/b/k", "", "PutObject", key("k")},
		"copy":                       {s3.Model, "PUT", "/b/k", "x-amz-copy-source", "CopyObject", key("k")},
		"part":                       {s3.Model, "PUT", "/b/k?partNumber=1&uploadId=u", "", "UploadPart", key("k")},
		"part copy":                  {s3.Model, "PUT", "/b/k?partNumber=1&uploadId=u", "x-amz-copy-source", "UploadPartCopy", key("k")},
		"start":                      {s3.Model, "POST", "/b/k?uploads", "", "CreateMultipartUpload", key("k")},
		"complete":                   {s3.Model, "POST", "/b/k?uploadId=u", "", "CompleteMultipartUpload", key("k")},
		"abort":                      {s3.Model, "DELETE", "/b/k?uploadId=u", "", "AbortMultipartUpload", key("k")},
		"delete":                     {s3.Model, "DELETE", "/b/k?versionId=null", "", "DeleteObject", key("k")},
		"parts":                      {s3.Model, "GET", "/b/k?uploadId=u", "", "ListParts", key("k")},
		"invoke":                     {lambda.Model, "POST", "/2015-03-31/functions/f/invocations?Qualifier=1", "", "Invoke", wire.Labels{"FunctionName": "f"}},
		"functions":                  {lambda.Model, "GET", "/2015-03-31/functions/", "", "ListFunctions", wire.Labels{}},
		"functions without a slash":  {lambda.Model, "GET", "/2015-03-31/functions", "", "ListFunctions", wire.Labels{}},
		"function by ARN":            {lambda.Model, "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af", "", "GetFunction", wire.Labels{"FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:f"}},
		"tags by ARN":                {apigatewayv2.Model, "GET", "/v2/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2Fa", "", "GetTags", wire.Labels{"resource-arn": "arn:aws:apigateway:us-east-1::/apis/a"}},
		"literal before label":       {lambda.Model, "GET", "/2018-10-31/layers?find=LayerVersion&Arn=a", "", "GetLayerVersionByArn", wire.Labels{}},
		"no such path":               {lambda.Model, "GET", "/2015-03-31/nothing", "", "", nil},
		"no such method":             {lambda.Model, "PATCH", "/2015-03-31/functions/f", "", "", nil},
		"empty label":                {lambda.Model, "GET", "/2015-03-31/functions//configuration", "", "", nil},
		"fixed parameter is missing": {s3.Model, "POST", "/b", "", "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			router, err := route.New(tt.svc)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(tt.target)
			if err != nil {
				t.Fatal(err)
			}
			header := http.Header{}
			if tt.header != "" {
				header.Set(tt.header, "x")
			}
			op, labels, ok := router.Match(tt.method, u.EscapedPath(), u.Query(), header)
			got := ""
			if ok {
				got = op.Name
			}
			if got != tt.want {
				t.Fatalf("%q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.labels, labels); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzTable(f *testing.F) {
	f.Add("GET", "/b/k%2F", "list-type=2")
	f.Add("PUT", "//%", "a;b")
	router, err := route.New(s3.Model)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, method, path, query string) {
		values, _ := url.ParseQuery(query)
		router.Match(method, path, values, http.Header{})
	})
}

func BenchmarkTable(b *testing.B) {
	router, err := route.New(s3.Model)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := router.Match("GET", "/bucket/some/key", url.Values{}, http.Header{}); !ok {
			b.Fatal("no route")
		}
	}
}

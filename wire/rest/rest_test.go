package rest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/lambda"
	"maru.dev/maru/api/s3"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/internal/wiretest"
	"maru.dev/maru/wire/rest"
	"maru.dev/maru/wire/route"
)

func decode(t testing.TB, svc *wire.Service, r *wire.Request) (string, any, error) {
	t.Helper()
	router, err := route.New(svc)
	if err != nil {
		t.Fatal(err)
	}
	op, labels, ok := router.Match(r.Method, r.URL.EscapedPath(), r.Query, r.Header)
	if !ok {
		t.Fatalf("%s %s has no route", r.Method, r.URL)
	}
	r.Labels = labels
	codec := rest.NewJSON()
	if svc.ID == "s3" {
		codec = rest.NewXML()
	}
	in, err := codec.Decode(svc, op, r)
	return op.Name, in, err
}

func TestDecodeReadsEveryPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		svc  *wire.Service
		r    *wire.Request
		want any
	}{
		"rest-json path, query, header and blob payload": {
			lambda.Model, wiretest.Request(t, "POST", "/2015-03-31/functions/f/invocations?Qualifier=live", `{"a":1}`, "X-Amz-Invocation-Type", "Event", "X-Amz-Log-Type", "Tail"),
			&lambda.InvokeInput{FunctionName: "f", Qualifier: new("live"), InvocationType: new("Event"), LogType: new("Tail"), Payload: []byte(`{"a":1}`)},
		},
		"rest-json document": {
			lambda.Model, wiretest.Request(t, "POST", "/2015-03-31/functions/f/aliases", `{"Name":"live","FunctionVersion":"1","FunctionName":"ignored","RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}}}`),
			&lambda.CreateAliasInput{FunctionName: "f", Name: "live", FunctionVersion: "1", RoutingConfig: &lambda.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.25}}},
		},
		"rest-json without a body": {
			lambda.Model, wiretest.Request(t, "GET", "/2015-03-31/functions/?MaxItems=5", ""),
			&lambda.ListFunctionsInput{MaxItems: new(int32(5))},
		},
		"rest-xml payload": {
			s3.Model, wiretest.Request(t, "PUT", "/b/k?tagging", `<?xml version="1.0"?><Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><!-- c --><TagSet><Tag><Key>a</Key><Value>&lt;b&#x20;&gt;</Value></Tag><Other><Deep/></Other></TagSet></Tagging>`),
			&s3.PutObjectTaggingInput{Bucket: "b", Key: "k", Tagging: &s3.Tagging{TagSet: []s3.Tag{{Key: "a", Value: "<b >"}}}},
		},
		"rest-xml flattened list": {
			s3.Model, wiretest.Request(t, "POST", "/b?delete", `<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet><Object><Key>b</Key><VersionId>v</VersionId></Object></Delete>`),
			&s3.DeleteObjectsInput{Bucket: "b", Delete: &s3.Delete{Quiet: new(true), Objects: []s3.ObjectIdentifier{{Key: "a"}, {Key: "b", VersionId: new("v")}}}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got, err := decode(t, tt.svc, tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A streaming body reaches the operation unread.
func TestDecodeHandsOnStreams(t *testing.T) {
	t.Parallel()
	body := strings.NewReader("hello")
	r := wiretest.Request(t, "PUT", "/b/a/k", "", "X-Amz-Meta-Color", "blue", "Content-Type", "text/plain", "Expires", "never", "X-Amz-Tagging", "a=b")
	r.Body, r.ContentLength = body, 5
	_, got, err := decode(t, s3.Model, r)
	if err != nil {
		t.Fatal(err)
	}
	in := got.(*s3.PutObjectInput)
	if body.Len() != 5 || in.Body != io.Reader(body) {
		t.Error("the body was read or copied")
	}
	in.Body = nil
	want := &s3.PutObjectInput{
		Bucket: "b", Key: "a/k", Metadata: map[string]string{"color": "blue"}, ContentType: new("text/plain"), ContentLength: new(int64(5)), Tagging: new("a=b"),
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	const malformed = "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema"
	tests := map[string]struct {
		svc  *wire.Service
		r    *wire.Request
		want string
	}{
		"no JSON":         {lambda.Model, wiretest.Request(t, "POST", "/2015-03-31/functions", `{`), "SerializationException: The request body is not valid JSON."},
		"wrong type":      {lambda.Model, wiretest.Request(t, "POST", "/2015-03-31/functions", `{"Timeout":"x"}`), "SerializationException: STRING_VALUE cannot be converted to Integer"},
		"bad parameter":   {lambda.Model, wiretest.Request(t, "GET", "/2015-03-31/functions?MaxItems=x", ""), "SerializationException: x can not be converted to an Integer"},
		"no XML":          {s3.Model, wiretest.Request(t, "PUT", "/b/k?tagging", `<Tagging>`), malformed},
		"two documents":   {s3.Model, wiretest.Request(t, "PUT", "/b/k?tagging", `<Tagging/><Tagging/>`), malformed},
		"foreign entity":  {s3.Model, wiretest.Request(t, "PUT", "/b/k?tagging", `<!DOCTYPE a [<!ENTITY x "y">]><Tagging><TagSet><Tag><Key>&x;</Key></Tag></TagSet></Tagging>`), malformed},
		"deep":            {s3.Model, wiretest.Request(t, "PUT", "/b/k?tagging", strings.Repeat("<a>", 5000)), malformed},
		"element in text": {s3.Model, wiretest.Request(t, "PUT", "/b/k?tagging", `<Tagging><TagSet><Tag><Key><b/></Key></Tag></TagSet></Tagging>`), malformed},
		"bad number":      {s3.Model, wiretest.Request(t, "GET", "/b?max-keys=x", ""), "InvalidArgument: Provided max-keys not an integer or within integer range"},
		"no body":         {s3.Model, wiretest.Request(t, "PUT", "/b/k?tagging", ``), "MissingRequestBodyError: Request Body is empty"},
		"empty document":  {s3.Model, wiretest.Request(t, "PUT", "/b/k?tagging", `<Tagging/>`), malformed},
		"missing":         {lambda.Model, wiretest.Request(t, "POST", "/2015-03-31/functions/f/aliases", `{}`), "ValidationException: 2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'functionVersion' failed to satisfy constraint: Member must not be null"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := decode(t, tt.svc, tt.r)
			if got := wiretest.Fault(err); got != tt.want {
				t.Errorf("\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

func TestEncodeWritesEveryPlace(t *testing.T) {
	t.Parallel()
	const xml = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	tests := map[string]struct {
		svc    *wire.Service
		op     string
		out    any
		status int
		header map[string]string
		body   string
	}{
		"status and blob payload": {
			lambda.Model, "Invoke", &lambda.InvokeOutput{StatusCode: new(int32(202)), FunctionError: new("Unhandled"), Payload: []byte("{}")},
			202,
			map[string]string{"X-Amz-Function-Error": "Unhandled", "Content-Type": "application/json", "X-Amzn-Requestid": "request-id"},
			"{}",
		},
		"no content": {lambda.Model, "DeleteAlias", &lambda.DeleteAliasOutput{}, 204, map[string]string{}, ""},
		"document": {
			s3.Model, "ListObjectsV2", &s3.ListObjectsV2Output{Name: new("b"), KeyCount: new(int32(1)), Contents: []s3.Object{{Key: new("a&b"), LastModified: new(time.UnixMilli(1422172800120))}}},
			200,
			map[string]string{"Content-Type": "application/xml", "X-Amz-Request-Id": "request-id", "X-Amz-Id-2": "host-id"},
			xml + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Contents><Key>a&amp;b</Key><LastModified>2015-01-25T08:00:00.120Z</LastModified></Contents><Name>b</Name><KeyCount>1</KeyCount></ListBucketResult>`,
		},
		"location":       {s3.Model, "GetBucketLocation", &s3.GetBucketLocationOutput{LocationConstraint: new("eu-west-1")}, 200, nil, xml + `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>`},
		"first location": {s3.Model, "GetBucketLocation", &s3.GetBucketLocationOutput{}, 200, nil, xml + `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`},
		"payload": {
			s3.Model, "CopyObject", &s3.CopyObjectOutput{CopyObjectResult: &s3.CopyObjectResult{ETag: new(`"e"`)}, VersionId: new("v")},
			200,
			map[string]string{"X-Amz-Version-Id": "v"},
			xml + `<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>&#34;e&#34;</ETag></CopyObjectResult>`,
		},
		"headers alone": {
			s3.Model, "HeadObject", &s3.HeadObjectOutput{ContentLength: new(int64(5)), LastModified: new(time.Unix(1422172800, 0)), Metadata: map[string]string{"color": "blue"}},
			200,
			map[string]string{"Content-Length": "5", "Last-Modified": "Sun, 25 Jan 2015 08:00:00 GMT", "x-amz-meta-color": "blue"},
			"",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			codec := rest.NewJSON()
			if tt.svc.ID == "s3" {
				codec = rest.NewXML()
			}
			w := wiretest.Response()
			if err := codec.Encode(tt.svc, wiretest.Operation(t, tt.svc, tt.op), tt.out, w); err != nil {
				t.Fatal(err)
			}
			if w.Status != tt.status {
				t.Errorf("status %d, want %d", w.Status, tt.status)
			}
			for name, want := range tt.header {
				if got := w.Header[name]; len(got) != 1 || got[0] != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if diff := cmp.Diff(tt.body, string(w.Body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A streaming body leaves as the reader that the operation returned.
func TestEncodeHandsOnStreams(t *testing.T) {
	t.Parallel()
	body := strings.NewReader("hello")
	w := wiretest.Response()
	if err := rest.NewXML().Encode(s3.Model, wiretest.Operation(t, s3.Model, "GetObject"), &s3.GetObjectOutput{Body: body}, w); err != nil {
		t.Fatal(err)
	}
	if w.Stream != io.Reader(body) || body.Len() != 5 || w.Header.Get("Content-Type") != "binary/octet-stream" {
		t.Errorf("%v %v", w.Stream, w.Header)
	}
}

func TestEncodeErrorUsesTheProtocolsEnvelope(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		codec  *rest.Codec
		svc    *wire.Service
		fault  wire.Error
		status int
		header http.Header
		body   string
	}{
		"rest-json": {
			rest.NewJSON(), lambda.Model, &lambda.TooManyRequestsException{Message: "slow", RetryAfterSeconds: new("3"), Reason: new("ReservedFunctionConcurrentInvocationLimitExceeded")}, 429,
			http.Header{"X-Amzn-Errortype": {"TooManyRequestsException"}, "Retry-After": {"3"}, "Content-Type": {"application/json"}, "X-Amzn-Requestid": {"request-id"}},
			`{"message":"slow","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}`,
		},
		"rest-json, not modelled": {
			rest.NewJSON(), lambda.Model, &wire.APIError{Code: "AccessDeniedException", Message: "no", Status: 403}, 403,
			http.Header{"X-Amzn-Errortype": {"AccessDeniedException"}, "Content-Type": {"application/json"}, "X-Amzn-Requestid": {"request-id"}},
			`{"message":"no"}`,
		},
		"S3": {
			rest.NewXML(), s3.Model, &wire.APIError{Code: "NoSuchKey", Message: "The specified key does not exist.", Status: 404, Fields: map[string]string{"Key": "k"}}, 404,
			http.Header{"X-Amz-Request-Id": {"request-id"}, "X-Amz-Id-2": {"host-id"}, "Content-Type": {"application/xml"}},
			`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>k</Key><RequestId>request-id</RequestId><HostId>host-id</HostId></Error>`,
		},
		"S3 without a body": {
			rest.NewXML(), s3.Model, &wire.APIError{Code: "NotModified", Status: 304}, 304, http.Header{"X-Amz-Request-Id": {"request-id"}, "X-Amz-Id-2": {"host-id"}}, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := wiretest.Response()
			if err := tt.codec.EncodeError(tt.svc, nil, tt.fault, w); err != nil {
				t.Fatal(err)
			}
			if w.Status != tt.status {
				t.Errorf("status %d, want %d", w.Status, tt.status)
			}
			if diff := cmp.Diff(tt.header, w.Header); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.body, string(w.Body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A header's value cannot end the header.
func TestEncodeKeepsLineBreaksOutOfHeaders(t *testing.T) {
	t.Parallel()
	w := wiretest.Response()
	out := &s3.HeadObjectOutput{Metadata: map[string]string{"a": "x\r\nSet-Cookie: y"}}
	if err := rest.NewXML().Encode(s3.Model, wiretest.Operation(t, s3.Model, "HeadObject"), out, w); err != nil {
		t.Fatal(err)
	}
	for name, values := range w.Header {
		if strings.ContainsAny(name+values[0], "\r\n") {
			t.Errorf("%s: %q", name, values)
		}
	}
}

func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		`<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete>`, `<!DOCTYPE a [<!ENTITY x "y">]><Delete>&x;</Delete>`, `<a:Delete xmlns:a="b" a:c="d"><Object/></a:Delete>`, "\xff<",
		`<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>i</ID></Grantee></Grant></AccessControlList></AccessControlPolicy>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, target := range []string{"POST /b?delete", "PUT /b?acl", "PUT /b?lifecycle"} {
			method, path, _ := strings.Cut(target, " ")
			if _, _, err := decode(t, s3.Model, wiretest.Request(t, method, path, body)); err != nil && wiretest.Fault(err) == "" {
				t.Fatalf("not the caller's fault: %v", err)
			}
		}
	})
}

func FuzzHeadersAndQuery(f *testing.F) {
	f.Add("a=b&max-keys=1", `"a,b", c`, "Mon, 02 Jan 2006 15:04:05 GMT")
	f.Fuzz(func(t *testing.T, query, list, date string) {
		r := wiretest.Request(t, "GET", "/b/k", "", "X-Amz-Object-Attributes", list, "If-Modified-Since", date)
		r.URL.RawQuery = query
		r.Query = r.URL.Query()
		if _, _, err := decode(t, s3.Model, r); err != nil && wiretest.Fault(err) == "" {
			t.Fatalf("not the caller's fault: %v", err)
		}
	})
}

package codec_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cwclient "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ddbclient "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	iamclient "github.com/aws/aws-sdk-go-v2/service/iam"
	lambdaclient "github.com/aws/aws-sdk-go-v2/service/lambda"
	s3client "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	sqsclient "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/api/iam"
	"maru.dev/maru/api/lambda"
	"maru.dev/maru/api/s3"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/codec"
	"maru.dev/maru/wire/internal/wiretest"
	"maru.dev/maru/wire/route"
	"maru.dev/maru/wire/rpcv2cbor"
)

// loop is an http.RoundTripper that is the server: it decodes the request,
// keeps the input, and answers with an output or a fault.
type loop struct {
	t        *testing.T
	svc      *wire.Service
	protocol wire.Protocol
	out      any
	fault    wire.Error

	in any
}

func (l *loop) RoundTrip(r *http.Request) (*http.Response, error) {
	q := &wire.Request{Method: r.Method, URL: r.URL, Query: r.URL.Query(), Header: r.Header, Body: r.Body, ContentLength: r.ContentLength}
	op := l.operation(r, q)
	c := codec.NewSet().For(l.protocol)
	in, err := c.Decode(l.svc, op, q)
	if err != nil {
		l.t.Errorf("%s: %v", op.Name, err)
	}
	l.in = in
	w := &wire.Response{Header: http.Header{}, RequestID: "request-id"}
	if l.fault != nil {
		err = c.EncodeError(l.svc, op, l.fault, w)
	} else {
		err = c.Encode(l.svc, op, l.out, w)
	}
	if err != nil {
		l.t.Error(err)
	}
	var body io.Reader = bytes.NewReader(w.Body)
	if w.Stream != nil {
		body = w.Stream
	}
	return &http.Response{StatusCode: w.Status, Header: w.Header, Body: io.NopCloser(body), ContentLength: -1, Request: r}, nil
}

// operation finds what a request is for, as the edge does.
func (l *loop) operation(r *http.Request, q *wire.Request) *wire.Operation {
	l.t.Helper()
	var name string
	switch l.protocol {
	case wire.RPCv2:
		_, name, _ = rpcv2cbor.Split(r.URL.Path)
	case wire.Query:
		body, _ := io.ReadAll(r.Body)
		q.Body = bytes.NewReader(body)
		_, rest, _ := strings.Cut(string(body), "Action=")
		name, _, _ = strings.Cut(rest, "&")
	case wire.AWSJSON:
		_, name, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	default:
		router, err := route.New(l.svc)
		if err != nil {
			l.t.Fatal(err)
		}
		op, labels, ok := router.Match(r.Method, r.URL.EscapedPath(), q.Query, r.Header)
		if !ok {
			l.t.Fatalf("no route for %s %s", r.Method, r.URL)
		}
		q.Labels = labels
		return op
	}
	for i := range l.svc.Operations {
		if l.svc.Operations[i].Name == name {
			return &l.svc.Operations[i]
		}
	}
	l.t.Fatalf("no operation %q for %s %s", name, r.Method, r.URL)
	return nil
}

func (l *loop) config() aws.Config {
	return aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("k", "s", ""),
		HTTPClient: &http.Client{Transport: l}, BaseEndpoint: aws.String("http://localhost:4566"), RetryMaxAttempts: 1,
	}
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSDKSpeaksAWSJSON(t *testing.T) {
	t.Parallel()
	l := &loop{t: t, svc: dynamodb.Model, protocol: wire.AWSJSON, out: &dynamodb.GetItemOutput{Item: wiretest.Emitted{Value: map[string]any{
		"a": map[string]any{"L": []any{
			map[string]any{"N": "1"}, map[string]any{"B": []byte{0}}, map[string]any{"NULL": true}, map[string]any{"SS": []any{"x"}},
		}},
	}}}}
	client := ddbclient.NewFromConfig(l.config())
	out, err := client.GetItem(t.Context(), &ddbclient.GetItemInput{TableName: new("tab"), Key: map[string]ddbtypes.AttributeValue{"k": &ddbtypes.AttributeValueMemberS{Value: "v"}}, ConsistentRead: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	same(t, &dynamodb.GetItemInput{TableName: "tab", Key: map[string]dynamodb.AttributeValue{"k": {S: new("v")}}, ConsistentRead: new(true)}, l.in)
	if list, ok := out.Item["a"].(*ddbtypes.AttributeValueMemberL); !ok || len(list.Value) != 4 {
		t.Errorf("%v", out.Item)
	}

	l.fault = &dynamodb.ConditionalCheckFailedException{Message: "m", Item: wiretest.Emitted{Value: map[string]any{"a": map[string]any{"S": "b"}}}}
	_, err = client.GetItem(t.Context(), &ddbclient.GetItemInput{TableName: new("tab"), Key: map[string]ddbtypes.AttributeValue{}})
	var failed *ddbtypes.ConditionalCheckFailedException
	if !errors.As(err, &failed) || failed.ErrorMessage() != "m" || len(failed.Item) != 1 {
		t.Errorf("%v", err)
	}
}

func TestSDKSpeaksQueryCompatibleJSON(t *testing.T) {
	t.Parallel()
	l := &loop{t: t, svc: sqs.Model, protocol: wire.AWSJSON, fault: &sqs.QueueDoesNotExist{Message: "m"}}
	_, err := sqsclient.NewFromConfig(l.config()).GetQueueUrl(t.Context(), &sqsclient.GetQueueUrlInput{QueueName: new("q")})
	var missing *sqstypes.QueueDoesNotExist
	if !errors.As(err, &missing) || missing.ErrorCode() != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Errorf("%v", err)
	}
}

func TestSDKSpeaksQuery(t *testing.T) {
	t.Parallel()
	created := time.Unix(1422172800, 0).UTC()
	l := &loop{t: t, svc: iam.Model, protocol: wire.Query, out: &iam.ListRolesOutput{Roles: []iam.Role{{RoleName: "r", Path: "/", Arn: "arn:x", RoleId: "id", CreateDate: created}}}}
	client := iamclient.NewFromConfig(l.config())
	out, err := client.ListRoles(t.Context(), &iamclient.ListRolesInput{PathPrefix: new("/a/"), MaxItems: new(int32(3))})
	if err != nil {
		t.Fatal(err)
	}
	same(t, &iam.ListRolesInput{PathPrefix: new("/a/"), MaxItems: new(int32(3))}, l.in)
	if len(out.Roles) != 1 || *out.Roles[0].RoleName != "r" || !out.Roles[0].CreateDate.Equal(created) {
		t.Errorf("%v", out.Roles)
	}
}

func TestSDKSpeaksRESTJSON(t *testing.T) {
	t.Parallel()
	l := &loop{t: t, svc: lambda.Model, protocol: wire.RESTJSON, out: &lambda.InvokeOutput{StatusCode: new(int32(200)), Payload: []byte("{}"), FunctionError: new("Unhandled")}}
	out, err := lambdaclient.NewFromConfig(l.config()).Invoke(t.Context(), &lambdaclient.InvokeInput{FunctionName: new("arn:aws:lambda:us-east-1:000000000000:function:f"), Payload: []byte("[]")})
	if err != nil {
		t.Fatal(err)
	}
	same(t, &lambda.InvokeInput{FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:f", Payload: []byte("[]")}, l.in)
	if out.StatusCode != http.StatusOK || string(out.Payload) != "{}" || *out.FunctionError != "Unhandled" {
		t.Errorf("%v", out)
	}
}

func TestSDKSpeaksRESTXML(t *testing.T) {
	t.Parallel()
	l := &loop{t: t, svc: s3.Model, protocol: wire.RESTXML, out: &s3.DeleteObjectsOutput{
		Deleted: []s3.DeletedObject{{Key: new("a/b")}}, Errors: []s3.Error{{Key: new("c"), Code: new("AccessDenied")}},
	}}
	client := s3client.NewFromConfig(l.config(), func(o *s3client.Options) { o.UsePathStyle = true })
	out, err := client.DeleteObjects(t.Context(), &s3client.DeleteObjectsInput{Bucket: new("b"), Delete: &s3types.Delete{Objects: []s3types.ObjectIdentifier{{Key: new("a/b")}, {Key: new("c")}}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, []s3.ObjectIdentifier{{Key: "a/b"}, {Key: "c"}}, l.in.(*s3.DeleteObjectsInput).Delete.Objects)
	if len(out.Deleted) != 1 || len(out.Errors) != 1 || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("%v", out)
	}

	l.out = &s3.GetBucketLocationOutput{LocationConstraint: new("eu-west-1")}
	location, err := client.GetBucketLocation(t.Context(), &s3client.GetBucketLocationInput{Bucket: new("b")})
	if err != nil || location.LocationConstraint != "eu-west-1" {
		t.Errorf("%v %v", location, err)
	}

	l.out = &s3.GetObjectOutput{Body: strings.NewReader("hello"), ContentLength: new(int64(5)), Metadata: map[string]string{"color": "blue"}}
	object, err := client.GetObject(t.Context(), &s3client.GetObjectInput{Bucket: new("b"), Key: new("a//b c+/"), Range: new("bytes=0-")})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.in.(*s3.GetObjectInput); got.Key != "a//b c+/" || *got.Range != "bytes=0-" {
		t.Errorf("%+v", got)
	}
	if body, _ := io.ReadAll(object.Body); string(body) != "hello" || object.Metadata["color"] != "blue" {
		t.Errorf("%s %v", body, object.Metadata)
	}

	l.fault = &s3.NoSuchKey{Message: "m"}
	_, err = client.GetObject(t.Context(), &s3client.GetObjectInput{Bucket: new("b"), Key: new("k")})
	var missing *s3types.NoSuchKey
	if !errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
}

func TestSDKSpeaksCBOR(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1422172800250).UTC()
	l := &loop{t: t, svc: cloudwatch.Model, protocol: wire.RPCv2, out: &cloudwatch.PutMetricDataOutput{}}
	client := cwclient.NewFromConfig(l.config())
	if _, err := client.PutMetricData(t.Context(), &cwclient.PutMetricDataInput{Namespace: new("n"), MetricData: []cwtypes.MetricDatum{
		{MetricName: new("m"), Value: new(2.5), Timestamp: &at, Unit: cwtypes.StandardUnitCount, Dimensions: []cwtypes.Dimension{{Name: new("d"), Value: new("v")}}},
	}}); err != nil {
		t.Fatal(err)
	}
	same(t, []cloudwatch.MetricDatum{{MetricName: "m", Value: new(2.5), Timestamp: &at, Unit: new("Count"), Dimensions: []cloudwatch.Dimension{{Name: "d", Value: "v"}}}},
		l.in.(*cloudwatch.PutMetricDataInput).MetricData)

	l.fault = &cloudwatch.ResourceNotFound{Message: "gone"}
	_, err := client.PutMetricData(t.Context(), &cwclient.PutMetricDataInput{Namespace: new("n"), MetricData: []cwtypes.MetricDatum{}})
	if err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("%v", err)
	}
}

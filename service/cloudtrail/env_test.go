package cloudtrail_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	eventsapi "maru.dev/maru/api/events"
	iamapi "maru.dev/maru/api/iam"
	logsapi "maru.dev/maru/api/logs"
	s3api "maru.dev/maru/api/s3"
	snsapi "maru.dev/maru/api/sns"
	sqsapi "maru.dev/maru/api/sqs"
	ssmapi "maru.dev/maru/api/ssm"
	stsapi "maru.dev/maru/api/sts"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	cloudtrailsvc "maru.dev/maru/service/cloudtrail"
	dynamodbsvc "maru.dev/maru/service/dynamodb"
	eventssvc "maru.dev/maru/service/events"
	iamsvc "maru.dev/maru/service/iam"
	logssvc "maru.dev/maru/service/logs"
	s3svc "maru.dev/maru/service/s3"
	snssvc "maru.dev/maru/service/sns"
	sqssvc "maru.dev/maru/service/sqs"
	ssmsvc "maru.dev/maru/service/ssm"
	stssvc "maru.dev/maru/service/sts"
	"maru.dev/maru/wire"
)

// of registers a service.
func of[S any](model *wire.Service, make func(service.Deps) *S) service.Registration {
	return service.Registration{Model: model, New: func(d service.Deps) any { return make(d) }}
}

// everything is CloudTrail with what it records and delivers to.
func everything() []service.Registration {
	return []service.Registration{
		cloudtrailsvc.Registration(),
		of(dynamodbapi.Model, dynamodbsvc.New), of(eventsapi.Model, eventssvc.New), of(iamapi.Model, iamsvc.New), of(logsapi.Model, logssvc.New),
		of(s3api.Model, s3svc.New), of(snsapi.Model, snssvc.New), of(sqsapi.Model, sqssvc.New), of(ssmapi.Model, ssmsvc.New), of(stsapi.Model, stssvc.New),
	}
}

func newEnv(t testing.TB) *testenv.Env {
	t.Helper()
	return testenv.New(t, everything()...)
}

// must fails the test for an error.
func must[T any](t testing.TB) func(out T, err error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// entry is a record, as far as tests look into it.
type entry struct {
	EventVersion       string
	UserIdentity       map[string]any
	EventTime          string
	EventSource        string
	EventName          string
	AWSRegion          string
	SourceIPAddress    string
	UserAgent          string
	ErrorCode          string
	ErrorMessage       string
	RequestParameters  map[string]any
	ResponseElements   map[string]any
	RequestID          string
	EventID            string
	ReadOnly           bool
	Resources          []map[string]any
	EventType          string
	ManagementEvent    bool
	RecipientAccountID string
	EventCategory      string
}

// read reads a record.
func read(t testing.TB, text string) entry {
	t.Helper()
	var e entry
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return e
}

// lookup finds the history's events of an attribute, the newest first.
func lookup(t testing.TB, c *cloudtrail.Client, key types.LookupAttributeKey, value string) (out []types.Event) {
	t.Helper()
	in := &cloudtrail.LookupEventsInput{}
	if value != "" {
		in.LookupAttributes = []types.LookupAttribute{{AttributeKey: key, AttributeValue: &value}}
	}
	for p := cloudtrail.NewLookupEventsPaginator(c, in); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Events...)
	}
	return out
}

// named finds the record of the last event of a name.
func named(t testing.TB, c *cloudtrail.Client, name string) (entry, types.Event) {
	t.Helper()
	list := lookup(t, c, types.LookupAttributeKeyEventName, name)
	if len(list) == 0 {
		t.Fatalf("no event %s", name)
	}
	return read(t, *list[0].CloudTrailEvent), list[0]
}

// policyFor is the policy that lets CloudTrail deliver into a bucket.
func policyFor(bucket, prefix string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::%s"},
		{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::%s/%sAWSLogs/%s/*",
		 "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]}`, bucket, bucket, prefix, testenv.Account)
}

// bucket makes a bucket that CloudTrail may deliver into.
func bucket(t testing.TB, c *s3.Client, name, prefix string) {
	t.Helper()
	must[*s3.CreateBucketOutput](t)(c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}))
	must[*s3.PutBucketPolicyOutput](t)(c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &name, Policy: new(policyFor(name, prefix))}))
}

// logTo makes a trail that logs.
func logTo(t testing.TB, c *cloudtrail.Client, in *cloudtrail.CreateTrailInput, selectors ...types.AdvancedEventSelector) {
	t.Helper()
	must[*cloudtrail.CreateTrailOutput](t)(c.CreateTrail(t.Context(), in))
	if len(selectors) > 0 {
		must[*cloudtrail.PutEventSelectorsOutput](t)(c.PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{TrailName: in.Name, AdvancedEventSelectors: selectors}))
	}
	must[*cloudtrail.StartLoggingOutput](t)(c.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: in.Name}))
}

// keys lists the objects of a bucket below a prefix.
func keys(t testing.TB, c *s3.Client, bucket, prefix string) (out []string) {
	t.Helper()
	for p := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			out = append(out, *o.Key)
		}
	}
	return out
}

// content reads an object and inflates it.
func content(t testing.TB, c *s3.Client, bucket, key string) ([]byte, map[string]string) {
	t.Helper()
	out := must[*s3.GetObjectOutput](t)(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key}))
	defer out.Body.Close()
	raw := must[[]byte](t)(io.ReadAll(out.Body))
	z := must[*gzip.Reader](t)(gzip.NewReader(bytes.NewReader(raw)))
	return must[[]byte](t)(io.ReadAll(z)), out.Metadata
}

// delivered reads all records in a trail's log files.
func delivered(t testing.TB, c *s3.Client, bucket, prefix string) (out []entry) {
	t.Helper()
	for _, key := range keys(t, c, bucket, prefix) {
		if strings.Contains(key, "CloudTrail-Digest") {
			continue
		}
		raw, _ := content(t, c, bucket, key)
		var file struct{ Records []entry }
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		out = append(out, file.Records...)
	}
	return out
}

// has finds the event of a name among records.
func has(list []entry, name string) (entry, bool) {
	i := slices.IndexFunc(list, func(e entry) bool { return e.EventName == name })
	if i < 0 {
		return entry{}, false
	}
	return list[i], true
}

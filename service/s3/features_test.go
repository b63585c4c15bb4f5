package s3_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	snsclient "github.com/aws/aws-sdk-go-v2/service/sns"
	sqsclient "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/awshttp"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sqs"
)

func TestConditionsDecideReads(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tag := b.put("k", "body").ETag
	head, err := b.s3.HeadObject(t.Context(), &client.HeadObjectInput{Bucket: b.bucket, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	at, before, after := head.LastModified, aws.Time(head.LastModified.Add(-time.Hour)), aws.Time(head.LastModified.Add(time.Hour))
	other := aws.String(`"beef"`)
	tests := map[string]struct {
		in     client.GetObjectInput
		status int
	}{
		"match":                       {client.GetObjectInput{IfMatch: tag}, 0},
		"match any":                   {client.GetObjectInput{IfMatch: aws.String("*")}, 0},
		"match one of two":            {client.GetObjectInput{IfMatch: aws.String(`"x", ` + *tag)}, 0},
		"no match":                    {client.GetObjectInput{IfMatch: other}, 412},
		"none match":                  {client.GetObjectInput{IfNoneMatch: other}, 0},
		"some match":                  {client.GetObjectInput{IfNoneMatch: tag}, 304},
		"modified":                    {client.GetObjectInput{IfModifiedSince: before}, 0},
		"not modified":                {client.GetObjectInput{IfModifiedSince: at}, 304},
		"unmodified":                  {client.GetObjectInput{IfUnmodifiedSince: at}, 0},
		"not unmodified":              {client.GetObjectInput{IfUnmodifiedSince: before}, 412},
		"match makes date moot":       {client.GetObjectInput{IfMatch: tag, IfUnmodifiedSince: before}, 0},
		"none match goes before date": {client.GetObjectInput{IfNoneMatch: other, IfModifiedSince: after}, 0},
		"same tag, modified":          {client.GetObjectInput{IfNoneMatch: tag, IfModifiedSince: before}, 304},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.in.Bucket, tt.in.Key = b.bucket, aws.String("k")
			_, err := b.s3.GetObject(t.Context(), &tt.in)
			if status(err) != tt.status {
				t.Errorf("%d (%v), want %d", status(err), err, tt.status)
			}
		})
	}
}

func TestConditionsDecideWrites(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	putIf := func(key string, how func(*client.PutObjectInput)) string {
		in := &client.PutObjectInput{Bucket: b.bucket, Key: &key, Body: strings.NewReader("x")}
		how(in)
		_, err := b.s3.PutObject(t.Context(), in)
		return code(err)
	}
	fresh := func(in *client.PutObjectInput) { in.IfNoneMatch = aws.String("*") }
	if got := putIf("new", fresh); got != "" {
		t.Errorf("a new key: %s", got)
	}
	if got := putIf("new", fresh); got != "PreconditionFailed" {
		t.Errorf("the same key: %s", got)
	}
	if got := putIf("new", func(in *client.PutObjectInput) { in.IfMatch = aws.String("beef") }); got != "PreconditionFailed" {
		t.Errorf("another tag: %s", got)
	}
	if got := putIf("nope", func(in *client.PutObjectInput) { in.IfMatch = aws.String("beef") }); got != "NoSuchKey" {
		t.Errorf("a tag of nothing: %s", got)
	}
	if got := putIf("new", func(in *client.PutObjectInput) { in.IfNoneMatch = aws.String("beef") }); got != "NotImplemented" {
		t.Errorf("none match with a tag: %s", got)
	}
	_, err := b.s3.DeleteObject(t.Context(), &client.DeleteObjectInput{Bucket: b.bucket, Key: aws.String("new"), IfMatch: aws.String("beef")})
	if code(err) != "PreconditionFailed" {
		t.Errorf("delete: %v", err)
	}
}

// What arrives other than it was sent is refused, and nothing is stored.
func TestBodiesAreChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, how := range map[string]func(*client.PutObjectInput){
		"MD5":       func(in *client.PutObjectInput) { in.ContentMD5 = aws.String("1B2M2Y8AsgTpgAmY7PhCfg==") },
		"CRC32":     func(in *client.PutObjectInput) { in.ChecksumCRC32 = aws.String("AAAAAA==") },
		"CRC32C":    func(in *client.PutObjectInput) { in.ChecksumCRC32C = aws.String("AAAAAA==") },
		"CRC64NVME": func(in *client.PutObjectInput) { in.ChecksumCRC64NVME = aws.String("AAAAAAAAAAA=") },
		"SHA1":      func(in *client.PutObjectInput) { in.ChecksumSHA1 = aws.String("AAAAAAAAAAAAAAAAAAAAAAAAAAA=") },
		"SHA256": func(in *client.PutObjectInput) {
			in.ChecksumSHA256 = aws.String("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
		},
	} {
		in := &client.PutObjectInput{Bucket: b.bucket, Key: &name, Body: strings.NewReader("body")}
		how(in)
		if _, err := b.s3.PutObject(t.Context(), in); code(err) != "BadDigest" {
			t.Errorf("%s: %v", name, err)
		}
	}
	in := &client.PutObjectInput{Bucket: b.bucket, Key: aws.String("k"), Body: strings.NewReader("body"), ContentMD5: aws.String("short")}
	if _, err := b.s3.PutObject(t.Context(), in); code(err) != "InvalidDigest" {
		t.Errorf("a digest that is none: %v", err)
	}
	list, err := b.s3.ListObjectsV2(t.Context(), &client.ListObjectsV2Input{Bucket: b.bucket})
	if err != nil || len(list.Contents) != 0 {
		t.Errorf("stored all the same: %v, %v", list.Contents, err)
	}
}

func TestCopiesKeepOrReplaceWhatIsSaidOfThem(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, source := range []string{"small", strings.Repeat("large", 20_000)} {
		b.put("from ü+%", source, func(in *client.PutObjectInput) {
			in.ContentType, in.Metadata, in.Tagging = aws.String("a/b"), map[string]string{"m": "1"}, aws.String("t=1")
		})
		from := aws.String(*b.bucket + "/from%20%C3%BC%2B%25")
		copied := func(how func(*client.CopyObjectInput)) *client.GetObjectOutput {
			in := &client.CopyObjectInput{Bucket: b.bucket, Key: aws.String("to"), CopySource: from}
			how(in)
			if _, err := b.s3.CopyObject(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			out, body := b.get("to")
			if body != source {
				t.Error("the copy has other content")
			}
			return out
		}
		out := copied(func(*client.CopyObjectInput) {})
		if *out.ContentType != "a/b" || out.Metadata["m"] != "1" || *out.TagCount != 1 {
			t.Errorf("kept: %v %v %v", *out.ContentType, out.Metadata, out.TagCount)
		}
		out = copied(func(in *client.CopyObjectInput) {
			in.MetadataDirective, in.ContentType, in.Metadata = "REPLACE", aws.String("c/d"), map[string]string{"n": "2"}
			in.TaggingDirective, in.Tagging = "REPLACE", aws.String("u=1&v=2")
		})
		if *out.ContentType != "c/d" || out.Metadata["n"] != "2" || out.Metadata["m"] != "" || *out.TagCount != 2 {
			t.Errorf("replaced: %v %v %v", *out.ContentType, out.Metadata, out.TagCount)
		}
		_, err := b.s3.CopyObject(t.Context(), &client.CopyObjectInput{Bucket: b.bucket, Key: aws.String("from ü+%"), CopySource: from})
		if code(err) != "InvalidRequest" {
			t.Errorf("to itself: %v", err)
		}
		_, err = b.s3.CopyObject(t.Context(), &client.CopyObjectInput{Bucket: b.bucket, Key: aws.String("to"), CopySource: from, CopySourceIfMatch: aws.String("beef")})
		if code(err) != "PreconditionFailed" {
			t.Errorf("of another version: %v", err)
		}
		self := &client.CopyObjectInput{Bucket: b.bucket, Key: aws.String("from ü+%"), CopySource: from, MetadataDirective: "REPLACE", Metadata: map[string]string{"m": "3"}}
		if _, err := b.s3.CopyObject(t.Context(), self); err != nil {
			t.Error(err)
		}
		if out, body := b.get("from ü+%"); body != source || out.Metadata["m"] != "3" {
			t.Error("an object that was copied to itself has changed otherwise")
		}
	}
}

func TestManyObjectsGoAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var objects []types.ObjectIdentifier
	for i := range 1000 {
		key := fmt.Sprintf("k%04d", i)
		if i%100 == 0 {
			b.put(key, "x")
		}
		objects = append(objects, types.ObjectIdentifier{Key: &key})
	}
	objects[7].VersionId = aws.String("no version")
	out, err := b.s3.DeleteObjects(t.Context(), &client.DeleteObjectsInput{Bucket: b.bucket, Delete: &types.Delete{Objects: objects}})
	if err != nil || len(out.Deleted) != 999 || len(out.Errors) != 1 || *out.Errors[0].Key != "k0007" {
		t.Fatalf("%d deleted, %v, %v", len(out.Deleted), out.Errors, err)
	}
	list, err := b.s3.ListObjectsV2(t.Context(), &client.ListObjectsV2Input{Bucket: b.bucket})
	if err != nil || len(list.Contents) != 0 {
		t.Errorf("%d left, %v", len(list.Contents), err)
	}
	quiet, err := b.s3.DeleteObjects(t.Context(), &client.DeleteObjectsInput{Bucket: b.bucket, Delete: &types.Delete{Objects: objects[:5], Quiet: aws.Bool(true)}})
	if err != nil || len(quiet.Deleted) != 0 {
		t.Errorf("quiet: %v, %v", quiet, err)
	}
	_, err = b.s3.DeleteObjects(t.Context(), &client.DeleteObjectsInput{Bucket: b.bucket, Delete: &types.Delete{Objects: append(objects, objects[0])}})
	if code(err) != "MalformedXML" {
		t.Errorf("1001 keys: %v", err)
	}
}

func TestPresignedAddressesCarryObjects(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	signer := client.NewPresignClient(b.s3)
	key := aws.String("a b/ü")
	put, err := signer.PresignPutObject(t.Context(), &client.PutObjectInput{Bucket: b.bucket, Key: key, ContentType: aws.String("x/y")})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := send(t, b, put.Method, put.URL, "by address", put.SignedHeader); got != 200 {
		t.Fatalf("put: %d", got)
	}
	get, err := signer.PresignGetObject(t.Context(), &client.GetObjectInput{Bucket: b.bucket, Key: key, ResponseContentType: aws.String("text/plain"), ResponseContentDisposition: aws.String("inline")})
	if err != nil {
		t.Fatal(err)
	}
	if got, body := send(t, b, get.Method, get.URL, "", nil); got != 200 || body != "by address" {
		t.Errorf("get: %d %q", got, body)
	}
}

// send is a request without an SDK.
func send(t *testing.T, b *bench, method, address, body string, header http.Header) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		if name != "Host" && name != "Content-Length" {
			r.Header[name] = values
		}
	}
	reply, err := b.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	got, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(got)
}

// The SDK's own style, with the bucket in the host's name.
func TestBucketsCanBeHosts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	address := strings.TrimPrefix(b.URL(), "http://")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewFromConfig(b.Config(), func(o *client.Options) {
		o.BaseEndpoint = aws.String("http://s3.localhost:" + port)
		o.HTTPClient = awshttp.Client(&http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}})
	})
	b.put("k//x", "by path")
	out, err := c.GetObject(t.Context(), &client.GetObjectInput{Bucket: b.bucket, Key: aws.String("k//x")})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	if got, err := io.ReadAll(out.Body); err != nil || string(got) != "by path" {
		t.Errorf("%q, %v", got, err)
	}
	list, err := c.ListObjectsV2(t.Context(), &client.ListObjectsV2Input{Bucket: b.bucket})
	if err != nil || len(list.Contents) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestBucketConfigurationsComeBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	rules := []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"https://*.example"}, MaxAgeSeconds: aws.Int32(3)}}
	if _, err := b.s3.GetBucketCors(ctx, &client.GetBucketCorsInput{Bucket: b.bucket}); code(err) != "NoSuchCORSConfiguration" {
		t.Error(err)
	}
	if _, err := b.s3.PutBucketCors(ctx, &client.PutBucketCorsInput{Bucket: b.bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: rules}}); err != nil {
		t.Error(err)
	}
	if out, err := b.s3.GetBucketCors(ctx, &client.GetBucketCorsInput{Bucket: b.bucket}); err != nil || *out.CORSRules[0].MaxAgeSeconds != 3 {
		t.Error(out, err)
	}
	policy := aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::the-bucket/*"}]}`)
	if _, err := b.s3.PutBucketPolicy(ctx, &client.PutBucketPolicyInput{Bucket: b.bucket, Policy: policy}); code(err) != "AccessDenied" {
		t.Errorf("a public policy against the public access block: %v", err)
	}
	if out, err := b.s3.GetPublicAccessBlock(ctx, &client.GetPublicAccessBlockInput{Bucket: b.bucket}); err != nil || !*out.PublicAccessBlockConfiguration.BlockPublicAcls {
		t.Error(out, err)
	}
	if _, err := b.s3.DeletePublicAccessBlock(ctx, &client.DeletePublicAccessBlockInput{Bucket: b.bucket}); err != nil {
		t.Error(err)
	}
	if _, err := b.s3.PutBucketPolicy(ctx, &client.PutBucketPolicyInput{Bucket: b.bucket, Policy: policy}); err != nil {
		t.Error(err)
	}
	if out, err := b.s3.GetBucketPolicy(ctx, &client.GetBucketPolicyInput{Bucket: b.bucket}); err != nil || *out.Policy != *policy {
		t.Error(out, err)
	}
	if out, err := b.s3.GetBucketPolicyStatus(ctx, &client.GetBucketPolicyStatusInput{Bucket: b.bucket}); err != nil || !*out.PolicyStatus.IsPublic {
		t.Error(out, err)
	}
	tags := []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}}
	if _, err := b.s3.PutBucketTagging(ctx, &client.PutBucketTaggingInput{Bucket: b.bucket, Tagging: &types.Tagging{TagSet: tags}}); err != nil {
		t.Error(err)
	}
	if out, err := b.s3.GetBucketTagging(ctx, &client.GetBucketTaggingInput{Bucket: b.bucket}); err != nil || *out.TagSet[0].Value != "1" {
		t.Error(out, err)
	}
	life := []types.LifecycleRule{{ID: aws.String("r"), Status: "Enabled", Filter: &types.LifecycleRuleFilter{Prefix: aws.String("tmp/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(3)}}}
	if _, err := b.s3.PutBucketLifecycleConfiguration(ctx, &client.PutBucketLifecycleConfigurationInput{Bucket: b.bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: life}}); err != nil {
		t.Error(err)
	}
	if out, err := b.s3.GetBucketLifecycleConfiguration(ctx, &client.GetBucketLifecycleConfigurationInput{Bucket: b.bucket}); err != nil || *out.Rules[0].Filter.Prefix != "tmp/" {
		t.Error(out, err)
	}
	site := &types.WebsiteConfiguration{IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")}}
	if _, err := b.s3.PutBucketWebsite(ctx, &client.PutBucketWebsiteInput{Bucket: b.bucket, WebsiteConfiguration: site}); err != nil {
		t.Error(err)
	}
	if out, err := b.s3.GetBucketWebsite(ctx, &client.GetBucketWebsiteInput{Bucket: b.bucket}); err != nil || *out.IndexDocument.Suffix != "index.html" {
		t.Error(out, err)
	}
	if out, err := b.s3.GetBucketEncryption(ctx, &client.GetBucketEncryptionInput{Bucket: b.bucket}); err != nil || out.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm != "AES256" {
		t.Error(out, err)
	}
	if _, err := b.s3.PutBucketAcl(ctx, &client.PutBucketAclInput{Bucket: b.bucket, ACL: "public-read"}); code(err) != "AccessControlListNotSupported" {
		t.Error(err)
	}
	if _, err := b.s3.DeleteBucketOwnershipControls(ctx, &client.DeleteBucketOwnershipControlsInput{Bucket: b.bucket}); err != nil {
		t.Error(err)
	}
	if _, err := b.s3.PutBucketAcl(ctx, &client.PutBucketAclInput{Bucket: b.bucket, ACL: "public-read"}); err != nil {
		t.Error(err)
	}
	if out, err := b.s3.GetBucketAcl(ctx, &client.GetBucketAclInput{Bucket: b.bucket}); err != nil || len(out.Grants) != 2 {
		t.Error(out, err)
	}
}

func TestObjectsAreDescribed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("k", "body")
	tags := []types.Tag{{Key: aws.String("a"), Value: aws.String("1 2")}}
	if _, err := b.s3.PutObjectTagging(t.Context(), &client.PutObjectTaggingInput{Bucket: b.bucket, Key: aws.String("k"), Tagging: &types.Tagging{TagSet: tags}}); err != nil {
		t.Error(err)
	}
	got, err := b.s3.GetObjectTagging(t.Context(), &client.GetObjectTaggingInput{Bucket: b.bucket, Key: aws.String("k")})
	if err != nil || len(got.TagSet) != 1 || *got.TagSet[0].Value != "1 2" {
		t.Error(got, err)
	}
	out, err := b.s3.GetObjectAttributes(t.Context(), &client.GetObjectAttributesInput{
		Bucket: b.bucket, Key: aws.String("k"), ObjectAttributes: []types.ObjectAttributes{"ETag", "Checksum", "ObjectSize", "StorageClass"},
	})
	if err != nil || *out.ObjectSize != 4 || out.StorageClass != "STANDARD" || strings.Contains(*out.ETag, `"`) || out.Checksum.ChecksumCRC64NVME == nil {
		t.Errorf("%+v, %v", out, err)
	}
}

// Who is named in a bucket's configuration hears of what happens in it.
func TestEventsReachQueuesAndTopics(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, s3.Registration(), sqs.Registration(), sns.Registration())
	b := &bench{env, t, env.S3(), aws.String("the-bucket")}
	if _, err := b.s3.CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: b.bucket}); err != nil {
		t.Fatal(err)
	}
	queue, err := env.SQS().CreateQueue(t.Context(), &sqsclient.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.SNS().CreateTopic(t.Context(), &snsclient.CreateTopicInput{Name: aws.String("t")}); err != nil {
		t.Fatal(err)
	}
	configure := func(arn string, suffix string) error {
		_, err := b.s3.PutBucketNotificationConfiguration(t.Context(), &client.PutBucketNotificationConfigurationInput{
			Bucket: b.bucket, NotificationConfiguration: &types.NotificationConfiguration{
				QueueConfigurations: []types.QueueConfiguration{{
					Id: aws.String("mine"), QueueArn: &arn, Events: []types.Event{"s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"},
					Filter: &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: []types.FilterRule{{Name: "prefix", Value: aws.String("in/")}, {Name: "suffix", Value: &suffix}}}},
				}},
				TopicConfigurations: []types.TopicConfiguration{{TopicArn: aws.String("arn:aws:sns:us-east-1:000000000000:t"), Events: []types.Event{"s3:ObjectTagging:*"}}},
			},
		})
		return err
	}
	if err := configure("arn:aws:sqs:us-east-1:000000000000:nope", ".txt"); code(err) != "InvalidArgument" {
		t.Errorf("a queue that is not there: %v", err)
	}
	if err := configure("arn:aws:sqs:us-east-1:000000000000:q", ".txt"); err != nil {
		t.Fatal(err)
	}
	b.put("in/a b.txt", "body")
	b.put("in/a.jpg", "body")
	b.put("out/a.txt", "body")
	if _, err := b.s3.DeleteObject(t.Context(), &client.DeleteObjectInput{Bucket: b.bucket, Key: aws.String("in/a b.txt")}); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for len(got) < 3 {
		out, err := env.SQS().ReceiveMessage(t.Context(), &sqsclient.ReceiveMessageInput{QueueUrl: queue.QueueUrl, WaitTimeSeconds: 10, MaxNumberOfMessages: 10})
		if err != nil || len(out.Messages) == 0 {
			t.Fatalf("%v, after %v", err, got)
		}
		for _, m := range out.Messages {
			var event struct {
				Event, Bucket string
				Records       []struct {
					EventName string
					S3        struct {
						ConfigurationID string
						Object          struct {
							Key  string
							Size int
						}
					}
				}
			}
			if err := json.Unmarshal([]byte(*m.Body), &event); err != nil {
				t.Fatal(err)
			}
			if event.Event != "" {
				got[event.Event] = event.Bucket
				continue
			}
			r := event.Records[0]
			got[r.EventName] = fmt.Sprint(r.S3.Object.Key, r.S3.Object.Size, r.S3.ConfigurationID)
		}
	}
	want := map[string]string{"s3:TestEvent": "the-bucket", "ObjectCreated:Put": "in/a+b.txt4mine", "ObjectRemoved:Delete": "in/a+b.txt0mine"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What passes through is not held: 64 MiB in and out cost a few.
func TestLargeObjectsAreStreamed(t *testing.T) { //nolint:paralleltest // it measures the heap
	env := testenv.NewWith(t, testenv.Options{DataDir: t.TempDir()}, s3.Registration())
	b := &bench{env, t, env.S3(), aws.String("the-bucket")}
	if _, err := b.s3.CreateBucket(t.Context(), &client.CreateBucketInput{Bucket: b.bucket}); err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := uint64(0)
	watch := func() {
		runtime.GC()
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapAlloc)
	}
	address := b.URL() + "/the-bucket/large"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, &zeros{left: size, watch: watch})
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = size
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	reply, err := b.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	out, err := b.s3.GetObject(t.Context(), &client.GetObjectInput{Bucket: b.bucket, Key: aws.String("large")})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	buf := make([]byte, 1<<20)
	total := 0
	for i := 0; ; i++ {
		n, err := out.Body.Read(buf)
		total += n
		if i%2000 == 0 {
			watch()
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(buf[:n], make([]byte, n)) {
			t.Fatal("other bytes came back")
		}
	}
	if total != size {
		t.Errorf("%d bytes came back", total)
	}
	if grown := int64(most) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// zeros is a body that no one holds.
type zeros struct {
	left, reads int
	watch       func()
}

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	if z.reads++; z.reads%500 == 0 {
		z.watch()
	}
	n := min(len(p), z.left)
	clear(p[:n])
	z.left -= n
	return n, nil
}

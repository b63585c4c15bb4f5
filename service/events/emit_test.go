package events_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfnclient "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	s3client "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/cloudformation"
	"maru.dev/maru/service/events"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/sqs"
)

// emitting is a server whose services emit to the default bus.
func emitting(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	b.Env = testenv.New(t, events.Registration(), sqs.Registration(), s3.Registration(), cloudformation.Registration())
	b.events, b.sqs = b.EventBridge(), b.SQS()
	return b
}

func TestS3TellsTheDefaultBus(t *testing.T) {
	t.Parallel()
	b := emitting(t)
	ctx, c := t.Context(), b.S3()
	_, err := c.CreateBucket(ctx, &s3client.CreateBucketInput{Bucket: aws.String("shop-b")})
	b.no(err)
	_, err = c.PutBucketVersioning(ctx, &s3client.PutBucketVersioningInput{
		Bucket: aws.String("shop-b"), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
	})
	b.no(err)
	b.rule("", "r", `{"source":["aws.s3"],"detail":{"bucket":{"name":["shop-b"]}}}`, types.Target{Arn: aws.String(b.queue("q"))})
	put := func(key string) *s3client.PutObjectOutput {
		t.Helper()
		out, err := c.PutObject(ctx, &s3client.PutObjectInput{Bucket: aws.String("shop-b"), Key: &key, Body: strings.NewReader("hello")})
		b.no(err)
		return out
	}
	put("before")
	_, err = c.PutBucketNotificationConfiguration(ctx, &s3client.PutBucketNotificationConfigurationInput{
		Bucket: aws.String("shop-b"), NotificationConfiguration: &s3types.NotificationConfiguration{EventBridgeConfiguration: &s3types.EventBridgeConfiguration{}},
	})
	b.no(err)
	o := put("a key")
	got := fields(t, *b.receive("q").Body)
	detail := got["detail"].(map[string]any)
	for _, name := range []string{"request-id", "source-ip-address"} {
		if detail[name] == "" || detail[name] == nil {
			t.Errorf("no %s", name)
		}
		delete(detail, name)
	}
	object := detail["object"].(map[string]any)
	if object["sequencer"] == "" {
		t.Error("no sequencer")
	}
	delete(object, "sequencer")
	want := map[string]any{
		"version": "0", "bucket": map[string]any{"name": "shop-b"}, "requester": testenv.Account, "reason": "PutObject",
		"object": map[string]any{"key": "a key", "size": 5.0, "etag": strings.Trim(*o.ETag, `"`), "version-id": *o.VersionId},
	}
	if diff := cmp.Diff(want, detail); diff != "" {
		t.Error(diff)
	}
	if got["detail-type"] != "Object Created" || got["source"] != "aws.s3" || got["resources"].([]any)[0] != "arn:aws:s3:::shop-b" {
		t.Errorf("got %v", got)
	}
	_, err = c.DeleteObject(ctx, &s3client.DeleteObjectInput{Bucket: aws.String("shop-b"), Key: aws.String("a key")})
	b.no(err)
	got = fields(t, *b.receive("q").Body)
	if d := got["detail"].(map[string]any); got["detail-type"] != "Object Deleted" || d["deletion-type"] != "Delete Marker Created" || d["reason"] != "DeleteObject" {
		t.Errorf("got %v", got)
	}
	b.empty("q")
}

func TestCloudFormationTellsTheDefaultBus(t *testing.T) {
	t.Parallel()
	b := emitting(t)
	b.rule("", "r", `{"source":["aws.cloudformation"],"detail":{"status-details":{"status":["CREATE_COMPLETE"]}}}`, types.Target{Arn: aws.String(b.queue("q"))})
	out, err := b.CloudFormation().CreateStack(t.Context(), &cfnclient.CreateStackInput{
		StackName: aws.String("s"), ClientRequestToken: aws.String("token"),
		TemplateBody: aws.String(`{"Resources":{"Handle":{"Type":"AWS::CloudFormation::WaitConditionHandle"}}}`),
	})
	b.no(err)
	seen := map[string]string{}
	for range 2 {
		got := fields(t, *b.receive("q").Body)
		d := got["detail"].(map[string]any)
		if d["stack-id"] != *out.StackId || d["client-request-token"] != "token" || got["resources"].([]any)[0] != *out.StackId {
			t.Errorf("got %v", got)
		}
		text, _ := json.Marshal([]any{d["logical-resource-id"], d["resource-type"]})
		seen[got["detail-type"].(string)] = string(text)
	}
	want := map[string]string{
		"CloudFormation Resource Status Change": `["Handle","AWS::CloudFormation::WaitConditionHandle"]`,
		"CloudFormation Stack Status Change":    `[null,null]`,
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

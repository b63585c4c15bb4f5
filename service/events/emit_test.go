package events_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfnclient "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	trailclient "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	s3client "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	ssmclient "github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudformation"
	"maru.dev/maru/service/cloudtrail"
	"maru.dev/maru/service/events"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/service/ssm"
)

// emitting is a server whose services emit to the default bus.
func emitting(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	b.Env = testenv.New(t, events.Registration(), sqs.Registration(), s3.Registration(), cloudformation.Registration(), cloudtrail.Registration(), ssm.Registration())
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

func TestParameterStoreTellsTheDefaultBus(t *testing.T) {
	t.Parallel()
	b := emitting(t)
	ctx, c, name := t.Context(), b.SSM(), aws.String("/shop/rate")
	b.rule("", "r", `{"source":["aws.ssm"],"detail-type":["Parameter Store Change"]}`, types.Target{Arn: aws.String(b.queue("q"))})
	told := func(operation string) {
		t.Helper()
		got := fields(t, *b.receive("q").Body)
		want := map[string]any{"operation": operation, "name": "/shop/rate", "type": "String", "description": "d"}
		if diff := cmp.Diff(want, got["detail"]); diff != "" || got["resources"].([]any)[0] != "arn:aws:ssm:us-east-1:000000000000:parameter/shop/rate" {
			t.Errorf("%v: %s", got, diff)
		}
	}
	_, err := c.PutParameter(ctx, &ssmclient.PutParameterInput{Name: name, Value: aws.String("1"), Type: ssmtypes.ParameterTypeString, Description: aws.String("d")})
	b.no(err)
	told("Create")
	_, err = c.PutParameter(ctx, &ssmclient.PutParameterInput{Name: name, Value: aws.String("2"), Overwrite: aws.Bool(true), Description: aws.String("d")})
	b.no(err)
	told("Update")
	_, err = c.LabelParameterVersion(ctx, &ssmclient.LabelParameterVersionInput{Name: name, Labels: []string{"live"}})
	b.no(err)
	told("LabelParameterVersion")
	_, err = c.DeleteParameter(ctx, &ssmclient.DeleteParameterInput{Name: name})
	b.no(err)
	told("Delete")
}

// trail makes a trail that records every management call.
func (b *bench) trail() {
	b.t.Helper()
	ctx, name := b.t.Context(), aws.String("audit")
	_, err := b.S3().CreateBucket(ctx, &s3client.CreateBucketInput{Bucket: name})
	b.no(err)
	_, err = b.S3().PutBucketPolicy(ctx, &s3client.PutBucketPolicyInput{Bucket: name, Policy: aws.String(`{"Version":"2012-10-17","Statement":[{
		"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::audit","arn:aws:s3:::audit/*"]}]}`)})
	b.no(err)
	_, err = b.CloudTrail().CreateTrail(ctx, &trailclient.CreateTrailInput{Name: name, S3BucketName: name})
	b.no(err)
	_, err = b.CloudTrail().StartLogging(ctx, &trailclient.StartLoggingInput{Name: name})
	b.no(err)
}

// called waits for the event of a call in a queue, and returns which it was.
func (b *bench) called(queue string) string {
	b.t.Helper()
	return fields(b.t, *b.receive(queue).Body)["detail"].(map[string]any)["eventName"].(string)
}

// Calls that only read are told to those rules that ask for them, on the bus of
// the account and on one that they are sent on to; to others, those that write.
func TestReadOnlyCallsAreForRulesThatAskForThem(t *testing.T) {
	t.Parallel()
	b := emitting(t)
	ctx := t.Context()
	b.trail()
	const calls = `{"source":["aws.events"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["ListArchives","CreateEventBus"]}}`
	all := func(bus, name string, target *string) {
		t.Helper()
		_, err := b.events.PutRule(ctx, &client.PutRuleInput{
			Name: &name, EventBusName: &bus, EventPattern: aws.String(calls), State: types.RuleStateEnabledWithAllCloudtrailManagementEvents,
		})
		b.no(err)
		_, err = b.events.PutTargets(ctx, &client.PutTargetsInput{Rule: &name, EventBusName: &bus, Targets: []types.Target{{Id: aws.String("a"), Arn: target}}})
		b.no(err)
	}
	second, err := b.events.CreateEventBus(ctx, &client.CreateEventBusInput{Name: aws.String("second")})
	b.no(err)
	b.rule("", "writes", calls, types.Target{Arn: aws.String(b.queue("writes"))})
	b.rule("second", "writes", calls, types.Target{Arn: aws.String(b.queue("second-writes"))})
	all("second", "all", aws.String(b.queue("second-all")))
	all("default", "on", second.EventBusArn)
	all("default", "all", aws.String(b.queue("all")))
	b.archive("archived", calls, 0)

	_, err = b.events.ListArchives(ctx, &client.ListArchivesInput{})
	b.no(err)
	for _, queue := range []string{"all", "second-all"} {
		if got := b.called(queue); got != "ListArchives" {
			t.Errorf("%s has %s", queue, got)
		}
	}
	_, err = b.events.CreateEventBus(ctx, &client.CreateEventBusInput{Name: aws.String("third")})
	b.no(err)
	for _, queue := range []string{"all", "second-all", "writes", "second-writes"} {
		if got := b.called(queue); got != "CreateEventBus" {
			t.Errorf("%s has %s", queue, got)
		}
	}
	archived, err := b.events.DescribeArchive(ctx, &client.DescribeArchiveInput{ArchiveName: aws.String("archived")})
	b.no(err)
	if archived.EventCount != 1 {
		t.Errorf("%d events in the archive", archived.EventCount)
	}

	// As long as no rule asks for them, nobody is at work for them.
	for _, name := range []string{"on", "all"} {
		_, err = b.events.EnableRule(ctx, &client.EnableRuleInput{Name: &name})
		b.no(err)
	}
	_, err = b.events.ListArchives(ctx, &client.ListArchivesInput{})
	b.no(err)
	_, err = b.events.CreateEventBus(ctx, &client.CreateEventBusInput{Name: aws.String("fourth")})
	b.no(err)
	if got := b.called("all"); got != "CreateEventBus" {
		t.Errorf("after the rule has asked no more, it has %s", got)
	}
	readers := int64(-1)
	b.no(b.Store().View(ctx, func(tx *kv.Tx) (err error) {
		readers, err = tx.Count(service.ReadersKey(testenv.Account, testenv.Region))
		return err
	}))
	if readers != 0 {
		t.Errorf("%d rules ask for calls that only read", readers)
	}
}

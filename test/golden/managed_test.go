package golden_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	audit "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	flow "github.com/aws/aws-sdk-go-v2/service/pipes/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	plans "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// delivers is the policy that lets CloudTrail deliver into the bucket.
const delivers = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::trailed"},
	{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::trailed/AWSLogs/000000000000/*",
	 "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]}`

// writeTrails makes a trail and a call that it is about to deliver.
func writeTrails(t *testing.T, p *testenv.Proc) {
	t.Helper()
	if _, err := p.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("trailed")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.S3().PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: new("trailed"), Policy: new(delivers)}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CloudTrail().CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: new("golden"), S3BucketName: new("trailed"), EnableLogFileValidation: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CloudTrail().PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{
		TrailName: new("golden"), EventSelectors: []audit.EventSelector{{ReadWriteType: audit.ReadWriteTypeWriteOnly, IncludeManagementEvents: new(true)}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CloudTrail().StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: new("golden")}); err != nil {
		t.Fatal(err)
	}
	createQueue(t, p, "audited")
}

// checkTrails looks the call up, and finds it and one of today in the bucket.
func checkTrails(t *testing.T, p *testenv.Proc) {
	if status, err := p.CloudTrail().GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: new("golden")}); err != nil || !*status.IsLogging {
		t.Errorf("trail: %+v, %v", status, err)
	}
	selectors, err := p.CloudTrail().GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: new("golden")})
	if err != nil || len(selectors.EventSelectors) != 1 || selectors.EventSelectors[0].ReadWriteType != audit.ReadWriteTypeWriteOnly {
		t.Errorf("selectors: %+v, %v", selectors, err)
	}
	found := 0
	pages := cloudtrail.NewLookupEventsPaginator(p.CloudTrail(), &cloudtrail.LookupEventsInput{
		LookupAttributes: []audit.LookupAttribute{{AttributeKey: audit.LookupAttributeKeyEventName, AttributeValue: new("CreateQueue")}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			if strings.Contains(*e.CloudTrailEvent, `"queueName":"audited"`) {
				found++
			}
		}
	}
	if found != 1 {
		t.Errorf("the call that made the queue is looked up %d times", found)
	}
	if _, err := p.SQS().TagQueue(t.Context(), &sqs.TagQueueInput{QueueUrl: queueURL(t, p, "audited"), Tags: map[string]string{"tagged": "now"}}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "calls of then and now are in the bucket", func() bool {
		delivered := delivered(t, p)
		return strings.Contains(delivered, `"queueName":"audited"`) && strings.Contains(delivered, `"tagged":"now"`)
	})
}

// delivered is all that the trail's log files hold.
func delivered(t *testing.T, p *testenv.Proc) string {
	t.Helper()
	var all strings.Builder
	pages := s3.NewListObjectsV2Paginator(p.S3(), &s3.ListObjectsV2Input{Bucket: new("trailed"), Prefix: new("AWSLogs/000000000000/CloudTrail/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			if !strings.HasSuffix(*o.Key, ".json.gz") {
				continue
			}
			file, err := p.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: new("trailed"), Key: o.Key})
			if err != nil {
				t.Fatal(err)
			}
			unzipped, err := gzip.NewReader(file.Body)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(&all, unzipped); err != nil {
				t.Fatal(err)
			}
			_ = file.Body.Close()
		}
	}
	return all.String()
}

// writePipes makes a pipe between queues that is stopped, and what waits for it.
func writePipes(t *testing.T, p *testenv.Proc) {
	t.Helper()
	from := createQueue(t, p, "piped-from")
	createQueue(t, p, "piped-to")
	if _, err := p.Pipes().CreatePipe(t.Context(), &pipes.CreatePipeInput{
		Name: new("golden"), Source: new(resource("sqs", "piped-from")), Target: new(resource("sqs", "piped-to")), RoleArn: new(role), DesiredState: flow.RequestedPipeStateStopped,
		SourceParameters: &flow.PipeSourceParameters{FilterCriteria: &flow.FilterCriteria{Filters: []flow.Filter{{Pattern: new(`{"body":{"kind":["good"]}}`)}}}},
		TargetParameters: &flow.PipeTargetParameters{InputTemplate: new(`{"of":<$.body.kind>,"by":"<aws.pipes.pipe-name>"}`)},
	}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"bad", "good"} {
		if _, err := p.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &from, MessageBody: new(fmt.Sprintf(`{"kind":%q}`, kind))}); err != nil {
			t.Fatal(err)
		}
	}
}

// checkPipes starts the pipe.
func checkPipes(t *testing.T, p *testenv.Proc) {
	if _, err := p.Pipes().StartPipe(t.Context(), &pipes.StartPipeInput{Name: new("golden")}); err != nil {
		t.Fatal(err)
	}
	if got := bodies(take(t, p, "piped-to", 1)); got[0] != `{"by":"golden","of":"good"}` && got[0] != `{"of":"good","by":"golden"}` {
		t.Errorf("the pipe sent %s", got[0])
	}
}

// writeSchedules makes a group with a schedule that is due in an hour.
func writeSchedules(t *testing.T, p *testenv.Proc) {
	t.Helper()
	createQueue(t, p, "once")
	if _, err := p.Scheduler().CreateScheduleGroup(t.Context(), &scheduler.CreateScheduleGroupInput{Name: new("golden")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Scheduler().CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		Name: new("once"), GroupName: new("golden"), ScheduleExpression: new(clock.System{}.Now().UTC().Add(time.Hour).Format("at(2006-01-02T15:04:05)")),
		FlexibleTimeWindow: &plans.FlexibleTimeWindow{Mode: plans.FlexibleTimeWindowModeOff},
		Target: &plans.Target{
			Arn: new(resource("sqs", "once")), RoleArn: new(role), Input: new("planned then"), RetryPolicy: &plans.RetryPolicy{MaximumRetryAttempts: new(int32(7))},
		},
	}); err != nil {
		t.Fatal(err)
	}
}

// checkSchedules lets the hour pass.
func checkSchedules(t *testing.T, p *testenv.Proc) {
	plan, err := p.Scheduler().GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: new("once"), GroupName: new("golden")})
	if err != nil || *plan.Target.RetryPolicy.MaximumRetryAttempts != 7 {
		t.Fatalf("schedule: %+v, %v", plan, err)
	}
	json := func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }
	if got := p.Ask(t, http.MethodPost, "/_maru/clock", `{"advance":"1h"}`, json); got.Status != http.StatusOK {
		t.Fatalf("the clock: %d %s", got.Status, got.Body)
	}
	if got := bodies(take(t, p, "once", 1)); got[0] != "planned then" {
		t.Errorf("the schedule sent %q", got[0])
	}
}

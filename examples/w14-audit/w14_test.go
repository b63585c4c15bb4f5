// Package w14_test deploys the audit on a real maru, opens its bucket, and sees
// it closed again.
package w14_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cloudtrailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"maru.dev/maru/examples/internal/apptest"
	"maru.dev/maru/internal/testenv"
)

// audit is the deployed example.
type audit struct {
	*apptest.App

	proc *testenv.Proc
}

// deploy starts maru and deploys the example on it.
func deploy(t *testing.T) audit {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	if !apptest.Has(t, "python3") {
		t.Skip("there is no python3 here")
	}
	p := testenv.Process(t)
	return audit{apptest.Deploy(t, p, nil), p}
}

// open lets the public at the bucket.
func (a audit) open(t *testing.T) {
	t.Helper()
	if _, err := a.proc.S3().DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: new(a.Outputs["Files"])}); err != nil {
		t.Fatal(err)
	}
}

// closed waits until the bucket is closed.
func (a audit) closed(t *testing.T) {
	t.Helper()
	testenv.Eventually(t, "the bucket is closed", func() bool {
		out, err := a.proc.S3().GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: new(a.Outputs["Files"])})
		if err != nil {
			return false
		}
		c := out.PublicAccessBlockConfiguration
		return *c.BlockPublicAcls && *c.BlockPublicPolicy && *c.IgnorePublicAcls && *c.RestrictPublicBuckets
	})
}

// calls are the ids of the recorded calls of a name, the newest first.
func (a audit) calls(t *testing.T, name string) (ids []string) {
	t.Helper()
	for p := cloudtrail.NewLookupEventsPaginator(a.proc.CloudTrail(), &cloudtrail.LookupEventsInput{LookupAttributes: []cloudtrailtypes.LookupAttribute{
		{AttributeKey: cloudtrailtypes.LookupAttributeKeyEventName, AttributeValue: &name},
	}}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			ids = append(ids, *e.EventId)
		}
	}
	return ids
}

// note waits for what was noted of an event.
func (a audit) note(t *testing.T, event string) map[string]string {
	t.Helper()
	note := map[string]string{}
	testenv.Eventually(t, "the note", func() bool {
		out, err := a.proc.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{
			TableName: new(a.Outputs["Repairs"]), ConsistentRead: new(true), Key: map[string]types.AttributeValue{"event": &types.AttributeValueMemberS{Value: event}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range out.Item {
			note[name] = v.(*types.AttributeValueMemberS).Value
		}
		return len(note) > 0
	})
	return note
}

// filed tells whether a text is in one of the trail's log files.
func (a audit) filed(t *testing.T, text string) bool {
	t.Helper()
	bucket := a.Outputs["Audit"]
	list, err := a.proc.S3().ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: new("AWSLogs/" + testenv.Account + "/CloudTrail/")})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		out, err := a.proc.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: o.Key})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(out.Body)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), text) {
			return true
		}
	}
	return false
}

func TestABucketThatIsOpenedIsClosedAndTheCallerNoted(t *testing.T) {
	t.Parallel()
	a := deploy(t)
	a.open(t)
	a.closed(t)
	ids := a.calls(t, "DeleteBucketPublicAccessBlock")
	if len(ids) != 1 {
		t.Fatalf("%d calls are recorded", len(ids))
	}
	note := a.note(t, ids[0])
	if note["call"] != "DeleteBucketPublicAccessBlock" || note["by"] != "arn:aws:iam::000000000000:root" || note["found"] != "open" {
		t.Errorf("noted %v", note)
	}
	testenv.Eventually(t, "the log file", func() bool { return a.filed(t, ids[0]) })
	repair := a.calls(t, "PutBucketPublicAccessBlock")
	if len(repair) == 0 || a.note(t, repair[0])["found"] != "closed" {
		t.Errorf("the repair, too, is a call: %v", repair)
	}
}

// Maru is killed as soon as the call is answered. Its record is there, and so is
// the repair.
func TestAKillAfterTheCallSavesNobodyFromTheRepair(t *testing.T) {
	t.Parallel()
	a := deploy(t)
	for n := range 3 {
		a.open(t)
		a.proc.Restart()
		a.closed(t)
		ids := a.calls(t, "DeleteBucketPublicAccessBlock")
		if len(ids) != n+1 {
			t.Fatalf("%d of %d calls are recorded", len(ids), n+1)
		}
		// The event before may come once more after a kill, and its repair first.
		if note := a.note(t, ids[0]); note["by"] != "arn:aws:iam::000000000000:root" || n == 0 && note["found"] != "open" {
			t.Errorf("noted %v", note)
		}
	}
}

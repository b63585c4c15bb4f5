package logs_test

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	s3api "maru.dev/maru/api/s3"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs"
	buckets "maru.dev/maru/service/s3"
)

func TestExportsWriteAFileForEachStream(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, logs.Registration(), service.Registration{Model: s3api.Model, New: func(d service.Deps) any { return buckets.New(d) }})
	b := &bench{env, t, env.Logs()}
	_, err := b.logs.CreateLogGroup(t.Context(), &client.CreateLogGroupInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "")
	for _, name := range []string{"a", "x/[1]y", "other"} {
		_, err := b.logs.CreateLogStream(t.Context(), &client.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: &name})
		b.wantCode(err, "")
	}
	b.put("a", time.Hour, "too early")
	b.put("a", time.Minute, "one", "two\n")
	b.put("x/[1]y", time.Minute, "three")
	in := &client.CreateExportTaskInput{
		LogGroupName: aws.String("g"), From: aws.Int64(b.Now().Add(-2 * time.Minute).UnixMilli()), To: aws.Int64(b.Now().UnixMilli()),
		Destination: aws.String("bucket"), DestinationPrefix: aws.String("logs"),
	}
	_, err = b.logs.CreateExportTask(t.Context(), in)
	b.wantCode(err, "InvalidParameterException")
	_, err = env.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("bucket")})
	b.wantCode(err, "")
	out, err := b.logs.CreateExportTask(t.Context(), in)
	b.wantCode(err, "")
	testenv.Eventually(t, "the export is complete", func() bool {
		list, err := b.logs.DescribeExportTasks(t.Context(), &client.DescribeExportTasksInput{TaskId: out.TaskId})
		b.wantCode(err, "")
		return list.ExportTasks[0].Status.Code == types.ExportTaskStatusCodeCompleted
	})
	objects, err := env.S3().ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("bucket")})
	b.wantCode(err, "")
	got := map[string]string{}
	for _, o := range objects.Contents {
		body, err := env.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: o.Key})
		b.wantCode(err, "")
		var r io.Reader = body.Body
		if strings.HasSuffix(*o.Key, ".gz") {
			if r, err = gzip.NewReader(body.Body); err != nil {
				t.Fatal(err)
			}
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[strings.ReplaceAll(*o.Key, *out.TaskId, "ID")] = string(text)
	}
	for key, text := range got { // the times are those of the machine
		lines := strings.Split(text, "\n")
		for i, l := range lines {
			if len(l) > 24 && strings.HasPrefix(l, "20") {
				lines[i] = l[25:]
			}
		}
		got[key] = strings.Join(lines, "\n")
	}
	want := map[string]string{
		"logs/aws-logs-write-test": "Permission Check Successful", "logs/ID/a/000000.gz": "one\ntwo\n", "logs/ID/x-[1]y/000000.gz": "three\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err = b.logs.CancelExportTask(t.Context(), &client.CancelExportTaskInput{TaskId: out.TaskId})
	b.wantCode(err, "InvalidOperationException")
}

func TestResourcePoliciesAndKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	put := func(document string) error {
		_, err := b.logs.PutResourcePolicy(t.Context(), &client.PutResourcePolicyInput{PolicyName: aws.String("p"), PolicyDocument: &document})
		return err
	}
	b.wantCode(put("junk"), "InvalidParameterException")
	b.wantCode(put(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"}}`), "InvalidParameterException")
	b.wantCode(put(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"es.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"*"}]}`), "")
	list, err := b.logs.DescribeResourcePolicies(t.Context(), &client.DescribeResourcePoliciesInput{})
	b.wantCode(err, "")
	if len(list.ResourcePolicies) != 1 || *list.ResourcePolicies[0].PolicyName != "p" {
		t.Errorf("policies %+v", list.ResourcePolicies)
	}
	_, err = b.logs.DeleteResourcePolicy(t.Context(), &client.DeleteResourcePolicyInput{PolicyName: aws.String("p")})
	b.wantCode(err, "")
	_, err = b.logs.DeleteResourcePolicy(t.Context(), &client.DeleteResourcePolicyInput{PolicyName: aws.String("p")})
	b.wantCode(err, "ResourceNotFoundException")
	const key = "arn:aws:kms:us-east-1:000000000000:key/1"
	_, err = b.logs.AssociateKmsKey(t.Context(), &client.AssociateKmsKeyInput{LogGroupName: aws.String("g"), KmsKeyId: aws.String(key)})
	b.wantCode(err, "")
	groups, err := b.logs.DescribeLogGroups(t.Context(), &client.DescribeLogGroupsInput{})
	b.wantCode(err, "")
	if aws.ToString(groups.LogGroups[0].KmsKeyId) != key {
		t.Errorf("group %+v", groups.LogGroups[0])
	}
	_, err = b.logs.DisassociateKmsKey(t.Context(), &client.DisassociateKmsKeyInput{ResourceIdentifier: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:g:*")})
	b.wantCode(err, "")
}

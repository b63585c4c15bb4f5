package dynamodb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	streams "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
)

// latestStream is the ARN of a table's stream.
func latestStream(t *testing.T, c *sdk.Client, table string) *string {
	t.Helper()
	d, err := c.DescribeTable(t.Context(), &sdk.DescribeTableInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	return d.Table.LatestStreamArn
}

// iterate returns an iterator of each shard.
func iterate(t *testing.T, c *streams.Client, arn *string, kind streamtypes.ShardIteratorType) []*string {
	t.Helper()
	d, err := c.DescribeStream(t.Context(), &streams.DescribeStreamInput{StreamArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	var out []*string
	for _, s := range d.StreamDescription.Shards {
		i, err := c.GetShardIterator(t.Context(), &streams.GetShardIteratorInput{StreamArn: arn, ShardId: s.ShardId, ShardIteratorType: kind})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, i.ShardIterator)
	}
	return out
}

// readAll reads all records of a stream from its beginning, shard by shard.
func readAll(t *testing.T, env *testenv.Env, arn *string) []streamtypes.Record {
	t.Helper()
	c := env.DynamoDBStreams()
	var out []streamtypes.Record
	for _, i := range iterate(t, c, arn, streamtypes.ShardIteratorTypeTrimHorizon) {
		for i != nil {
			page, err := c.GetRecords(t.Context(), &streams.GetRecordsInput{ShardIterator: i})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Records) == 0 {
				break
			}
			out, i = append(out, page.Records...), page.NextShardIterator
		}
	}
	return out
}

// streaming is a table with a stream.
func streaming(name string, view types.StreamViewType) *sdk.CreateTableInput {
	in := keyed(name, "N")
	in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: view}
	return in
}

func TestAStreamShowsWhatItsViewSays(t *testing.T) {
	t.Parallel()
	env, c := start(t)
	for _, view := range types.StreamViewType("").Values() {
		name := strings.ToLower(string(view))
		create(t, c, streaming(name, view))
		key := item("pk", "a", "sk", "1")
		put(t, c, name, item("pk", "a", "sk", "1", "v", "1"))
		put(t, c, name, item("pk", "a", "sk", "1", "v", "1")) // the same again: no change, no record
		put(t, c, name, item("pk", "a", "sk", "1", "v", "2"))
		if _, err := c.DeleteItem(t.Context(), &sdk.DeleteItemInput{TableName: &name, Key: key}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range readAll(t, env, latestStream(t, c, name)) {
			line := string(r.EventName)
			if r.Dynamodb.OldImage != nil {
				line += " old " + r.Dynamodb.OldImage["v"].(*streamtypes.AttributeValueMemberN).Value
			}
			if r.Dynamodb.NewImage != nil {
				line += " new " + r.Dynamodb.NewImage["v"].(*streamtypes.AttributeValueMemberN).Value
			}
			if len(r.Dynamodb.Keys) != 2 || *r.EventSource != "aws:dynamodb" || *r.AwsRegion != "us-east-1" || len(*r.EventID) != 32 {
				t.Errorf("%+v", r)
			}
			got = append(got, line)
		}
		want := map[types.StreamViewType]string{
			types.StreamViewTypeKeysOnly:        "INSERT, MODIFY, REMOVE",
			types.StreamViewTypeNewImage:        "INSERT new 1, MODIFY new 2, REMOVE",
			types.StreamViewTypeOldImage:        "INSERT, MODIFY old 1, REMOVE old 2",
			types.StreamViewTypeNewAndOldImages: "INSERT new 1, MODIFY old 1 new 2, REMOVE old 2",
		}[view]
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v", view, got)
		}
	}
}

func TestIteratorsStartWhereTheySay(t *testing.T) {
	t.Parallel()
	env, c := start(t)
	sc, ctx := env.DynamoDBStreams(), t.Context()
	in := streaming("tab", types.StreamViewTypeNewImage)
	in.BillingMode, in.ProvisionedThroughput = types.BillingModeProvisioned, &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)}
	create(t, c, in)
	arn := latestStream(t, c, "tab")
	watch := env.Store().Watch(service.Topic(*arn))
	defer watch.Stop()
	for i := range 5 {
		put(t, c, "tab", item("pk", fmt.Sprint("p", i), "sk", "1"))
	}
	<-watch.C()
	latest := iterate(t, sc, arn, streamtypes.ShardIteratorTypeLatest)
	if len(latest) != 1 {
		t.Fatalf("%d shards for a small provisioned table", len(latest))
	}
	all := readAll(t, env, arn)
	if len(all) != 5 {
		t.Fatalf("%d records", len(all))
	}
	for i := 1; i < len(all); i++ {
		if *all[i-1].Dynamodb.SequenceNumber >= *all[i].Dynamodb.SequenceNumber {
			t.Error("sequence numbers do not grow")
		}
	}
	put(t, c, "tab", item("pk", "p5", "sk", "1"))
	page, err := sc.GetRecords(ctx, &streams.GetRecordsInput{ShardIterator: latest[0]})
	if err != nil || len(page.Records) != 1 {
		t.Errorf("latest: %v, %v", page, err)
	}
	d, err := sc.DescribeStream(ctx, &streams.DescribeStreamInput{StreamArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[streamtypes.ShardIteratorType]int{streamtypes.ShardIteratorTypeAtSequenceNumber: 4, streamtypes.ShardIteratorTypeAfterSequenceNumber: 3} {
		i, err := sc.GetShardIterator(ctx, &streams.GetShardIteratorInput{
			StreamArn: arn, ShardId: d.StreamDescription.Shards[0].ShardId, ShardIteratorType: kind, SequenceNumber: all[2].Dynamodb.SequenceNumber,
		})
		if err != nil {
			t.Fatal(err)
		}
		page, err := sc.GetRecords(ctx, &streams.GetRecordsInput{ShardIterator: i.ShardIterator})
		if err != nil || len(page.Records) != want {
			t.Errorf("%s: %d records, %v", kind, len(page.Records), err)
		}
		limited, err := sc.GetRecords(ctx, &streams.GetRecordsInput{ShardIterator: i.ShardIterator, Limit: aws.Int32(2)})
		if err != nil || len(limited.Records) != 2 {
			t.Errorf("limit: %v, %v", limited, err)
		}
		rest, err := sc.GetRecords(ctx, &streams.GetRecordsInput{ShardIterator: limited.NextShardIterator})
		if err != nil || len(rest.Records) != want-2 {
			t.Errorf("after the limit: %v, %v", rest, err)
		}
	}
	env.Advance(16 * time.Minute)
	_, err = sc.GetRecords(ctx, &streams.GetRecordsInput{ShardIterator: latest[0]})
	if testenv.ErrorCode(err) != "ExpiredIteratorException" {
		t.Errorf("after 16 minutes: %v", err)
	}
	_, err = sc.GetRecords(ctx, &streams.GetRecordsInput{ShardIterator: aws.String("nonsense")})
	if testenv.ErrorCode(err) != "ValidationException" {
		t.Errorf("nonsense: %v", err)
	}
}

func TestAStreamThatIsOffCanBeReadForADay(t *testing.T) {
	t.Parallel()
	env, c := start(t)
	sc, ctx := env.DynamoDBStreams(), t.Context()
	create(t, c, streaming("tab", types.StreamViewTypeNewImage))
	arn := latestStream(t, c, "tab")
	put(t, c, "tab", item("pk", "a", "sk", "1"))
	if _, err := c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: aws.String("tab"), StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(false)}}); err != nil {
		t.Fatal(err)
	}
	put(t, c, "tab", item("pk", "a", "sk", "2"))
	if got := readAll(t, env, arn); len(got) != 1 {
		t.Errorf("%d records", len(got))
	}
	for _, i := range iterate(t, sc, arn, streamtypes.ShardIteratorTypeTrimHorizon) {
		page, err := sc.GetRecords(ctx, &streams.GetRecordsInput{ShardIterator: i})
		if err != nil || page.NextShardIterator != nil {
			t.Errorf("the shard goes on: %v, %v", page, err)
		}
	}
	d, err := sc.DescribeStream(ctx, &streams.DescribeStreamInput{StreamArn: arn})
	if err != nil || d.StreamDescription.StreamStatus != streamtypes.StreamStatusDisabled || d.StreamDescription.Shards[0].SequenceNumberRange.EndingSequenceNumber == nil {
		t.Errorf("%+v, %v", d, err)
	}
	env.Advance(time.Second)
	if _, err := c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: aws.String("tab"), StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeKeysOnly}}); err != nil {
		t.Fatal(err)
	}
	if l, err := sc.ListStreams(ctx, &streams.ListStreamsInput{TableName: aws.String("tab")}); err != nil || len(l.Streams) != 2 {
		t.Errorf("%v, %v", l, err)
	}
	env.Advance(25 * time.Hour)
	testenv.Eventually(t, "the old stream goes", func() bool {
		l, err := sc.ListStreams(ctx, &streams.ListStreamsInput{})
		return err == nil && len(l.Streams) == 1 && *l.Streams[0].StreamArn != *arn
	})
}

func TestOldRecordsAreTrimmed(t *testing.T) {
	t.Parallel()
	env, c := start(t)
	sc, ctx := env.DynamoDBStreams(), t.Context()
	create(t, c, streaming("tab", types.StreamViewTypeNewImage))
	arn := latestStream(t, c, "tab")
	put(t, c, "tab", item("pk", "a", "sk", "1"))
	first := readAll(t, env, arn)[0].Dynamodb.SequenceNumber
	env.Advance(23 * time.Hour)
	put(t, c, "tab", item("pk", "a", "sk", "2"))
	d, err := sc.DescribeStream(ctx, &streams.DescribeStreamInput{StreamArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	env.Advance(90 * time.Minute)
	testenv.Eventually(t, "the first record goes", func() bool {
		trimmed := 0
		for _, s := range d.StreamDescription.Shards {
			_, err := sc.GetShardIterator(ctx, &streams.GetShardIteratorInput{
				StreamArn: arn, ShardId: s.ShardId, ShardIteratorType: streamtypes.ShardIteratorTypeAtSequenceNumber, SequenceNumber: first,
			})
			if testenv.ErrorCode(err) == "TrimmedDataAccessException" {
				trimmed++
			}
		}
		return trimmed == 1
	})
	if got := readAll(t, env, arn); len(got) != 1 {
		t.Errorf("%d records are left", len(got))
	}
}

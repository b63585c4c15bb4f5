package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// table: the stream tells each change that was acknowledged once, in order, and
// nothing that was not tried; table and index hold what it leads to.
type table struct {
	env    *testenv.Proc
	name   string
	pause  time.Duration // after each change
	keeps  bool          // no item is deleted
	stream string
	before map[string][]record // what the stream told at the last check
	changes
}

func (w *table) prepare(t *testing.T) {
	t.Helper()
	attribute := func(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: kind}
	}
	key := func(name string) []types.KeySchemaElement {
		return []types.KeySchemaElement{{AttributeName: &name, KeyType: types.KeyTypeHash}}
	}
	out, err := w.env.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &w.name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			attribute("id", types.ScalarAttributeTypeS), attribute("version", types.ScalarAttributeTypeN),
		},
		KeySchema: key("id"),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("by-version"), KeySchema: key("version"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
		StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.stream = *out.TableDescription.LatestStreamArn
}

func (w *table) client(ctx context.Context, more func() bool, number int, random *rand.Rand) {
	for more() {
		parts := w.choose(number, random)
		w.begin(parts)
		if w.carryOut(ctx, parts) != nil {
			return
		}
		w.ack(parts)
		<-clock.System{}.NewTimer(w.pause).C()
	}
}

// choose chooses a change of one of a client's items, or a transaction of two.
func (w *table) choose(client int, random *rand.Rand) []part {
	item := func(n int) string { return fmt.Sprintf("%d-%02d", client, n%keys) }
	n, stays := random.IntN(keys), []changeKind{puts, updates}[random.IntN(2)]
	other := []changeKind{puts, updates, deletes}[random.IntN(3)]
	if w.keeps && other == deletes {
		other = updates
	}
	switch random.IntN(4) {
	case 0:
		return []part{{id: item(n), kind: stays}, {id: item(n + 1 + random.IntN(keys-1)), kind: other}}
	case 1:
		return []part{{id: item(n), kind: other}}
	default:
		return []part{{id: item(n), kind: stays}}
	}
}

// added is how an update is written: it counts itself.
const added = "SET version = :version ADD added :one"

// carryOut makes one change, or several in a transaction.
func (w *table) carryOut(ctx context.Context, parts []part) error {
	var items []types.TransactWriteItem
	for _, p := range parts {
		key := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: p.id}}
		var item types.TransactWriteItem
		switch p.kind {
		case puts:
			item.Put = &types.Put{TableName: &w.name, Item: map[string]types.AttributeValue{"id": key["id"], "version": whole(p.version), "added": whole(0)}}
		case updates:
			item.Update = &types.Update{
				TableName: &w.name, Key: key, UpdateExpression: aws.String(added),
				ExpressionAttributeValues: map[string]types.AttributeValue{":version": whole(p.version), ":one": whole(1)},
			}
		case deletes:
			item.Delete = &types.Delete{TableName: &w.name, Key: key}
		}
		items = append(items, item)
	}
	var err error
	switch alone := items[0]; {
	case len(items) > 1:
		_, err = w.env.DynamoDB().TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	case alone.Put != nil:
		_, err = w.env.DynamoDB().PutItem(ctx, &dynamodb.PutItemInput{TableName: &w.name, Item: alone.Put.Item})
	case alone.Update != nil:
		_, err = w.env.DynamoDB().UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &w.name, Key: alone.Update.Key, UpdateExpression: alone.Update.UpdateExpression,
			ExpressionAttributeValues: alone.Update.ExpressionAttributeValues,
		})
	case alone.Delete != nil:
		_, err = w.env.DynamoDB().DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &w.name, Key: alone.Delete.Key})
	}
	return err
}

func (w *table) check(t *testing.T) {
	items, index := w.scan(t, nil), w.scan(t, aws.String("by-version"))
	if diff := cmp.Diff(items, index, cmp.AllowUnexported(image{})); diff != "" {
		t.Errorf("table and index differ (-table +index):\n%s", diff)
	}
	told, changes := replay(t, w.env, w.stream), 0
	for _, fault := range w.faults(told) {
		t.Error(fault)
	}
	last := make(map[string]image)
	for id, records := range told {
		changes += len(records)
		if now := records[len(records)-1].now; now != (image{}) {
			last[id] = now
		}
	}
	if diff := cmp.Diff(items, last, cmp.AllowUnexported(image{})); diff != "" {
		t.Errorf("table and what its stream tells differ (-table +stream):\n%s", diff)
	}
	for id, before := range w.before {
		if now := told[id]; len(now) < len(before) || !slices.Equal(now[:len(before)], before) {
			t.Errorf("the stream told %+v of %s, and then %+v", before, id, now)
		}
	}
	w.before = told
	t.Logf("%d items, %d changes", len(items), changes)
}

// scan returns each item of the table or an index.
func (w *table) scan(t *testing.T, index *string) map[string]image {
	t.Helper()
	found := make(map[string]image)
	pages := dynamodb.NewScanPaginator(w.env.DynamoDB(), &dynamodb.ScanInput{TableName: &w.name, IndexName: index})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			id := text(item["id"])
			if _, twice := found[id]; twice {
				t.Errorf("%s is there twice", id)
			}
			found[id] = image{number(t, text(item["version"])), number(t, text(item["added"]))}
		}
	}
	return found
}

// replay reads a stream from its beginning and returns what it tells of each item,
// in its order.
func replay(t *testing.T, env *testenv.Proc, stream string) map[string][]record {
	t.Helper()
	found := make(map[string][]record)
	described, err := env.DynamoDBStreams().DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: &stream})
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range described.StreamDescription.Shards {
		from, err := env.DynamoDBStreams().GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
			StreamArn: &stream, ShardId: shard.ShardId, ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon,
		})
		if err != nil {
			t.Fatal(err)
		}
		for at := from.ShardIterator; at != nil; {
			out, err := env.DynamoDBStreams().GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: at})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range out.Records {
				id := r.Dynamodb.Keys["id"].(*streamtypes.AttributeValueMemberS).Value
				found[id] = append(found[id], record{imageIn(t, r.Dynamodb.OldImage), imageIn(t, r.Dynamodb.NewImage)})
			}
			if at = out.NextShardIterator; len(out.Records) == 0 {
				break
			}
		}
	}
	return found
}

// imageIn is an item in a stream.
func imageIn(t *testing.T, item map[string]streamtypes.AttributeValue) image {
	t.Helper()
	if len(item) == 0 {
		return image{}
	}
	return image{
		number(t, item["version"].(*streamtypes.AttributeValueMemberN).Value),
		number(t, item["added"].(*streamtypes.AttributeValueMemberN).Value),
	}
}

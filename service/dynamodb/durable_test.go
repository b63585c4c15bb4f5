package dynamodb_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv/kvtest"
)

// TestTwoNodesSeeOneTable: what one service knows of a table never outlives
// what another has made of it.
func TestTwoNodesSeeOneTable(t *testing.T) {
	t.Parallel()
	ctx, st := testenv.Context(t.Context(), ""), kvtest.Open(t)
	a, b := over(st, clock.System{}), over(st, clock.System{})
	if err := createRich(ctx, a); err != nil {
		t.Fatal(err)
	}
	put := func() error {
		_, err := b.PutItem(ctx, &api.PutItemInput{TableName: "rich", Item: avs("pk", "p", "sk", "1", "g", "g1")})
		return err
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	q := &api.QueryInput{TableName: "rich", IndexName: new("global"), KeyConditionExpression: new("g = :g"), ExpressionAttributeValues: avs(":g", "g1")}
	if out, err := a.Query(ctx, q); err != nil || *out.Count != 1 {
		t.Fatal(out, err)
	}
	_, err := a.UpdateTable(ctx, &api.UpdateTableInput{TableName: "rich", GlobalSecondaryIndexUpdates: []api.GlobalSecondaryIndexUpdate{{Delete: &api.DeleteGlobalSecondaryIndexAction{IndexName: "global"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Query(ctx, q); err == nil {
		t.Error("the index is there for the other node")
	}
	if _, err := a.DeleteTable(ctx, &api.DeleteTableInput{TableName: "rich"}); err != nil {
		t.Fatal(err)
	}
	if err := put(); err == nil {
		t.Error("the table is there for the other node")
	}
	empty(t, st)
}

// TestConcurrentUpdatesLoseNothing adds to one item from several sides.
func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	t.Parallel()
	env, c := start(t)
	create(t, c, streaming("tab", types.StreamViewTypeNewImage))
	const workers, each = 8, 25
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				_, err := c.UpdateItem(t.Context(), &sdk.UpdateItemInput{
					TableName: aws.String("tab"), Key: item("pk", "a", "sk", "1"), UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: item(":one", "1"),
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := textOf(fetch(t, c, "tab", item("pk", "a", "sk", "1"))["n"]); got != strconv.Itoa(workers*each) {
		t.Errorf("n is %s", got)
	}
	records := readAll(t, env, latestStream(t, c, "tab"))
	for i, r := range records {
		if n := r.Dynamodb.NewImage["n"].(*streamtypes.AttributeValueMemberN).Value; n != strconv.Itoa(i+1) {
			t.Fatalf("record %d holds %s", i, n)
		}
	}
	if len(records) != workers*each {
		t.Errorf("%d records", len(records))
	}
}

func TestStreamsAndItemsSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var arn *string
	t.Run("before", func(t *testing.T) {
		env := testenv.NewWith(t, testenv.Options{DataDir: dir}, registrations()...)
		create(t, env.DynamoDB(), streaming("tab", types.StreamViewTypeNewImage))
		put(t, env.DynamoDB(), "tab", item("pk", "a", "sk", "1"))
		arn = latestStream(t, env.DynamoDB(), "tab")
	})
	t.Run("after", func(t *testing.T) {
		env := testenv.NewWith(t, testenv.Options{DataDir: dir}, registrations()...)
		put(t, env.DynamoDB(), "tab", item("pk", "a", "sk", "2"))
		if got := readAll(t, env, arn); len(got) != 2 || *got[0].Dynamodb.SequenceNumber >= *got[1].Dynamodb.SequenceNumber {
			t.Errorf("%+v", got)
		}
		if got := fetch(t, env.DynamoDB(), "tab", item("pk", "a", "sk", "1")); got == nil {
			t.Error("the item is gone")
		}
	})
}

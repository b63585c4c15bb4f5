package dynamodb_test

import (
	"context"
	"testing"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/kv/setback"
)

// TestAClientRequestTokenHoldsForTenMinutesThoughTheClockWasSetBack uses one five
// minutes before that, and then twice around the end of its time.
func TestAClientRequestTokenHoldsForTenMinutesThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	ctx := testenv.Context(context.Background(), "")
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	const by = 10 * time.Hour
	c := clock.NewFake(begin.Add(by))
	s := over(st, c)
	_, err := s.CreateTable(ctx, &api.CreateTableInput{
		TableName: "tab", BillingMode: new("PAY_PER_REQUEST"), KeySchema: []api.KeySchemaElement{{AttributeName: "pk", KeyType: "HASH"}},
		AttributeDefinitions: []api.AttributeDefinition{{AttributeName: "pk", AttributeType: "S"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	add := func(want string) {
		t.Helper()
		_, err := s.TransactWriteItems(ctx, &api.TransactWriteItemsInput{
			ClientRequestToken: new("token"),
			TransactItems: []api.TransactWriteItem{{Update: &api.Update{
				TableName: "tab", Key: avs("pk", "a"), UpdateExpression: "ADD n :one", ExpressionAttributeValues: avs(":one", "1"),
			}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.Scan(ctx, &api.ScanInput{
			TableName: "tab", Select: new("COUNT"), FilterExpression: new("n = :n"), ExpressionAttributeValues: avs(":n", want),
		})
		if err != nil || *out.Count != 1 {
			t.Errorf("n is not %s, %v", want, err)
		}
	}
	add("1")
	c.Advance(20 * time.Minute) // it is forgotten, and used anew
	add("2")
	c.Advance(5 * time.Minute)

	c = clock.NewFake(c.Now().Add(-by))
	s = over(st, c)
	w := setback.NewWalk(st, kv.NewKey("", "", "progress"), setback.Jump{By: by, Now: c.Now()})
	for range 2 { // the second finds it done
		if err := s.Rewind(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	c.Advance(5*time.Minute - 1)
	add("2")
	c.Advance(1)
	add("3")
}

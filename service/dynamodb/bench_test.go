package dynamodb_test

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb"
)

// benchTable returns the service over a store on disk, with a table.
func benchTable(tb testing.TB) (context.Context, *dynamodb.Service) {
	tb.Helper()
	st, err := kv.Open(tb.Context(), kv.Options{Dir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = st.Close() })
	ctx, s := testenv.Context(tb.Context(), ""), over(st, clock.System{})
	_, err = s.CreateTable(ctx, &api.CreateTableInput{
		TableName: "bench", BillingMode: new("PAY_PER_REQUEST"),
		KeySchema:            []api.KeySchemaElement{{AttributeName: "pk", KeyType: "HASH"}, {AttributeName: "sk", KeyType: "RANGE"}},
		AttributeDefinitions: []api.AttributeDefinition{{AttributeName: "pk", AttributeType: "S"}, {AttributeName: "sk", AttributeType: "N"}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return ctx, s
}

// benchItem is an item of a few attributes, some 200 bytes.
func benchItem(i int64) map[string]api.AttributeValue {
	n := strconv.FormatInt(i, 10)
	return avs("pk", "customer-"+strconv.FormatInt(i%1000, 10), "sk", n, "name", "Ada Lovelace", "mail", "ada@example.com",
		"points", "1815", "text", strings.Repeat("x", 100))
}

func BenchmarkPutItem(b *testing.B) {
	ctx, s := benchTable(b)
	var n atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.PutItem(ctx, &api.PutItemInput{TableName: "bench", Item: benchItem(n.Add(1))}); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkPutItemAlone(b *testing.B) {
	ctx, s := benchTable(b)
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i++ {
		if _, err := s.PutItem(ctx, &api.PutItemInput{TableName: "bench", Item: benchItem(i)}); err != nil {
			b.Error(err)
		}
	}
}

func BenchmarkGetItem(b *testing.B) {
	ctx, s := benchTable(b)
	for i := range int64(1000) {
		if _, err := s.PutItem(ctx, &api.PutItemInput{TableName: "bench", Item: benchItem(i)}); err != nil {
			b.Fatal(err)
		}
	}
	in := &api.GetItemInput{TableName: "bench", Key: avs("pk", "customer-7", "sk", "7")}
	b.ReportAllocs()
	for b.Loop() {
		if out, err := s.GetItem(ctx, in); err != nil || out.Item == nil {
			b.Fatal(out, err)
		}
	}
}

// BenchmarkUpdateItemOfManyActions takes many elements out of a long list.
func BenchmarkUpdateItemOfManyActions(b *testing.B) {
	ctx, s := benchTable(b)
	key, list := avs("pk", "p", "sk", "1"), make([]api.AttributeValue, 5000)
	for i := range list {
		list[i] = av("1")
	}
	var remove []string
	for i := range 170 {
		remove = append(remove, "l["+strconv.Itoa(29*i)+"]")
	}
	refill := &api.UpdateItemInput{TableName: "bench", Key: key, UpdateExpression: new("SET l = :l"), ExpressionAttributeValues: map[string]api.AttributeValue{":l": {L: list}}}
	in := &api.UpdateItemInput{TableName: "bench", Key: key, UpdateExpression: new("REMOVE " + strings.Join(remove, ", "))}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		if _, err := s.UpdateItem(ctx, refill); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := s.UpdateItem(ctx, in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkQueryOf25(b *testing.B) {
	ctx, s := benchTable(b)
	for i := range int64(100) {
		it := benchItem(i)
		it["pk"] = av("one")
		if _, err := s.PutItem(ctx, &api.PutItemInput{TableName: "bench", Item: it}); err != nil {
			b.Fatal(err)
		}
	}
	in := &api.QueryInput{TableName: "bench", KeyConditionExpression: new("pk = :p"), ExpressionAttributeValues: avs(":p", "one"), Limit: new(int32(25))}
	b.ReportAllocs()
	for b.Loop() {
		if out, err := s.Query(ctx, in); err != nil || *out.Count != 25 {
			b.Fatal(out, err)
		}
	}
}

// BenchmarkFloor is one synced commit of as many bytes: what PutItem cannot beat.
func BenchmarkFloor(b *testing.B) {
	st, err := kv.Open(b.Context(), kv.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	var n atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := st.Update(b.Context(), func(tx *kv.Tx) error {
				return tx.Put(kv.NewKey("a", "r", "s", n.Add(1)), make([]byte, 250))
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}

package dynamodb_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/stream"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/task"
)

// over returns the service over a store, without a server or workers.
func over(st *kv.Store, c clock.Clock) *dynamodb.Service {
	src := ids.New(rand.Reader)
	q := task.New(task.Options{Store: st, Clock: c, IDs: src, Log: slog.New(slog.DiscardHandler)})
	return dynamodb.New(service.Deps{Store: st, Tasks: q, Clock: c, IDs: src, Log: slog.New(slog.DiscardHandler)})
}

// av is a value of the API: a number when it looks like one.
func av(s string) api.AttributeValue {
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		return api.AttributeValue{N: &s}
	}
	return api.AttributeValue{S: &s}
}

// avs is an item of the API.
func avs(pairs ...string) map[string]api.AttributeValue {
	out := map[string]api.AttributeValue{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = av(pairs[i+1])
	}
	return out
}

// createRich makes a table with indexes, a stream and expiry.
func createRich(ctx context.Context, s *dynamodb.Service) error {
	keys := func(hash, rng string) []api.KeySchemaElement {
		return []api.KeySchemaElement{{AttributeName: hash, KeyType: "HASH"}, {AttributeName: rng, KeyType: "RANGE"}}
	}
	_, err := s.CreateTable(ctx, &api.CreateTableInput{
		TableName: "rich", BillingMode: new("PAY_PER_REQUEST"), KeySchema: keys("pk", "sk"),
		AttributeDefinitions: []api.AttributeDefinition{
			{AttributeName: "pk", AttributeType: "S"}, {AttributeName: "sk", AttributeType: "N"}, {AttributeName: "g", AttributeType: "S"}, {AttributeName: "l", AttributeType: "N"},
		},
		GlobalSecondaryIndexes: []api.GlobalSecondaryIndex{{IndexName: "global", KeySchema: keys("g", "sk"), Projection: &api.Projection{ProjectionType: new("ALL")}}},
		LocalSecondaryIndexes:  []api.LocalSecondaryIndex{{IndexName: "local", KeySchema: keys("pk", "l"), Projection: &api.Projection{ProjectionType: new("KEYS_ONLY")}}},
		StreamSpecification:    &api.StreamSpecification{StreamEnabled: true, StreamViewType: new("NEW_AND_OLD_IMAGES")},
	})
	if err != nil {
		return err
	}
	_, err = s.UpdateTimeToLive(ctx, &api.UpdateTimeToLiveInput{TableName: "rich", TimeToLiveSpecification: &api.TimeToLiveSpecification{Enabled: true, AttributeName: "ttl"}})
	return err
}

// TestEachMutationSurvivesPowerLoss cuts the power throughout each mutating
// operation. After any cut every acknowledged change is there, and items, index
// rows, counters, expiry times and stream agree.
func TestEachMutationSurvivesPowerLoss(t *testing.T) {
	t.Parallel()
	work := map[string]func(ctx context.Context, s *dynamodb.Service, i int) error{
		"PutItem": func(ctx context.Context, s *dynamodb.Service, i int) error {
			_, err := s.PutItem(ctx, &api.PutItemInput{TableName: "rich", Item: avs("pk", "p", "sk", strconv.Itoa(i), "g", "g1", "l", "7", "ttl", "99")})
			return err
		},
		"UpdateItem": func(ctx context.Context, s *dynamodb.Service, i int) error {
			_, err := s.UpdateItem(ctx, &api.UpdateItemInput{
				TableName: "rich", Key: avs("pk", "p", "sk", strconv.Itoa(i)), UpdateExpression: new("SET g = :g, l = :l"), ExpressionAttributeValues: avs(":g", "g2", ":l", "8"),
			})
			return err
		},
		"DeleteItem": func(ctx context.Context, s *dynamodb.Service, i int) error {
			if _, err := s.PutItem(ctx, &api.PutItemInput{TableName: "rich", Item: avs("pk", "q", "sk", "1", "g", "g1", "l", "7")}); err != nil {
				return err
			}
			if _, err := s.DeleteItem(ctx, &api.DeleteItemInput{TableName: "rich", Key: avs("pk", "q", "sk", "1")}); err != nil {
				return err
			}
			_, err := s.PutItem(ctx, &api.PutItemInput{TableName: "rich", Item: avs("pk", "p", "sk", strconv.Itoa(i))})
			return err
		},
		"BatchWriteItem": func(ctx context.Context, s *dynamodb.Service, i int) error {
			_, err := s.BatchWriteItem(ctx, &api.BatchWriteItemInput{RequestItems: map[string][]api.WriteRequest{"rich": {
				{PutRequest: &api.PutRequest{Item: avs("pk", "p", "sk", strconv.Itoa(i), "g", "g1")}},
				{PutRequest: &api.PutRequest{Item: avs("pk", "other", "sk", strconv.Itoa(i), "l", "3")}},
			}}})
			return err
		},
		"TransactWriteItems": func(ctx context.Context, s *dynamodb.Service, i int) error {
			_, err := s.TransactWriteItems(ctx, &api.TransactWriteItemsInput{ClientRequestToken: new(fmt.Sprint("t", i)), TransactItems: []api.TransactWriteItem{
				{Put: &api.Put{TableName: "rich", Item: avs("pk", "p", "sk", strconv.Itoa(i), "g", "g1")}},
				{Update: &api.Update{TableName: "rich", Key: avs("pk", "sum", "sk", "0"), UpdateExpression: "ADD n :one", ExpressionAttributeValues: avs(":one", "1")}},
			}})
			return err
		},
	}
	statements := func(i int) []string {
		return []string{
			fmt.Sprintf("INSERT INTO rich VALUE {'pk': 'p', 'sk': %d, 'g': 'g1', 'l': 7, 'ttl': 99}", i),
			fmt.Sprintf("UPDATE rich SET l = 8 WHERE pk = 'p' AND sk = %d", i),
		}
	}
	work["ExecuteStatement"] = func(ctx context.Context, s *dynamodb.Service, i int) error {
		for _, text := range statements(i) {
			if _, err := s.ExecuteStatement(ctx, &api.ExecuteStatementInput{Statement: text}); err != nil {
				return err
			}
		}
		return nil
	}
	work["BatchExecuteStatement"] = func(ctx context.Context, s *dynamodb.Service, i int) error {
		in := &api.BatchExecuteStatementInput{}
		for _, text := range statements(i) {
			in.Statements = append(in.Statements, api.BatchStatementRequest{Statement: text})
		}
		_, err := s.BatchExecuteStatement(ctx, in)
		return err
	}
	work["ExecuteTransaction"] = func(ctx context.Context, s *dynamodb.Service, i int) error {
		_, err := s.ExecuteTransaction(ctx, &api.ExecuteTransactionInput{ClientRequestToken: new(fmt.Sprint("t", i)), TransactStatements: []api.ParameterizedStatement{
			{Statement: statements(i)[0]}, {Statement: fmt.Sprintf("INSERT INTO rich VALUE {'pk': 'other', 'sk': %d, 'l': 3}", i)},
		}})
		return err
	}
	for name, do := range work {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := clock.NewFake(time.Unix(1_800_000_000, 0))
			ctx := testenv.Context(t.Context(), "")
			kvtest.Crash(t, func(st *kv.Store, ack func()) {
				s := over(st, now)
				if err := createRich(ctx, s); err != nil {
					t.Fatal(err)
				}
				for i := range 5 {
					if err := do(ctx, s, i); err != nil {
						t.Fatal(err)
					}
					ack()
				}
			}, func(st *kv.Store, acked int) {
				c := count(t, st)
				if c.partition < acked {
					t.Errorf("%d acknowledged, %d there", acked, c.partition)
				}
				c.check(t)
			})
		})
	}
}

// counted is what a table holds, by its rows.
type counted struct {
	table             *table.Table
	items, partition  int
	global, local     int
	ttl               int
	wantGlobal        int
	wantLocal         int
	wantTTL           int
	counter, counterG int64
	replayed          map[string]string
	stored            map[string]string
}

// count reads the rows of the table rich, as they lie.
func count(t *testing.T, st *kv.Store) (c counted) {
	t.Helper()
	c.replayed, c.stored = map[string]string{}, map[string]string{}
	root := kv.NewKey(testenv.Account, testenv.Region, "dynamodb")
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		var err error
		if c.table, err = table.Read(tx, table.Key(testenv.Account, testenv.Region, "rich")); err != nil || c.table == nil {
			return err
		}
		rows := func(r kv.Range, each func(it attr.Item)) int {
			n := 0
			for pair, err := range tx.Scan(r) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				if each != nil {
					s, err := table.Open(pair.Value)
					if err != nil {
						t.Fatal(err)
					}
					it, err := s.Item()
					if err != nil {
						t.Fatal(err)
					}
					each(it)
				}
			}
			return n
		}
		c.items = rows(c.table.Segment(nil, 0, 1), func(it attr.Item) {
			c.stored[string(c.table.KeyOf(it).Encode())] = string(it.Encode())
			if it.Get("pk").Text == "p" {
				c.partition++
			}
			if it.Has("g") {
				c.wantGlobal++
			}
			if it.Has("l") {
				c.wantLocal++
			}
			if it.Has("ttl") {
				c.wantTTL++
			}
		})
		c.global = rows(c.table.Segment(c.table.Index("global"), 0, 1), nil)
		c.local = rows(c.table.Segment(c.table.Index("local"), 0, 1), nil)
		c.ttl = rows(kv.Prefix(root.With("ttl", c.table.ID)), nil)
		if c.counter, _, err = c.table.Totals(tx); err != nil {
			return err
		}
		if c.counterG, _, err = c.table.Index("global").Totals(tx); err != nil {
			return err
		}
		return c.replay(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replay builds the items anew from the stream.
func (c *counted) replay(tx *kv.Tx) error {
	for shard := range c.table.Stream.Shards {
		page, err := stream.In(testenv.Account, testenv.Region).Read(tx, c.table.Stream.ID, shard, stream.Position{}, 1000, 1<<20)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if key := string(e.Keys.Encode()); e.New == nil {
				delete(c.replayed, key)
			} else {
				c.replayed[key] = string(e.New.Encode())
			}
		}
	}
	return nil
}

// check holds the parts of a table against each other.
func (c *counted) check(t *testing.T) {
	t.Helper()
	if c.global != c.wantGlobal || c.local != c.wantLocal || c.ttl != c.wantTTL && c.table != nil && c.table.TTL != "" {
		t.Errorf("global %d of %d, local %d of %d, expiry %d of %d", c.global, c.wantGlobal, c.local, c.wantLocal, c.ttl, c.wantTTL)
	}
	if c.counter != int64(c.items) || c.counterG != int64(c.global) {
		t.Errorf("counters %d and %d, rows %d and %d", c.counter, c.counterG, c.items, c.global)
	}
	if len(c.replayed) != len(c.stored) {
		t.Errorf("%d items, %d by the stream", len(c.stored), len(c.replayed))
	}
	for key, it := range c.stored {
		if c.replayed[key] != it {
			t.Errorf("item %q is not what the stream tells", key)
		}
	}
}

// TestTableChangesSurvivePowerLoss cuts the power throughout the operations on
// tables: what was acknowledged is there, and no half of anything.
func TestTableChangesSurvivePowerLoss(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	now := clock.NewFake(time.Unix(1_800_000_000, 0))
	steps := []func(s *dynamodb.Service) error{
		func(s *dynamodb.Service) error { return createRich(ctx, s) },
		func(s *dynamodb.Service) error {
			_, err := s.PutItem(ctx, &api.PutItemInput{TableName: "rich", Item: avs("pk", "p", "sk", "1", "g", "g1")})
			return err
		},
		func(s *dynamodb.Service) error {
			_, err := s.TagResource(ctx, &api.TagResourceInput{ResourceArn: "arn:aws:dynamodb:us-east-1:000000000000:table/rich", Tags: []api.Tag{{Key: "a", Value: "b"}}})
			return err
		},
		func(s *dynamodb.Service) error {
			_, err := s.UpdateTable(ctx, &api.UpdateTableInput{TableName: "rich", StreamSpecification: &api.StreamSpecification{}})
			return err
		},
		func(s *dynamodb.Service) error {
			_, err := s.UpdateTable(ctx, &api.UpdateTableInput{
				TableName:                   "rich",
				GlobalSecondaryIndexUpdates: []api.GlobalSecondaryIndexUpdate{{Delete: &api.DeleteGlobalSecondaryIndexAction{IndexName: "global"}}},
			})
			return err
		},
		func(s *dynamodb.Service) error {
			_, err := s.DeleteTable(ctx, &api.DeleteTableInput{TableName: "rich"})
			return err
		},
	}
	kvtest.Crash(t, func(st *kv.Store, ack func()) {
		s := over(st, now)
		for i, step := range steps {
			if err := step(s); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			ack()
		}
	}, func(st *kv.Store, acked int) {
		d, err := over(st, now).DescribeTable(ctx, &api.DescribeTableInput{TableName: "rich"})
		switch {
		case acked == len(steps) && err == nil:
			t.Error("the table is back")
		case acked > 0 && acked < len(steps)-1 && err != nil:
			t.Errorf("%d acknowledged: %v", acked, err)
		case err == nil && acked >= 2 && *d.Table.ItemCount != 1:
			t.Errorf("%d items", *d.Table.ItemCount)
		case err == nil && acked >= 4 && d.Table.StreamSpecification != nil:
			t.Error("the stream is on")
		case err == nil && acked >= 5 && len(d.Table.GlobalSecondaryIndexes) > 0:
			t.Error("the index is there")
		}
		if err != nil && acked == len(steps) {
			empty(t, st)
		}
	})
}

// empty wants no item row, index row or counter to be left.
func empty(t *testing.T, st *kv.Store) {
	t.Helper()
	root := kv.NewKey(testenv.Account, testenv.Region, "dynamodb")
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		for _, kind := range []string{"table", "item", "index", "ttl", "count", "bytes"} {
			for pair, err := range tx.Scan(kv.Prefix(root.With(kind))) {
				if err != nil {
					return err
				}
				t.Errorf("left behind: %v", pair.Key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

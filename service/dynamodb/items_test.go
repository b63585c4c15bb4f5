package dynamodb_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"maru.dev/maru/internal/testenv"
)

// ignoring compares values of the SDK without its own members.
var ignoring = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{}, types.AttributeValueMemberBOOL{},
	types.AttributeValueMemberNULL{}, types.AttributeValueMemberL{}, types.AttributeValueMemberM{}, types.AttributeValueMemberSS{},
	types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{}, types.CancellationReason{}, types.Capacity{}, types.ConsumedCapacity{},
)

func TestValuesOfAllTypesComeBack(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, keyed("tab", ""))
	want := map[string]types.AttributeValue{
		"pk": text("a"), "n": text("-12.5"), "b": &types.AttributeValueMemberB{Value: []byte{0, 255}}, "empty": text(""),
		"emptyB": &types.AttributeValueMemberB{Value: []byte{}},
		"t":      &types.AttributeValueMemberBOOL{Value: true}, "nul": &types.AttributeValueMemberNULL{Value: true},
		"ss": &types.AttributeValueMemberSS{Value: []string{"a", "b"}}, "ns": &types.AttributeValueMemberNS{Value: []string{"-1", "2", "10"}},
		"bs": &types.AttributeValueMemberBS{Value: [][]byte{[]byte("x"), []byte("y")}},
		"l":  &types.AttributeValueMemberL{Value: []types.AttributeValue{text("x"), &types.AttributeValueMemberL{Value: []types.AttributeValue{}}}},
		"m":  &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"k": text("1"), "e": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}}}},
	}
	put(t, c, "tab", want)
	if d := gocmp.Diff(want, fetch(t, c, "tab", item("pk", "a")), ignoring); d != "" {
		t.Error(d)
	}
	put(t, c, "tab", map[string]types.AttributeValue{"pk": text("b"), "n": text("0001.50e2")})
	if got := fetch(t, c, "tab", item("pk", "b")); textOf(got["n"]) != "150" {
		t.Errorf("n is %q, want 150", textOf(got["n"]))
	}
}

func TestUpdateReturnsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, keyed("tab", ""))
	tests := map[types.ReturnValue]map[string]string{
		types.ReturnValueNone:       {},
		types.ReturnValueAllOld:     {"pk": "a", "n": "1", "x": "old"},
		types.ReturnValueAllNew:     {"pk": "a", "n": "2", "x": "old"},
		types.ReturnValueUpdatedOld: {"n": "1"},
		types.ReturnValueUpdatedNew: {"n": "2"},
	}
	for which, want := range tests {
		put(t, c, "tab", item("pk", "a", "n", "1", "x", "old"))
		out, err := c.UpdateItem(t.Context(), &sdk.UpdateItemInput{
			TableName: aws.String("tab"), Key: item("pk", "a"), UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: item(":one", "1"), ReturnValues: which,
		})
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(want, plain(out.Attributes)); d != "" {
			t.Errorf("%s: %s", which, d)
		}
	}
}

func TestConditionsDecideAndTell(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, keyed("tab", ""))
	put(t, c, "tab", item("pk", "a", "v", "1"))
	_, err := c.PutItem(t.Context(), &sdk.PutItemInput{
		TableName: aws.String("tab"), Item: item("pk", "a", "v", "2"), ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	refused(t, err, "ConditionalCheckFailedException", "The conditional request failed")
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) || textOf(failed.Item["v"]) != "1" {
		t.Errorf("item %v", failed)
	}
	_, err = c.DeleteItem(t.Context(), &sdk.DeleteItemInput{
		TableName: aws.String("tab"), Key: item("pk", "a"), Expected: map[string]types.ExpectedAttributeValue{"v": {Value: text("9")}},
	})
	refused(t, err, "ConditionalCheckFailedException", "The conditional request failed")
	_, err = c.UpdateItem(t.Context(), &sdk.UpdateItemInput{
		TableName: aws.String("tab"), Key: item("pk", "a"),
		Expected:         map[string]types.ExpectedAttributeValue{"v": {Value: text("1")}, "zz": {Exists: aws.Bool(false)}},
		AttributeUpdates: map[string]types.AttributeValueUpdate{"v": {Action: types.AttributeActionAdd, Value: text("4")}, "w": {Value: text("new")}},
	})
	if got := fetch(t, c, "tab", item("pk", "a")); err != nil || textOf(got["v"]) != "5" || textOf(got["w"]) != "new" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCapacityIsCountedByUnits(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, withGlobal(keyed("tab", "S"), &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}))
	write := func(it map[string]types.AttributeValue) *types.ConsumedCapacity {
		t.Helper()
		out, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String("tab"), Item: it, ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes})
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	capacity := func(table, global float64) *types.ConsumedCapacity {
		want := &types.ConsumedCapacity{TableName: aws.String("tab"), CapacityUnits: aws.Float64(table + global), Table: &types.Capacity{CapacityUnits: &table}}
		if global > 0 {
			want.GlobalSecondaryIndexes = map[string]types.Capacity{"global": {CapacityUnits: &global}}
		}
		return want
	}
	x := strings.Repeat("x", 3000)
	if d := gocmp.Diff(capacity(1, 0), write(item("pk", "a", "sk", "b")), ignoring); d != "" {
		t.Errorf("small: %s", d)
	}
	if d := gocmp.Diff(capacity(3, 1), write(item("pk", "a", "sk", "b", "x", x, "gpk", "g", "gsk", "1")), ignoring); d != "" {
		t.Errorf("large, and new in the index: %s", d)
	}
	put(t, c, "tab", item("pk", "k", "sk", "b", "x", x, "gpk", "g", "gsk", "1"))
	if d := gocmp.Diff(capacity(3, 0), write(item("pk", "k", "sk", "b", "y", x, "gpk", "g", "gsk", "1")), ignoring); d != "" {
		t.Errorf("index row unchanged: %s", d)
	}
	if d := gocmp.Diff(capacity(3, 2), write(item("pk", "k", "sk", "b", "y", x, "gpk", "g", "gsk", "2")), ignoring); d != "" {
		t.Errorf("index row moved: %s", d)
	}
	if d := gocmp.Diff(capacity(3, 1), write(item("pk", "k", "sk", "b")), ignoring); d != "" {
		t.Errorf("index row gone: %s", d)
	}
	put(t, c, "tab", item("pk", "r", "sk", "b", "x", strings.Repeat("x", 5000)))
	for consistent, want := range map[bool]float64{true: 2, false: 1} {
		out, err := c.GetItem(t.Context(), &sdk.GetItemInput{
			TableName: aws.String("tab"), Key: item("pk", "r", "sk", "b"), ConsistentRead: &consistent, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		})
		if err != nil || *out.ConsumedCapacity.CapacityUnits != want || out.ConsumedCapacity.Table != nil {
			t.Errorf("consistent %v: %v, %v", consistent, out, err)
		}
	}
	out, err := c.TransactWriteItems(t.Context(), &sdk.TransactWriteItemsInput{
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		TransactItems:          []types.TransactWriteItem{{Put: &types.Put{TableName: aws.String("tab"), Item: item("pk", "t", "sk", "b")}}},
	})
	if err != nil || *out.ConsumedCapacity[0].CapacityUnits != 2 || *out.ConsumedCapacity[0].WriteCapacityUnits != 2 {
		t.Errorf("transaction: %v, %v", out, err)
	}
}

func TestAPageEndsAtOneMegabyte(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, keyed("tab", "N"))
	for i := range 5 {
		put(t, c, "tab", item("pk", "a", "sk", fmt.Sprint(i), "x", strings.Repeat("x", 390_000)))
	}
	out, err := c.Query(t.Context(), &sdk.QueryInput{TableName: aws.String("tab"), KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: item(":p", "a")})
	if err != nil || out.Count != 3 || textOf(out.LastEvaluatedKey["sk"]) != "2" {
		t.Errorf("%d items, last %v, %v", out.Count, out.LastEvaluatedKey, err)
	}
	filtered, err := c.Scan(t.Context(), &sdk.ScanInput{
		TableName: aws.String("tab"), FilterExpression: aws.String("sk = :none"), ExpressionAttributeValues: item(":none", "99"), Select: types.SelectCount,
	})
	if err != nil || filtered.Count != 0 || filtered.ScannedCount != 3 || filtered.LastEvaluatedKey == nil || filtered.Items != nil {
		t.Errorf("%+v, %v", filtered, err)
	}
}

func TestBatchesKeepTheirLimits(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, keyed("tab", ""))
	var writes []types.WriteRequest
	var keys []map[string]types.AttributeValue
	for i := range 101 {
		keys = append(keys, item("pk", fmt.Sprint("k", i)))
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: item("pk", fmt.Sprint("k", i), "v", fmt.Sprint(i))}})
	}
	batch := func(w []types.WriteRequest) error {
		_, err := c.BatchWriteItem(t.Context(), &sdk.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"tab": w}})
		return err
	}
	if err := batch(writes[:26]); testenv.ErrorCode(err) != "ValidationException" {
		t.Errorf("26 writes: %v", err)
	}
	refused(t, batch([]types.WriteRequest{writes[0], writes[0]}), "ValidationException", "Provided list of item keys contains duplicates")
	for i := 0; i < 100; i += 25 {
		if err := batch(writes[i : i+25]); err != nil {
			t.Fatal(err)
		}
	}
	get := func(k []map[string]types.AttributeValue) (*sdk.BatchGetItemOutput, error) {
		return c.BatchGetItem(t.Context(), &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"tab": {Keys: k}}})
	}
	if _, err := get(keys); testenv.ErrorCode(err) != "ValidationException" {
		t.Errorf("101 keys: %v", err)
	}
	_, err := get([]map[string]types.AttributeValue{keys[0], keys[0]})
	refused(t, err, "ValidationException", "Provided list of item keys contains duplicates")
	if out, err := get(keys[:100]); err != nil || len(out.Responses["tab"]) != 100 || len(out.UnprocessedKeys) != 0 {
		t.Errorf("%v, %v", out, err)
	}
}

func TestBatchGetHandsBackWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, keyed("tab", ""))
	var keys []map[string]types.AttributeValue
	for i := range 50 {
		keys = append(keys, item("pk", fmt.Sprint("k", i)))
		put(t, c, "tab", item("pk", fmt.Sprint("k", i), "x", strings.Repeat("x", 400_000)))
	}
	out, err := c.BatchGetItem(t.Context(), &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"tab": {Keys: keys}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, left := len(out.Responses["tab"]), len(out.UnprocessedKeys["tab"].Keys); got != 41 || got+left != 50 {
		t.Errorf("%d items and %d keys left", got, left)
	}
}

func TestTransactionsAreAllOrNothingAndSayWhy(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, keyed("tab", ""))
	put(t, c, "tab", item("pk", "a", "v", "1"))
	tab := aws.String("tab")
	_, err := c.TransactWriteItems(t.Context(), &sdk.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: tab, Item: item("pk", "new")}},
		{ConditionCheck: &types.ConditionCheck{TableName: tab, Key: item("pk", "a"), ConditionExpression: aws.String("v = :v"), ExpressionAttributeValues: item(":v", "2"), ReturnValuesOnConditionCheckFailure: "ALL_OLD"}},
		{Update: &types.Update{TableName: tab, Key: item("pk", "b"), UpdateExpression: aws.String("SET x = y")}},
		{Delete: &types.Delete{TableName: tab, Key: item("pk", "c"), ConditionExpression: aws.String("attribute_exists(pk)")}},
	}})
	refused(t, err, "TransactionCanceledException", "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError, ConditionalCheckFailed]")
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		t.Fatal(err)
	}
	want := []types.CancellationReason{
		{Code: aws.String("None")},
		{Code: aws.String("ConditionalCheckFailed"), Message: aws.String("The conditional request failed"), Item: item("pk", "a", "v", "1")},
		{Code: aws.String("ValidationError"), Message: aws.String("The provided expression refers to an attribute that does not exist in the item")},
		{Code: aws.String("ConditionalCheckFailed"), Message: aws.String("The conditional request failed")},
	}
	if d := gocmp.Diff(want, cancelled.CancellationReasons, ignoring); d != "" {
		t.Error(d)
	}
	if got := fetch(t, c, "tab", item("pk", "new")); got != nil {
		t.Errorf("half a transaction: %v", got)
	}
	_, err = c.TransactWriteItems(t.Context(), &sdk.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: tab, Item: item("pk", "a")}}, {Delete: &types.Delete{TableName: tab, Key: item("pk", "a")}},
	}})
	refused(t, err, "ValidationException", "Transaction request cannot include multiple operations on one item")
	out, err := c.TransactGetItems(t.Context(), &sdk.TransactGetItemsInput{TransactItems: []types.TransactGetItem{
		{Get: &types.Get{TableName: tab, Key: item("pk", "a"), ProjectionExpression: aws.String("v")}}, {Get: &types.Get{TableName: tab, Key: item("pk", "zz")}},
	}})
	if err != nil || len(out.Responses) != 2 || len(out.Responses[0].Item) != 1 || out.Responses[1].Item != nil {
		t.Errorf("%v, %v", out, err)
	}
}

func TestAClientRequestTokenHoldsForTenMinutes(t *testing.T) {
	t.Parallel()
	env, c := start(t)
	create(t, c, keyed("tab", ""))
	add := func(by string) error {
		_, err := c.TransactWriteItems(t.Context(), &sdk.TransactWriteItemsInput{
			ClientRequestToken: aws.String("token"),
			TransactItems: []types.TransactWriteItem{{Update: &types.Update{
				TableName: aws.String("tab"), Key: item("pk", "a"), UpdateExpression: aws.String("ADD n :by"), ExpressionAttributeValues: item(":by", by),
			}}},
		})
		return err
	}
	is := func(want string) {
		t.Helper()
		if got := textOf(fetch(t, c, "tab", item("pk", "a"))["n"]); got != want {
			t.Errorf("n is %s, want %s", got, want)
		}
	}
	for range 3 {
		if err := add("1"); err != nil {
			t.Fatal(err)
		}
	}
	is("1")
	if err := add("2"); testenv.ErrorCode(err) != "IdempotentParameterMismatchException" {
		t.Errorf("another request with the token: %v", err)
	}
	env.Advance(10*time.Minute + time.Second)
	if err := add("2"); err != nil {
		t.Fatal(err)
	}
	is("3")
}

package dynamodb_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	gocmp "github.com/google/go-cmp/cmp"
)

// model is what a table should hold: items by key, each a map of texts.
type model map[string]map[string]string

// modelKey is where an item is in a model.
func modelKey(it map[string]string) string { return it["pk"] + "/" + it["sk"] }

// number reads a numeric text of the model, whose numbers are small.
func number(s string) int { n, _ := strconv.Atoi(s); return n }

// randomItem makes an item that may or may not be in the indexes.
func randomItem(r *rand.Rand) map[string]string {
	it := map[string]string{"pk": string(rune('a' + r.IntN(4))), "sk": strconv.Itoa(r.IntN(21) - 10)}
	if r.IntN(3) > 0 {
		it["gpk"] = string(rune('x' + r.IntN(2)))
	}
	if r.IntN(3) > 0 {
		it["gsk"] = strconv.Itoa(r.IntN(7) - 3)
	}
	if r.IntN(2) > 0 {
		it["lsk"] = "l" + string(rune('a'+r.IntN(5)))
	}
	it["v"] = "v" + strconv.Itoa(r.IntN(1000))
	return it
}

// wire turns an item of the model into one of the API.
func wire(it map[string]string) map[string]types.AttributeValue {
	out := make(map[string]types.AttributeValue, len(it))
	for k, v := range it {
		out[k] = text(v)
	}
	return out
}

// plain is the way back.
func plain(it map[string]types.AttributeValue) map[string]string {
	out := make(map[string]string, len(it))
	for k, v := range it {
		out[k] = textOf(v)
	}
	return out
}

// TestRandomHistoriesMatchAModel runs random operations against a table with
// indexes and a plain map, and compares all that can be read.
func TestRandomHistoriesMatchAModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			_, c := start(t)
			in := withLocal(withGlobal(keyed("tab", "N"), &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"v"}}),
				&types.Projection{ProjectionType: types.ProjectionTypeKeysOnly})
			create(t, c, in)
			h := history{t, c, rand.New(rand.NewPCG(seed, 1)), model{}}
			for step := range 600 {
				h.step()
				if step%60 == 59 {
					h.compare()
				}
			}
		})
	}
}

// history is one run.
type history struct {
	t *testing.T
	c *sdk.Client
	r *rand.Rand
	m model
}

// step does one random thing to both.
func (h *history) step() {
	it := randomItem(h.r)
	k := modelKey(it)
	key := item("pk", it["pk"], "sk", it["sk"])
	switch h.r.IntN(6) {
	case 0, 1:
		put(h.t, h.c, "tab", wire(it))
		h.m[k] = it
	case 2:
		out, err := h.c.DeleteItem(h.t.Context(), &sdk.DeleteItemInput{TableName: aws.String("tab"), Key: key, ReturnValues: types.ReturnValueAllOld})
		if err != nil {
			h.t.Fatal(err)
		}
		if d := gocmp.Diff(h.m[k], plain(out.Attributes)); len(h.m[k])+len(out.Attributes) > 0 && d != "" {
			h.t.Fatalf("deleted %s: %s", k, d)
		}
		delete(h.m, k)
	case 3:
		h.update(it, key)
	case 4:
		h.batch()
	case 5:
		h.transact()
	}
}

// update sets and removes attributes of an item, there or not.
func (h *history) update(it map[string]string, key map[string]types.AttributeValue) {
	now := maps.Clone(h.m[modelKey(it)])
	if now == nil {
		now = map[string]string{"pk": it["pk"], "sk": it["sk"]}
	}
	sets, removes, values := []string{"v = :v"}, []string{}, map[string]types.AttributeValue{":v": text(it["v"])}
	now["v"] = it["v"]
	for _, name := range []string{"gpk", "gsk", "lsk"} {
		if v, ok := it[name]; ok {
			sets, values[":"+name], now[name] = append(sets, name+" = :"+name), text(v), v
		} else if h.r.IntN(2) == 0 {
			removes = append(removes, name)
			delete(now, name)
		}
	}
	expression := "SET " + strings.Join(sets, ", ")
	if len(removes) > 0 {
		expression += " REMOVE " + strings.Join(removes, ", ")
	}
	out, err := h.c.UpdateItem(h.t.Context(), &sdk.UpdateItemInput{
		TableName: aws.String("tab"), Key: key, UpdateExpression: &expression, ExpressionAttributeValues: values, ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if d := gocmp.Diff(now, plain(out.Attributes)); d != "" {
		h.t.Fatalf("%s: %s", expression, d)
	}
	h.m[modelKey(it)] = now
}

// batch puts and deletes several items at once.
func (h *history) batch() {
	seen, writes := map[string]bool{}, []types.WriteRequest{}
	for range 1 + h.r.IntN(8) {
		it := randomItem(h.r)
		k := modelKey(it)
		if seen[k] {
			continue
		}
		seen[k] = true
		if h.r.IntN(2) == 0 {
			writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: wire(it)}})
			h.m[k] = it
		} else {
			writes = append(writes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: item("pk", it["pk"], "sk", it["sk"])}})
			delete(h.m, k)
		}
	}
	if _, err := h.c.BatchWriteItem(h.t.Context(), &sdk.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"tab": writes}}); err != nil {
		h.t.Fatal(err)
	}
}

// transact puts several items if the first one is not there.
func (h *history) transact() {
	seen, writes, items := map[string]bool{}, []types.TransactWriteItem{}, []map[string]string{}
	for i := range 1 + h.r.IntN(5) {
		it := randomItem(h.r)
		if seen[modelKey(it)] {
			continue
		}
		seen[modelKey(it)] = true
		p := &types.Put{TableName: aws.String("tab"), Item: wire(it)}
		if i == 0 {
			p.ConditionExpression = aws.String("attribute_not_exists(pk)")
		}
		writes, items = append(writes, types.TransactWriteItem{Put: p}), append(items, it)
	}
	_, err := h.c.TransactWriteItems(h.t.Context(), &sdk.TransactWriteItemsInput{TransactItems: writes})
	if _, there := h.m[modelKey(items[0])]; there != (err != nil) {
		h.t.Fatalf("there %v, error %v", there, err)
	}
	if err == nil {
		for _, it := range items {
			h.m[modelKey(it)] = it
		}
	}
}

// items returns the model's items that pass a filter, in an order.
func (h *history) items(keep func(map[string]string) bool, order func(a, b map[string]string) int) []map[string]string {
	out := []map[string]string{}
	for _, it := range h.m {
		if keep(it) {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, order)
	return out
}

// byKey orders items by partition and sort key.
func byKey(a, b map[string]string) int {
	return cmp.Or(strings.Compare(a["pk"], b["pk"]), cmp.Compare(number(a["sk"]), number(b["sk"])))
}

// only keeps some attributes of items.
func only(items []map[string]string, names ...string) []map[string]string {
	out := make([]map[string]string, len(items))
	for i, it := range items {
		out[i] = map[string]string{}
		for _, n := range names {
			if v, ok := it[n]; ok {
				out[i][n] = v
			}
		}
	}
	return out
}

// compare reads everything in several ways.
func (h *history) compare() {
	h.t.Helper()
	all := h.items(func(map[string]string) bool { return true }, byKey)
	for _, total := range []int32{1, 3} {
		got := []map[string]string{}
		for segment := range total {
			got = append(got, h.scan(&sdk.ScanInput{TableName: aws.String("tab"), Limit: aws.Int32(1 + h.r.Int32N(9)), Segment: aws.Int32(segment), TotalSegments: aws.Int32(total)})...)
		}
		slices.SortFunc(got, byKey)
		h.same(fmt.Sprintf("scan in %d", total), all, got)
	}
	for _, pk := range []string{"a", "b", "c", "d"} {
		h.partition(pk)
	}
	global := func(a, b map[string]string) int {
		return cmp.Or(cmp.Compare(number(a["gsk"]), number(b["gsk"])), byKey(a, b))
	}
	for _, gpk := range []string{"x", "y"} {
		want := h.items(func(it map[string]string) bool { return it["gpk"] == gpk && it["gsk"] != "" && number(it["gsk"]) >= -1 }, global)
		got := h.query(&sdk.QueryInput{
			TableName: aws.String("tab"), IndexName: aws.String("global"), KeyConditionExpression: aws.String("gpk = :p AND gsk >= :s"),
			ExpressionAttributeValues: item(":p", gpk, ":s", "-1"), Limit: aws.Int32(3),
		})
		if !slices.IsSortedFunc(got, func(a, b map[string]string) int { return cmp.Compare(number(a["gsk"]), number(b["gsk"])) }) {
			h.t.Errorf("global index out of order: %v", got)
		}
		slices.SortFunc(got, global)
		h.same("global "+gpk, only(want, "pk", "sk", "gpk", "gsk", "v"), got)
	}
	h.counts(len(all))
}

// partition compares queries of one partition of the table and the local index.
func (h *history) partition(pk string) {
	h.t.Helper()
	low, high := h.r.IntN(21)-10, h.r.IntN(21)-10
	low, high = min(low, high), max(low, high)
	want := h.items(func(it map[string]string) bool {
		return it["pk"] == pk && number(it["sk"]) >= low && number(it["sk"]) <= high
	}, byKey)
	slices.Reverse(want)
	got := h.query(&sdk.QueryInput{
		TableName: aws.String("tab"), KeyConditionExpression: aws.String("pk = :p AND sk BETWEEN :l AND :h"), ScanIndexForward: aws.Bool(false),
		ExpressionAttributeValues: item(":p", pk, ":l", strconv.Itoa(low), ":h", strconv.Itoa(high)), Limit: aws.Int32(1 + h.r.Int32N(4)),
	})
	h.same(fmt.Sprintf("query %s %d..%d", pk, low, high), want, got)

	local := func(a, b map[string]string) int { return cmp.Or(strings.Compare(a["lsk"], b["lsk"]), byKey(a, b)) }
	want = h.items(func(it map[string]string) bool { return it["pk"] == pk && it["lsk"] > "lb" }, local)
	in := &sdk.QueryInput{
		TableName: aws.String("tab"), IndexName: aws.String("local"), KeyConditionExpression: aws.String("pk = :p AND lsk > :l"),
		ExpressionAttributeValues: item(":p", pk, ":l", "lb"), Limit: aws.Int32(2),
	}
	got = h.query(in)
	slices.SortFunc(got, local)
	h.same("local "+pk, only(want, "pk", "sk", "lsk"), got)
	in.ExclusiveStartKey, in.Select = nil, types.SelectAllAttributes
	got = h.query(in)
	slices.SortFunc(got, local)
	h.same("local, whole items "+pk, want, got)
}

// counts compares what DescribeTable says.
func (h *history) counts(items int) {
	h.t.Helper()
	out, err := h.c.DescribeTable(h.t.Context(), &sdk.DescribeTableInput{TableName: aws.String("tab")})
	if err != nil {
		h.t.Fatal(err)
	}
	global := len(h.items(func(it map[string]string) bool { return it["gpk"] != "" && it["gsk"] != "" }, byKey))
	if *out.Table.ItemCount != int64(items) || *out.Table.GlobalSecondaryIndexes[0].ItemCount != int64(global) {
		h.t.Errorf("counts %d and %d, want %d and %d", *out.Table.ItemCount, *out.Table.GlobalSecondaryIndexes[0].ItemCount, items, global)
	}
}

// same compares two lists of items.
func (h *history) same(what string, want, got []map[string]string) {
	h.t.Helper()
	if d := gocmp.Diff(want, got); d != "" {
		h.t.Fatalf("%s (-want +got): %s", what, d)
	}
}

// scan reads all pages.
func (h *history) scan(in *sdk.ScanInput) []map[string]string {
	h.t.Helper()
	out := []map[string]string{}
	for p := sdk.NewScanPaginator(h.c, in); p.HasMorePages(); {
		page, err := p.NextPage(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, it := range page.Items {
			out = append(out, plain(it))
		}
	}
	return out
}

// query reads all pages.
func (h *history) query(in *sdk.QueryInput) []map[string]string {
	h.t.Helper()
	out := []map[string]string{}
	for p := sdk.NewQueryPaginator(h.c, in); p.HasMorePages(); {
		page, err := p.NextPage(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, it := range page.Items {
			out = append(out, plain(it))
		}
	}
	return out
}

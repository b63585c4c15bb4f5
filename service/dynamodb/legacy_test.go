package dynamodb_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestLegacyParametersDoWhatExpressionsDo(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	ctx, tab := t.Context(), aws.String("tab")
	create(t, c, keyed("tab", "N"))
	for _, sk := range []string{"1", "2", "3", "4"} {
		put(t, c, "tab", item("pk", "a", "sk", sk, "v", "v"+sk, "w", sk))
	}
	out, err := c.Query(ctx, &sdk.QueryInput{
		TableName: tab,
		KeyConditions: map[string]types.Condition{
			"pk": {ComparisonOperator: types.ComparisonOperatorEq, AttributeValueList: []types.AttributeValue{text("a")}},
			"sk": {ComparisonOperator: types.ComparisonOperatorBetween, AttributeValueList: []types.AttributeValue{text("2"), text("4")}},
		},
		QueryFilter:     map[string]types.Condition{"v": {ComparisonOperator: types.ComparisonOperatorNe, AttributeValueList: []types.AttributeValue{text("v3")}}},
		AttributesToGet: []string{"v"},
	})
	if err != nil || out.Count != 2 || out.ScannedCount != 3 || len(out.Items[0]) != 1 || textOf(out.Items[1]["v"]) != "v4" {
		t.Errorf("%+v, %v", out, err)
	}
	scan, err := c.Scan(ctx, &sdk.ScanInput{
		TableName: tab, ConditionalOperator: types.ConditionalOperatorOr,
		ScanFilter: map[string]types.Condition{
			"v": {ComparisonOperator: types.ComparisonOperatorContains, AttributeValueList: []types.AttributeValue{text("v1")}},
			"w": {ComparisonOperator: types.ComparisonOperatorGt, AttributeValueList: []types.AttributeValue{text("3")}},
		},
	})
	if err != nil || scan.Count != 2 {
		t.Errorf("%+v, %v", scan, err)
	}
	_, err = c.Query(ctx, &sdk.QueryInput{TableName: tab, KeyConditions: map[string]types.Condition{
		"pk": {ComparisonOperator: types.ComparisonOperatorNe, AttributeValueList: []types.AttributeValue{text("a")}},
	}})
	refused(t, err, "ValidationException", "Attempted conditional constraint is not an indexable operation")
	gone := item("pk", "zz", "sk", "1")
	_, err = c.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: tab, Key: gone, AttributeUpdates: map[string]types.AttributeValueUpdate{"v": {Action: types.AttributeActionDelete}}})
	if got := fetch(t, c, "tab", gone); err != nil || got != nil {
		t.Errorf("deleting attributes of nothing made %v, %v", got, err)
	}
	if _, err = c.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: tab, Key: gone}); err != nil || len(fetch(t, c, "tab", gone)) != 2 {
		t.Errorf("an update of nothing makes the item: %v", err)
	}
}

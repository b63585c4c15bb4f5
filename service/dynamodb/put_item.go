package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/capacity"
)

// PutItem writes an item in the place of any that is there. When it returns,
// the item, its index rows and its stream record are on disk together.
//
// Spec: DynamoDB API Reference, PutItem.
func (s *Service) PutItem(ctx context.Context, in *api.PutItemInput) (*api.PutItemOutput, error) {
	p, used, err := s.changeItem(ctx, changeRequest{
		verb: putting, table: in.TableName, item: in.Item, returns: in.ReturnValues,
		condition: in.ConditionExpression, names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues,
		expected: in.Expected, operator: in.ConditionalOperator, tell: in.ReturnValuesOnConditionCheckFailure,
	})
	if err != nil {
		return nil, err
	}
	return &api.PutItemOutput{
		Attributes:            p.old(),
		ConsumedCapacity:      s.wrote(&p, used, in.ReturnConsumedCapacity),
		ItemCollectionMetrics: capacity.Collection(in.ReturnItemCollectionMetrics, p.table, p.item),
	}, nil
}

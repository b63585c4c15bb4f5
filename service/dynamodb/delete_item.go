package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/capacity"
)

// DeleteItem removes an item by its key. An item that is not there is no error.
//
// Spec: DynamoDB API Reference, DeleteItem.
func (s *Service) DeleteItem(ctx context.Context, in *api.DeleteItemInput) (*api.DeleteItemOutput, error) {
	p, used, err := s.changeItem(ctx, changeRequest{
		verb: deleting, table: in.TableName, item: in.Key, returns: in.ReturnValues,
		condition: in.ConditionExpression, names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues,
		expected: in.Expected, operator: in.ConditionalOperator, tell: in.ReturnValuesOnConditionCheckFailure,
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteItemOutput{
		Attributes:            p.old(),
		ConsumedCapacity:      s.wrote(&p, used, in.ReturnConsumedCapacity),
		ItemCollectionMetrics: capacity.Collection(in.ReturnItemCollectionMetrics, p.table, p.item),
	}, nil
}

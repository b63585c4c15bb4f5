package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/table"
)

// DeleteItem removes an item by its key. An item that is not there is no error.
//
// Spec: DynamoDB API Reference, DeleteItem.
func (s *Service) DeleteItem(ctx context.Context, in *api.DeleteItemInput) (*api.DeleteItemOutput, error) {
	c, err := s.readDelete(ctx, in)
	if err != nil {
		return nil, err
	}
	var p pending
	var used table.Usage
	at := s.now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		p, used, err = s.apply(tx, c, at)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := capacity.Meter{Wanted: in.ReturnConsumedCapacity}
	m.Wrote(p.table, used, 1)
	out := &api.DeleteItemOutput{
		ConsumedCapacity:      m.One(p.table),
		ItemCollectionMetrics: capacity.Collection(in.ReturnItemCollectionMetrics, p.table, c.item),
	}
	if c.wantOld {
		out.Attributes = attr.Reply(p.change.Old)
	}
	return out, nil
}

// readDelete reads the request.
func (s *Service) readDelete(ctx context.Context, in *api.DeleteItemInput) (itemChange, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return itemChange{}, err
	}
	params, err := request.Placeholders(
		request.Given{"Expected": in.Expected != nil, "ConditionalOperator": in.ConditionalOperator != nil},
		request.Given{expr.ConditionExpression: in.ConditionExpression != nil},
		in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return itemChange{}, err
	}
	if err := request.OneOf("ReturnValues", in.ReturnValues, api.ReturnValueAllOld, api.ReturnValueNone); err != nil {
		return itemChange{}, err
	}
	c, err := newKeyed(r, deleting, in.Key)
	if err != nil {
		return c, err
	}
	if c.when, err = request.Condition(in.ConditionExpression, params, in.Expected, in.ConditionalOperator); err != nil {
		return c, err
	}
	c.wantOld = value(in.ReturnValues) == api.ReturnValueAllOld
	c.tell = value(in.ReturnValuesOnConditionCheckFailure) == api.ReturnValuesOnConditionCheckFailureAllOld
	return c, params.Unused()
}

package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/wire"
)

// UpdateItem changes attributes of an item, or makes the item from its key
// when it is not there.
//
// Spec: DynamoDB API Reference, UpdateItem.
func (s *Service) UpdateItem(ctx context.Context, in *api.UpdateItemInput) (*api.UpdateItemOutput, error) {
	p, used, err := s.changeItem(ctx, changeRequest{
		verb: updating, table: in.TableName, item: in.Key, returns: in.ReturnValues,
		update: in.UpdateExpression, updates: in.AttributeUpdates,
		condition: in.ConditionExpression, names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues,
		expected: in.Expected, operator: in.ConditionalOperator, tell: in.ReturnValuesOnConditionCheckFailure,
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateItemOutput{
		Attributes:            attr.Reply(returned(wire.Value(in.ReturnValues), &p)),
		ConsumedCapacity:      s.wrote(&p, used, in.ReturnConsumedCapacity),
		ItemCollectionMetrics: capacity.Collection(in.ReturnItemCollectionMetrics, p.table, p.item),
	}, nil
}

// returned is what of the item ReturnValues asks for.
func returned(which string, p *pending) attr.Item {
	var out attr.Item
	switch which {
	case api.ReturnValueAllOld:
		out = p.change.Old
	case api.ReturnValueAllNew:
		out = p.change.New
	case api.ReturnValueUpdatedOld:
		out = p.changed().Apply(p.change.Old)
	case api.ReturnValueUpdatedNew:
		out = p.changed().Apply(p.change.New)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// changed is the projection onto what the update names.
func (p *pending) changed() expr.Projection {
	if c := p.update.Changed(); !c.All() {
		return c
	}
	return expr.Names([]string{""}) // an update without actions has changed nothing
}

// legacyUpdate reads AttributeUpdates.
func legacyUpdate(in map[string]api.AttributeValueUpdate) (*expr.Update, error) {
	changes := make([]expr.Change, 0, len(in))
	for _, name := range request.Sorted(in) {
		u := in[name]
		c := expr.Change{Name: name, Action: api.AttributeActionPut}
		if u.Action != nil {
			c.Action = *u.Action
		}
		if u.Value != nil {
			var err error
			if c.Value, err = request.Value(u.Value); err != nil {
				return nil, err
			}
		}
		changes = append(changes, c)
	}
	return expr.LegacyUpdate(changes)
}

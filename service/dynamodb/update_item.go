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
	"maru.dev/maru/wire"
)

// UpdateItem changes attributes of an item, or makes the item from its key
// when it is not there.
//
// Spec: DynamoDB API Reference, UpdateItem.
func (s *Service) UpdateItem(ctx context.Context, in *api.UpdateItemInput) (*api.UpdateItemOutput, error) {
	c, err := s.readUpdate(ctx, in)
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
	return &api.UpdateItemOutput{
		Attributes:            returned(value(in.ReturnValues), &p),
		ConsumedCapacity:      m.One(p.table),
		ItemCollectionMetrics: capacity.Collection(in.ReturnItemCollectionMetrics, p.table, c.item),
	}, nil
}

// returned is what of the item ReturnValues asks for.
func returned(which string, p *pending) wire.Emitter {
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
	return attr.Reply(out)
}

// changed is the projection onto what the update names.
func (p *pending) changed() expr.Projection {
	if c := p.update.Changed(); !c.All() {
		return c
	}
	return expr.Names([]string{""}) // an update without actions has changed nothing
}

// readUpdate reads the request.
func (s *Service) readUpdate(ctx context.Context, in *api.UpdateItemInput) (itemChange, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return itemChange{}, err
	}
	params, err := request.Placeholders(
		request.Given{
			"AttributeUpdates":    in.AttributeUpdates != nil,
			"Expected":            in.Expected != nil,
			"ConditionalOperator": in.ConditionalOperator != nil,
		},
		request.Given{
			expr.UpdateExpression:    in.UpdateExpression != nil,
			expr.ConditionExpression: in.ConditionExpression != nil,
		},
		in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return itemChange{}, err
	}
	c, err := newKeyed(r, updating, in.Key)
	if err != nil {
		return c, err
	}
	if in.UpdateExpression != nil {
		c.update, err = expr.ParseUpdate(*in.UpdateExpression, params)
	} else {
		c.update, err = legacyUpdate(in.AttributeUpdates)
	}
	if err != nil {
		return c, err
	}
	if c.when, err = request.Condition(in.ConditionExpression, params, in.Expected, in.ConditionalOperator); err != nil {
		return c, err
	}
	c.tell = value(in.ReturnValuesOnConditionCheckFailure) == api.ReturnValuesOnConditionCheckFailureAllOld
	return c, params.Unused()
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

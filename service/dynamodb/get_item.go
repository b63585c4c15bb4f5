package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/wire"
)

// GetItem reads one item. Every read sees all that is on disk, so eventually
// consistent ones only cost less.
//
// Spec: DynamoDB API Reference, GetItem.
func (s *Service) GetItem(ctx context.Context, in *api.GetItemInput) (*api.GetItemOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	get, err := newGet(r, in.Key, in.ProjectionExpression, in.AttributesToGet, in.ExpressionAttributeNames)
	if err != nil {
		return nil, err
	}
	var t *table.Table
	var item attr.Raw
	var size int
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if t, err = s.load(tx, r); err != nil {
			return err
		}
		item, size, err = get.from(tx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := capacity.Meter{Wanted: in.ReturnConsumedCapacity, Metrics: s.metrics}
	m.Read(t, nil, capacity.Reading(size, wire.Value(in.ConsistentRead)))
	return &api.GetItemOutput{Item: item.Reply(), ConsumedCapacity: m.One(t)}, nil
}

// get is one item that a request asks for.
type get struct {
	ref  ref
	key  attr.Item
	want expr.Projection
}

// newGet reads what a request wants of one item.
func newGet(r ref, key map[string]api.AttributeValue, text *string, attributes []string, names map[string]string) (get, error) {
	g := get{ref: r}
	var err error
	if g.want, err = wanted(text, attributes, names); err != nil {
		return g, err
	}
	g.key, err = request.Item(key)
	return g, err
}

// wanted reads the projection of a request that has no other expression.
func wanted(text *string, attributes []string, names map[string]string) (expr.Projection, error) {
	params, err := request.Placeholders(
		request.Given{{Name: "AttributesToGet", There: attributes != nil}},
		request.Given{{Name: expr.ProjectionExpression, There: text != nil}}, names, nil)
	if err != nil {
		return expr.Projection{}, err
	}
	p, err := request.Projection(text, params, attributes)
	if err != nil {
		return p, err
	}
	return p, params.Unused()
}

// from reads the item, nil when there is none, and its whole size.
func (g get) from(tx *kv.Tx, t *table.Table) (attr.Raw, int, error) {
	if err := schema.CheckKey(t, g.key); err != nil {
		return nil, 0, err
	}
	if err := schema.CheckScalars(t, nil, g.want.Paths()); err != nil {
		return nil, 0, err
	}
	stored, ok, err := table.Get(tx, t.Row(g.key))
	if err != nil || !ok {
		return nil, 0, err
	}
	if g.want.All() {
		return stored.Raw(), stored.Size, nil
	}
	item, err := stored.Item()
	return g.want.Apply(item).Encode(), stored.Size, err
}

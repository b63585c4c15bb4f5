package dynamodb

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/wire"
)

// The limits of BatchGetItem: keys, and bytes of what it returns.
const (
	maxBatchKeys  = 100
	maxBatchBytes = 16 << 20
)

// batchTable is what a batch wants of one table.
type batchTable struct {
	name       string // as the request has it
	gets       []get
	consistent bool
	asked      api.KeysAndAttributes
}

// BatchGetItem reads items of several tables. What would not fit into 16 MB is
// handed back as unprocessed.
//
// Spec: DynamoDB API Reference, BatchGetItem.
func (s *Service) BatchGetItem(ctx context.Context, in *api.BatchGetItemInput) (*api.BatchGetItemOutput, error) {
	batch, err := s.readBatchGet(ctx, in)
	if err != nil {
		return nil, err
	}
	var out *api.BatchGetItemOutput
	m := capacity.Meter{Wanted: in.ReturnConsumedCapacity, Metrics: s.metrics}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		items := make(attr.Tables, len(batch))
		out = &api.BatchGetItemOutput{
			Responses:       items,
			UnprocessedKeys: map[string]api.KeysAndAttributes{},
		}
		room := maxBatchBytes
		for _, b := range batch {
			if err := s.getBatch(tx, b, &room, &m, out, items); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.ConsumedCapacity = m.All()
	return out, nil
}

// getBatch reads one table's part of a batch into found.
func (s *Service) getBatch(tx *kv.Tx, b batchTable, room *int, m *capacity.Meter, out *api.BatchGetItemOutput, found attr.Tables) error {
	t, err := s.load(tx, b.gets[0].ref)
	if err != nil {
		return err
	}
	if err := distinctKeys(t, b.gets); err != nil {
		return err
	}
	items := make(attr.Items, 0, len(b.gets))
	for i, g := range b.gets {
		item, size, err := g.from(tx, t)
		if err != nil {
			return err
		}
		if *room -= size; *room < 0 {
			rest := b.asked
			rest.Keys = rest.Keys[i:]
			out.UnprocessedKeys[b.name] = rest
			*room = 0
			break
		}
		m.Read(t, nil, capacity.Reading(size, b.consistent))
		if item != nil {
			items = append(items, item)
		}
	}
	found[b.name] = items
	return nil
}

// distinctKeys refuses a batch that names an item twice.
func distinctKeys(t *table.Table, gets []get) error {
	seen := make(map[string]bool, len(gets))
	for _, g := range gets {
		if err := schema.CheckKey(t, g.key); err != nil {
			return err
		}
		row := string(t.Row(g.key).Key)
		if seen[row] {
			return invalid("Provided list of item keys contains duplicates")
		}
		seen[row] = true
	}
	return nil
}

// readBatchGet reads the request.
func (s *Service) readBatchGet(ctx context.Context, in *api.BatchGetItemInput) ([]batchTable, error) {
	total := 0
	var batch []batchTable
	for _, name := range request.Sorted(in.RequestItems) {
		asked := in.RequestItems[name]
		if total += len(asked.Keys); total > maxBatchKeys {
			return nil, tooManyKeys(name, len(asked.Keys))
		}
		r, err := s.ref(ctx, name)
		if err != nil {
			return nil, err
		}
		want, err := wanted(asked.ProjectionExpression, asked.AttributesToGet, asked.ExpressionAttributeNames)
		if err != nil {
			return nil, err
		}
		b := batchTable{name: name, consistent: wire.Value(asked.ConsistentRead), asked: asked}
		for _, key := range asked.Keys {
			var read attr.Item
			if read, err = request.Item(key); err != nil {
				return nil, err
			}
			b.gets = append(b.gets, get{ref: r, key: read, want: want})
		}
		if len(b.gets) > 0 {
			batch = append(batch, b)
		}
	}
	return batch, nil
}

// tooManyKeys is the answer to too large a batch.
func tooManyKeys(name string, keys int) error {
	if keys > maxBatchKeys {
		return invalid("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length less than or equal to 100",
			fmt.Sprintf("requestItems.%s.member.keys", name))
	}
	return invalid("Too many items requested for the BatchGetItem call")
}

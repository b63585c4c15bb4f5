package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/capacity"
)

// maxTransaction is how many items a transaction may touch, and maxTransactionBytes
// how large they may be together.
const (
	maxTransaction      = 100
	maxTransactionBytes = 4 << 20
)

// TransactGetItems reads several items as they were at one moment.
//
// Spec: DynamoDB API Reference, TransactGetItems.
func (s *Service) TransactGetItems(ctx context.Context, in *api.TransactGetItemsInput) (*api.TransactGetItemsOutput, error) {
	gets, err := s.readTransactGets(ctx, in)
	if err != nil {
		return nil, err
	}
	var out *api.TransactGetItemsOutput
	var m *capacity.Meter
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		m = &capacity.Meter{Wanted: in.ReturnConsumedCapacity, Reads: true, Metrics: s.metrics}
		out = &api.TransactGetItemsOutput{Responses: make([]api.ItemResponse, len(gets))}
		return s.getAll(tx, gets, m, out)
	})
	if err != nil {
		return nil, err
	}
	out.ConsumedCapacity = m.All()
	return out, nil
}

// getAll reads the items of a transaction.
func (s *Service) getAll(tx *kv.Tx, gets []get, m *capacity.Meter, out *api.TransactGetItemsOutput) error {
	total, seen := 0, make(map[string]bool, len(gets))
	why := newReasons(len(gets))
	for i, g := range gets {
		t, err := s.load(tx, g.ref)
		if err != nil {
			return err
		}
		item, size, err := g.from(tx, t)
		if err != nil {
			if !why.refuse(i, err) {
				return err
			}
			continue
		}
		if seen[string(t.Row(g.key).Key)] {
			return errSameItem()
		}
		seen[string(t.Row(g.key).Key)] = true
		if total += size; total > maxTransactionBytes {
			return invalid("Transaction cannot exceed 4 MB in size")
		}
		out.Responses[i].Item = item.Reply()
		m.Read(t, nil, 2*capacity.Reading(size, true))
	}
	return why.verdict()
}

// readTransactGets reads the request.
func (s *Service) readTransactGets(ctx context.Context, in *api.TransactGetItemsInput) ([]get, error) {
	gets := make([]get, 0, len(in.TransactItems))
	for _, item := range in.TransactItems {
		if item.Get == nil {
			return nil, invalid("Invalid Request: TransactGetRequest should contain Get")
		}
		r, err := s.ref(ctx, item.Get.TableName)
		if err != nil {
			return nil, err
		}
		g, err := newGet(r, item.Get.Key, item.Get.ProjectionExpression, nil, item.Get.ExpressionAttributeNames)
		if err != nil {
			return nil, err
		}
		gets = append(gets, g)
	}
	if len(gets) > maxTransaction {
		return nil, errTransactionLength()
	}
	return gets, nil
}

// errTransactionLength is the answer to too many items.
func errTransactionLength() error {
	return invalid("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100")
}

// errSameItem is the answer to a transaction that names an item twice.
func errSameItem() error {
	return invalid("Transaction request cannot include multiple operations on one item")
}

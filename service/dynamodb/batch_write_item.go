package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/table"
)

// maxBatchWrites is how many items one BatchWriteItem may write.
const maxBatchWrites = 25

// namedChange is a change, and what its table is called in the request.
type namedChange struct {
	itemChange
	name string
}

// BatchWriteItem puts and deletes items of several tables. AWS promises no
// atomicity; here the batch is one transaction, so nothing is ever left
// unprocessed.
//
// Spec: DynamoDB API Reference, BatchWriteItem.
func (s *Service) BatchWriteItem(ctx context.Context, in *api.BatchWriteItemInput) (*api.BatchWriteItemOutput, error) {
	changes, err := s.readBatchWrite(ctx, in)
	if err != nil {
		return nil, err
	}
	var m *capacity.Meter
	var out *api.BatchWriteItemOutput
	at := s.now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		m = &capacity.Meter{Wanted: in.ReturnConsumedCapacity, Metrics: s.metrics}
		out = &api.BatchWriteItemOutput{UnprocessedItems: map[string][]api.WriteRequest{}}
		w, seen := table.In(tx), make(map[string]bool, len(changes))
		for _, c := range changes {
			p, err := s.meet(tx, c.itemChange, at)
			if err != nil {
				return err
			}
			if row := string(p.change.Row.Key); seen[row] {
				return invalid("Provided list of item keys contains duplicates")
			} else {
				seen[row] = true
			}
			if err := p.compute(); err != nil {
				return err
			}
			used, err := w.Apply(p.table, p.change)
			if err != nil {
				return err
			}
			m.Wrote(p.table, used, 1)
			if metrics := capacity.Collection(in.ReturnItemCollectionMetrics, p.table, c.item); metrics != nil {
				if out.ItemCollectionMetrics == nil {
					out.ItemCollectionMetrics = make(map[string][]api.ItemCollectionMetrics)
				}
				out.ItemCollectionMetrics[c.name] = append(out.ItemCollectionMetrics[c.name], *metrics)
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

// readBatchWrite reads the request.
func (s *Service) readBatchWrite(ctx context.Context, in *api.BatchWriteItemInput) ([]namedChange, error) {
	var changes []namedChange
	for _, name := range request.Sorted(in.RequestItems) {
		for _, w := range in.RequestItems[name] {
			c := changeRequest{table: name}
			switch {
			case w.PutRequest != nil && w.DeleteRequest != nil:
				return nil, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
			case w.PutRequest != nil:
				c.verb, c.item = putting, w.PutRequest.Item
			case w.DeleteRequest != nil:
				c.verb, c.item = deleting, w.DeleteRequest.Key
			default:
				return nil, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
			}
			read, err := s.readChange(ctx, c)
			if err != nil {
				return nil, err
			}
			changes = append(changes, namedChange{itemChange: read, name: name})
		}
	}
	if len(changes) > maxBatchWrites {
		return nil, invalid("Too many items requested for the BatchWriteItem call")
	}
	return changes, nil
}

package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/search"
	"maru.dev/maru/service/dynamodb/table"
)

// Query reads items of one partition in the order of their sort key.
//
// Spec: DynamoDB API Reference, Query.
func (s *Service) Query(ctx context.Context, in *api.QueryInput) (*api.QueryOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	q, err := search.NewQuery(in)
	if err != nil {
		return nil, err
	}
	page, err := s.page(ctx, r, q.Run)
	if err != nil {
		return nil, err
	}
	return &api.QueryOutput{
		Items: page.Reply(), Count: &page.Count, ScannedCount: &page.Scanned,
		LastEvaluatedKey: page.Last.Reply(), ConsumedCapacity: page.Used,
	}, nil
}

// page reads a page of a table on a snapshot.
func (s *Service) page(ctx context.Context, r ref, run func(*kv.Tx, *table.Table) (*search.Page, error)) (*search.Page, error) {
	var page *search.Page
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := s.load(tx, r)
		if err != nil {
			return err
		}
		page, err = run(tx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Publish(s.metrics)
	return page, nil
}

package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/search"
)

// Scan reads the items of a table or index, or of one of several equal parts
// of it.
//
// Spec: DynamoDB API Reference, Scan.
func (s *Service) Scan(ctx context.Context, in *api.ScanInput) (*api.ScanOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	sc, err := search.NewScan(in)
	if err != nil {
		return nil, err
	}
	page, err := s.page(ctx, r, sc.Run)
	if err != nil {
		return nil, err
	}
	return &api.ScanOutput{
		Items: page.Reply(), Count: &page.Count, ScannedCount: &page.Scanned,
		LastEvaluatedKey: page.Last.Reply(), ConsumedCapacity: page.Used,
	}, nil
}

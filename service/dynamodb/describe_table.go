package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/schema"
)

// DescribeTable tells of a table. Its counts are exact, not six hours old.
//
// Spec: DynamoDB API Reference, DescribeTable.
func (s *Service) DescribeTable(ctx context.Context, in *api.DescribeTableInput) (*api.DescribeTableOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeTableOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := s.describe(tx, r)
		if err != nil {
			return err
		}
		out.Table, err = schema.Describe(tx, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

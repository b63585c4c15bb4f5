package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/table"
)

// maxTables is the size of ListTables' page, unless the request says less.
const maxTables = 100

// ListTables lists the names of an account's tables.
//
// Spec: DynamoDB API Reference, ListTables.
func (s *Service) ListTables(ctx context.Context, in *api.ListTablesInput) (*api.ListTablesOutput, error) {
	limit := maxTables
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	info := call.From(ctx)
	r := table.Tables(info.Account, info.Region)
	if in.ExclusiveStartTableName != nil {
		r = r.After(table.Key(info.Account, info.Region, *in.ExclusiveStartTableName))
	}
	r.Limit = limit + 1
	var out *api.ListTablesOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		out = &api.ListTablesOutput{TableNames: []string{}}
		for pair, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			if len(out.TableNames) == limit {
				out.LastEvaluatedTableName = &out.TableNames[limit-1]
				return nil
			}
			var name string
			// account, region, dynamodb, table, name
			if err := pair.Key.Scan(4, &name); err != nil {
				return err
			}
			out.TableNames = append(out.TableNames, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

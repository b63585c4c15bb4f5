package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/schema"
)

// DeleteTable removes a table with all its items. Its stream can be read for
// another day.
//
// Spec: DynamoDB API Reference, DeleteTable.
func (s *Service) DeleteTable(ctx context.Context, in *api.DeleteTableInput) (*api.DeleteTableOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	out := &api.DeleteTableOutput{}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := change(tx, r)
		if err != nil {
			return err
		}
		if t.Protected {
			return invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
		}
		if out.TableDescription, err = schema.Describe(tx, t); err != nil {
			return err
		}
		if err := s.upkeep.CloseStream(tx, t); err != nil {
			return err
		}
		return t.Drop(tx)
	})
	if err != nil {
		return nil, err
	}
	out.TableDescription.TableStatus = new(api.TableStatusDeleting)
	return out, nil
}

package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/connection"
)

// DeleteConnection removes a connection.
//
// Spec: EventBridge API Reference, DeleteConnection.
func (s *Service) DeleteConnection(ctx context.Context, in *api.DeleteConnectionInput) (*api.DeleteConnectionOutput, error) {
	var out *api.DeleteConnectionOutput
	err := s.changeConnection(ctx, in.Name, func(tx *kv.Tx, r connection.Ref, c *connection.Connection) error {
		out = &api.DeleteConnectionOutput{
			ConnectionArn: new(r.ARN(c.ID)), ConnectionState: new(api.ConnectionStateDeleting), CreationTime: &c.Created,
			LastModifiedTime: &c.Modified, LastAuthorizedTime: c.Authorized,
		}
		if err := s.Tasks.CancelKey(tx, authorizeKind, r.ARN(c.ID)); err != nil {
			return err
		}
		if err := tx.Delete(r.TokenKey()); err != nil {
			return err
		}
		return tx.Delete(r.Key())
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

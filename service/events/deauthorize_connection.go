package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/connection"
)

// DeauthorizeConnection removes what a connection authenticates by.
//
// Spec: EventBridge API Reference, DeauthorizeConnection.
func (s *Service) DeauthorizeConnection(ctx context.Context, in *api.DeauthorizeConnectionInput) (*api.DeauthorizeConnectionOutput, error) {
	var out *api.DeauthorizeConnectionOutput
	now := s.Clock.Now()
	err := s.changeConnection(ctx, in.Name, func(tx *kv.Tx, r connection.Ref, c *connection.Connection) error {
		c.Auth, c.State, c.Modified = connection.Auth{}, api.ConnectionStateDeauthorized, now
		out = &api.DeauthorizeConnectionOutput{
			ConnectionArn: new(r.ARN(c.ID)), ConnectionState: new(api.ConnectionStateDeauthorizing), CreationTime: &c.Created,
			LastModifiedTime: &c.Modified, LastAuthorizedTime: c.Authorized,
		}
		if err := tx.Delete(r.TokenKey()); err != nil {
			return err
		}
		return kv.Put(tx, r.Key(), *c)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

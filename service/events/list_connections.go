package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/connection"
	"maru.dev/maru/wire"
)

// ListConnections lists connections by name.
//
// Spec: EventBridge API Reference, ListConnections.
func (s *Service) ListConnections(ctx context.Context, in *api.ListConnectionsInput) (*api.ListConnectionsOutput, error) {
	h := homeOf(call.From(ctx))
	var out *api.ListConnectionsOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListConnectionsOutput{Connections: []api.Connection{}}
		keep := func(name string, c *connection.Connection) bool {
			if in.ConnectionState != nil && *in.ConnectionState != c.State {
				return false
			}
			out.Connections = append(out.Connections, api.Connection{
				ConnectionArn: new(h.connection(name).ARN(c.ID)), Name: new(name), ConnectionState: &c.State, StateReason: wire.Optional(c.Reason),
				AuthorizationType: &c.Type, CreationTime: &c.Created, LastModifiedTime: &c.Modified, LastAuthorizedTime: c.Authorized,
			})
			return true
		}
		out.NextToken, err = page(tx, h.key("connection"), in.NamePrefix, in.NextToken, in.Limit, keep)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

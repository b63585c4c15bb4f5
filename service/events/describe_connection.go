package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DescribeConnection tells what a connection is, but for its secrets.
//
// Spec: EventBridge API Reference, DescribeConnection.
func (s *Service) DescribeConnection(ctx context.Context, in *api.DescribeConnectionInput) (*api.DescribeConnectionOutput, error) {
	r := homeOf(call.From(ctx)).connection(in.Name)
	var out *api.DescribeConnectionOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		c, err := loadConnection(tx, r)
		if err != nil {
			return err
		}
		out = &api.DescribeConnectionOutput{
			ConnectionArn: new(r.ARN(c.ID)), Name: &in.Name, Description: c.Description, ConnectionState: &c.State, StateReason: wire.Optional(c.Reason),
			AuthorizationType: &c.Type, SecretArn: new(r.SecretARN(c.ID)), AuthParameters: c.Public(), CreationTime: &c.Created,
			LastModifiedTime: &c.Modified, LastAuthorizedTime: c.Authorized, KmsKeyIdentifier: c.KMSKey,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

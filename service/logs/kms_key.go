package logs

import (
	"context"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// keyed is the group that a request about a key names. A key for the results of
// queries is not there.
func keyed(operation string, name, identifier *string) (string, error) {
	switch {
	case name != nil && identifier != nil || name == nil && identifier == nil:
		return "", invalid("Exactly one of logGroupName and resourceIdentifier must be specified.")
	case name != nil:
		return *name, nil
	}
	a, err := arn.Parse(*identifier)
	if err == nil && a.Resource == "query-result:*" {
		return "", wire.NotImplemented(api.Model.ServiceID, operation)
	}
	_, group, err := groupIdentified(home{a.Account, a.Region}, *identifier)
	return group, err
}

// AssociateKmsKey notes a group's key. Nothing is encrypted by it.
//
// Spec: CloudWatch Logs API Reference, AssociateKmsKey.
func (s *Service) AssociateKmsKey(ctx context.Context, in *api.AssociateKmsKeyInput) (*api.AssociateKmsKeyOutput, error) {
	name, err := keyed("AssociateKmsKey", in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, name, func(_ *kv.Tx, _ home, g *group) error {
		g.KMSKey = in.KmsKeyId
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.AssociateKmsKeyOutput{}, nil
}

// DisassociateKmsKey forgets a group's key.
//
// Spec: CloudWatch Logs API Reference, DisassociateKmsKey.
func (s *Service) DisassociateKmsKey(ctx context.Context, in *api.DisassociateKmsKeyInput) (*api.DisassociateKmsKeyOutput, error) {
	name, err := keyed("DisassociateKmsKey", in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, name, func(_ *kv.Tx, _ home, g *group) error {
		g.KMSKey = ""
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DisassociateKmsKeyOutput{}, nil
}

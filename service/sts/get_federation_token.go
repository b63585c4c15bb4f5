package sts

import (
	"context"

	api "maru.dev/maru/api/sts"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// GetFederationToken gives temporary credentials for somebody whom the user,
// or the root, who calls vouches for.
//
// Spec: STS API Reference, GetFederationToken.
func (s *Service) GetFederationToken(ctx context.Context, in *api.GetFederationTokenInput) (*api.GetFederationTokenOutput, error) {
	caller := call.From(ctx).Principal
	if caller.Kind != call.User && caller.Kind != call.Root {
		return nil, noSession("GetFederationToken")
	}
	if err := checkSession(in.Policy, in.PolicyArns, in.Tags); err != nil {
		return nil, err
	}
	p := call.Principal{
		Kind: call.User, Account: caller.Account, UserID: caller.Account + ":" + in.Name,
		ARN: "arn:aws:sts::" + caller.Account + ":federated-user/" + in.Name,
	}
	credentials, err := s.issue(ctx, p, lifeOf(caller, in.DurationSeconds))
	if err != nil {
		return nil, err
	}
	return &api.GetFederationTokenOutput{
		Credentials:      credentials,
		FederatedUser:    &api.FederatedUser{FederatedUserId: p.UserID, Arn: p.ARN},
		PackedPolicySize: packedSize(in.Policy, in.PolicyArns, in.Tags),
	}, nil
}

// noSession is the answer to sessions that want sessions.
func noSession(operation string) error {
	return &wire.APIError{Code: "AccessDenied", Status: 403, Message: "Cannot call " + operation + " with session credentials"}
}

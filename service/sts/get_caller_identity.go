package sts

import (
	"context"

	api "maru.dev/maru/api/sts"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// GetCallerIdentity tells who has signed the request.
//
// Spec: STS API Reference, GetCallerIdentity.
func (s *Service) GetCallerIdentity(ctx context.Context, _ *api.GetCallerIdentityInput) (*api.GetCallerIdentityOutput, error) {
	info := call.From(ctx)
	p := info.Principal
	if p.Kind == call.Anonymous {
		return nil, &wire.APIError{Code: "MissingAuthenticationToken", Status: 403, Message: "Request is missing Authentication Token"}
	}
	if p.Kind == call.Service {
		return &api.GetCallerIdentityOutput{UserId: &p.Service, Account: &info.Account, Arn: &p.Service}, nil
	}
	return &api.GetCallerIdentityOutput{UserId: &p.UserID, Account: &p.Account, Arn: &p.ARN}, nil
}

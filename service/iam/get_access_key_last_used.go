package iam

import (
	"context"
	"strings"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
)

// GetAccessKeyLastUsed tells whose an access key is. When it was last used is not recorded, which AWS says as N/A.
//
// Spec: IAM API Reference, GetAccessKeyLastUsed.
func (s *Service) GetAccessKeyLastUsed(ctx context.Context, in *api.GetAccessKeyLastUsedInput) (*api.GetAccessKeyLastUsedOutput, error) {
	var owner string
	err := s.view(ctx, func(t *table) error {
		key, ok, err := auth.GetKey(t.tx, in.AccessKeyId)
		if err != nil {
			return err
		}
		if !ok || key.Principal.Account != t.account || key.Principal.Kind != call.User {
			return noEntityf("The Access Key with id %s cannot be found.", in.AccessKeyId)
		}
		owner = key.Principal.ARN[strings.LastIndexByte(key.Principal.ARN, '/')+1:]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.GetAccessKeyLastUsedOutput{
		UserName: &owner, AccessKeyLastUsed: &api.AccessKeyLastUsed{ServiceName: "N/A", Region: "N/A"},
	}, nil
}

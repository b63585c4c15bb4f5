package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// ListAccountAliases tells the account's name, of which there is at most one.
//
// Spec: IAM API Reference, ListAccountAliases.
func (s *Service) ListAccountAliases(ctx context.Context, in *api.ListAccountAliasesInput) (*api.ListAccountAliasesOutput, error) {
	out := &api.ListAccountAliasesOutput{IsTruncated: new(false), AccountAliases: []string{}}
	err := s.view(ctx, func(t *table) error {
		alias, named, err := kv.Get[string](t.tx, t.key("alias"))
		if named {
			out.AccountAliases = []string{alias}
		}
		return err
	})
	return out, err
}

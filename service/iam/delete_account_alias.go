package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// DeleteAccountAlias takes the account's name away.
//
// Spec: IAM API Reference, DeleteAccountAlias.
func (s *Service) DeleteAccountAlias(ctx context.Context, in *api.DeleteAccountAliasInput) (*api.DeleteAccountAliasOutput, error) {
	err := s.update(ctx, func(t *table) error {
		alias, named, err := kv.Get[string](t.tx, t.key("alias"))
		if err != nil {
			return err
		}
		if !named || alias != in.AccountAlias {
			return noEntityf("The account alias %s cannot be found.", in.AccountAlias)
		}
		if err := t.tx.Delete(aliasKey(alias)); err != nil {
			return err
		}
		return t.tx.Delete(t.key("alias"))
	})
	return &api.DeleteAccountAliasOutput{}, err
}

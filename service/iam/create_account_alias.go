package iam

import (
	"context"
	"strings"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// CreateAccountAlias names the account, in place of an earlier name.
//
// Spec: IAM API Reference, CreateAccountAlias.
func (s *Service) CreateAccountAlias(ctx context.Context, in *api.CreateAccountAliasInput) (*api.CreateAccountAliasOutput, error) {
	if !aliasForm(in.AccountAlias) {
		return nil, invalid("1 validation error detected: Value '%s' at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", in.AccountAlias)
	}
	account := call.From(ctx).Account
	err := s.update(ctx, func(t *table) error {
		owner, taken, err := kv.Get[string](t.tx, aliasKey(in.AccountAlias))
		if err != nil {
			return err
		}
		if taken && owner != account {
			return exists("The account alias %s already exists.", in.AccountAlias)
		}
		before, named, err := kv.Get[string](t.tx, t.key("alias"))
		if err != nil {
			return err
		}
		if named {
			if err := t.tx.Delete(aliasKey(before)); err != nil {
				return err
			}
		}
		if err := kv.Put(t.tx, aliasKey(in.AccountAlias), account); err != nil {
			return err
		}
		return kv.Put(t.tx, t.key("alias"), in.AccountAlias)
	})
	return &api.CreateAccountAliasOutput{}, err
}

// aliasKey finds the account of an alias, over all accounts.
func aliasKey(alias string) kv.Key { return kv.NewKey("", "", "iam", "alias", alias) }

// aliasForm tells whether a name can be an account's.
func aliasForm(alias string) bool {
	if len(alias) < 3 || len(alias) > 63 || strings.Contains(alias, "--") || alias[0] == '-' || alias[len(alias)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(alias, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-'
	})
}

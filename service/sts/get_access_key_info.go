package sts

import (
	"context"

	api "maru.dev/maru/api/sts"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// GetAccessKeyInfo tells to which account an access key belongs. Of a key that
// maru has not issued it tells the account that the key names or, as developer
// mode would take it, the caller's.
//
// Spec: STS API Reference, GetAccessKeyInfo.
func (s *Service) GetAccessKeyInfo(ctx context.Context, in *api.GetAccessKeyInfoInput) (*api.GetAccessKeyInfoOutput, error) {
	account := call.From(ctx).Account
	if auth.IsAccount(in.AccessKeyId) {
		account = in.AccessKeyId
	}
	err := s.deps.Store.View(ctx, func(tx *kv.Tx) error {
		key, ok, err := auth.GetKey(tx, in.AccessKeyId)
		if ok {
			account = key.Principal.Account
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetAccessKeyInfoOutput{Account: &account}, nil
}

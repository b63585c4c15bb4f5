package xray

import (
	"context"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// encryption is the row of the encryption configuration.
type encryption struct{ Type, Key string }

// shape is the configuration in the API's form.
func (e encryption) shape() *api.EncryptionConfig {
	return &api.EncryptionConfig{Type: &e.Type, KeyId: wire.Optional(e.Key), Status: new(api.EncryptionStatusActive)}
}

// PutEncryptionConfig notes with what key traces are to be encrypted. It has no
// effect on what is stored.
//
// Spec: X-Ray API Reference, PutEncryptionConfig.
func (s *Service) PutEncryptionConfig(ctx context.Context, in *api.PutEncryptionConfigInput) (*api.PutEncryptionConfigOutput, error) {
	e := encryption{in.Type, wire.Value(in.KeyId)}
	if (e.Type == api.EncryptionTypeKms) != (e.Key != "") {
		return nil, invalid("KeyId is required for type KMS, and not allowed for type NONE.")
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error { return kv.Put(tx, homeOf(ctx).encryptionKey(), e) })
	if err != nil {
		return nil, err
	}
	return &api.PutEncryptionConfigOutput{EncryptionConfig: e.shape()}, nil
}

// GetEncryptionConfig returns the encryption configuration.
//
// Spec: X-Ray API Reference, GetEncryptionConfig.
func (s *Service) GetEncryptionConfig(ctx context.Context, _ *api.GetEncryptionConfigInput) (*api.GetEncryptionConfigOutput, error) {
	e := encryption{Type: api.EncryptionTypeNone}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		stored, ok, err := kv.Get[encryption](tx, homeOf(ctx).encryptionKey())
		if ok {
			e = stored
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetEncryptionConfigOutput{EncryptionConfig: e.shape()}, nil
}

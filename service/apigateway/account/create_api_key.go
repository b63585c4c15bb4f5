package account

import (
	"context"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// CreateApiKey makes an API key, whose value is made up unless it is given.
//
// Spec: API Gateway API Reference, CreateApiKey.
func (s *Service) CreateApiKey(ctx context.Context, in *api.CreateApiKeyInput) (*api.CreateApiKeyOutput, error) {
	k := s.newKey(in.Value)
	k.Name, k.Description, k.CustomerId, k.Tags = in.Name, in.Description, in.CustomerId, in.Tags
	k.Enabled = new(wire.Value(in.Enabled))
	if err := checkKey(k); err != nil {
		return nil, err
	}
	at := record.Home(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		k.StageKeys = []string{}
		for _, sk := range in.StageKeys {
			if err := s.addStageKey(tx, at, k, wire.Value(sk.RestApiId)+"/"+wire.Value(sk.StageName)); err != nil {
				return err
			}
		}
		return insertKey(tx, at, k)
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

// newKey returns an API key with an id of its own, and with a value.
func (s *Service) newKey(value *string) *api.ApiKey {
	if wire.Value(value) == "" {
		value = new(s.IDs.String(newKeyValue, ids.Alnum))
	}
	return &api.ApiKey{Id: new(record.ID(s.IDs, 10)), Value: value, CreatedDate: s.now(), LastUpdatedDate: s.now(), StageKeys: []string{}}
}

// now is the time as it is shown, which has no parts of a second.
func (s *Service) now() *time.Time { return new(s.Clock.Now().Truncate(time.Second)) }

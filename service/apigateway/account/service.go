// Package account is the part of API Gateway that belongs to an account and not
// to one of its APIs: API keys with the usage plans that let them in, domain
// names, client certificates and VPC links.
//
// Its rows are listed with those of package apigateway.
package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
)

// Service implements the operations of what belongs to an account, and knows of
// the others that they are not implemented.
type Service struct {
	api.Unimplemented

	service.Deps

	apis APIs
	// What each request with an API key reads.
	held  *kv.Cache[holding]
	plans *kv.Cache[api.UsagePlan]
}

// APIs tells of an account's APIs, in the transaction of who asks.
type APIs interface {
	// HasStage tells whether a stage of an API is there; or the API itself, for "".
	HasStage(tx *kv.Tx, at service.Home, apiID, stage string) (bool, error)
	// Showing is a stage that shows a client certificate to servers, as "api:stage";
	// "" for none.
	Showing(tx *kv.Tx, at service.Home, certificate string) (string, error)
}

// cached is how many API keys, and how many usage plans, are kept decoded.
const cached = 4096

// New returns the service beside an account's APIs.
func New(d service.Deps, apis APIs) Service {
	return Service{
		Deps: d, apis: apis,
		held: kv.NewCache[holding](cached, nil), plans: kv.NewCache[api.UsagePlan](cached, nil),
	}
}

// read returns one record of the caller's.
func read[T any](ctx context.Context, s *Service, t rows.Table[T], ids ...string) (*T, error) {
	var v T
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		v, err = t.Need(tx, record.Home(ctx), ids...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// change runs how on a record of the caller's, and writes it back.
func change[T any](ctx context.Context, s *Service, t rows.Table[T], id string, how func(tx *kv.Tx, at service.Home, v *T) error) (*T, error) {
	at := record.Home(ctx)
	var v T
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if v, err = t.Need(tx, at, id); err != nil {
			return err
		}
		if err := how(tx, at, &v); err != nil {
			return err
		}
		return t.Put(tx, v, at, id)
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// remove deletes a record of the caller's, unless refuse does; nil never does.
func remove[T any](ctx context.Context, s *Service, t rows.Table[T], id string, refuse func(tx *kv.Tx, at service.Home) error) error {
	at := record.Home(ctx)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := t.Need(tx, at, id); err != nil {
			return err
		}
		if refuse != nil {
			if err := refuse(tx, at); err != nil {
				return err
			}
		}
		return t.Delete(tx, at, id)
	})
}

package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/account"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// Service implements API Gateway's first API. What belongs to an account and not to
// an API is in the service that it embeds.
type Service struct {
	account.Service

	tester plan.Tester // nil where there is no data plane
}

// Use has methods and authorizers tested by a data plane. It is called before
// the first operation.
func (s *Service) Use(t plan.Tester) { s.tester = t }

// New returns the service.
func New(d service.Deps) *Service { return &Service{Service: account.New(d, stageTable{})} }

// stageTable implements account.APIs.
type stageTable struct{}

// HasStage implements account.APIs.
func (stageTable) HasStage(tx *kv.Tx, at service.Home, apiID, stage string) (bool, error) {
	if stage == "" {
		return has(tx, at, apis(), apiID)
	}
	return has(tx, at, stages(), apiID, stage)
}

// Showing implements account.APIs.
func (stageTable) Showing(tx *kv.Tx, at service.Home, certificate string) (string, error) {
	list, err := apis().All(tx, at)
	if err != nil {
		return "", err
	}
	for _, a := range list {
		all, err := stages().All(tx, at, *a.API.Id)
		if err != nil {
			return "", err
		}
		for _, st := range all {
			if wire.Value(st.Stage.ClientCertificateId) == certificate {
				return *a.API.Id + ":" + *st.Stage.StageName, nil
			}
		}
	}
	return "", nil
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// change runs how on an API of the caller, writes the API back, and makes the
// change known to gateways.
func (s *Service) change(ctx context.Context, apiID string, how func(tx *kv.Tx, at service.Home, a *apiRecord) error) error {
	at := record.Home(ctx)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, err := apis().Need(tx, at, apiID)
		if err != nil {
			return err
		}
		if err := how(tx, at, &a); err != nil {
			return err
		}
		if err := apis().Put(tx, a, at, apiID); err != nil {
			return err
		}
		return index().Touch(tx, apiID)
	})
}

// view runs how on an API of the caller.
func (s *Service) view(ctx context.Context, apiID string, how func(tx *kv.Tx, at service.Home, a *apiRecord) error) error {
	at := record.Home(ctx)
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		a, err := apis().Need(tx, at, apiID)
		if err != nil {
			return err
		}
		return how(tx, at, &a)
	})
}

// find reads one record of an API of the caller: ids are the API's and the
// record's.
func find[T any](ctx context.Context, s *Service, t rows.Table[T], ids ...string) (v T, err error) {
	err = s.view(ctx, ids[0], func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		v, err = t.Need(tx, at, ids...)
		return err
	})
	return v, err
}

// newID returns an id. APIs and root resources have 10 letters and digits, all
// others 6.
func (s *Service) newID(n int) string { return record.ID(s.IDs, n) }

package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/method"
)

// loadMethod reads a method, of a resource that is there.
func loadMethod(tx *kv.Tx, at service.Home, apiID, resourceID, verb string) (api.Method, error) {
	if _, err := resources().Need(tx, at, apiID, resourceID); err != nil {
		return api.Method{}, err
	}
	return methods().Need(tx, at, apiID, resourceID, verb)
}

// changeMethod runs how on a method of the caller, and writes it back.
func (s *Service) changeMethod(ctx context.Context, apiID, resourceID, verb string, how func(m *api.Method) error) error {
	return s.change(ctx, apiID, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		m, err := loadMethod(tx, at, apiID, resourceID, verb)
		if err != nil {
			return err
		}
		if err := how(&m); err != nil {
			return err
		}
		return putMethod(tx, at, apiID, resourceID, &m)
	})
}

// findMethod reads a method of the caller.
func (s *Service) findMethod(ctx context.Context, apiID, resourceID, verb string) (m api.Method, err error) {
	err = s.view(ctx, apiID, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		m, err = loadMethod(tx, at, apiID, resourceID, verb)
		return err
	})
	return m, err
}

// putMethod checks a method with its responses and its integration, and what it
// names of the API, and writes it.
func putMethod(tx *kv.Tx, at service.Home, apiID, resourceID string, m *api.Method) error {
	if err := method.Check(m); err != nil {
		return err
	}
	return methods().Put(tx, *m, at, apiID, resourceID, *m.HttpMethod)
}

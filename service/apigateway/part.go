package apigateway

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
)

// alter runs how on a record of an API of the caller, and writes it back: ids are
// the API's and the record's.
func alter[T any](ctx context.Context, s *Service, t rows.Table[T], how func(tx *kv.Tx, at service.Home, v *T) error, ids ...string) (*T, error) {
	var v T
	err := s.change(ctx, ids[0], func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		if v, err = t.Need(tx, at, ids...); err != nil {
			return err
		}
		if err := how(tx, at, &v); err != nil {
			return err
		}
		return t.Put(tx, v, at, ids...)
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// listed reads a page of the records of an API of the caller, and the position of
// the next one.
func listed[T any](ctx context.Context, s *Service, t rows.Table[T], limit *int32, position *string, apiID string) (items []T, next *string, err error) {
	err = s.view(ctx, apiID, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		items, next, err = record.Page(tx, limit, position, t, at, apiID)
		return err
	})
	return items, next, err
}

// userOf finds a method of an API that something is used by, as "/pets/GET"; ""
// where there is none.
func userOf(tx *kv.Tx, at service.Home, apiID string, uses func(m *api.Method) bool) (string, error) {
	list, err := resources().All(tx, at, apiID)
	if err != nil {
		return "", err
	}
	for _, r := range list {
		all, err := methods().All(tx, at, apiID, *r.Id)
		if err != nil {
			return "", err
		}
		for _, m := range all {
			if uses(&m) {
				return strings.TrimSuffix(*r.Path, "/") + "/" + *m.HttpMethod, nil
			}
		}
	}
	return "", nil
}

package apigatewayv2

import (
	"context"
	"net/url"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
)

// Service implements API Gateway's second API.
type Service struct {
	api.Unimplemented

	service.Deps
}

// New returns the service.
func New(d service.Deps) *Service {
	return &Service{Deps: d}
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// effect says what a change of an API means to its stages.
type effect bool

// The effects of a change.
const (
	settings effect = false // of a stage, or of nothing that is served
	routing  effect = true  // stages with auto-deploy take it up in a new deployment
)

// change runs how on an API of the caller, writes the API back, and makes the
// change known to gateways and to stages with auto-deploy.
func (s *Service) change(ctx context.Context, apiID string, e effect, how func(tx *kv.Tx, h service.Home, a *apiRecord) error) error {
	h := homeOf(call.From(ctx))
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, err := apis().Need(tx, h, apiID)
		if err != nil {
			return err
		}
		if err := how(tx, h, &a); err != nil {
			return err
		}
		if err := apis().Put(tx, a, h, apiID); err != nil {
			return err
		}
		if e == routing {
			if err := s.autoDeploy(tx, h, apiID); err != nil {
				return err
			}
		}
		return index().Touch(tx, apiID)
	})
}

// view runs how on an API of the caller.
func (s *Service) view(ctx context.Context, apiID string, how func(tx *kv.Tx, h service.Home, a *apiRecord) error) error {
	h := homeOf(call.From(ctx))
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		a, err := apis().Need(tx, h, apiID)
		if err != nil {
			return err
		}
		return how(tx, h, &a)
	})
}

// find reads one record of an API of the caller: ids are the API's and the
// record's.
func find[T any](ctx context.Context, s *Service, t rows.Table[T], ids ...string) (v T, err error) {
	err = s.view(ctx, ids[0], func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		v, err = t.Need(tx, h, ids...)
		return err
	})
	return v, err
}

// newID returns an id of lower-case letters and digits that begins with a
// letter, as AWS's do.
func (s *Service) newID(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	return s.IDs.String(1, letters) + s.IDs.String(n-1, letters+"0123456789")
}

// endpoint is the address of an API: the host that AWS would use, below
// localhost, at the port by which the caller has reached maru.
func (s *Service) endpoint(ctx context.Context, h service.Home, apiID string) string {
	base := call.From(ctx).Endpoint
	if base == "" {
		base = s.Endpoint
	}
	scheme, port := "http", ""
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		scheme = u.Scheme
		if p := u.Port(); p != "" {
			port = ":" + p
		}
		if host := u.Hostname(); strings.HasSuffix(host, ".amazonaws.com") {
			return scheme + "://" + apiID + ".execute-api." + h.Region + ".amazonaws.com" + port
		}
	}
	return scheme + "://" + apiID + ".execute-api." + h.Region + ".localhost" + port
}

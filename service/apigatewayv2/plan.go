package apigatewayv2

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// Version implements plan.Source.
func (s *Service) Version(ctx context.Context, apiID string) (version uint64, ok bool, err error) {
	return rows.Indexed(ctx, s.Store, index(), apiID, func(_ *kv.Tx, e rows.Entry) (uint64, error) { return e.Version, nil })
}

// API implements plan.Source.
func (s *Service) API(ctx context.Context, apiID string) (p *plan.API, ok bool, err error) {
	p, ok, err = rows.Indexed(ctx, s.Store, index(), apiID, func(tx *kv.Tx, e rows.Entry) (*plan.API, error) {
		return planOf(tx, e.Home(), apiID, e.Version)
	})
	if err != nil {
		return nil, false, fmt.Errorf("plan of API %s: %w", apiID, err)
	}
	return p, ok, nil
}

// planOf reads all that a gateway has to know of an API.
func planOf(tx *kv.Tx, h service.Home, apiID string, version uint64) (*plan.API, error) {
	a, err := apis().Need(tx, h, apiID)
	if err != nil {
		return nil, err
	}
	p := &plan.API{
		ID: apiID, Name: a.API.Name, Account: h.Account, Region: h.Region, Version: version,
		NoEndpoint: wire.Value(a.API.DisableExecuteApiEndpoint),
	}
	list, err := stages().All(tx, h, apiID)
	if err != nil {
		return nil, err
	}
	for _, st := range list {
		out := plan.Stage{Stage: st.Stage, CacheEpoch: st.CacheEpoch}
		if id := wire.Value(st.Stage.DeploymentId); id != "" {
			if err := deployed(tx, h, &a, id, &out); err != nil {
				return nil, err
			}
		}
		p.Stages = append(p.Stages, out)
	}
	return p, nil
}

// deployed fills in what a deployment holds: its copy, or the API itself.
func deployed(tx *kv.Tx, h service.Home, a *apiRecord, deploymentID string, out *plan.Stage) error {
	d, err := deployments().Need(tx, h, *a.API.ApiId, deploymentID)
	switch {
	case err != nil:
		return err
	case d.Live:
		return current(tx, h, a, out)
	}
	out.Cors = d.Cors
	return collect(tx, h, out, snapshot(routes()), snapshot(integrations()), snapshot(authorizers()), *a.API.ApiId, deploymentID)
}

// current fills in what an API is now.
func current(tx *kv.Tx, h service.Home, a *apiRecord, out *plan.Stage) error {
	out.Cors = a.API.CorsConfiguration
	return collect(tx, h, out, routes(), integrations(), authorizers(), *a.API.ApiId)
}

// collect reads the routes below ids with what they lead to.
func collect(tx *kv.Tx, h service.Home, out *plan.Stage, rt rows.Table[api.Route], it rows.Table[api.Integration], at rows.Table[api.Authorizer], ids ...string) (err error) {
	if out.Routes, err = rt.All(tx, h, ids...); err != nil {
		return err
	}
	is, err := it.All(tx, h, ids...)
	if err != nil {
		return err
	}
	out.Integrations = make(map[string]api.Integration, len(is))
	for _, i := range is {
		out.Integrations[*i.IntegrationId] = i
	}
	as, err := at.All(tx, h, ids...)
	if err != nil {
		return err
	}
	out.Authorizers = make(map[string]api.Authorizer, len(as))
	for _, z := range as {
		out.Authorizers[*z.AuthorizerId] = z
	}
	return nil
}

// Domain implements plan.Source.
func (s *Service) Domain(ctx context.Context, name string) (list []plan.Mapping, ok bool, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		list = list[:0]
		h, found, err := kv.Get[service.Home](tx, domainIndexKey(name))
		if err != nil || !found {
			return err
		}
		ok = true
		all, err := mappings().All(tx, h, name)
		for _, m := range all {
			list = append(list, plan.Mapping{Key: wire.Value(m.ApiMappingKey), API: m.ApiId, Stage: m.Stage})
		}
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("domain %s: %w", name, err)
	}
	return list, ok, nil
}

package apigateway

import (
	"context"
	"fmt"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/account"
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
		return nil, false, fmt.Errorf("plan of REST API %s: %w", apiID, err)
	}
	return p, ok, nil
}

// planOf reads all that a gateway has to know of an API.
func planOf(tx *kv.Tx, at service.Home, apiID string, version uint64) (*plan.API, error) {
	a, err := apis().Need(tx, at, apiID)
	if err != nil {
		return nil, err
	}
	p := &plan.API{
		ID: apiID, Name: wire.Value(a.API.Name), Account: at.Account, Region: at.Region, Version: version,
		NoEndpoint: wire.Value(a.API.DisableExecuteApiEndpoint),
	}
	list, err := stages().All(tx, at, apiID)
	if err != nil {
		return nil, err
	}
	for _, st := range list {
		out := plan.Stage{Stage: st.Stage, AuthorizerEpoch: st.AuthorizerEpoch, CacheEpoch: st.CacheEpoch}
		if out.Deployment, err = deployed(tx, at, apiID, wire.Value(st.Stage.DeploymentId)); err != nil {
			return nil, err
		}
		if c := st.Stage.CanarySettings; c != nil {
			if out.Canary, err = deployed(tx, at, apiID, wire.Value(c.DeploymentId)); err != nil {
				return nil, err
			}
		}
		if id := wire.Value(st.Stage.ClientCertificateId); id != "" {
			if out.Certificate, err = account.ClientCertificate(tx, at, id); err != nil {
				return nil, err
			}
		}
		p.Stages = append(p.Stages, out)
	}
	return p, nil
}

// deployed reads what a deployment holds; nil for no deployment.
func deployed(tx *kv.Tx, at service.Home, apiID, id string) (*plan.Deployment, error) {
	if id == "" {
		return nil, nil
	}
	record, err := deployments().Need(tx, at, apiID, id)
	if err != nil {
		return nil, err
	}
	d := &plan.Deployment{ID: id, Settings: record.Settings}
	kept := tables{snapshot(resources()), snapshot(methods()), snapshot(authorizers()), snapshot(models()), snapshot(validators()), snapshot(responses())}
	return d, kept.read(tx, d, at, apiID, id)
}

// draft reads an API as it is, as if it were deployed.
func draft(tx *kv.Tx, at service.Home, a *api.RestApi) (*plan.Deployment, error) {
	d := &plan.Deployment{Settings: settingsOf(a)}
	now := tables{resources(), methods(), authorizers(), models(), validators(), responses()}
	return d, now.read(tx, d, at, *a.Id)
}

// tables are where an API's parts are, as they are now or as they were deployed.
type tables struct {
	resources   rows.Table[api.Resource]
	methods     rows.Table[api.Method]
	authorizers rows.Table[api.Authorizer]
	models      rows.Table[api.ModelShape]
	validators  rows.Table[api.RequestValidator]
	responses   rows.Table[api.GatewayResponse]
}

// read reads the parts below ids.
func (t *tables) read(tx *kv.Tx, d *plan.Deployment, at service.Home, ids ...string) (err error) {
	if d.Resources, err = t.resources.All(tx, at, ids...); err != nil {
		return err
	}
	for i := range d.Resources {
		r := &d.Resources[i]
		below := append(slices.Clone(ids), *r.Id)
		if r.ResourceMethods, err = byName(tx, at, t.methods, func(m *api.Method) *string { return m.HttpMethod }, below...); err != nil {
			return err
		}
	}
	if d.Authorizers, err = byName(tx, at, t.authorizers, func(a *api.Authorizer) *string { return a.Id }, ids...); err != nil {
		return err
	}
	if d.Models, err = byName(tx, at, t.models, func(m *api.ModelShape) *string { return m.Name }, ids...); err != nil {
		return err
	}
	if d.Validators, err = byName(tx, at, t.validators, func(v *api.RequestValidator) *string { return v.Id }, ids...); err != nil {
		return err
	}
	d.Responses, err = byName(tx, at, t.responses, func(r *api.GatewayResponse) *string { return r.ResponseType }, ids...)
	return err
}

// byName reads the records below ids into a map by what name returns.
func byName[T any](tx *kv.Tx, at service.Home, t rows.Table[T], name func(*T) *string, ids ...string) (map[string]T, error) {
	list, err := t.All(tx, at, ids...)
	if err != nil {
		return nil, err
	}
	named := make(map[string]T, len(list))
	for i := range list {
		named[wire.Value(name(&list[i]))] = list[i]
	}
	return named, nil
}

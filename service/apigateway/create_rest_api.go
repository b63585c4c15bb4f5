package apigateway

import (
	"context"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
)

// CreateRestApi makes an API with a root resource, and nothing to call; or a copy
// of another, without its deployments.
//
// Spec: API Gateway API Reference, CreateRestApi.
func (s *Service) CreateRestApi(ctx context.Context, in *api.CreateRestApiInput) (*api.CreateRestApiOutput, error) {
	at := record.Home(ctx)
	fresh, modelIDs := s.newAPI(in.Name), [2]string{s.newID(6), s.newID(6)}
	var a apiRecord
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		a = *fresh
		if in.CloneFrom != nil {
			from, err := apis().Need(tx, at, *in.CloneFrom)
			if err != nil {
				return err
			}
			a.adopt(&from.API)
		}
		a.take(in)
		if err := insertAPI(tx, at, &a, modelIDs); err != nil || in.CloneFrom == nil {
			return err
		}
		return clone(tx, at, *in.CloneFrom, *a.API.Id)
	})
	return shown(&a.API), err
}

// take gives an API what a request says of it.
func (a *apiRecord) take(in *api.CreateRestApiInput) {
	a.API.Tags = in.Tags
	set(&a.API.Description, in.Description)
	set(&a.API.Version, in.Version)
	set(&a.API.Policy, in.Policy)
	set(&a.API.MinimumCompressionSize, in.MinimumCompressionSize)
	set(&a.API.EndpointAccessMode, in.EndpointAccessMode)
	set(&a.API.SecurityPolicy, in.SecurityPolicy)
	set(&a.API.ApiKeySource, in.ApiKeySource)
	set(&a.API.DisableExecuteApiEndpoint, in.DisableExecuteApiEndpoint)
	if len(in.BinaryMediaTypes) > 0 {
		a.API.BinaryMediaTypes = in.BinaryMediaTypes
	}
	if e := in.EndpointConfiguration; e != nil {
		a.API.EndpointConfiguration = new(*e)
	}
}

// adopt gives a copy of an API what it has of the other, root resource included.
func (a *apiRecord) adopt(from *api.RestApi) {
	id, name, created := a.API.Id, a.API.Name, a.API.CreatedDate
	a.API = *from
	a.API.Id, a.API.Name, a.API.CreatedDate, a.API.Warnings = id, name, created, nil
	if from.Policy != nil {
		a.API.Policy = new(strings.ReplaceAll(*from.Policy, ":"+*from.Id+"/", ":"+*id+"/"))
	}
	if e := from.EndpointConfiguration; e != nil {
		a.API.EndpointConfiguration = new(*e)
	}
}

// clone copies what an API is made of, and what is said of it, to another, under the same ids.
func clone(tx *kv.Tx, at service.Home, from, to string) error {
	now, _ := parts()
	for _, p := range slices.Concat(now, sayings()) {
		if err := copyRows(tx, p.Key(at, from), p.Key(at, to)); err != nil {
			return err
		}
	}
	return nil
}

// set overwrites a setting, if there is something to overwrite it with.
func set[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

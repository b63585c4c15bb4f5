package apigateway

import (
	"context"
	"errors"
	"maps"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/method"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// of names the method that a request is about.
type of struct{ api, resource, verb string }

// load reads the method, of a resource that is there.
func (o of) load(tx *kv.Tx, at service.Home) (m api.Method, err error) {
	if _, err = resources().Need(tx, at, o.api, o.resource); err != nil {
		return m, err
	}
	return methods().Need(tx, at, o.api, o.resource, o.verb)
}

// save writes the method, and makes the change known to gateways.
func (o of) save(tx *kv.Tx, at service.Home, m *api.Method) error {
	if err := storeMethod(tx, at, o.api, o.resource, m); err != nil {
		return err
	}
	return index().Touch(tx, o.api)
}

// storeMethod writes a method. It is one row, whose size the store bounds.
func storeMethod(tx *kv.Tx, at service.Home, apiID, resourceID string, m *api.Method) error {
	err := methods().Put(tx, *m, at, apiID, resourceID, *m.HttpMethod)
	if errors.Is(err, kv.ErrTooLarge) {
		return limitExceeded("The mapping templates of method %s are too large: with all that belongs to it, it may have %d bytes", *m.HttpMethod, kv.MaxValue)
	}
	return err
}

// changeMethod runs how on a method of the caller, and writes it back.
func (s *Service) changeMethod(ctx context.Context, o of, how func(tx *kv.Tx, at service.Home, m *api.Method) error) error {
	at := record.Home(ctx)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		m, err := o.load(tx, at)
		if err != nil {
			return err
		}
		if err := how(tx, at, &m); err != nil {
			return err
		}
		return o.save(tx, at, &m)
	})
}

// findMethod reads a method of the caller.
func (s *Service) findMethod(ctx context.Context, o of) (m api.Method, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		m, err = o.load(tx, record.Home(ctx))
		return err
	})
	return m, err
}

// putMethod checks a whole method, with its responses and its integration, and
// what it names of the API, and writes it. The integration is completed.
func putMethod(tx *kv.Tx, at service.Home, apiID, resourceID string, m *api.Method) error {
	if err := checkMethod(tx, at, apiID, m); err != nil {
		return err
	}
	for _, code := range slices.Sorted(maps.Keys(m.MethodResponses)) {
		if err := checkResponse(tx, at, apiID, new(m.MethodResponses[code])); err != nil {
			return err
		}
	}
	if i := m.MethodIntegration; i != nil {
		method.Complete(i, resourceID)
		if err := method.CheckIntegration(m, i); err != nil {
			return err
		}
		for _, code := range slices.Sorted(maps.Keys(i.IntegrationResponses)) {
			if err := method.CheckIntegrationResponse(m, new(i.IntegrationResponses[code])); err != nil {
				return err
			}
		}
	}
	return storeMethod(tx, at, apiID, resourceID, m)
}

// checkMethod holds a method, without its responses and its integration, against
// the rules, and against what there is in its API.
func checkMethod(tx *kv.Tx, at service.Home, apiID string, m *api.Method) error {
	if err := method.Check(m); err != nil {
		return err
	}
	if method.NeedsAuthorizer(m) {
		if there, err := has(tx, at, authorizers(), apiID, wire.Value(m.AuthorizerId)); err != nil || !there {
			return or(err, badRequest("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."))
		}
	}
	if m.RequestValidatorId != nil {
		if there, err := has(tx, at, validators(), apiID, *m.RequestValidatorId); err != nil || !there {
			return or(err, badRequest("Invalid Request Validator identifier specified"))
		}
	}
	return checkModels(tx, at, apiID, m.RequestModels)
}

// checkResponse holds what a method may answer against the rules, and against
// what there is in its API.
func checkResponse(tx *kv.Tx, at service.Home, apiID string, r *api.MethodResponse) error {
	if err := method.CheckResponse(r); err != nil {
		return err
	}
	return checkModels(tx, at, apiID, r.ResponseModels)
}

// checkModels tells whether the models of content types are there.
func checkModels(tx *kv.Tx, at service.Home, apiID string, by map[string]string) error {
	for _, content := range slices.Sorted(maps.Keys(by)) {
		if there, err := has(tx, at, models(), apiID, by[content]); err != nil || !there {
			return or(err, badRequest("Invalid model identifier specified: %s", by[content]))
		}
	}
	return nil
}

// has tells whether a record is there.
func has[T any](tx *kv.Tx, at service.Home, t rows.Table[T], ids ...string) (bool, error) {
	_, there, err := t.Get(tx, at, ids...)
	return there, err
}

// or is err or, where nothing failed, what the caller is told.
func or(err, told error) error {
	if err != nil {
		return err
	}
	return told
}

// put sets an entry of a map that may not be there yet.
func put[T any](in *map[string]T, name string, v T) {
	if *in == nil {
		*in = make(map[string]T)
	}
	(*in)[name] = v
}

// errNoIntegration is the answer where a method has no integration.
func errNoIntegration() error { return notFound("Invalid Integration identifier specified") }

// errNoResponse is the answer where a method or an integration has no response
// of a status code.
func errNoResponse() error { return notFound("Invalid Response status code specified") }

// responseOf finds the response of a status code in a method.
func responseOf(m *api.Method, code string) (*api.MethodResponse, error) {
	r, there := m.MethodResponses[code]
	if !there {
		return nil, errNoResponse()
	}
	return &r, nil
}

// integrationOf finds a method's integration.
func integrationOf(m *api.Method) (*api.Integration, error) {
	if m.MethodIntegration == nil {
		return nil, errNoIntegration()
	}
	return m.MethodIntegration, nil
}

// integrationResponseOf finds the response of a status code in a method's
// integration.
func integrationResponseOf(m *api.Method, code string) (*api.IntegrationResponse, error) {
	i, err := integrationOf(m)
	if err != nil {
		return nil, err
	}
	r, there := i.IntegrationResponses[code]
	if !there {
		return nil, errNoResponse()
	}
	return &r, nil
}

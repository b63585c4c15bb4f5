package ecr

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// Service implements the Elastic Container Registry.
type Service struct {
	api.Unimplemented

	service.Deps
}

// New returns the service.
func New(d service.Deps) *Service { return &Service{Deps: d} }

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// registryOf is the registry that a request of an action means: the caller's own
// unless it names another, to which nobody has given access.
func registryOf(ctx context.Context, id *string, action, name string) (registry, error) {
	info := call.From(ctx)
	own := registry{info.Account, info.Region}
	if id == nil || *id == own.Account {
		return own, nil
	}
	other := registry{*id, info.Region}
	return other, &wire.APIError{
		Code: "AccessDeniedException",
		Message: "User: " + info.Principal.Name() + " is not authorized to perform: ecr:" + action + " on resource: " + other.arnOf(name) +
			" because no resource-based policy allows the ecr:" + action + " action",
	}
}

// view reads a repository of the registry that a request names, and hands it to
// do, which may read more.
func (s *Service) view(ctx context.Context, id *string, action, name string, do func(tx *kv.Tx, h registry, r *repository) error) error {
	return with(ctx, s.Store.View, id, action, name, do)
}

// change is view in a transaction that may write.
func (s *Service) change(ctx context.Context, id *string, action, name string, do func(tx *kv.Tx, h registry, r *repository) error) error {
	return with(ctx, s.Store.Update, id, action, name, do)
}

// with is view in a transaction of run.
func with(
	ctx context.Context, run func(context.Context, func(*kv.Tx) error) error, id *string, action, name string,
	do func(tx *kv.Tx, h registry, r *repository) error,
) error {
	h, err := registryOf(ctx, id, action, name)
	if err != nil {
		return err
	}
	return run(ctx, func(tx *kv.Tx) error {
		r, err := load(tx, h, name)
		if err != nil {
			return err
		}
		return do(tx, h, &r)
	})
}

// load reads a repository that must be there.
func load(tx *kv.Tx, h registry, name string) (repository, error) {
	r, ok, err := kv.Get[repository](tx, h.repositoryKey(name))
	switch {
	case err != nil:
		return r, fmt.Errorf("load repository: %w", err)
	case !ok:
		return r, &api.RepositoryNotFoundException{
			Message: "The repository with name '" + name + "' does not exist in the registry with id '" + h.Account + "'",
		}
	}
	return r, nil
}

// invalid is the answer to a parameter that breaks a rule.
func invalid(parameter, format string, args ...any) error {
	return &api.InvalidParameterException{
		Message: "Invalid parameter at '" + parameter + "' failed to satisfy constraint: '" + fmt.Sprintf(format, args...) + "'",
	}
}

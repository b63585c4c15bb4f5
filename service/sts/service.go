package sts

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/sts"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// Service is STS.
type Service struct {
	api.Unimplemented

	deps service.Deps
}

// New returns STS.
func New(d service.Deps) *Service { return &Service{deps: d} }

// issue makes temporary credentials for a principal and stores them.
func (s *Service) issue(ctx context.Context, p call.Principal, life time.Duration) (*api.Credentials, error) {
	now := s.deps.Clock.Now()
	p.Issued = now.UTC().Truncate(time.Second)
	ends := now.Add(life).Truncate(time.Second)
	key := auth.NewKey(s.deps.IDs, p, ends)
	err := s.deps.Store.Update(ctx, func(tx *kv.Tx) error { return auth.PutKey(tx, key) })
	if err != nil {
		return nil, fmt.Errorf("store session key: %w", err)
	}
	return &api.Credentials{
		AccessKeyId: key.ID, SecretAccessKey: string(key.Secret), SessionToken: string(key.Token), Expiration: ends,
	}, nil
}

// seconds is a duration of a request, or its default.
func seconds(given *int32, otherwise time.Duration) time.Duration {
	if given == nil {
		return otherwise
	}
	return time.Duration(*given) * time.Second
}

// invalid is the answer to a value that no shape forbids and STS does.
func invalid(message string) error {
	return &wire.APIError{Code: "ValidationError", Status: 400, Message: message}
}

// denied is the answer to what the caller may not.
func denied(p call.Principal, action, resource string) error {
	message := "User: " + p.Name() + " is not authorized to perform: " + action
	if resource != "" {
		message += " on resource: " + resource
	}
	return &wire.APIError{Code: "AccessDenied", Status: 403, Message: message}
}

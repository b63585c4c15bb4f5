package iam

import (
	"context"
	"strings"
	"sync"
	"time"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/iam/managed"
)

// Service is IAM.
type Service struct {
	api.Unimplemented

	deps service.Deps
	aws  func() (*managed.Table, error) // read when first asked for
}

// New returns IAM over d.Store.
func New(d service.Deps) *Service {
	return &Service{deps: d, aws: sync.OnceValues(managed.Load)}
}

// now is the time as IAM tells it: to the second.
func (s *Service) now() time.Time { return s.deps.Clock.Now().Truncate(time.Second) }

// uniqueID makes an identifier that tells its kind by its first four letters.
func (s *Service) uniqueID(prefix string) string {
	return prefix + s.deps.IDs.String(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

// view reads in the caller's account.
func (s *Service) view(ctx context.Context, fn func(t *table) error) error {
	account := call.From(ctx).Account
	return s.deps.Store.View(ctx, func(tx *kv.Tx) error { return fn(&table{tx, account, s.aws}) })
}

// update writes in the caller's account.
func (s *Service) update(ctx context.Context, fn func(t *table) error) error {
	account := call.From(ctx).Account
	return s.deps.Store.Update(ctx, func(tx *kv.Tx) error { return fn(&table{tx, account, s.aws}) })
}

// table is one account's IAM within a transaction.
type table struct {
	tx      *kv.Tx
	account string
	aws     func() (*managed.Table, error)
}

// pathOr is a path, which is "/" unless given.
func pathOr(p *string) string {
	if p == nil || *p == "" {
		return "/"
	}
	return *p
}

// fold is how names are found: without regard to case.
func fold(name string) string { return strings.ToLower(name) }

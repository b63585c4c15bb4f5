package s3

import (
	"context"
	"fmt"
	"sync/atomic"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/telemetry"
)

// Service implements S3.
type Service struct {
	api.Unimplemented

	service.Deps

	buckets *kv.Cache[bucket]
	rights  map[string]right

	metrics   *telemetry.Family
	storedDay atomic.Int64 // when what buckets hold was last measured
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d, buckets: kv.NewCache[bucket](10_000, nil), rights: rights(), metrics: newMetrics(d.Metrics)}
	d.Tasks.Handle(releaseKind, s.runRelease, nil)
	d.Tasks.Handle(expireKind, s.runExpiry, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// bucket reads the bucket that a request names, if its caller may use it. It
// is shared with other readers: what changes it uses Service.change.
func (s *Service) bucket(ctx context.Context, tx *kv.Tx, name string, expectedOwner *string) (*bucket, error) {
	b, ok, err := s.buckets.Get(tx, bucketKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load bucket: %w", err)
	case !ok:
		return nil, noSuchBucket(name)
	}
	return b, b.admit(call.From(ctx), expectedOwner)
}

// admit refuses callers of other accounts, unless the bucket has a policy or an
// ACL that lets others in: those are judged at the door.
func (b *bucket) admit(info call.Info, expectedOwner *string) error {
	if expectedOwner != nil && *expectedOwner != b.Account {
		return accessDenied()
	}
	if info.Account == b.Account || info.Principal.Kind == call.Service || b.Shared || isPublic(b.ACL) {
		return nil
	}
	return accessDenied()
}

// change reads a bucket, changes it and writes it back.
func (s *Service) change(ctx context.Context, name string, expectedOwner *string, how func(tx *kv.Tx, b *bucket) error) error {
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		shared, err := s.bucket(ctx, tx, name, expectedOwner)
		if err != nil {
			return err
		}
		b := *shared
		if err := how(tx, &b); err != nil {
			return err
		}
		return kv.Put(tx, bucketKey(name), b)
	})
}

// view runs a read of a bucket.
func (s *Service) view(ctx context.Context, name string, expectedOwner *string, what func(tx *kv.Tx, b *bucket) error) error {
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		b, err := s.bucket(ctx, tx, name, expectedOwner)
		if err != nil {
			return err
		}
		return what(tx, b)
	})
}

// update runs a transaction on what is in a bucket.
func (s *Service) update(ctx context.Context, name string, expectedOwner *string, what func(tx *kv.Tx, b *bucket) error) error {
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		b, err := s.bucket(ctx, tx, name, expectedOwner)
		if err != nil {
			return err
		}
		return what(tx, b)
	})
}

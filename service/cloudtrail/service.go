package cloudtrail

import (
	"context"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudtrail/record"
)

// What Options leave open.
const (
	Retention = 90 * 24 * time.Hour
	Interval  = 10 * time.Second
)

// Options vary how events are kept and delivered.
type Options struct {
	Retention time.Duration // of the event history; Retention when zero
	Interval  time.Duration // for which a trail collects events before it delivers them; Interval when zero
}

// Service implements CloudTrail.
type Service struct {
	api.Unimplemented

	service.Deps
	options Options
	classes record.Classes
	trails  trailCache
	reads   buffer
}

// New returns the service.
func New(d service.Deps) *Service { return NewWith(d, Options{}) }

// NewWith returns the service with options.
func NewWith(d service.Deps, o Options) *Service {
	if o.Retention == 0 {
		o.Retention = Retention
	}
	if o.Interval == 0 {
		o.Interval = Interval
	}
	s := &Service{Deps: d, options: o}
	s.trails.store = d.Store
	s.reads.full = make(chan struct{}, 1)
	d.Tasks.Handle(foldKind, s.runFold, s.disarmFold)
	d.Tasks.Handle(expireKind, s.runExpire, nil)
	d.Tasks.Handle(deliverKind, s.runDeliver, s.disarm)
	d.Tasks.Handle(digestKind, s.runDigest, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// principal is as whom CloudTrail calls other services.
const principal = "cloudtrail.amazonaws.com"

var _ call.Auditor = (*Service)(nil)

// Run writes what is buffered, and sees to it that this node knows of trails
// that another has changed.
func (s *Service) Run(ctx context.Context) error {
	changed := s.Store.Watch(trailsTopic())
	defer changed.Stop()
	s.trails.drop()
	every := s.Clock.NewTimer(flushEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			s.reads.close()
			return s.flush(context.WithoutCancel(ctx))
		case <-changed.C():
			s.trails.drop()
			continue
		case <-s.reads.full:
		case <-every.C():
			every.Reset(flushEvery)
		}
		if err := s.flush(ctx); err != nil {
			return err
		}
	}
}

// Reset drops what is not in the store.
func (s *Service) Reset(context.Context) error {
	s.reads.take()
	s.trails.drop()
	return nil
}

// now is the time of a change, as precise as clients see it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }

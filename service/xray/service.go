package xray

import (
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/service"
)

// Retention is how long traces are kept unless Options say otherwise.
const Retention = 30 * 24 * time.Hour

// Options vary how traces are kept.
type Options struct {
	Retention time.Duration // Retention when zero
}

// Service implements X-Ray.
type Service struct {
	api.Unimplemented

	service.Deps
	retention time.Duration
}

// New returns the service.
func New(d service.Deps) *Service { return NewWith(d, Options{}) }

// NewWith returns the service with options.
func NewWith(d service.Deps, o Options) *Service {
	s := &Service{Deps: d, retention: o.Retention}
	if s.retention == 0 {
		s.retention = Retention
	}
	d.Tasks.Handle(expireKind, s.runExpire, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// now is the time of a change, as precise as clients see it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }

package xray

import (
	"cmp"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/service"
)

// Retention is how long traces are kept unless Options say otherwise.
const Retention = 30 * 24 * time.Hour

// How many traces an account keeps in a region unless Options say otherwise; the
// oldest make room for new ones.
const (
	MaxTraces = 50_000
	MaxBytes  = 256 << 20
)

// Options vary how traces are kept.
type Options struct {
	Retention time.Duration // Retention when zero
	MaxTraces int64         // MaxTraces when zero
	MaxBytes  int64         // MaxBytes when zero
}

// Service implements X-Ray.
type Service struct {
	api.Unimplemented

	service.Deps
	retention time.Duration
	maxTraces int64
	maxBytes  int64
}

// New returns the service.
func New(d service.Deps) *Service { return NewWith(d, Options{}) }

// NewWith returns the service with options.
func NewWith(d service.Deps, o Options) *Service {
	s := &Service{
		Deps: d, retention: cmp.Or(o.Retention, Retention), maxTraces: cmp.Or(o.MaxTraces, MaxTraces), maxBytes: cmp.Or(o.MaxBytes, MaxBytes),
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

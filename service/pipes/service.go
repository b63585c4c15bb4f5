package pipes

import (
	"context"
	"sync/atomic"
	"time"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/service"
	"maru.dev/maru/source"
	"maru.dev/maru/telemetry"
)

// principal is the service as which a pipe calls.
const principal = "pipes.amazonaws.com"

// Service implements EventBridge Pipes.
type Service struct {
	api.Unimplemented

	service.Deps

	keeper  *source.Keeper
	metrics *telemetry.Family
	running atomic.Int64 // executions
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d, metrics: newMetrics(d.Metrics)}
	s.keeper = source.NewKeeper("pipes", &source.Poller{Deps: d, Handle: s.handle, Account: account})
	d.Tasks.Handle(settleKind, s.runSettle, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Run polls the sources of pipes until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	s.keeper.Run(ctx)
	return nil
}

// Reset has the pollers of pipes that are gone end.
func (s *Service) Reset(context.Context) error {
	s.keeper.Reset()
	return nil
}

// now is the time of a change, as precise as clients see it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }

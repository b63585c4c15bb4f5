package lambda

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/clock"
	"maru.dev/maru/compute"
	"maru.dev/maru/compute/code"
	"maru.dev/maru/service"
	"maru.dev/maru/source"
	"maru.dev/maru/telemetry"
)

// Service implements Lambda.
type Service struct {
	api.Unimplemented

	service.Deps

	pool    *compute.Pool
	poolErr error // why functions cannot run on this host
	code    *code.Cache
	logs    *shipper
	flights *flights
	sources *source.Keeper
	metrics *telemetry.Family

	provisions provisions
}

// Options vary how functions run.
type Options struct {
	Driver    string        // see compute.Options; "" is "process"
	Helper    string        // see compute.Options
	IdleAfter time.Duration // see compute.Options
}

// New returns the service with plain processes.
func New(d service.Deps) *Service { return NewWith(d, Options{}) }

// NewWith returns the service. When functions cannot run on this host, it
// says so where they are created and invoked.
func NewWith(d service.Deps, o Options) *Service {
	s := &Service{Deps: d, code: code.NewCache(filepath.Join(d.DataDir, "code")), flights: newFlights(), metrics: newMetrics(d.Metrics)}
	s.logs = newShipper(s.Deps)
	// Processes live in the machine's time, which a clock that was moved does
	// not tell.
	s.pool, s.poolErr = compute.New(compute.Options{
		Dir: filepath.Join(d.DataDir, "compute"), Driver: o.Driver, Helper: o.Helper, IdleAfter: o.IdleAfter,
		Clock: clock.System{}, IDs: d.IDs, Log: d.Log, Sink: s.logs,
	})
	if s.poolErr != nil {
		d.Log.Error("functions cannot run", "err", s.poolErr)
	}
	s.sources = newKeeper(s)
	d.Tasks.Handle(asyncKind, s.runAsync, nil)
	d.Tasks.Observe("lambda.amazonaws.com", s.observe)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Run keeps the pool, ships logs and polls event sources until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var group sync.WaitGroup
	group.Go(func() { s.logs.run(ctx) })
	group.Go(func() { s.sources.Run(ctx) })
	if s.pool != nil {
		group.Go(func() { _ = s.pool.Run(ctx) }) // it returns no error
		group.Go(func() { s.keepProvisioned(ctx) })
	}
	group.Wait()
	return nil
}

// Reset ends every environment and forgets what is in flight.
func (s *Service) Reset(context.Context) error {
	if s.pool != nil {
		s.pool.Reset()
	}
	s.logs.reset()
	s.flights.reset()
	s.sources.Reset()
	return nil
}

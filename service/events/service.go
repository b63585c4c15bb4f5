package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/service"
	"maru.dev/maru/telemetry"
)

// principal is the name under which the service calls others.
const principal = "events.amazonaws.com"

// Service implements EventBridge's event buses.
type Service struct {
	api.Unimplemented
	service.Deps

	index   *index
	metrics *telemetry.Family
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d, index: newIndex(), metrics: newMetrics(d.Metrics)}
	d.Tasks.Observe(principal, s.observe)
	d.Tasks.Handle(service.EmitKind, s.runEmit, nil)
	d.Tasks.Handle(restKind, s.runRest, nil)
	d.Tasks.Handle(tickKind, s.runTick, nil)
	d.Tasks.Handle(callKind, s.runCall, s.buryCall)
	d.Tasks.Handle(authorizeKind, s.runAuthorize, nil)
	d.Tasks.Handle(retainKind, s.runRetain, nil)
	d.Tasks.Handle(replayKind, s.runReplay, s.replayFailed)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Reset forgets what was compiled of the rules.
func (s *Service) Reset(context.Context) error {
	s.index.reset()
	return nil
}

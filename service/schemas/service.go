package schemas

import (
	"time"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// principal is the service as which buses are spoken to.
const principal = "schemas.amazonaws.com"

// Service implements the EventBridge schema registry.
type Service struct {
	api.Unimplemented

	service.Deps
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d}
	d.Tasks.Handle(watchKind, s.runWatch, nil)
	d.Tasks.Handle(task.DiscoverKind, s.runDiscover, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// now is the time of a change, as precise as clients see it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }

package scheduler

import (
	"strings"
	"time"
	_ "time/tzdata" // the binary brings the time zones along

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// principal is the service as which targets are called.
const principal = "scheduler.amazonaws.com"

// Service implements EventBridge Scheduler.
type Service struct {
	api.Unimplemented

	service.Deps

	metrics  *telemetry.Family
	services call.Directory
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d, metrics: newMetrics(d.Metrics), services: call.Directory{Caller: d.Caller}}
	d.Tasks.Observe(principal, s.observe)
	d.Tasks.Handle(fireKind, s.runFire, nil)
	d.Tasks.Handle(invokeKind, s.runInvoke, s.bury)
	d.Tasks.Handle(emptyKind, s.runEmpty, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// now is the time of a change, as precise as clients see it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }

// pageSize is how many a page holds.
func pageSize(asked *int32) int { return int(wire.Or(asked, 100)) }

// writeToken writes a list's page token: the names that ended the page.
func writeToken(list kv.Key, names ...string) *string {
	return service.PageToken(list, strings.Join(names, "/"))
}

// readToken reads a list's page token of n names.
func readToken(list kv.Key, token *string, n int) ([]string, error) {
	last, ok := service.ReadPageToken(list, token)
	if ok && last == "" {
		return nil, nil
	}
	names := strings.Split(last, "/")
	if !ok || len(names) != n {
		return nil, invalid("Invalid NextToken.")
	}
	return names, nil
}

// ownerOf is whose lane a schedule's tasks are in.
func ownerOf(h home, sc *record) string { return h.scheduleARN(sc.Group, sc.Name) }

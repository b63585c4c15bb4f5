package scheduler

import (
	"encoding/base64"
	"strings"
	"time"
	_ "time/tzdata" // the binary brings the time zones along

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/call"
	"maru.dev/maru/service"
	"maru.dev/maru/telemetry"
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
func pageSize(asked *int32) int { return int(or(asked, 100)) }

// writeToken writes a page token: the names that ended the page.
func writeToken(names ...string) *string {
	return new(base64.RawURLEncoding.EncodeToString([]byte(strings.Join(names, "/"))))
}

// readToken reads a page token of n names.
func readToken(token *string, n int) ([]string, error) {
	if token == nil {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*token)
	names := strings.Split(string(raw), "/")
	if err != nil || len(names) != n {
		return nil, invalid("Invalid NextToken.")
	}
	return names, nil
}

// ownerOf is whose lane a schedule's tasks are in.
func ownerOf(h home, sc *record) string { return h.scheduleARN(sc.Group, sc.Name) }

package cloudtrail

import (
	"context"
	"sync"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/service/cloudtrail/record"
	"maru.dev/maru/service/cloudtrail/selector"
)

const (
	// flushEvery is how long an event that only read may be in memory alone.
	flushEvery = 500 * time.Millisecond
	// flushAt is how many of them are written before their time.
	flushAt = 256
	// maxBuffered is how many there may be before who comes next has to wait.
	maxBuffered = 4096
)

// Audit implements call.Auditor. An event that wrote something is on disk when
// it returns; one that only read is within flushEvery.
func (s *Service) Audit(ctx context.Context, r *call.Record) {
	class := s.classes.Of(r.Model, r.Operation)
	if class.Never || unseen(r, class) || class.Data != "" && r.In == nil {
		return
	}
	var resources []record.Resource
	if class.Data != "" {
		var wanted bool
		if resources, wanted = s.wanted(ctx, r, class); !wanted {
			return
		}
	}
	ctx = context.WithoutCancel(ctx)
	now := s.Clock.Now()
	e := record.Build(r, class, s.IDs.TimeUUID(now), now, resources)
	if class.ReadOnly && s.reads.add(e) {
		return
	}
	if err := s.write(ctx, []*record.Event{e}); err != nil {
		s.Log.ErrorContext(ctx, "call not recorded", "request", r.Info.RequestID, "event", class.Name, "cause", err)
	}
}

// unseen tells whether a call is the platform's own business. Of what services
// of AWS do on their own account, CloudTrail shows what they change, the roles
// that they take, and the data that they touch; what they look up, it does not.
// What CloudTrail does itself would never end.
func unseen(r *call.Record, c *record.Class) bool {
	p := &r.Info.Principal
	if p.Kind != call.Service {
		return r.Info.Account == ""
	}
	return r.Info.Account == "" || p.Service == principal || c.Data == "" && c.ReadOnly && !c.Answers
}

// wanted tells whether a trail selects a data event, and names its resources.
// Without such a trail it costs a look into two maps.
func (s *Service) wanted(ctx context.Context, r *call.Record, c *record.Class) ([]record.Resource, bool) {
	w, err := s.trails.of(ctx, r.Info.Account)
	if err != nil {
		s.Log.ErrorContext(ctx, "trails not read", "cause", err)
		return nil, false
	}
	if len(w.data) == 0 || !w.data[c.Data] && !(c.Data == "AWS::SNS::Topic" && w.data["AWS::SNS::PlatformEndpoint"]) {
		return nil, false
	}
	e := selector.Event{Class: c, Resources: c.DataResources(&r.Info, r.In), UserARN: r.Info.Principal.ARN}
	for i := range w.trails {
		if t := &w.trails[i]; t.sees(c, r.Info.Region) && t.Selectors.Match(&e) {
			return e.Resources, true
		}
	}
	return nil, false
}

// buffer holds events that only read until they are written together.
type buffer struct {
	mu     sync.Mutex
	events []*record.Event
	closed bool
	full   chan struct{} // told when there are many
}

// add takes an event, unless there is no room, or nobody to write it later.
func (b *buffer) add(e *record.Event) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.events) >= maxBuffered {
		return false
	}
	b.events = append(b.events, e)
	if len(b.events) == flushAt {
		select {
		case b.full <- struct{}{}:
		default:
		}
	}
	return true
}

// take returns what there is, and leaves nothing.
func (b *buffer) take() []*record.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.events
	b.events = nil
	return events
}

// close has further events written at once.
func (b *buffer) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// flush writes what is buffered. What cannot be written for now is kept, as far
// as there is room.
func (s *Service) flush(ctx context.Context) error {
	events := s.reads.take()
	for len(events) > 0 {
		some := events[:min(len(events), flushAt)]
		if err := s.write(ctx, some); err != nil {
			lost := 0
			for _, e := range events {
				if !s.reads.add(e) {
					lost++
				}
			}
			s.Log.ErrorContext(ctx, "events not written", "lost", lost, "cause", err)
			return err
		}
		events = events[len(some):]
	}
	return nil
}

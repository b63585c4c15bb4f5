package logs

import (
	"context"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs/chunk"
	"maru.dev/maru/service/logs/filter"
)

const (
	// tailEvery is the least time between two updates of a session.
	tailEvery = time.Second
	// tailMost is how many events an update has; of more, a sample.
	tailMost = 500
	// tailSession is how long a session may last.
	tailSession = 3 * time.Hour
)

// StartLiveTail sends the events of groups as they come in.
//
// Spec: CloudWatch Logs API Reference, StartLiveTail.
func (s *Service) StartLiveTail(ctx context.Context, in *api.StartLiveTailInput) (*api.StartLiveTailOutput, error) {
	prefixes := in.LogStreamNamePrefixes
	if len(in.LogStreamNames) > 0 && len(prefixes) > 0 {
		return nil, invalid("logStreamNames and logStreamNamePrefixes cannot be used together.")
	}
	if (len(in.LogStreamNames) > 0 || len(prefixes) > 0) && len(in.LogGroupIdentifiers) != 1 {
		return nil, invalid("logStreamNames and logStreamNamePrefixes need exactly one log group.")
	}
	t := &tail{service: s, info: in, session: s.IDs.UUID(), request: call.From(ctx).RequestID}
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	for _, prefix := range prefixes {
		f, err := newSelection(in.LogEventFilterPattern, in.LogStreamNames, &prefix)
		if err != nil {
			return nil, err
		}
		t.selections = append(t.selections, f)
	}
	h := homeOf(ctx)
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for _, id := range in.LogGroupIdentifiers {
			where, name, err := groupIdentified(h, id)
			if err != nil {
				return err
			}
			g, err := loadGroup(tx, where, name)
			if err != nil {
				return err
			}
			if g.Class != "STANDARD" {
				return &api.InvalidOperationException{Message: "Live Tail is supported only for log groups in the Standard log class."}
			}
			seen, err := newest(tx, where, g.ID)
			if err != nil {
				return err
			}
			t.groups = append(t.groups, tailed{home: where, group: g, seen: seen}) // what is there already is not news
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.StartLiveTailOutput{ResponseStream: t.run}, nil
}

// tail is one live tail session.
type tail struct {
	service    *Service
	info       *api.StartLiveTailInput
	session    string
	request    string
	selections []*selection
	groups     []tailed
}

// tailed is a group that is tailed, and the newest commit that was looked at.
type tailed struct {
	home
	group group
	seen  uint64
}

// run sends events until the client goes or the session is over.
func (t *tail) run(ctx context.Context, send func(any) error) error {
	wake := make(chan struct{}, 1)
	wake <- struct{}{} // for what has come since the session was asked for, which nobody has watched
	watching, stop := context.WithCancel(ctx)
	defer stop()
	for i := range t.groups {
		w := t.service.Store.Watch(service.Topic(t.groups[i].arnOf(t.groups[i].group.Name)))
		go func() {
			defer w.Stop()
			for {
				select {
				case <-w.C():
				case <-watching.Done():
					return
				}
				select {
				case wake <- struct{}{}:
				default:
				}
			}
		}()
	}
	started := t.service.Clock.Now()
	err := send(&api.StartLiveTailResponseStream{SessionStart: &api.LiveTailSessionStart{
		RequestId: &t.request, SessionId: &t.session, LogGroupIdentifiers: t.info.LogGroupIdentifiers,
		LogStreamNames: t.info.LogStreamNames, LogStreamNamePrefixes: t.info.LogStreamNamePrefixes,
		LogEventFilterPattern: t.info.LogEventFilterPattern,
	}})
	for err == nil {
		if t.service.Clock.Now().Sub(started) > tailSession {
			return send(&api.StartLiveTailResponseStream{SessionTimeoutException: &api.SessionTimeoutException{Message: "The session has lasted three hours."}})
		}
		err = t.update(ctx, wake, send)
	}
	return err
}

// update waits a second, and for news if there is none, and sends it. It sends
// an empty update when nothing has come, as AWS does, so that a client knows
// that the session lives.
func (t *tail) update(ctx context.Context, wake <-chan struct{}, send func(any) error) error {
	timer := t.service.Clock.NewTimer(tailEvery)
	defer timer.Stop()
	select {
	case <-timer.C():
	case <-ctx.Done():
		return ctx.Err()
	}
	news := tailSample{most: tailMost}
	select {
	case <-wake:
		if err := t.collect(ctx, &news); err != nil {
			return err
		}
	default:
	}
	results, sampled := news.all()
	if results == nil {
		results = []api.LiveTailSessionLogEvent{}
	}
	return send(&api.StartLiveTailResponseStream{SessionUpdate: &api.LiveTailSessionUpdate{
		SessionMetadata: &api.LiveTailSessionMetadata{Sampled: &sampled}, SessionResults: results,
	}})
}

// tailSample is what an update shows of the events that came since the last one.
type tailSample = sample[api.LiveTailSessionLogEvent]

// collect takes the wanted events of commits that were not looked at before.
func (t *tail) collect(ctx context.Context, news *tailSample) error {
	return t.service.Store.View(ctx, func(tx *kv.Tx) error {
		for i := range t.groups {
			g := &t.groups[i]
			folder := g.key("v", g.group.ID)
			r := kv.Prefix(folder)
			r.From = folder.With(g.seen + 1)
			for row, err := range kv.Scan[int64](tx, r) {
				if err != nil {
					return err
				}
				s := spot{First: row.Value}
				if err := row.Key.Scan(5, &s.Version, &s.Base); err != nil {
					return err
				}
				g.seen = s.Version
				if err := t.take(tx, g, s, news); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// take adds the wanted events of a chunk.
func (t *tail) take(tx *kv.Tx, g *tailed, s spot, news *tailSample) error {
	value, ok, err := tx.Get(g.chunkKey(g.group.ID, s))
	if err != nil || !ok {
		return err
	}
	c, err := chunk.Open(value)
	if err != nil {
		return err
	}
	var wanted []*filter.Pattern
	for _, f := range t.selections {
		ok, err := f.wants(tx, g.home, g.group.ID, &c.Head)
		if err != nil {
			return err
		}
		if ok {
			wanted = append(wanted, f.pattern)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	body, err := c.Unpack(nil)
	if err != nil {
		return err
	}
	return body.All(func(_ int, e chunk.Event) bool {
		matches := func(p *filter.Pattern) bool { return p.Match(e.Message) }
		if slices.ContainsFunc(wanted, matches) && news.wants() {
			news.add(api.LiveTailSessionLogEvent{
				LogStreamName: &c.Stream, LogGroupIdentifier: new(g.Account + ":" + g.group.Name),
				Message: new(strings.Clone(e.Message)), Timestamp: new(e.At), IngestionTime: &c.Ingested,
			})
		}
		return true
	})
}

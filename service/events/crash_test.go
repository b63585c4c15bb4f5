package events

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	api "maru.dev/maru/api/events"
	lambdaapi "maru.dev/maru/api/lambda"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

const (
	testFunction = "arn:aws:lambda:us-east-1:000000000000:function:f"
	defaultARN   = "arn:aws:events:us-east-1:000000000000:event-bus/default"
)

// newTestService returns the service over a store, with a clock that stands.
func newTestService(st *kv.Store) (*Service, context.Context) {
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	d := service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler), Endpoint: "http://localhost:4566"}
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
	return New(d), call.With(context.Background(), call.Info{Account: "000000000000", Region: "us-east-1", Endpoint: d.Endpoint})
}

// must stops a test at an error of the service.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// prepare makes what an operation under test changes.
func prepare(ctx context.Context, t *testing.T, s *Service, operation string) {
	t.Helper()
	has := func(part string) bool { return strings.Contains(operation, part) }
	switch {
	case has("agResource"), has("EventBus"), has("Permission"):
		must[*api.CreateEventBusOutput](t)(s.CreateEventBus(ctx, &api.CreateEventBusInput{Name: "old", Tags: []api.Tag{{Key: "old", Value: "v"}}}))
		must[*api.PutPermissionOutput](t)(s.PutPermission(ctx, &api.PutPermissionInput{Action: new("events:PutEvents"), Principal: new("*"), StatementId: new("old")}))
	case has("Rule"), has("Targets"):
		must[*api.PutRuleOutput](t)(s.PutRule(ctx, &api.PutRuleInput{Name: "old", EventPattern: new(`{"source":["shop"]}`)}))
		must[*api.PutRuleOutput](t)(s.PutRule(ctx, &api.PutRuleInput{Name: "with", ScheduleExpression: new("rate(1 minute)")}))
		must[*api.PutTargetsOutput](t)(s.PutTargets(ctx, &api.PutTargetsInput{Rule: "with", Targets: []api.Target{{Id: "a", Arn: testFunction}}}))
	case has("Archive"), has("Replay"):
		must[*api.CreateArchiveOutput](t)(s.CreateArchive(ctx, &api.CreateArchiveInput{ArchiveName: "old", EventSourceArn: defaultARN}))
		if has("Replay") {
			must[*api.StartReplayOutput](t)(s.StartReplay(ctx, newReplay("old")))
		}
	default:
		c := must[*api.CreateConnectionOutput](t)(s.CreateConnection(ctx, newConnection("old")))
		must[*api.CreateApiDestinationOutput](t)(s.CreateApiDestination(ctx, &api.CreateApiDestinationInput{
			Name: "old", ConnectionArn: *c.ConnectionArn, InvocationEndpoint: "https://example.com", HttpMethod: "POST",
		}))
	}
}

func newReplay(name string) *api.StartReplayInput {
	return &api.StartReplayInput{
		ReplayName: name, EventSourceArn: "arn:aws:events:us-east-1:000000000000:archive/old", EventStartTime: time.Unix(0, 0), EventEndTime: time.Unix(1, 0),
		Destination: &api.ReplayDestination{Arn: defaultARN},
	}
}

func newConnection(name string) *api.CreateConnectionInput {
	return &api.CreateConnectionInput{Name: name, AuthorizationType: "BASIC", AuthParameters: &api.CreateConnectionAuthRequestParameters{
		BasicAuthParameters: &api.CreateConnectionBasicAuthRequestParameters{Username: "u", Password: "p"},
	}}
}

// told turns what a description says into text; an error says "gone".
func told[T any](out *T, err error, say func(*T) string) string {
	if err != nil {
		return "gone"
	}
	return say(out)
}

// ruleNow describes a rule and its targets.
func ruleNow(ctx context.Context, s *Service, name string) string {
	r, err := s.DescribeRule(ctx, &api.DescribeRuleInput{Name: name})
	return told(r, err, func(r *api.DescribeRuleOutput) string {
		targets, _ := s.ListTargetsByRule(ctx, &api.ListTargetsByRuleInput{Rule: name})
		return fmt.Sprintf("%s with %d", *r.State, len(targets.Targets))
	})
}

// busNow describes a bus.
func busNow(ctx context.Context, s *Service, name string) string {
	b, err := s.DescribeEventBus(ctx, &api.DescribeEventBusInput{Name: &name})
	return told(b, err, func(b *api.DescribeEventBusOutput) string {
		policy := strings.Count(wire.Value(b.Policy), `"Sid"`)
		tags, _ := s.ListTagsForResource(ctx, &api.ListTagsForResourceInput{ResourceARN: *b.Arn})
		return fmt.Sprintf("%s, %d statements, %d tags", wire.Value(b.Description), policy, len(tags.Tags))
	})
}

// archiveNow, replayNow, connectionNow and destinationNow describe the others.
func archiveNow(ctx context.Context, s *Service, name string) string {
	a, err := s.DescribeArchive(ctx, &api.DescribeArchiveInput{ArchiveName: name})
	return told(a, err, func(a *api.DescribeArchiveOutput) string { return "there, " + wire.Value(a.Description) })
}

func replayNow(ctx context.Context, s *Service, name string) string {
	r, err := s.DescribeReplay(ctx, &api.DescribeReplayInput{ReplayName: name})
	return told(r, err, func(r *api.DescribeReplayOutput) string { return *r.State })
}

func connectionNow(ctx context.Context, s *Service, name string) string {
	c, err := s.DescribeConnection(ctx, &api.DescribeConnectionInput{Name: name})
	return told(c, err, func(c *api.DescribeConnectionOutput) string { return *c.ConnectionState + wire.Value(c.Description) })
}

func destinationNow(ctx context.Context, s *Service, name string) string {
	d, err := s.DescribeApiDestination(ctx, &api.DescribeApiDestinationInput{Name: name})
	return told(d, err, func(d *api.DescribeApiDestinationOutput) string { return "there, " + wire.Value(d.Description) })
}

// change is an operation under test: what it does, and what tells that it was
// done.
type change struct {
	do   func(ctx context.Context, s *Service) error
	now  func(ctx context.Context, s *Service) string
	want string
}

// only drops an operation's output.
func only[T any](_ T, err error) error { return err }

// changes are all operations that change something, but for PutEvents.
func changes() map[string]change {
	bus, rule, archive, replay, connection, destination := busNow, ruleNow, archiveNow, replayNow, connectionNow, destinationNow
	of := func(now func(context.Context, *Service, string) string, name string) func(context.Context, *Service) string {
		return func(ctx context.Context, s *Service) string { return now(ctx, s, name) }
	}
	type ctx = context.Context
	const oldBus = "arn:aws:events:us-east-1:000000000000:event-bus/old"
	return map[string]change{
		"CreateEventBus": {func(c ctx, s *Service) error { return only(s.CreateEventBus(c, &api.CreateEventBusInput{Name: "new"})) }, of(bus, "new"), ", 0 statements, 0 tags"},
		"UpdateEventBus": {func(c ctx, s *Service) error {
			return only(s.UpdateEventBus(c, &api.UpdateEventBusInput{Name: new("old"), Description: new("d")}))
		}, of(bus, "old"), "d, 0 statements, 1 tags"},
		"DeleteEventBus": {func(c ctx, s *Service) error { return only(s.DeleteEventBus(c, &api.DeleteEventBusInput{Name: "old"})) }, of(bus, "old"), "gone"},
		"PutPermission": {func(c ctx, s *Service) error {
			return only(s.PutPermission(c, &api.PutPermissionInput{Action: new("events:PutEvents"), Principal: new("*"), StatementId: new("new")}))
		}, of(bus, "default"), ", 2 statements, 0 tags"},
		"RemovePermission": {func(c ctx, s *Service) error {
			return only(s.RemovePermission(c, &api.RemovePermissionInput{StatementId: new("old")}))
		}, of(bus, "default"), ", 0 statements, 0 tags"},
		"TagResource": {func(c ctx, s *Service) error {
			return only(s.TagResource(c, &api.TagResourceInput{ResourceARN: oldBus, Tags: []api.Tag{{Key: "k"}}}))
		}, of(bus, "old"), ", 0 statements, 2 tags"},
		"UntagResource": {func(c ctx, s *Service) error {
			return only(s.UntagResource(c, &api.UntagResourceInput{ResourceARN: oldBus, TagKeys: []string{"old"}}))
		}, of(bus, "old"), ", 0 statements, 0 tags"},
		"PutRule": {func(c ctx, s *Service) error {
			return only(s.PutRule(c, &api.PutRuleInput{Name: "new", ScheduleExpression: new("rate(1 minute)")}))
		}, of(rule, "new"), "ENABLED with 0"},
		"DeleteRule":  {func(c ctx, s *Service) error { return only(s.DeleteRule(c, &api.DeleteRuleInput{Name: "old"})) }, of(rule, "old"), "gone"},
		"DisableRule": {func(c ctx, s *Service) error { return only(s.DisableRule(c, &api.DisableRuleInput{Name: "with"})) }, of(rule, "with"), "DISABLED with 1"},
		"EnableRule": {func(c ctx, s *Service) error {
			if _, err := s.DisableRule(c, &api.DisableRuleInput{Name: "with"}); err != nil {
				return err
			}
			return only(s.EnableRule(c, &api.EnableRuleInput{Name: "with"}))
		}, of(rule, "with"), "ENABLED with 1"},
		"PutTargets": {func(c ctx, s *Service) error {
			return only(s.PutTargets(c, &api.PutTargetsInput{Rule: "with", Targets: []api.Target{{Id: "b", Arn: testFunction}}}))
		}, of(rule, "with"), "ENABLED with 2"},
		"RemoveTargets": {func(c ctx, s *Service) error {
			return only(s.RemoveTargets(c, &api.RemoveTargetsInput{Rule: "with", Ids: []string{"a"}}))
		}, of(rule, "with"), "ENABLED with 0"},
		"CreateArchive": {func(c ctx, s *Service) error {
			return only(s.CreateArchive(c, &api.CreateArchiveInput{ArchiveName: "new", EventSourceArn: defaultARN, RetentionDays: new(int32(1))}))
		}, of(archive, "new"), "there, "},
		"UpdateArchive": {func(c ctx, s *Service) error {
			return only(s.UpdateArchive(c, &api.UpdateArchiveInput{ArchiveName: "old", Description: new("d")}))
		}, of(archive, "old"), "there, d"},
		"DeleteArchive": {func(c ctx, s *Service) error {
			return only(s.DeleteArchive(c, &api.DeleteArchiveInput{ArchiveName: "old"}))
		}, of(archive, "old"), "gone"},
		"StartReplay": {func(c ctx, s *Service) error { return only(s.StartReplay(c, newReplay("new"))) }, of(replay, "new"), "STARTING"},
		"CancelReplay": {func(c ctx, s *Service) error {
			return only(s.CancelReplay(c, &api.CancelReplayInput{ReplayName: "old"}))
		}, of(replay, "old"), "CANCELLING"},
		"CreateConnection": {func(c ctx, s *Service) error { return only(s.CreateConnection(c, newConnection("new"))) }, of(connection, "new"), "AUTHORIZED"},
		"UpdateConnection": {func(c ctx, s *Service) error {
			return only(s.UpdateConnection(c, &api.UpdateConnectionInput{Name: "old", Description: new("d")}))
		}, of(connection, "old"), "AUTHORIZEDd"},
		"DeauthorizeConnection": {func(c ctx, s *Service) error {
			return only(s.DeauthorizeConnection(c, &api.DeauthorizeConnectionInput{Name: "old"}))
		}, of(connection, "old"), "DEAUTHORIZED"},
		"DeleteConnection": {func(c ctx, s *Service) error {
			return only(s.DeleteConnection(c, &api.DeleteConnectionInput{Name: "old"}))
		}, of(connection, "old"), "gone"},
		"CreateApiDestination": {func(c ctx, s *Service) error {
			d, err := s.DescribeConnection(c, &api.DescribeConnectionInput{Name: "old"})
			if err != nil {
				return err
			}
			return only(s.CreateApiDestination(c, &api.CreateApiDestinationInput{Name: "new", ConnectionArn: *d.ConnectionArn, InvocationEndpoint: "https://example.com", HttpMethod: "POST"}))
		}, of(destination, "new"), "there, "},
		"UpdateApiDestination": {func(c ctx, s *Service) error {
			return only(s.UpdateApiDestination(c, &api.UpdateApiDestinationInput{Name: "old", Description: new("d")}))
		}, of(destination, "old"), "there, d"},
		"DeleteApiDestination": {func(c ctx, s *Service) error {
			return only(s.DeleteApiDestination(c, &api.DeleteApiDestinationInput{Name: "old"}))
		}, of(destination, "old"), "gone"},
	}
}

// After any crash each change that was acknowledged is there.
func TestChangesSurviveACrash(t *testing.T) {
	t.Parallel()
	for name, tt := range changes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kvtest.Crash(t, func(st *kv.Store, ack func()) {
				s, ctx := newTestService(st)
				prepare(ctx, t, s, name)
				ack()
				if err := tt.do(ctx, s); err != nil {
					t.Fatal(err)
				}
				ack()
			}, func(st *kv.Store, acked int) {
				s, ctx := newTestService(st)
				if got := tt.now(ctx, s); acked == 2 && got != tt.want {
					t.Errorf("after an acknowledged change: %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// sinkFunction keeps the ids of the events that it is invoked with.
type sinkFunction struct {
	lambdaapi.Unimplemented

	mu   sync.Mutex
	seen map[string]int
}

// Invoke keeps an event's id.
func (f *sinkFunction) Invoke(_ context.Context, in *lambdaapi.InvokeInput) (*lambdaapi.InvokeOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[string(in.Payload[len(`{"version":"0","id":"`):][:36])]++
	return &lambdaapi.InvokeOutput{}, nil
}

// deliverAll runs what waits in a store until nothing does.
func deliverAll(t *testing.T, st *kv.Store) map[string]int {
	t.Helper()
	return runUntil(t, st, 0, func(*sinkFunction) bool { return pending(t, st) == 0 })
}

// runUntil runs a store's tasks some time later until something holds, and
// returns how often each event reached the function.
func runUntil(t *testing.T, st *kv.Store, later time.Duration, holds func(*sinkFunction) bool) map[string]int {
	t.Helper()
	s, _ := newTestService(st)
	s.Clock.(*clock.Fake).Advance(later)
	f := &sinkFunction{seen: make(map[string]int)}
	stop := run(t, s, f)
	for deadline := time.Now().Add(time.Minute); !holds(f); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatal("deliveries do not end")
		}
	}
	stop()
	return f.seen
}

// run runs the tasks of a service whose targets are a function, until it is told
// to stop.
func run(t *testing.T, s *Service, function any) (stop func()) {
	t.Helper()
	door := call.NewDoor(call.DoorOptions{Authorizer: auth.AllowAll{}, Clock: s.Clock, IDs: s.IDs, Log: s.Log})
	door.Add(lambdaapi.Model, function)
	s.Tasks.SetCaller(door)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Tasks.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// pending counts the tasks of a store.
func pending(t *testing.T, st *kv.Store) (n int) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		n = 0
		for _, err := range tx.Scan(kv.Prefix(kv.NewKey("", "", "task", "t"))) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// After any crash every acknowledged event reaches its target, those of other
// services too, and none reaches it that was not put.
func TestAcknowledgedEventsAreDeliveredAfterACrash(t *testing.T) {
	t.Parallel()
	var put []string // those acknowledged, in order
	kvtest.Crash(t, func(st *kv.Store, ack func()) {
		s, ctx := newTestService(st)
		must[*api.PutRuleOutput](t)(s.PutRule(ctx, &api.PutRuleInput{Name: "r", EventPattern: new(`{"source":["shop","aws.s3"]}`)}))
		must[*api.PutTargetsOutput](t)(s.PutTargets(ctx, &api.PutTargetsInput{Rule: "r", Targets: []api.Target{{Id: "a", Arn: testFunction}}}))
		for i := range 4 {
			out := must[*api.PutEventsOutput](t)(s.PutEvents(ctx, &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{
				{Source: new("shop"), DetailType: new("order"), Detail: new(fmt.Sprintf(`{"n":%d}`, i))},
			}}))
			put = append(put, *out.Entries[0].EventId)
			ack()
		}
		err := st.Update(ctx, func(tx *kv.Tx) error {
			return s.Emit(tx, service.Event{Account: "000000000000", Region: "us-east-1", Source: "aws.s3", DetailType: "Object Created", Detail: map[string]any{}})
		})
		if err != nil {
			t.Fatal(err)
		}
		ack()
	}, func(st *kv.Store, acked int) {
		seen := deliverAll(t, st)
		for i, id := range put[:min(acked, len(put))] {
			if seen[id] != 1 {
				t.Errorf("event %d of %d acknowledged was delivered %d times", i, acked, seen[id])
			}
		}
		if acked == 5 && len(seen) != 5 {
			t.Errorf("%d events delivered, the one of another service is missing", len(seen))
		}
	})
}

// After any crash a replay that was begun tells each archived event again, once.
func TestReplaysGoOnAfterACrash(t *testing.T) {
	t.Parallel()
	var put []string
	kvtest.Crash(t, func(st *kv.Store, ack func()) {
		s, ctx := newTestService(st)
		must[*api.CreateArchiveOutput](t)(s.CreateArchive(ctx, &api.CreateArchiveInput{ArchiveName: "old", EventSourceArn: defaultARN}))
		for range 3 {
			out := must[*api.PutEventsOutput](t)(s.PutEvents(ctx, &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{
				{Source: new("shop"), DetailType: new("order"), Detail: new("{}")},
			}}))
			put = append(put, *out.Entries[0].EventId)
		}
		must[*api.PutRuleOutput](t)(s.PutRule(ctx, &api.PutRuleInput{Name: "r", EventPattern: new(`{"source":["shop"]}`)}))
		must[*api.PutTargetsOutput](t)(s.PutTargets(ctx, &api.PutTargetsInput{Rule: "r", Targets: []api.Target{{Id: "a", Arn: testFunction}}}))
		in := newReplay("new")
		in.EventEndTime = s.Clock.Now().Add(time.Hour)
		must[*api.StartReplayOutput](t)(s.StartReplay(ctx, in))
		ack()
	}, func(st *kv.Store, acked int) {
		seen := deliverAll(t, st)
		for _, id := range put {
			if acked == 1 && seen[id] != 1 {
				t.Errorf("event %s was replayed %d times", id, seen[id])
			}
		}
		s, ctx := newTestService(st)
		if state := replayNow(ctx, s, "new"); acked == 1 && state != "COMPLETED" {
			t.Errorf("the replay is %s", state)
		}
	})
}

// After any crash a schedule goes on.
func TestSchedulesGoOnAfterACrash(t *testing.T) {
	t.Parallel()
	kvtest.Crash(t, func(st *kv.Store, ack func()) {
		s, ctx := newTestService(st)
		must[*api.PutRuleOutput](t)(s.PutRule(ctx, &api.PutRuleInput{Name: "r", ScheduleExpression: new("rate(1 minute)")}))
		must[*api.PutTargetsOutput](t)(s.PutTargets(ctx, &api.PutTargetsInput{Rule: "r", Targets: []api.Target{{Id: "a", Arn: testFunction}}}))
		ack()
	}, func(st *kv.Store, acked int) {
		if acked == 0 {
			return
		}
		seen := runUntil(t, st, time.Minute, func(f *sinkFunction) bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return len(f.seen) > 0
		})
		if len(seen) != 1 {
			t.Errorf("told %d times", len(seen))
		}
		if n := pending(t, st); n != 1 {
			t.Errorf("%d tasks wait for the next time", n)
		}
	})
}

package events

import (
	"fmt"
	"testing"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// Two nodes share a store: what one does to a rule counts for the other's next
// event.
func TestRulesCountOnEveryNode(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	one, ctx := newTestService(st)
	two, _ := newTestService(st)
	put := func(s *Service) int {
		t.Helper()
		before := pending(t, st)
		must[*api.PutEventsOutput](t)(s.PutEvents(ctx, &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{
			{Source: new("shop"), DetailType: new("order"), Detail: new(`{"n":1}`)},
		}}))
		return pending(t, st) - before
	}
	rule := func(s *Service, name, pattern string) {
		t.Helper()
		must[*api.PutRuleOutput](t)(s.PutRule(ctx, &api.PutRuleInput{Name: name, EventPattern: &pattern}))
		must[*api.PutTargetsOutput](t)(s.PutTargets(ctx, &api.PutTargetsInput{Rule: name, Targets: []api.Target{{Id: "a", Arn: testFunction}}}))
	}
	for i := range 5 {
		from, to := one, two
		if i%2 == 1 {
			from, to = two, one
		}
		name := fmt.Sprint("r", i)
		rule(from, name, `{"detail":{"n":[1]}}`)
		if n := put(to); n != 1 {
			t.Errorf("%d deliveries after the other node made a rule", n)
		}
		rule(from, name, `{"detail":{"n":[2]}}`)
		if n := put(to); n != 0 {
			t.Errorf("%d deliveries after the other node changed it", n)
		}
		rule(to, name, `{"detail":{"n":[1]}}`)
		if n := put(from); n != 1 {
			t.Errorf("%d deliveries after the rule was changed back", n)
		}
		must[*api.RemoveTargetsOutput](t)(from.RemoveTargets(ctx, &api.RemoveTargetsInput{Rule: name, Ids: []string{"a"}}))
		must[*api.DeleteRuleOutput](t)(from.DeleteRule(ctx, &api.DeleteRuleInput{Name: name}))
		if n := put(to); n != 0 {
			t.Errorf("%d deliveries after the other node deleted it", n)
		}
	}
}

// Calls of a destination keep their distance, however many ask at once.
func TestDestinationsAreCalledAtTheirRate(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	s, ctx := newTestService(st)
	c := must[*api.CreateConnectionOutput](t)(s.CreateConnection(ctx, newConnection("c")))
	must[*api.CreateApiDestinationOutput](t)(s.CreateApiDestination(ctx, &api.CreateApiDestinationInput{
		Name: "d", ConnectionArn: *c.ConnectionArn, InvocationEndpoint: "https://example.com", HttpMethod: "POST", InvocationRateLimitPerSecond: new(int32(4)),
	}))
	h := home{"000000000000", "us-east-1"}
	if err := s.awaitTurn(ctx, h, "d", &destination{Rate: 4}); err != nil {
		t.Fatal(err)
	}
	err := st.View(ctx, func(tx *kv.Tx) error {
		next, _, err := kv.Get[time.Time](tx, h.slotKey("d"))
		if wait := next.Sub(s.Clock.Now()); wait != 250*time.Millisecond {
			t.Errorf("the next call is due in %v", wait)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

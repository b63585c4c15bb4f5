package events

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/wire"
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
	turn := h.turn("d")
	if err := turn.Await(ctx, s.Deps, 4); err != nil {
		t.Fatal(err)
	}
	err := st.View(ctx, func(tx *kv.Tx) error {
		next, _, err := kv.Get[time.Time](tx, turn.Key())
		if wait := next.Sub(s.Clock.Now()); wait != 250*time.Millisecond {
			t.Errorf("the next call is due in %v", wait)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What would be too much for one transaction is several.
func TestAnEventReachesHoweverManyRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ rules, bytes int }{"many rules": {2*maxListeners + 7, 1}, "a large event": {12, maxRequest - 100}}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := kvtest.Open(t)
			s, ctx := newTestService(st)
			for i := range tt.rules {
				name := fmt.Sprint("r", i)
				must[*api.PutRuleOutput](t)(s.PutRule(ctx, &api.PutRuleInput{Name: name, EventPattern: new(`{"source":["shop"]}`)}))
				must[*api.PutTargetsOutput](t)(s.PutTargets(ctx, &api.PutTargetsInput{Rule: name, Targets: []api.Target{{Id: "a", Arn: testFunction}}}))
			}
			out := must[*api.PutEventsOutput](t)(s.PutEvents(ctx, &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{
				{Source: new("shop"), DetailType: new("order"), Detail: new(`{"x":"` + strings.Repeat("x", tt.bytes) + `"}`)},
			}}))
			if now := pending(t, st); now >= tt.rules {
				t.Errorf("%d tasks in the first transaction", now)
			}
			if n := deliverAll(t, st)[*out.Entries[0].EventId]; n != tt.rules {
				t.Errorf("%d deliveries, want %d", n, tt.rules)
			}
		})
	}
}

// A bus is changed by its owner alone.
func TestBusesOfOthersAreOutOfReach(t *testing.T) {
	t.Parallel()
	s, ctx := newTestService(kvtest.Open(t))
	info := call.From(ctx)
	info.Account = "111111111111"
	other := call.With(ctx, info)
	_, err := s.PutRule(other, &api.PutRuleInput{Name: "r", EventBusName: new(defaultARN), EventPattern: new(`{"source":["shop"]}`)})
	if refused, ok := errors.AsType[wire.Error](err); !ok || refused.ErrorCode() != "AccessDeniedException" {
		t.Errorf("a rule on another's bus: %v", err)
	}
	_, err = s.TagResource(other, &api.TagResourceInput{ResourceARN: defaultARN, Tags: []api.Tag{{Key: "k"}}})
	if refused, ok := errors.AsType[wire.Error](err); !ok || refused.ErrorCode() != "AccessDeniedException" {
		t.Errorf("a tag of another's bus: %v", err)
	}
}

package events

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/task"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "soon": 0, "90": 90 * time.Second, "-1": -time.Second,
		"Thu, 01 Jan 2026 12:01:00 GMT": time.Minute, "Thu, 01 Jan 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

// A destination and its connection's secrets are for its own account, and a
// destination's ARN for that one alone, not for another that has got its name.
func TestDestinationsAreCalledForTheirOwnAccount(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(site.Close)
	s, ctx := newTestService(kvtest.Open(t))
	c, err := s.CreateConnection(ctx, newConnection("c"))
	if err != nil {
		t.Fatal(err)
	}
	in := &api.CreateApiDestinationInput{Name: "d", ConnectionArn: *c.ConnectionArn, InvocationEndpoint: site.URL, HttpMethod: "POST"}
	d, err := s.CreateApiDestination(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	calls := func(target, account string) error {
		_, err := s.callEndpoint(ctx, &task.Run{}, &endpointCall{Delivery: task.Delivery{Target: target, Account: account}})
		return err
	}
	if err := calls(*d.ApiDestinationArn, "000000000000"); err != nil {
		t.Errorf("its own account: %v", err)
	}
	for what, err := range map[string]error{
		"another account":     calls(*d.ApiDestinationArn, "111111111111"),
		"another destination": calls(*d.ApiDestinationArn+"0", "000000000000"),
	} {
		if _, ok := errors.AsType[*api.ResourceNotFoundException](err); !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	info := call.From(ctx)
	info.Account = "111111111111"
	if _, err := s.CreateApiDestination(call.With(ctx, info), in); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a destination with another account's connection: %v", err)
	}
}

// What parameters take from an event is bounded, and so are they.
func TestParametersOfEndpointsAreBounded(t *testing.T) {
	t.Parallel()
	e := &event{detail: []byte(`{"text":"` + strings.Repeat("x", 100_000) + `"}`)}
	for n, want := range map[int]int{9: 1_000_000, 100: 1_100_000} { // the header among them, as long as there is room
		var c endpointCall
		size := c.fill(&api.HttpParameters{
			PathParameterValues: slices.Repeat([]string{"$.detail.text"}, n), HeaderParameters: map[string]string{"a": "$.detail.text"},
		}, e)
		held := len(c.Header["a"])
		for _, v := range c.Path {
			held += len(v)
		}
		if size != want || held != want {
			t.Errorf("%d parameters hold %d bytes, and say %d", n, held, size)
		}
	}
	s, ctx := newTestService(kvtest.Open(t))
	prepare(ctx, t, s, "PutTargets")
	target := func(id string, n, length int) api.Target {
		return api.Target{Id: id, Arn: testFunction, HttpParameters: &api.HttpParameters{PathParameterValues: slices.Repeat([]string{strings.Repeat("x", length)}, n)}}
	}
	if _, err := s.PutTargets(ctx, &api.PutTargetsInput{Rule: "old", Targets: []api.Target{target("a", 101, 1)}}); err == nil || !toldToClient(err) {
		t.Errorf("101 parameters: %v", err)
	}
	_, err := s.PutTargets(ctx, &api.PutTargetsInput{Rule: "old", Targets: []api.Target{target("a", 100, 9000), target("b", 100, 9000)}})
	if _, ok := errors.AsType[*api.LimitExceededException](err); !ok {
		t.Errorf("a rule of 1.8 MB: %v", err)
	}
}

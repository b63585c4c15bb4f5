package sns_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/task"
)

// TestDuplicatesAreKnownForFiveMinutesThoughTheClockWasSetBack publishes to a FIFO
// topic before and after.
func TestDuplicatesAreKnownForFiveMinutesThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ctx := call.With(context.Background(), call.Info{Account: "000000000000", Region: "us-east-1"})
	at := func(now time.Time) (*sns.Service, *clock.Fake) {
		c, source := clock.NewFake(now), ids.New(rand.Reader)
		tasks := task.New(task.Options{Store: st, Clock: c, IDs: source})
		return sns.New(service.Deps{Store: st, Tasks: tasks, Clock: c, IDs: source}), c
	}
	publish := func(s *sns.Service, topic *string) string {
		t.Helper()
		out, err := s.Publish(ctx, &api.PublishInput{TopicArn: topic, Message: "m", MessageGroupId: new("g"), MessageDeduplicationId: new("d")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.MessageId
	}
	const by = 10 * time.Hour
	s, _ := at(begin.Add(by))
	topic, err := s.CreateTopic(ctx, &api.CreateTopicInput{Name: "t.fifo", Attributes: map[string]string{"FifoTopic": "true"}})
	if err != nil {
		t.Fatal(err)
	}
	first := publish(s, topic.TopicArn)
	s, c := at(begin)
	if err := s.Rewind(ctx, setback.NewWalk(st, kv.NewKey("", "", "progress"), setback.Jump{By: by, Now: begin})); err != nil {
		t.Fatal(err)
	}
	c.Advance(5*time.Minute - time.Nanosecond)
	if publish(s, topic.TopicArn) != first {
		t.Error("a duplicate is not known within five minutes")
	}
	c.Advance(time.Nanosecond)
	if publish(s, topic.TopicArn) == first {
		t.Error("a duplicate is known after five minutes")
	}
}

package logs

import (
	"errors"
	"testing"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/task"
)

// A follower that is given up goes on behind what it could not take: it has a
// task as long as there is something more, and is armed by events again when not.
func TestAFollowerThatIsGivenUpGoesOn(t *testing.T) {
	t.Parallel()
	ctx := call.With(t.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	st := kvtest.Open(t)
	s := testService(st, c)
	s.Caller = everyone{}
	do := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(s.CreateLogGroup(ctx, &api.CreateLogGroupInput{LogGroupName: "g"}))
	do(s.CreateLogStream(ctx, &api.CreateLogStreamInput{LogGroupName: "g", LogStreamName: "s"}))
	do(s.PutSubscriptionFilter(ctx, &api.PutSubscriptionFilterInput{LogGroupName: "g", FilterName: "f", DestinationArn: "arn:aws:lambda:us-east-1:000000000000:function:f"}))
	for range 2 {
		do(s.PutLogEvents(ctx, &api.PutLogEventsInput{LogGroupName: "g", LogStreamName: "s", LogEvents: []api.InputLogEvent{{Timestamp: c.Now().UnixMilli(), Message: "a"}}}))
	}
	h := homeOf(ctx)
	for i, armed := range []bool{true, false} {
		err := st.Update(ctx, func(tx *kv.Tx) error {
			g, err := loadGroup(tx, h, "g")
			if err != nil {
				return err
			}
			name := subscriptionPrefix + "f"
			run := &task.Run{Task: task.Task{Kind: followKind, Key: g.ID + "/" + name}}
			before, _, err := kv.Get[follower](tx, h.followerKey(g.ID, name))
			if err != nil {
				return err
			}
			if err := s.skipDead(tx, run, &followWork{h.Account, h.Region, "g", g.ID, name}, errors.New("no reason")); err != nil {
				return err
			}
			after, _, err := kv.Get[follower](tx, h.followerKey(g.ID, name))
			if after.Seen <= before.Seen || after.Armed != armed {
				t.Errorf("%d: %+v, after %+v", i, after, before)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

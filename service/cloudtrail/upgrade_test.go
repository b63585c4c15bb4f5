package cloudtrail

import (
	"context"
	"fmt"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service/cloudtrail/record"
)

// rowOfFormat3 is an event's row as folders of format 3 have it.
type rowOfFormat3 struct {
	Name, Source    string
	ReadOnly        bool
	User, AccessKey string
	Resources       []record.Resource
	JSON            []byte
}

// writeFormat3 writes events, the newest a second ago, as a program of format 3.
func writeFormat3(ctx context.Context, t *testing.T, st *kv.Store, events int) {
	t.Helper()
	h := homeOf(call.From(ctx))
	err := st.Update(ctx, func(tx *kv.Tx) error {
		for i := range events {
			at := time.Now().Add(time.Duration(i-events) * time.Second).UnixNano()
			id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
			queue := fmt.Sprint("queue-", i)
			e := rowOfFormat3{Name: "CreateQueue", Source: "sqs.amazonaws.com", User: "ann", Resources: []record.Resource{{Type: "AWS::SQS::Queue", Name: queue}}, JSON: []byte(`{}`)}
			if err := kv.Put(tx, h.key("h", at, id), e); err != nil {
				return err
			}
			for _, a := range [][2]string{
				{"EventId", id},
				{"EventName", e.Name},
				{"EventSource", e.Source},
				{"ReadOnly", "false"},
				{"Username", "ann"},
				{"ResourceType", "AWS::SQS::Queue"},
				{"ResourceName", queue},
			} {
				if err := tx.Put(h.key("i", a[0], a[1], at, id), nil); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkFormat3 looks for what writeFormat3 wrote.
func checkFormat3(ctx context.Context, t *testing.T, s *Service, events int) {
	t.Helper()
	for key, value := range map[string]string{"EventId": "00000000-0000-4000-8000-000000000005", "ResourceName": "queue-5"} {
		if n := found(ctx, t, s, key, value); n != 1 {
			t.Errorf("%s %s is found %d times", key, value, n)
		}
	}
	if n := found(ctx, t, s, "EventName", "CreateQueue"); n != events {
		t.Errorf("%d of %d events", n, events)
	}
}

func TestEventsOfFormat3AreFoundAfterAnUpgrade(t *testing.T) {
	t.Parallel()
	const events = 2*upgradeRows + 7
	ctx := testenv.Context(t.Context(), "")
	s := onStore(kvtest.Open(t))
	writeFormat3(ctx, t, s.Store, events)
	if err := s.Upgrade(ctx, 3); err != nil {
		t.Fatal(err)
	}
	checkFormat3(ctx, t, s, events)
	if n, _, _ := count(t, s.Store); n != 0 {
		t.Errorf("%d events are in no block", n)
	}
}

func TestAnUpgradeThatIsCutOffGoesOn(t *testing.T) {
	t.Parallel()
	const events = 9
	ctx := testenv.Context(t.Context(), "")
	work := func(st *kv.Store, ack func()) {
		writeFormat3(ctx, t, st, events)
		ack()
		if err := onStore(st).Upgrade(ctx, 3); err != nil {
			t.Fatal(err)
		}
	}
	check := func(st *kv.Store, acked int) {
		s := onStore(st)
		if err := s.Upgrade(ctx, 3); err != nil {
			t.Error(err)
		} else if acked > 0 {
			checkFormat3(ctx, t, s, events)
		}
	}
	kvtest.Crash(t, work, check)
}

// found counts all pages of a lookup.
func found(ctx context.Context, t *testing.T, s *Service, key, value string) (n int) {
	t.Helper()
	in := &api.LookupEventsInput{LookupAttributes: []api.LookupAttribute{{AttributeKey: key, AttributeValue: value}}}
	for {
		out, err := s.LookupEvents(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		n += len(out.Events)
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return n
		}
	}
}

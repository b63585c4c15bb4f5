package cloudtrail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	api "maru.dev/maru/api/cloudtrail"
	s3api "maru.dev/maru/api/s3"
	sqsapi "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// open stands in for S3: a bucket that lets CloudTrail do everything.
type open struct{}

// Call answers the one question that a change of a trail asks.
func (open) Call(_ context.Context, _, operation string, _ any) (any, error) {
	if operation != "GetBucketPolicy" {
		return nil, fmt.Errorf("unexpected call of %s", operation)
	}
	return &s3api.GetBucketPolicyOutput{Policy: new(`{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:*","Resource":"*"}]}`)}, nil
}

// CallJSON is not used.
func (open) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return nil, wire.NotImplemented("s3", "CallJSON")
}

// onStore is the service on a store.
func onStore(st *kv.Store) *Service {
	d := service.Deps{Store: st, Clock: clock.System{}, IDs: ids.New(ids.Buffered(rand.Reader)), Log: slog.New(slog.DiscardHandler), Caller: open{}}
	d.Tasks = task.New(task.Options{Store: st, Clock: d.Clock, IDs: d.IDs, Log: d.Log})
	return New(d)
}

// created is a call that has made a queue.
func created(ctx context.Context, queue string) *call.Record {
	return recordOf(ctx, sqsapi.Model, "CreateQueue", &sqsapi.CreateQueueInput{QueueName: queue}, &sqsapi.CreateQueueOutput{QueueUrl: &queue})
}

// recordOf is what the door tells of a call.
func recordOf(ctx context.Context, model *wire.Service, operation string, in, out any) *call.Record {
	for i := range model.Operations {
		if op := &model.Operations[i]; op.Name == operation {
			return &call.Record{Info: call.From(ctx), Model: model, Operation: op, In: in, Out: out}
		}
	}
	panic("no operation " + operation)
}

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	kvtest.History(t, func(st *kv.Store, steps *kvtest.Steps) {
		s := onStore(st)
		name := homeOf(call.From(ctx)).trailARN("main")
		steps.Did(s.CreateTrail(ctx, &api.CreateTrailInput{Name: "main", S3BucketName: "audit"}))
		steps.Did(s.StartLogging(ctx, &api.StartLoggingInput{Name: "main"}))
		s.Audit(ctx, created(ctx, "orders"))
		steps.Did(nil, nil)
		steps.Did(s.UpdateTrail(ctx, &api.UpdateTrailInput{Name: "main", EnableLogFileValidation: new(true)}))
		steps.Did(s.PutEventSelectors(ctx, &api.PutEventSelectorsInput{TrailName: "main", EventSelectors: []api.EventSelector{{ReadWriteType: new("WriteOnly")}}}))
		steps.Did(s.PutInsightSelectors(ctx, &api.PutInsightSelectorsInput{TrailName: new("main"), InsightSelectors: []api.InsightSelector{{InsightType: new("ApiCallRateInsight")}}}))
		steps.Did(s.AddTags(ctx, &api.AddTagsInput{ResourceId: name, TagsList: []api.Tag{{Key: "a", Value: new("b")}}}))
		steps.Did(s.RemoveTags(ctx, &api.RemoveTagsInput{ResourceId: name, TagsList: []api.Tag{{Key: "a"}}}))
		steps.Did(s.StopLogging(ctx, &api.StopLoggingInput{Name: "main"}))
		steps.Did(s.DeleteTrail(ctx, &api.DeleteTrailInput{Name: "main"}))
	})
}

// After any crash, each call that was answered has its record, with its index,
// and waits in the trail's lane.
func TestAnAnsweredCallIsRecordedWhateverCrashes(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	work := func(st *kv.Store, ack func()) {
		s := onStore(st)
		if _, err := s.CreateTrail(ctx, &api.CreateTrailInput{Name: "main", S3BucketName: "audit"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.StartLogging(ctx, &api.StartLoggingInput{Name: "main"}); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			s.Audit(ctx, created(ctx, fmt.Sprint("queue-", i)))
			ack()
		}
	}
	check := func(st *kv.Store, acked int) {
		s := onStore(st)
		for i := range acked {
			out, err := s.LookupEvents(ctx, &api.LookupEventsInput{LookupAttributes: []api.LookupAttribute{{
				AttributeKey: api.LookupAttributeKeyResourceName, AttributeValue: fmt.Sprint("queue-", i),
			}}})
			if err != nil || len(out.Events) != 1 {
				t.Errorf("of %d answered, %d is recorded %d times: %v", acked, i, len(out.Events), err)
			}
		}
		events, waiting, armed := count(t, st)
		if events != waiting || events < acked || armed != min(1, waiting) {
			t.Errorf("%d answered: %d events, %d waiting, %d armed", acked, events, waiting, armed)
		}
	}
	kvtest.Crash(t, work, check)
}

// count counts the rows of the history and of lanes.
func count(t *testing.T, st *kv.Store) (events, waiting, armed int) {
	t.Helper()
	into := map[string]*int{"e": &events, "p": &waiting, "a": &armed}
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		for _, region := range []string{"", testenv.Region} {
			for row, err := range tx.Scan(kv.Prefix(kv.NewKey(testenv.Account, region, "cloudtrail"))) {
				if err != nil {
					return err
				}
				var kind string
				if err := row.Key.Scan(3, &kind); err != nil {
					return err
				}
				if n := into[kind]; n != nil {
					*n++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, waiting, armed
}

func TestReadsThatFindNoRoomAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	s := onStore(kvtest.Open(t))
	for range maxBuffered + 3 {
		s.Audit(ctx, recordOf(ctx, sqsapi.Model, "ListQueues", &sqsapi.ListQueuesInput{}, nil))
	}
	if events, _, _ := count(t, s.Store); events != 3 {
		t.Errorf("%d events were written, want 3", events)
	}
	if err := s.flush(ctx); err != nil {
		t.Fatal(err)
	}
	if events, _, _ := count(t, s.Store); events != maxBuffered+3 {
		t.Errorf("%d events after all", events)
	}
}

func TestARunThatEndsWritesWhatIsBuffered(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	s := onStore(kvtest.Open(t))
	s.Audit(ctx, recordOf(ctx, sqsapi.Model, "ListQueues", &sqsapi.ListQueuesInput{}, nil))
	running, end := context.WithCancel(ctx)
	end()
	if err := s.Run(running); err != nil {
		t.Fatal(err)
	}
	s.Audit(ctx, recordOf(ctx, sqsapi.Model, "ListQueues", &sqsapi.ListQueuesInput{}, nil)) // there is nobody to write it later
	if events, _, _ := count(t, s.Store); events != 2 {
		t.Errorf("%d events", events)
	}
}

// Two nodes on one store: what one selects, the other records.
func TestAnotherNodesTrailIsSeen(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	st := kvtest.Open(t)
	one, two := onStore(st), onStore(st)
	running, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- two.Run(running) }()
	defer func() {
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	send := recordOf(ctx, sqsapi.Model, "SendMessage", &sqsapi.SendMessageInput{QueueUrl: "http://x/000000000000/q"}, &sqsapi.SendMessageOutput{})
	two.Audit(ctx, send) // it knows now that there is no trail
	if _, err := one.CreateTrail(ctx, &api.CreateTrailInput{Name: "main", S3BucketName: "audit"}); err != nil {
		t.Fatal(err)
	}
	category, kind := api.AdvancedFieldSelector{Field: "eventCategory", Equals: []string{"Data"}}, api.AdvancedFieldSelector{Field: "resources.type", Equals: []string{"AWS::SQS::Queue"}}
	if _, err := one.PutEventSelectors(ctx, &api.PutEventSelectorsInput{TrailName: "main", AdvancedEventSelectors: []api.AdvancedEventSelector{{FieldSelectors: []api.AdvancedFieldSelector{category, kind}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := one.StartLogging(ctx, &api.StartLoggingInput{Name: "main"}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the other node knows", func() bool {
		two.Audit(ctx, send)
		_, waiting, _ := count(t, st)
		return waiting > 0
	})
}

func TestWhatThePlatformLooksUpIsNotRecorded(t *testing.T) {
	t.Parallel()
	as := func(service string) context.Context {
		return call.As(testenv.Context(t.Context(), ""), service, "arn:aws:lambda:us-east-1:000000000000:function:f", testenv.Account, testenv.Region)
	}
	tests := map[string]struct {
		service, operation string
		model              *wire.Service
		in                 any
		want               int
	}{
		"a look":         {"lambda.amazonaws.com", "GetQueueAttributes", sqsapi.Model, &sqsapi.GetQueueAttributesInput{}, 0},
		"a change":       {"cloudformation.amazonaws.com", "CreateQueue", sqsapi.Model, &sqsapi.CreateQueueInput{QueueName: "q"}, 1},
		"CloudTrail's":   {principal, "CreateQueue", sqsapi.Model, &sqsapi.CreateQueueInput{QueueName: "q"}, 0},
		"an object":      {"lambda.amazonaws.com", "PutObject", s3api.Model, &s3api.PutObjectInput{Bucket: "b", Key: "k", Body: strings.NewReader("x")}, 0},
		"an empty queue": {"lambda.amazonaws.com", "ReceiveMessage", sqsapi.Model, &sqsapi.ReceiveMessageInput{}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onStore(kvtest.Open(t))
			ctx := as(tt.service)
			s.Audit(ctx, recordOf(ctx, tt.model, tt.operation, tt.in, nil))
			if err := s.flush(ctx); err != nil {
				t.Fatal(err)
			}
			events, _, _ := count(t, s.Store)
			if events != tt.want {
				t.Errorf("%d events, want %d", events, tt.want)
			}
		})
	}
}

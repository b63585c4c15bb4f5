package task

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	lambda "maru.dev/maru/api/lambda"
	sns "maru.dev/maru/api/sns"
	sqs "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/wire"
)

// recorded is a call that a fakeCaller has answered.
type recorded struct {
	Op   string
	In   any
	Info call.Info
}

// fakeCaller answers every call with what answer says, and remembers it.
type fakeCaller struct {
	calls  chan recorded
	answer func(n int, op string) error
	n      atomic.Int32
}

func newFakeCaller(answer func(n int, op string) error) *fakeCaller {
	return &fakeCaller{calls: make(chan recorded, 1000), answer: answer}
}

// Call records a call.
func (f *fakeCaller) Call(ctx context.Context, service, operation string, in any) (any, error) {
	f.calls <- recorded{service + "." + operation, in, call.From(ctx)}
	if f.answer == nil {
		return nil, nil
	}
	return nil, f.answer(int(f.n.Add(1)), service+"."+operation)
}

// CallJSON is not used by deliveries.
func (*fakeCaller) CallJSON(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return nil, errors.New("not used")
}

// deliver runs a queue that calls f and hands it d.
func deliver(t *testing.T, f call.Caller, d Delivery) {
	t.Helper()
	q := testQueue(t, kvtest.Open(t))
	q.SetCaller(f)
	start(t, q)
	if err := q.store.Update(t.Context(), func(tx *kv.Tx) error { return q.Deliver(tx, d) }); err != nil {
		t.Fatal(err)
	}
}

const queueARN = "arn:aws:sqs:eu-west-1:111122223333:orders.fifo"

func TestDeliverCallsTarget(t *testing.T) {
	t.Parallel()
	d := Delivery{
		Payload: []byte("hi"), Attributes: map[string]string{"n": "1", "b": "AAE="}, AttributeTypes: map[string]string{"n": "Number", "b": "Binary"},
		GroupID: "g", DedupID: "d", Subject: "s", Principal: "sns.amazonaws.com", SourceARN: "arn:source",
		Account: "999999999999", Region: "us-east-1", TraceID: "Root=1",
	}
	tests := map[string]struct {
		target string
		op     string
		in     any
	}{
		"sqs": {queueARN, "sqs.SendMessage", &sqs.SendMessageInput{
			QueueUrl: "/111122223333/orders.fifo", MessageBody: "hi", MessageGroupId: new("g"), MessageDeduplicationId: new("d"),
			MessageAttributes: map[string]sqs.MessageAttributeValue{
				"n": {DataType: "Number", StringValue: new("1")}, "b": {DataType: "Binary", BinaryValue: []byte{0, 1}},
			},
			MessageSystemAttributes: map[string]sqs.MessageSystemAttributeValue{"AWSTraceHeader": {DataType: "String", StringValue: new("Root=1")}},
		}},
		"sns": {"arn:aws:sns:eu-west-1:111122223333:t", "sns.Publish", &sns.PublishInput{
			TopicArn: new("arn:aws:sns:eu-west-1:111122223333:t"), Message: "hi", Subject: new("s"), MessageGroupId: new("g"),
			MessageAttributes: map[string]sns.MessageAttributeValue{
				"n": {DataType: "Number", StringValue: new("1")}, "b": {DataType: "Binary", BinaryValue: []byte{0, 1}},
			},
		}},
		"lambda": {"arn:aws:lambda:eu-west-1:111122223333:function:f:live", "lambda.Invoke", &lambda.InvokeInput{
			FunctionName: "arn:aws:lambda:eu-west-1:111122223333:function:f:live", InvocationType: new("Event"), Payload: []byte("hi"),
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeCaller(nil)
			d := d
			d.Target = tt.target
			deliver(t, f, d)
			got := receive(t, f.calls)
			if got.Info.Once == "" {
				t.Error("the call has no name to be known by when it is made again")
			}
			got.Info.Once = ""
			want := recorded{tt.op, tt.in, call.Info{
				Account: "111122223333", Region: "eu-west-1", Partition: "aws", TraceID: "Root=1",
				Principal: call.Principal{Kind: call.Service, Service: "sns.amazonaws.com", SourceARN: "arn:source"},
			}}
			if diff := cmp.Diff(want, got, cmpopts.EquateComparable(call.Info{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDeliverAssumesARole(t *testing.T) {
	t.Parallel()
	f := newFakeCaller(nil)
	deliver(t, f, Delivery{
		Target: "arn:aws:sqs:eu-west-1:111122223333:q", Payload: []byte("{}"), Principal: "events.amazonaws.com",
		SourceARN: "arn:aws:events:eu-west-1:111122223333:rule/bus/r", Role: "arn:aws:iam::111122223333:role/x/R", Account: "111122223333", Region: "eu-west-1",
	})
	want := call.Principal{
		Kind: call.Role, Account: "111122223333", UserID: "R:r", ARN: "arn:aws:sts::111122223333:assumed-role/R/r",
		Issuer: "arn:aws:iam::111122223333:role/x/R",
	}
	if got := receive(t, f.calls).Info.Principal; got != want {
		t.Errorf("%+v", got)
	}
}

func TestDeliverRetriesFaultsAndBuriesRefusals(t *testing.T) {
	t.Parallel()
	refusal := &wire.APIError{Code: "AWS.SimpleQueueService.NonExistentQueue", Message: "no such queue"}
	tests := map[string]struct {
		err   error
		tries int
		code  string
	}{
		"refused":   {refusal, 1, refusal.Code},
		"throttled": {&wire.APIError{Code: "ThrottlingException", Message: "later"}, 3, "ThrottlingException"},
		"429":       {&wire.APIError{Code: "X", Message: "later", Status: 429}, 3, "X"},
		"fault":     {&wire.APIError{Code: "ServiceException", Message: "oops", Status: 500}, 3, "ServiceException"},
		"ours":      {errors.New("broken"), 3, "InternalFailure"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeCaller(func(_ int, op string) error {
				if op == "lambda.Invoke" {
					return tt.err
				}
				return nil
			})
			deliver(t, f, Delivery{
				Target: "arn:aws:lambda:eu-west-1:111122223333:function:f", Payload: []byte("hi"), DeadLetter: queueARN, GroupID: "g",
				Principal: "sns.amazonaws.com", Policy: Policy{Phases: []Phase{{Tries: 2, Min: time.Millisecond}}},
			})
			for range tt.tries {
				if got := receive(t, f.calls); got.Op != "lambda.Invoke" {
					t.Fatalf("%s came before its time", got.Op)
				}
			}
			letter, ok := receive(t, f.calls).In.(*sqs.SendMessageInput)
			if !ok {
				t.Fatal("no dead letter")
			}
			if letter.MessageBody != "hi" || *letter.MessageGroupId != "g" || *letter.MessageAttributes["ErrorCode"].StringValue != tt.code {
				t.Errorf("dead letter %+v", letter)
			}
		})
	}
}

func TestDeliverUnknownTargetIsBuried(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"", "nonsense", "arn:aws:quantum:eu-west-1:111122223333:thing"} {
		f := newFakeCaller(nil)
		deliver(t, f, Delivery{Target: target, DeadLetter: queueARN, Principal: "events.amazonaws.com"})
		letter := receive(t, f.calls).In.(*sqs.SendMessageInput)
		if got := letter.MessageAttributes["ERROR_MESSAGE"].StringValue; got == nil || *got == "" {
			t.Errorf("%q: %+v", target, letter.MessageAttributes)
		}
		if got := *letter.MessageAttributes["RETRY_ATTEMPTS"].StringValue; got != "0" {
			t.Errorf("%q: %s retries", target, got)
		}
	}
}

func TestDeliverHTTP(t *testing.T) {
	t.Parallel()
	type request struct {
		Method, Body, Header string
	}
	got := make(chan request, 10)
	var n atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Method, string(body), r.Header.Get("X-Amz-Sns-Message-Type")}
		switch n.Add(1) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	})
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") })
	server := httptest.NewServer(mux)
	defer server.Close()
	f := newFakeCaller(nil)
	deliver(t, f, Delivery{
		Target: server.URL, Payload: []byte("hi"), Attributes: map[string]string{"x-amz-sns-message-type": "Notification"}, DeadLetter: queueARN,
		Policy: Policy{Phases: []Phase{{Tries: 5}}},
	})
	want := request{http.MethodPost, "hi", "Notification"}
	for range 3 {
		if diff := cmp.Diff(want, receive(t, got)); diff != "" {
			t.Error(diff)
		}
	}
	letter := receive(t, f.calls).In.(*sqs.SendMessageInput)
	if code := *letter.MessageAttributes["ErrorCode"].StringValue; code != "302" {
		t.Errorf("error code %q, attributes %v", code, letter.MessageAttributes)
	}
}

func TestPolicyDelays(t *testing.T) {
	t.Parallel()
	s := time.Second
	tests := map[string]struct {
		policy Policy
		want   []time.Duration // at the top of the jitter, until the policy ends
	}{
		"exponential": {Policy{MaxAttempts: 6, MinBackoff: s, MaxBackoff: 5 * s}, []time.Duration{s, 2 * s, 4 * s, 5 * s, 5 * s}},
		"factor":      {Policy{MaxAttempts: 4, MinBackoff: s, Factor: 3}, []time.Duration{s, 3 * s, 9 * s}},
		"one attempt": {Policy{MaxAttempts: 1}, nil},
		"phases": {
			Policy{Phases: []Phase{{Tries: 2}, {Tries: 1, Min: s}, {Tries: 3, Min: s, Max: 5 * s}, {Tries: 2, Min: 9 * s}}},
			[]time.Duration{0, 0, s, s, 3 * s, 5 * s, 9 * s, 9 * s},
		},
		"arithmetic": {Policy{Phases: []Phase{{Tries: 4, Min: 0, Max: 12 * s, Growth: Arithmetic}}}, []time.Duration{0, 2 * s, 6 * s, 12 * s}},
		"geometric":  {Policy{Phases: []Phase{{Tries: 3, Min: s, Max: 100 * s, Growth: Geometric}}}, []time.Duration{s, 10 * s, 100 * s}},
		"doubling":   {Policy{Phases: []Phase{{Tries: 4, Min: s, Max: 8 * s, Growth: Exponential}}}, []time.Duration{s, 2 * s, 4 * s, 8 * s}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []time.Duration
			for failed := 1; ; failed++ {
				d, more := tt.policy.delay(failed, 1)
				if !more {
					break
				}
				got = append(got, d.Round(time.Millisecond))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if d, _ := (Policy{MinBackoff: s}).delay(3, 0.5); d != 2*s {
		t.Errorf("half of the jitter is %v, want 2s", d)
	}
	if d, ok := (Policy{}).delay(100_000, 0.999); !ok || d > 5*time.Minute || d < 4*time.Minute {
		t.Errorf("far retry after %v, %t", d, ok)
	}
}

package scheduler_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/google/go-cmp/cmp"

	lambdaapi "maru.dev/maru/api/lambda"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	schedulersvc "maru.dev/maru/service/scheduler"
	sqssvc "maru.dev/maru/service/sqs"
	"maru.dev/maru/wire"
)

// failing stands in for Lambda, out of order: it tells what it was called with.
type failing struct {
	lambdaapi.Unimplemented
	calls chan string
}

// Invoke fails.
func (f *failing) Invoke(_ context.Context, in *lambdaapi.InvokeInput) (*lambdaapi.InvokeOutput, error) {
	f.calls <- string(in.Payload)
	return nil, &wire.APIError{Code: "ServiceException", Message: "out of order", Status: 500}
}

func TestFailingTargetIsRetriedAsThePolicySays(t *testing.T) {
	t.Parallel()
	f := &failing{calls: make(chan string, 10)}
	w := &world{Env: testenv.New(t, schedulersvc.Registration(), sqssvc.Registration(),
		service.Registration{Model: lambdaapi.Model, New: func(service.Deps) any { return f }})}
	url, dead := w.makeQueue(t, "dead", nil)
	expression, _ := w.at(time.Hour)
	w.create(t, "s", expression, func(in *scheduler.CreateScheduleInput) {
		in.Target.Arn, in.Target.Input = new("arn:aws:lambda:us-east-1:000000000000:function:f"), new(`"<aws.scheduler.attempt-number>"`)
		in.Target.RetryPolicy = &types.RetryPolicy{MaximumRetryAttempts: new(int32(2))}
		in.Target.DeadLetterConfig = &types.DeadLetterConfig{Arn: &dead}
	})
	w.Advance(time.Hour + time.Second)
	var got []string
	for range 3 {
		got = append(got, <-f.calls)
		w.Advance(10 * time.Second)
	}
	if diff := cmp.Diff([]string{`"1"`, `"2"`, `"3"`}, got); diff != "" {
		t.Error(diff)
	}
	m := w.receive(t, url, 1)[0]
	for name, want := range map[string]string{
		"RETRY_ATTEMPTS": "2", "ERROR_CODE": "ServiceException", "ERROR_MESSAGE": "out of order", "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
	} {
		if v := m.MessageAttributes[name].StringValue; v == nil || *v != want {
			t.Errorf("%s is %v, want %s", name, v, want)
		}
	}
}

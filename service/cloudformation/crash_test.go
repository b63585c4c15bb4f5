package cloudformation

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"testing"

	api "maru.dev/maru/api/cloudformation"
	sqsapi "maru.dev/maru/api/sqs"
	"maru.dev/maru/blob"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// permit authorises everything.
type permit struct{}

// Authorize implements call.Authorizer.
func (permit) Authorize(context.Context, call.Info, *wire.Service, *wire.Operation, any) error {
	return nil
}

// world is CloudFormation and SQS over one store, without a server.
type world struct {
	cfn   *Service
	door  *call.Door
	tasks *task.Queue
}

// newWorld builds the services over st.
func newWorld(t *testing.T, st *kv.Store) *world {
	t.Helper()
	source := ids.New(rand.Reader)
	log := slog.New(slog.DiscardHandler)
	blobs, err := blob.Open(t.Context(), "", st)
	if err != nil {
		t.Fatal(err)
	}
	door := call.NewDoor(call.DoorOptions{Authorizer: permit{}, Clock: clock.System{}, IDs: source, Log: log})
	tasks := task.New(task.Options{Store: st, Clock: clock.System{}, IDs: source, Caller: door, Workers: 4, Log: log})
	d := service.Deps{Store: st, Blobs: blobs, Tasks: tasks, Caller: door, Clock: clock.System{}, IDs: source, Log: log, Endpoint: "http://maru"}
	w := &world{cfn: New(d), door: door, tasks: tasks}
	door.Add(api.Model, w.cfn)
	door.Add(sqsapi.Model, sqs.New(d))
	return w
}

// run works on tasks until stop is called.
func (w *world) run(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.tasks.Run(ctx) // ends with ctx
	}()
	return func() {
		cancel()
		<-done
	}
}

// until waits for a stack to settle; false when ctx or the store ends first.
func (w *world) until(ctx context.Context, name string) (string, bool) {
	for {
		out, err := w.cfn.DescribeStacks(ctx, &api.DescribeStacksInput{StackName: &name})
		if err != nil {
			return err.Error(), false
		}
		if st := out.Stacks[0]; !strings.HasSuffix(st.StackStatus, "_IN_PROGRESS") {
			return st.StackStatus, true
		}
		timer := clock.System{}.NewTimer(1e6)
		select {
		case <-ctx.Done():
			return out.Stacks[0].StackStatus, false
		case <-timer.C():
		}
	}
}

// queueNames are the queues that are there.
func (w *world) queueNames(ctx context.Context) ([]string, error) {
	out, err := call.Do[*sqsapi.ListQueuesOutput](ctx, w.door, "sqs", "ListQueues", &sqsapi.ListQueuesInput{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, u := range out.QueueUrls {
		names = append(names, u[strings.LastIndexByte(u, '/')+1:])
	}
	slices.Sort(names)
	return names, nil
}

// Wherever the power fails, a stack that was begun is made in the end, each of
// its resources once; so is its change.
func TestStackCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("cuts the power many times")
	}
	const first = "Resources: {A: {Type: AWS::SQS::Queue}, B: {Type: AWS::SQS::Queue, DependsOn: A}, C: {Type: AWS::SQS::Queue}}"
	const second = "Resources: {A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 3}}, B: {Type: AWS::SQS::Queue, Properties: {QueueName: other}}}"
	work := func(st *kv.Store, ack func()) {
		ctx := testenv.Context(t.Context(), "http://maru")
		w := newWorld(t, st)
		defer w.run(ctx)()
		if _, err := w.cfn.CreateStack(ctx, &api.CreateStackInput{StackName: "s", TemplateBody: new(first)}); err != nil {
			return
		}
		ack()
		if _, ok := w.until(ctx, "s"); !ok {
			return
		}
		if _, err := w.cfn.UpdateStack(ctx, &api.UpdateStackInput{StackName: "s", TemplateBody: new(second)}); err != nil {
			return
		}
		ack()
		w.until(ctx, "s")
	}
	check := func(st *kv.Store, acked int) {
		ctx := testenv.Context(t.Context(), "http://maru")
		w := newWorld(t, st)
		defer w.run(ctx)()
		status, ok := w.until(ctx, "s")
		if acked == 0 && strings.Contains(status, "does not exist") {
			return
		}
		if !ok {
			t.Errorf("%d acknowledged, stack is %s", acked, status)
			return
		}
		names, err := w.queueNames(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		wantQueues, wantStatus := 3, "CREATE_COMPLETE"
		if acked == 2 || status == "UPDATE_COMPLETE" {
			wantQueues, wantStatus = 2, "UPDATE_COMPLETE"
		}
		if len(names) != wantQueues || status != wantStatus {
			t.Errorf("%d acknowledged: stack is %s with queues %v", acked, status, names)
		}
	}
	kvtest.Crash(t, work, check)
}

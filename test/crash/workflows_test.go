package crash_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/history/credible"
)

// workflow waits, sends, maps, awaits a child and a token. Each of its messages
// says which step of which execution sent it.
const workflow = `{"StartAt":"Wait","States":{
	"Wait":{"Type":"Wait","Seconds":1,"Next":"Both"},
	"Both":{"Type":"Parallel","Branches":[
		{"StartAt":"Send","States":{"Send":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl":"SENT","MessageBody.$":"States.Format('{} send', $$.Execution.Name)"},"End":true}}},
		{"StartAt":"Fails","States":{"Fails":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sqs:getQueueUrl","Parameters":{"QueueName":"none"},
			"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":1}],"Catch":[{"ErrorEquals":["Sqs.QueueDoesNotExistException"],"Next":"Caught"}],"End":true},"Caught":{"Type":"Pass","End":true}}}],
		"ResultPath":null,"Next":"Each"},
	"Each":{"Type":"Map","ItemsPath":"$.items","ItemSelector":{"i.$":"$$.Map.Item.Value"},"MaxConcurrency":2,"ItemProcessor":{"StartAt":"Item","States":{
		"Item":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl":"SENT","MessageBody.$":"States.Format('{} item {}', $$.Execution.Name, $.i)"},"End":true}}},"ResultPath":null,"Next":"Child"},
	"Child":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":"CHILD"},"ResultPath":null,"Next":"Token"},
	"Token":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"QueueUrl":"TOKENS","MessageBody.$":"$$.Task.Token"},"End":true}}}`

// workflows are executions under way while their server is killed.
type workflows struct {
	proc         *testenv.Proc
	sent, tokens string
	machine      string
	tree         *asl.Machine
}

// prepare makes the queues and state machines.
func (w *workflows) prepare(t *testing.T) {
	t.Helper()
	for name, url := range map[string]*string{"sent": &w.sent, "tokens": &w.tokens} {
		out, err := w.proc.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
		if err != nil {
			t.Fatal(err)
		}
		*url = *out.QueueUrl
	}
	machine := func(name, definition string) string {
		out, err := w.proc.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: aws.String("arn:aws:iam::000000000000:role/r")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.StateMachineArn
	}
	child := machine("child", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"End":true}}}`)
	definition := strings.NewReplacer("SENT", w.sent, "TOKENS", w.tokens, "CHILD", child).Replace(workflow)
	w.machine = machine("workflow", definition)
	w.tree, _ = asl.Parse([]byte(definition))
}

// answer gives every token back until ctx ends.
func (w *workflows) answer(ctx context.Context) {
	for ctx.Err() == nil {
		got, err := w.proc.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &w.tokens, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 3})
		if err != nil {
			continue // the server is down
		}
		for _, m := range got.Messages {
			_, err := w.proc.SFN().SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: m.Body, Output: aws.String(`"done"`)})
			if err == nil || testenv.ErrorCode(err) == "TaskTimedOut" {
				_, _ = w.proc.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &w.tokens, ReceiptHandle: m.ReceiptHandle})
			}
		}
	}
}

// start starts an execution until the server says that it has it: a client does
// not know whether the answer that it missed was the acknowledgement.
func (w *workflows) start(t *testing.T, name, input string) {
	t.Helper()
	for {
		_, err := w.proc.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &w.machine, Name: &name, Input: &input})
		switch {
		case err == nil || testenv.ErrorCode(err) == "ExecutionAlreadyExists":
			return
		case !errors.Is(err, syscall.ECONNREFUSED) && !dropped(err):
			t.Errorf("start %s: %v", name, err)
			return
		}
		<-clock.System{}.NewTimer(10 * time.Millisecond).C()
	}
}

// running is how many executions are under way; false while nobody says so.
func (w *workflows) running(t *testing.T) (n int, ok bool) {
	t.Helper()
	out, err := w.proc.SFN().ListExecutions(t.Context(), &sfn.ListExecutionsInput{
		StateMachineArn: &w.machine, StatusFilter: types.ExecutionStatusRunning, MaxResults: 1000,
	})
	if err != nil {
		return 0, false
	}
	return len(out.Executions), true
}

// survive starts executions, about as many at once as it is told, all the while the
// program is killed again and again, so that no kill finds it idle. It returns how
// many there are, which are named by number.
func (w *workflows) survive(t *testing.T, kills, atOnce int, random *rand.Rand, start func(i int)) (started int) {
	t.Helper()
	var next atomic.Int64
	var over atomic.Bool
	var starting sync.WaitGroup
	for range clients {
		starting.Go(func() {
			for !over.Load() {
				n, ok := w.running(t)
				for ; ok && n < atOnce && !over.Load(); n += clients {
					start(int(next.Add(1) - 1))
				}
				<-clock.System{}.NewTimer(20 * time.Millisecond).C()
			}
		})
	}
	idle := 0
	for range kills {
		<-clock.System{}.NewTimer(time.Duration(100+random.IntN(1200)) * time.Millisecond).C()
		if n, _ := w.running(t); n == 0 {
			idle++
		}
		w.proc.Kill()
		w.proc.Restart()
	}
	over.Store(true)
	starting.Wait()
	t.Logf("%d executions; %d of %d kills found none under way", next.Load(), idle, kills)
	if 2*idle > kills {
		t.Errorf("%d of %d kills found no execution under way", idle, kills)
	}
	return int(next.Load())
}

// list returns the executions by name, of which each is there once.
func (w *workflows) list(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	pages := sfn.NewListExecutionsPaginator(w.proc.SFN(), &sfn.ListExecutionsInput{StateMachineArn: &w.machine})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Executions {
			if found[*e.Name] != "" {
				t.Errorf("%s is listed twice", *e.Name)
			}
			found[*e.Name] = *e.ExecutionArn
		}
	}
	return found
}

// TestWorkflowsSurviveSIGKILL starts executions while the program is killed again
// and again, and sees that each that was acknowledged ends well, by a history that
// AWS could have written, having sent each of its messages once. A thousand of them
// at once take MARU_CRASH_WORKFLOWS=1000.
func TestWorkflowsSurviveSIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills whole programs")
	}
	seed := setting(t, "MARU_CRASH_SEED", uint64(clock.System{}.Now().UnixNano()))
	kills := int(setting(t, "MARU_CRASH_ROUNDS", 3))
	atOnce := int(setting(t, "MARU_CRASH_WORKFLOWS", 60))
	t.Logf("%d executions at once, %d kills; MARU_CRASH_SEED=%d repeats them", atOnce, kills, seed)
	random := rand.New(rand.NewPCG(seed, 1))

	w := &workflows{proc: process(t)}
	w.prepare(t)
	ctx, stop := context.WithCancel(t.Context())
	var answering sync.WaitGroup
	answering.Go(func() { w.answer(ctx) })
	count := w.survive(t, kills, atOnce, random, func(i int) { w.start(t, fmt.Sprintf("x%04d", i), `{"items":[1,2,3]}`) })
	found := w.list(t)
	if len(found) != count {
		t.Errorf("%d executions, want %d", len(found), count)
	}
	for _, arn := range found {
		w.check(t, arn)
	}
	stop()
	answering.Wait()
	w.checkSent(t, count)
}

// check sees that an execution ends well, by a history that AWS could have written.
func (w *workflows) check(t *testing.T, arn string) {
	t.Helper()
	var d *sfn.DescribeExecutionOutput
	testenv.Eventually(t, "the execution ends", func() bool {
		var err error
		d, err = w.proc.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		return d.Status != types.ExecutionStatusRunning
	})
	if d.Status != types.ExecutionStatusSucceeded || *d.Output != `"done"` {
		t.Errorf("%s: %s %s", arn, d.Status, aws.ToString(d.Cause))
	}
	var events []credible.Event
	counts := make(map[string]int)
	pages := sfn.NewGetExecutionHistoryPaginator(w.proc.SFN(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Events {
			e, err := credible.Read(page.Events[i])
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
			counts[e.Type]++
		}
	}
	for _, fault := range credible.Faults(w.tree, events) {
		t.Errorf("%s: %s", arn, fault)
	}
	for kind, want := range map[string]int{
		"ExecutionStarted": 1, "WaitStateEntered": 1, "WaitStateExited": 1, "ParallelStateSucceeded": 1, "MapIterationSucceeded": 3, "TaskStateExited": 7,
		"TaskStateEntered": 7, "TaskFailed": 2, "TaskSucceeded": 6, "ExecutionSucceeded": 1, "TaskScheduled": 8,
	} {
		if counts[kind] != want {
			t.Errorf("%s: %d %s, want %d", arn, counts[kind], kind, want)
		}
	}
}

// checkSent sees that each message was sent once.
func (w *workflows) checkSent(t *testing.T, count int) {
	t.Helper()
	seen := make(map[string]int)
	for {
		got, err := w.proc.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &w.sent, MaxNumberOfMessages: 10, VisibilityTimeout: 600})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Messages) == 0 {
			break
		}
		for _, m := range got.Messages {
			seen[*m.Body]++
		}
	}
	wrong := 0
	for body, n := range seen {
		if n != 1 {
			wrong++
			t.Logf("%q was sent %d times", body, n)
		}
	}
	if len(seen) != 4*count || wrong > 0 {
		t.Errorf("%d messages, %d of them more than once; want %d", len(seen), wrong, 4*count)
	}
}

package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/history/credible"
)

// routed: what was put onto a bus comes to the target of its rule.
type routed struct {
	env *testenv.Proc
	url string
	ledger
}

func (w *routed) prepare(t *testing.T) {
	t.Helper()
	w.late = true
	w.url = createQueue(t, w.env, "routed", nil)
	if _, err := w.env.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("routed"), EventPattern: aws.String(`{"source":["storm"]}`)}); err != nil {
		t.Fatal(err)
	}
	out, err := w.env.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String("routed"), Targets: []ebtypes.Target{
		{Id: aws.String("queue"), Arn: aws.String(fmt.Sprintf(eventARN, "sqs", "routed")), InputPath: aws.String("$.detail.name")},
	}})
	if err != nil || out.FailedEntryCount > 0 {
		t.Fatal(err, out)
	}
}

func (w *routed) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		name := w.name(number)
		out, err := w.env.EventBridge().PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{
			{Source: aws.String("storm"), DetailType: aws.String("t"), Detail: aws.String(`{"name":"` + name + `"}`)},
		}})
		if err != nil || out.FailedEntryCount > 0 {
			return
		}
		w.ack(name)
		breath()
	}
}

// check waits for deliveries that the kill has cut off. One may come twice.
func (w *routed) check(t *testing.T) {
	var came []string
	testenv.Eventually(t, "every acknowledged event has come", func() bool {
		for _, body := range drain(t, w.env, w.url) {
			came = append(came, strings.Trim(body, `"`))
		}
		return w.reached(count(came))
	})
	w.compare(t, count(came))
	w.forget()
}

// executed: an execution that was acknowledged ends well, whatever the clock has
// done while it waited, by a history that AWS could have written, and has sent its
// message once.
type executed struct {
	env          *testenv.Proc
	url, machine string
	tree         *asl.Machine
	back         bool // the clock was set back in this round
	ledger
}

func (w *executed) prepare(t *testing.T) {
	t.Helper()
	w.url = createQueue(t, w.env, "executed", nil)
	definition := `{"StartAt":"Send","States":{
		"Send":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl":"` + w.url + `","MessageBody.$":"$$.Execution.Name"},"Next":"Wait"},
		"Wait":{"Type":"Wait","Seconds":1,"End":true}}}`
	out, err := w.env.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String("executed"), Definition: &definition, RoleArn: aws.String("arn:aws:iam::000000000000:role/r"),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.machine = *out.StateMachineArn
	w.tree, _ = asl.Parse([]byte(definition))
}

func (w *executed) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		name := w.name(number)
		if _, err := w.env.SFN().StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &w.machine, Name: &name}); err != nil {
			return
		}
		w.ack(name)
		breath()
	}
}

// turned implements turner.
func (w *executed) turned(j jump) { w.back = j == back }

func (w *executed) check(t *testing.T) {
	found := make(map[string]int)
	for _, name := range w.names() {
		if w.ended(t, name) {
			found[name]++
		}
	}
	w.compare(t, found)
	sent := count(drain(t, w.env, w.url))
	for name := range found {
		if sent[name] != 1 {
			t.Errorf("%s has sent its message %d times", name, sent[name])
		}
		delete(sent, name)
	}
	for name := range sent {
		t.Errorf("a message came of %s, which is not there", name)
	}
	w.forget()
}

// ended waits for the end of an execution, and sees that it is as it must be. It
// returns false if there is none of that name.
func (w *executed) ended(t *testing.T, name string) bool {
	t.Helper()
	arn := strings.Replace(w.machine, ":stateMachine:", ":execution:", 1) + ":" + name
	var got *sfn.DescribeExecutionOutput
	there := true
	testenv.Eventually(t, name+" ends", func() (over bool) {
		var err error
		got, err = w.env.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if testenv.ErrorCode(err) == "ExecutionDoesNotExist" {
			there = false
			return true
		}
		if err != nil {
			t.Fatal(err)
		}
		return got.Status != types.ExecutionStatusRunning
	})
	if !there {
		return false
	}
	if got.Status != types.ExecutionStatusSucceeded {
		t.Errorf("%s: %s %s", name, got.Status, aws.ToString(got.Cause))
	}
	out, err := w.env.SFN().GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	events := make([]credible.Event, len(out.Events))
	for i, e := range out.Events {
		if events[i], err = credible.Read(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, fault := range credible.Faults(w.tree, events) {
		// A history does not go back with its clock, but stands still until that has caught up.
		if !w.back || !strings.Contains(fault, "the state waits for") {
			t.Errorf("%s: %s", name, fault)
		}
	}
	return true
}

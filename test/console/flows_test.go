package console

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// newRule has a bus's orders go to a queue.
func (w *world) newRule(t *testing.T, bus, queue string) {
	t.Helper()
	_, err := w.EventBridge().PutRule(t.Context(), &eventbridge.PutRuleInput{Name: new("placed"), EventBusName: &bus, EventPattern: new(`{"detail-type":["Order Placed"]}`)})
	if err == nil {
		_, err = w.EventBridge().PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: new("placed"), EventBusName: &bus, Targets: []types.Target{{Id: new("q"), Arn: &queue}}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func replay(t *testing.T, w *world) {
	queue, arn := w.newQueue(t, "placed", nil)
	page := w.open(t).show("buses").click("New bus").fill("Name", "shop").send()
	w.newRule(t, "shop", arn)
	page.show("buses/shop?tab=archives").see("No archive").click("New archive").fill("Name", "orders").send().see("enabled")
	page.click("Send an event").fill("Detail type", "Order Placed").fill("Detail", `{"total":42}`).send()
	first := w.received(t, queue)
	page.until("the event in the archive", `[...document.querySelectorAll("tbody tr")].some((r) => /orders\s+enabled\s+1\s/.test(r.innerText))`)
	page.click("Replay").send()
	again := w.received(t, queue)
	var event, old struct {
		ID     string `json:"id"`
		Replay string `json:"replay-name"`
		Detail struct{ Total int }
	}
	if err := json.Unmarshal([]byte(*again.Body), &event); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(*first.Body), &old); err != nil {
		t.Fatal(err)
	}
	if event.Replay == "" || old.Replay != "" || event.Detail.Total != 42 {
		t.Errorf("first %s, then %s", *first.Body, *again.Body)
	}
	page.see(event.Replay, "completed")
	out, err := w.EventBridge().DescribeReplay(t.Context(), &eventbridge.DescribeReplayInput{ReplayName: &event.Replay})
	if err != nil || out.State != types.ReplayStateCompleted {
		t.Errorf("the replay: %+v, %v", out, err)
	}
}

func switchRule(t *testing.T, w *world) {
	page := w.open(t).show("buses/shop?tab=rules").see("placed", "enabled").pick("placed").click("Switch off").see("disabled")
	rule, err := w.EventBridge().DescribeRule(t.Context(), &eventbridge.DescribeRuleInput{Name: new("placed"), EventBusName: new("shop")})
	if err != nil || rule.State != types.RuleStateDisabled {
		t.Errorf("the rule: %+v, %v", rule, err)
	}
	page.pick("placed").click("Switch on").see("enabled")
}

// newMachine makes a state machine.
func (w *world) newMachine(t *testing.T, name, definition string) string {
	t.Helper()
	made, err := w.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: new("arn:aws:iam::000000000000:role/r")})
	if err != nil {
		t.Fatal(err)
	}
	return *made.StateMachineArn
}

// toned is true when a state is drawn in a colour.
func toned(state, tone string) string {
	return fmt.Sprintf(`document.querySelector('[data-state=%q]')?.classList.contains("t-%s")`, state, tone)
}

// liveExecution starts an execution that waits for somebody's word, and sees it
// wait, go on and end without touching the page.
func liveExecution(t *testing.T, w *world) {
	queue, _ := w.newQueue(t, "approvals", nil)
	w.newMachine(t, "approve", fmt.Sprintf(`{"StartAt":"Ask","States":{
		"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"QueueUrl":%q,"MessageBody":{"token.$":"$$.Task.Token"}},"Next":"Was"},
		"Was":{"Type":"Choice","Choices":[{"Variable":"$.good","BooleanEquals":true,"Next":"Ship"}],"Default":"Refuse"},
		"Ship":{"Type":"Pass","End":true},"Refuse":{"Type":"Fail","Error":"Refused"}}}`, queue))
	page := w.open(t).show("machines/approve").see("Ask", "Was", "Ship", "Refuse")
	page.click("Start").fill("Input", `{"order":1}`).fill("Name", "one").send().see("live", "running")
	page.until("the state at work", toned("Ask", "info"))
	var body struct{ Token string }
	if err := json.Unmarshal([]byte(*w.received(t, queue).Body), &body); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SFN().SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: &body.Token, Output: new(`{"good":true}`)}); err != nil {
		t.Fatal(err)
	}
	page.see("succeeded")
	for _, state := range []string{"Ask", "Was", "Ship"} {
		page.until(state+" is done", toned(state, "good"))
	}
	page.until("what was not gone is faded", `document.querySelector('[data-state="Refuse"]').classList.contains("faded")`)
	page.press(`[data-state="Was"]`).see("Output", `"good": true`)
}

func redriveExecution(t *testing.T, w *world) {
	queue, _ := w.newQueue(t, "later", nil)
	machine := w.newMachine(t, "later", fmt.Sprintf(`{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"QueueUrl":%q,"MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}`, queue))
	page := w.open(t).show("machines/later").click("Start").fill("Name", "one").send()
	token := func() *string {
		var body struct{ Token string }
		if err := json.Unmarshal([]byte(*w.received(t, queue).Body), &body); err != nil {
			t.Fatal(err)
		}
		return &body.Token
	}
	if _, err := w.SFN().SendTaskFailure(t.Context(), &sfn.SendTaskFailureInput{TaskToken: token(), Error: new("Shop.Closed"), Cause: new("come back tomorrow")}); err != nil {
		t.Fatal(err)
	}
	page.see("failed", "Shop.Closed", "come back tomorrow").until("the state that failed", toned("Ask", "bad"))
	page.click("Redrive").see("running")
	if _, err := w.SFN().SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: token(), Output: new(`{}`)}); err != nil {
		t.Fatal(err)
	}
	page.see("succeeded").until("the state that went well at last", toned("Ask", "warn"))

	page.show("machines/later").click("Start").fill("Name", "two").send().see("running").click("Stop").see("aborted")
	runs, err := w.SFN().ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &machine})
	if err != nil || len(runs.Executions) != 2 {
		t.Fatalf("executions %+v, %v", runs, err)
	}
	for _, e := range runs.Executions {
		if want := map[string]sfntypes.ExecutionStatus{"one": sfntypes.ExecutionStatusSucceeded, "two": sfntypes.ExecutionStatusAborted}[*e.Name]; e.Status != want {
			t.Errorf("execution %s is %s, want %s", aws.ToString(e.Name), e.Status, want)
		}
	}
}

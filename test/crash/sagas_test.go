package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/test/crash/history"
)

// saga reserves, pays by a token, ships each item and confirms in a child; where
// it is told to fail it retries a condition that never holds and compensates.
// Each write to the table may run twice and leaves the same.
const saga = `{"StartAt":"Reserve","States":{
	"Reserve":{"Type":"Task","Resource":"arn:aws:states:::dynamodb:updateItem","Parameters":{"TableName":"sagas","Key":{"id":{"S.$":"$.id"}},
		"UpdateExpression":"SET #s = :s","ConditionExpression":"attribute_not_exists(id) OR #s = :s","ExpressionAttributeNames":{"#s":"status"},"ExpressionAttributeValues":{":s":{"S":"reserved"}}},
		"ResultPath":null,"Next":"Both"},
	"Both":{"Type":"Parallel","ResultPath":null,"Next":"Fails?","Branches":[
		{"StartAt":"Pay","States":{"Pay":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","TimeoutSeconds":600,
			"Parameters":{"QueueUrl":"TOKENS","MessageBody.$":"$$.Task.Token"},"End":true}}},
		{"StartAt":"Rest","States":{"Rest":{"Type":"Wait","SecondsPath":"$.rest","Next":"Rested"},"Rested":{"Type":"Pass","End":true}}}]},
	"Fails?":{"Type":"Choice","Choices":[{"Variable":"$.fails","BooleanEquals":true,"Next":"Refused"}],"Default":"Ship"},
	"Refused":{"Type":"Task","Resource":"arn:aws:states:::dynamodb:updateItem","Parameters":{"TableName":"sagas","Key":{"id":{"S.$":"$.id"}},
		"UpdateExpression":"SET #s = :s","ConditionExpression":"#s = :never","ExpressionAttributeNames":{"#s":"status"},"ExpressionAttributeValues":{":s":{"S":"wrong"},":never":{"S":"never"}}},
		"Retry":[{"ErrorEquals":["States.TaskFailed"],"IntervalSeconds":1,"BackoffRate":1.5,"MaxAttempts":2,"JitterStrategy":"FULL"}],
		"Catch":[{"ErrorEquals":["DynamoDB.ConditionalCheckFailedException"],"ResultPath":null,"Next":"Compensate"}],"End":true},
	"Compensate":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:dynamodb:updateItem",
		"Parameters":{"TableName":"sagas","Key":{"id":{"S.$":"$.id"}},"UpdateExpression":"SET #s = :s","ExpressionAttributeNames":{"#s":"status"},"ExpressionAttributeValues":{":s":{"S":"compensated"}}},"Next":"Failed"},
	"Failed":{"Type":"Fail","Error":"Saga.Compensated","Cause":"it was told to"},
	"Ship":{"Type":"Map","ItemsPath":"$.items","ItemSelector":{"id.$":"$.id","n.$":"$$.Map.Item.Value"},"MaxConcurrency":2,"ResultPath":"$.shipped","Next":"Confirm",
		"ItemProcessor":{"StartAt":"Parcel","States":{"Parcel":{"Type":"Task","Resource":"arn:aws:states:::dynamodb:putItem","Parameters":{"TableName":"parcels","Item":{"id":{"S.$":"States.Format('{}/{}', $.id, $.n)"}}},
			"ResultPath":null,"OutputPath":"$.n","End":true}}}},
	"Confirm":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":"CHILD","Input":{"id.$":"$.id"}},
		"ResultSelector":{"id.$":"$.Output.id"},"ResultPath":"$.confirmed","End":true}}}`

// confirm is the child: it waits and writes.
const confirm = `{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":1,"Next":"Confirm"},
	"Confirm":{"Type":"Task","Resource":"arn:aws:states:::dynamodb:updateItem","Parameters":{"TableName":"sagas","Key":{"id":{"S.$":"$.id"}},
		"UpdateExpression":"SET #s = :s","ExpressionAttributeNames":{"#s":"status"},"ExpressionAttributeValues":{":s":{"S":"confirmed"}}},"ResultPath":null,"End":true}}}`

// sagas are executions that write to tables while their server is killed.
type sagas struct {
	workflows
}

// prepare makes tables, queues and state machines.
func (w *sagas) prepare(t *testing.T) {
	t.Helper()
	w.workflows.prepare(t)
	for _, name := range []string{"sagas", "parcels"} {
		_, err := w.proc.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName: &name, BillingMode: dynamotypes.BillingModePayPerRequest,
			AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
			KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: dynamotypes.KeyTypeHash}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	machine := func(name, definition string) string {
		out, err := w.proc.SFN().CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: aws.String("arn:aws:iam::000000000000:role/r")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.StateMachineArn
	}
	child := machine("confirm", confirm)
	w.machine = machine("saga", strings.NewReplacer("TOKENS", w.tokens, "CHILD", child).Replace(saga))
}

// fails tells which sagas are told to fail.
func fails(i int) bool { return i%4 == 3 }

// start starts saga i.
func (w *sagas) start(t *testing.T, i int) {
	t.Helper()
	name := fmt.Sprintf("s%04d", i)
	w.workflows.start(t, name, fmt.Sprintf(`{"id":%q,"rest":%d,"fails":%t,"items":[1,2,3]}`, name, i%3, fails(i)))
}

// TestSagasSurviveSIGKILL starts sagas while the program is killed again and
// again. Each ends as it was told to, by a history that Step Functions could
// have written, and the tables hold exactly what the ends say.
func TestSagasSurviveSIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills whole programs")
	}
	seed := setting(t, "MARU_CRASH_SEED", uint64(clock.System{}.Now().UnixNano()))
	kills := int(setting(t, "MARU_CRASH_ROUNDS", 3))
	atOnce := int(setting(t, "MARU_CRASH_WORKFLOWS", 60))
	t.Logf("%d executions at once, %d kills; MARU_CRASH_SEED=%d repeats them", atOnce, kills, seed)
	random := rand.New(rand.NewPCG(seed, 2))

	w := &sagas{workflows{proc: process(t)}}
	w.prepare(t)
	ctx, stop := context.WithCancel(t.Context())
	var answering sync.WaitGroup
	answering.Go(func() { w.answer(ctx) })
	count := w.survive(t, kills, atOnce, random, func(i int) { w.start(t, i) })
	found := w.list(t)
	if len(found) != count {
		t.Errorf("%d executions, want %d", len(found), count)
	}
	for i := range count {
		name := fmt.Sprintf("s%04d", i)
		w.judge(t, found[name], name, fails(i))
	}
	stop()
	answering.Wait()
	w.checkTables(t, count)
}

// judge waits for an execution's end and holds it and its history against what
// it was told to do.
func (w *sagas) judge(t *testing.T, arn, name string, fails bool) {
	t.Helper()
	if arn == "" {
		t.Errorf("%s is lost", name)
		return
	}
	var d *sfn.DescribeExecutionOutput
	testenv.Eventually(t, name+" ends", func() bool {
		var err error
		if d, err = w.proc.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn}); err != nil {
			t.Fatal(err)
		}
		return d.Status != types.ExecutionStatusRunning
	})
	counts, events := make(map[types.HistoryEventType]int), []types.HistoryEvent(nil)
	pages := sfn.NewGetExecutionHistoryPaginator(w.proc.SFN(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, page.Events...)
	}
	for _, e := range events {
		counts[e.Type]++
	}
	for _, fault := range history.Faults(events) {
		t.Errorf("%s: %s", name, fault)
	}
	want := map[types.HistoryEventType]int{"TaskScheduled": 6, "TaskFailed": 0, "MapIterationSucceeded": 3, "TaskSucceeded": 6, "ExecutionSucceeded": 1}
	if fails {
		want = map[types.HistoryEventType]int{"TaskScheduled": 6, "TaskFailed": 3, "MapIterationSucceeded": 0, "TaskSucceeded": 3, "ExecutionFailed": 1, "FailStateEntered": 1}
		if aws.ToString(d.Error) != "Saga.Compensated" || aws.ToString(d.Cause) != "it was told to" {
			t.Errorf("%s ends with %q: %q", name, aws.ToString(d.Error), aws.ToString(d.Cause))
		}
	} else {
		w.judgeOutput(t, name, aws.ToString(d.Output))
	}
	for kind, n := range want {
		if counts[kind] != n {
			t.Errorf("%s: %d %s, want %d", name, counts[kind], kind, n)
		}
	}
}

// judgeOutput sees that a saga's output has each item in its place.
func (w *sagas) judgeOutput(t *testing.T, name, text string) {
	t.Helper()
	var out struct {
		ID        string `json:"id"`
		Shipped   []int  `json:"shipped"`
		Confirmed struct {
			ID string `json:"id"`
		} `json:"confirmed"`
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Errorf("%s: output %q: %v", name, text, err)
	}
	if out.ID != name || out.Confirmed.ID != name || fmt.Sprint(out.Shipped) != "[1 2 3]" {
		t.Errorf("%s: output %s", name, text)
	}
}

// checkTables sees that the tables hold what the sagas did, and nothing else.
func (w *sagas) checkTables(t *testing.T, count int) {
	t.Helper()
	rows := func(name string) map[string]string {
		found := make(map[string]string)
		pages := dynamodb.NewScanPaginator(w.proc.DynamoDB(), &dynamodb.ScanInput{TableName: &name})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				status, _ := item["status"].(*dynamotypes.AttributeValueMemberS)
				id := item["id"].(*dynamotypes.AttributeValueMemberS).Value
				if found[id] = ""; status != nil {
					found[id] = status.Value
				}
			}
		}
		return found
	}
	status, parcels, shipped := rows("sagas"), rows("parcels"), 0
	for i := range count {
		id, want := fmt.Sprintf("s%04d", i), "confirmed"
		if fails(i) {
			want = "compensated"
		}
		if status[id] != want {
			t.Errorf("%s is %q, want %q", id, status[id], want)
		}
		for n := range 3 {
			_, ok := parcels[fmt.Sprintf("%s/%d", id, n+1)]
			if ok == fails(i) {
				t.Errorf("parcel %d of %s: %t", n+1, id, ok)
			}
			if ok {
				shipped++
			}
		}
	}
	if len(status) != count || len(parcels) != shipped {
		t.Errorf("%d rows of %d sagas, %d parcels of %d", len(status), count, len(parcels), shipped)
	}
}

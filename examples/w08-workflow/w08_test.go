// Package w08_test deploys the workflows on a real maru and starts them by
// their API and through the gateway.
package w08_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/examples/internal/apptest"
	"maru.dev/maru/internal/testenv"
)

// item is a line of an order.
type item struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// order is what is asked for.
type order struct {
	Items []item `json:"items"`
}

// confirmation is what becomes of an order.
type confirmation struct {
	ID     string   `json:"id"`
	Paid   int      `json:"paid"`
	Packed []string `json:"packed"`
}

// workflow is the deployed example.
type workflow struct {
	*apptest.App

	proc *testenv.Proc
}

// deploy starts maru and deploys the example on it.
func deploy(t *testing.T) workflow {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	p := testenv.Process(t)
	return workflow{apptest.Deploy(t, p, nil), p}
}

// start starts an order by the API of Step Functions.
func (w workflow) start(t *testing.T, name string, o order) string {
	t.Helper()
	input, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.proc.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(w.Outputs["OrderArn"]), Name: aws.String(name), Input: aws.String(string(input)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ExecutionArn
}

// end waits until an execution has ended and describes it.
func (w workflow) end(t *testing.T, execution string) *sfn.DescribeExecutionOutput {
	t.Helper()
	var out *sfn.DescribeExecutionOutput
	testenv.Eventually(t, "the order's end", func() bool {
		var err error
		if out, err = w.proc.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(execution)}); err != nil {
			t.Fatal(err)
		}
		return out.Status != types.ExecutionStatusRunning
	})
	return out
}

// confirmed waits for an order's end and returns what it came to.
func (w workflow) confirmed(t *testing.T, execution string) confirmation {
	t.Helper()
	out := w.end(t, execution)
	if out.Status != types.ExecutionStatusSucceeded {
		t.Fatalf("the order %s: %s %s", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
	}
	var c confirmation
	if err := json.Unmarshal([]byte(*out.Output), &c); err != nil {
		t.Fatalf("output %s: %v", *out.Output, err)
	}
	return c
}

// messages takes n confirmations out of the queue, by order.
func (w workflow) messages(t *testing.T, n int) map[string]confirmation {
	t.Helper()
	got := make(map[string]confirmation)
	testenv.Eventually(t, "confirmations", func() bool {
		out, err := w.proc.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(w.Outputs["ConfirmedUrl"]), MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			var c confirmation
			if err := json.Unmarshal([]byte(*m.Body), &c); err != nil {
				t.Fatalf("confirmation %s: %v", *m.Body, err)
			}
			got[c.ID] = c
		}
		return len(got) >= n
	})
	return got
}

// orders returns for how many orders an item was taken from the stock.
func (w workflow) orders(t *testing.T, item string) string {
	t.Helper()
	out, err := w.proc.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(w.Outputs["StockTable"]), ConsistentRead: aws.Bool(true),
		Key: map[string]dynamodbtypes.AttributeValue{"item": &dynamodbtypes.AttributeValueMemberS{Value: item}},
	})
	if err != nil {
		t.Fatal(err)
	}
	n, _ := out.Item["orders"].(*dynamodbtypes.AttributeValueMemberN)
	if n == nil {
		return "0"
	}
	return n.Value
}

func TestAnOrderIsPaidAndPackedAndConfirmed(t *testing.T) {
	t.Parallel()
	w := deploy(t)
	tea := order{[]item{{"tea", 2}, {"scones", 1}}}
	want := confirmation{ID: "first", Paid: 36, Packed: []string{"tea", "scones"}}
	got := w.confirmed(t, w.start(t, "first", tea))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("started by the API (-want +got):\n%s", diff)
	}

	var started struct {
		ExecutionArn string `json:"executionArn"`
	}
	w.ask(t, "/orders", tea).JSON(t, &started)
	byGateway := w.confirmed(t, started.ExecutionArn)
	if byGateway.ID == "" || byGateway.Paid != want.Paid || !slices.Equal(byGateway.Packed, want.Packed) {
		t.Errorf("started by the gateway: %+v", byGateway)
	}
	if diff := cmp.Diff(map[string]confirmation{want.ID: want, byGateway.ID: byGateway}, w.messages(t, 2)); diff != "" {
		t.Errorf("confirmations (-want +got):\n%s", diff)
	}
	if n := w.orders(t, "tea"); n != "2" {
		t.Errorf("tea was taken for %s orders", n)
	}

	out := w.end(t, w.start(t, "nothing", order{[]item{}}))
	if out.Status != types.ExecutionStatusFailed || aws.ToString(out.Error) != "NothingOrdered" || aws.ToString(out.Cause) != "order nothing is worth 0" {
		t.Errorf("an order of nothing: %s %s %s", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
	}
}

func TestAQuoteAnswersAtOnce(t *testing.T) {
	t.Parallel()
	w := deploy(t)
	var quote struct{ Status, Output string }
	w.ask(t, "/quotes", order{[]item{{"tea", 3}}}).JSON(t, &quote)
	var bill struct{ Total int }
	if err := json.Unmarshal([]byte(quote.Output), &bill); err != nil || quote.Status != "SUCCEEDED" || bill.Total != 27 {
		t.Errorf("the quote is %+v, %v", quote, err)
	}
}

// ask posts to the gateway and fails the test unless it accepts.
func (w workflow) ask(t *testing.T, path string, body any) *apptest.Answer {
	t.Helper()
	answer, err := w.Ask(t.Context(), http.MethodPost, path, body, "content-type", "application/json")
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusOK {
		t.Fatalf("POST %s: %d %s", path, answer.Status, answer.Body)
	}
	return answer
}

// Orders are under way when maru is killed. Each is confirmed in the end, and
// took every item once.
func TestAKillWhileOrdersAreUnderWayLosesNone(t *testing.T) {
	t.Parallel()
	w := deploy(t)
	const each = 8
	var executions []string
	for kill := range 3 {
		for i := range each {
			executions = append(executions, w.start(t, fmt.Sprintf("order-%d-%d", kill, i), order{[]item{{"tea", 1}, {"scones", 2}, {"jam", 1}}}))
		}
		w.proc.Restart()
	}
	for _, e := range executions {
		if c := w.confirmed(t, e); c.Paid != 54 || !slices.Equal(c.Packed, []string{"tea", "scones", "jam"}) {
			t.Errorf("%s came to %+v", e, c)
		}
	}
	for _, name := range []string{"tea", "scones", "jam"} {
		if n, want := w.orders(t, name), fmt.Sprint(len(executions)); n != want {
			t.Errorf("%s was taken for %s orders, want %s", name, n, want)
		}
	}
	w.messages(t, len(executions))
}

package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/outbox"
)

// customers: whoever has signed up with the demo has a profile and points, once,
// and a welcome mail.
type customers struct {
	env     *testenv.Proc
	url     string
	outputs map[string]string
	tables  map[string]string // by what a service does: the output that names its table
	dead    []string          // addresses of the services' dead-letter queues
	ledger
}

// prepare deploys the demo, without the services that cannot run here.
func (w *customers) prepare(t *testing.T) {
	t.Helper()
	w.late = true
	with := map[string]string{"RetryAfter": "5", "WithMail": "no", "WithPoints": "no"}
	w.tables = map[string]string{"profile": "ProfilesTable"}
	if runnable("python3") {
		with["WithMail"], w.tables["mail"] = "yes", "MailsTable"
	}
	if runnable("node") {
		with["WithPoints"], w.tables["points"] = "yes", "PointsTable"
	}
	result, err := deploy.Run(t.Context(), w.env.Config(), deploy.Options{
		Template: "../../examples/m15-choreography/template.yaml", Stack: "demo", Parameters: with,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.outputs = make(map[string]string)
	for _, o := range result.Outputs {
		w.outputs[o.Key] = o.Value
	}
	w.url = w.env.URL() + "/_maru/execute-api/" + w.outputs["ApiId"] + "/$default/customers"
	queues, err := w.env.SQS().ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("demo-")})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range queues.QueueUrls {
		if strings.Contains(url, "DeadLetters") {
			w.dead = append(w.dead, url)
		}
	}
}

// ask makes one request of the program and decodes its answer.
func (w *customers) ask(ctx context.Context, method, url string, body []byte, answer any) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	reply, err := w.env.HTTP().Do(req)
	if err != nil {
		return 0, err
	}
	defer reply.Body.Close()
	return reply.StatusCode, json.NewDecoder(reply.Body).Decode(answer)
}

// client signs customers up, no faster than the services do their parts.
func (w *customers) client(ctx context.Context, more func() bool, number int, _ *rand.Rand) {
	for more() {
		id := w.name(number)
		body := fmt.Appendf(nil, `{"id":%q,"name":%q,"email":"%s@example.com"}`, id, "Customer "+id, id)
		status, err := w.ask(ctx, http.MethodPost, w.url, body, new(any))
		if err == nil && status == http.StatusAccepted {
			w.ack(id)
		}
		<-clock.System{}.NewTimer(50 * time.Millisecond).C()
	}
}

// check waits for what the kill has cut off, and holds what there is of each
// customer against what there must be.
func (w *customers) check(t *testing.T) {
	found := make(map[string]int)
	testenv.Eventually(t, "the services have done their parts for every customer", func() bool {
		for _, id := range w.missing(found) {
			if w.complete(t, id) {
				found[id]++
			}
		}
		if w.reached(found) {
			return true
		}
		w.redrive(t)
		return false
	})
	w.checkTables(t, found)
	w.compare(t, found)
	w.forget()
}

// redrive sends dead letters on their way again, as an operator would: on a busy
// machine a function may be slower, three times, than its settings allow.
func (w *customers) redrive(t *testing.T) {
	t.Helper()
	<-clock.System{}.NewTimer(200 * time.Millisecond).C()
	for _, url := range w.dead {
		there, err := w.env.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameApproximateNumberOfMessages},
		})
		if err != nil {
			t.Fatal(err)
		}
		if there.Attributes["ApproximateNumberOfMessages"] == "0" {
			continue
		}
		from := "arn:aws:sqs:" + testenv.Region + ":" + testenv.Account + ":" + path.Base(url)
		_, err = w.env.SQS().StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &from})
		if err != nil && !strings.HasSuffix(testenv.ErrorCode(err), "UnsupportedOperation") { // it is under way already
			t.Fatalf("redrive %s: %v", from, err)
		}
		t.Logf("dead letters of %s are sent on their way again", path.Base(url))
	}
}

// complete asks the demo whether all was done for a customer.
func (w *customers) complete(t *testing.T, id string) bool {
	t.Helper()
	var done map[string]map[string]string
	status, err := w.ask(t.Context(), http.MethodGet, w.url+"/"+id, nil, &done)
	if err != nil || status != http.StatusOK {
		t.Fatalf("ask about %s: %d, %v", id, status, err)
	}
	for what := range w.tables {
		if done[what] == nil {
			return false
		}
	}
	return true
}

// checkTables sees that each service has noted, of everybody who signed up and
// nobody else, what it has done, and that the mails are as their notes say. A
// further mail is one whose note was not there yet when the message came again:
// the kill has cut it off, or its function was slower than the queue waits.
func (w *customers) checkTables(t *testing.T, complete map[string]int) {
	t.Helper()
	rows := make(map[string]map[string]map[string]types.AttributeValue)
	for what, output := range w.tables {
		rows[what] = w.rows(t, w.outputs[output])
		for id := range rows[what] {
			if !w.known(id) {
				t.Errorf("%s has a row for %s, and never signed up", id, what)
			}
		}
	}
	mails, again := w.mails(t), 0 // after the notes, which come after their mails
	for id := range complete {
		if row := rows["profile"][id]; text(row["name"]) != "Customer "+id || text(row["email"]) != id+"@example.com" {
			t.Errorf("%s has the profile %v", id, row)
		}
		if row := rows["points"][id]; w.tables["points"] != "" && text(row["points"]) != "100" {
			t.Errorf("%s has the points %v", id, row)
		}
		if w.tables["mail"] == "" {
			continue
		}
		sent, note := mails[id+"@example.com"], text(rows["mail"][id]["messageId"])
		if !slices.Contains(sent, note) {
			t.Errorf("%s got the mails %v; the note is of %s", id, sent, note)
		}
		again += len(sent) - 1
	}
	t.Logf("%d customers, %d mails that were sent again", len(complete), again)
}

// rows returns what is in a service's table, by customer.
func (w *customers) rows(t *testing.T, name string) map[string]map[string]types.AttributeValue {
	t.Helper()
	rows := make(map[string]map[string]types.AttributeValue)
	pages := dynamodb.NewScanPaginator(w.env.DynamoDB(), &dynamodb.ScanInput{TableName: &name, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Items {
			id := text(row["id"])
			if rows[id] != nil {
				t.Errorf("%s is twice in %s", id, name)
			}
			rows[id] = row
		}
	}
	return rows
}

// text is an attribute as text.
func text(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	}
	return ""
}

// mails returns the ids of the mails that were sent, by address.
func (w *customers) mails(t *testing.T) map[string][]string {
	t.Helper()
	var box struct{ Messages []outbox.Message }
	if status, err := w.ask(t.Context(), http.MethodGet, w.env.URL()+"/_maru/mail", nil, &box); err != nil || status != http.StatusOK {
		t.Fatalf("list mail: %d, %v", status, err)
	}
	sent := make(map[string][]string)
	for _, m := range box.Messages {
		for _, to := range m.To {
			sent[to] = append(sent[to], m.ID)
		}
	}
	return sent
}

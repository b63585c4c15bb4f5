// Package m15_test deploys the choreography on a real maru and uses it.
package m15_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"maru.dev/maru/examples/internal/apptest"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/outbox"
)

// app is the deployed example and which of its services this machine can run.
type app struct {
	*apptest.App

	proc         *testenv.Proc
	mail, points bool
}

// customer is one sign-up.
type customer struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// deeds are what the services did for a customer, by service.
type deeds map[string]map[string]string

// retryAfter is how long a service has for a message: longer than it takes on any
// machine, and the clock is moved where a message is to come back.
const retryAfter = 30 * time.Second

// parameters are a deployment's, without the services that cannot run here.
func parameters(t *testing.T, more map[string]string) map[string]string {
	t.Helper()
	all := map[string]string{"RetryAfter": strconv.Itoa(int(retryAfter / time.Second))}
	for _, part := range []struct{ program, parameter string }{{"python3", "WithMail"}, {"node", "WithPoints"}} {
		all[part.parameter] = "yes"
		if !apptest.Has(t, part.program) {
			t.Logf("there is no %s here: deployed with %s=no", part.program, part.parameter)
			all[part.parameter] = "no"
		}
	}
	for k, v := range more {
		all[k] = v
	}
	return all
}

// deploy deploys the example, or changes what is deployed.
func deploy(t *testing.T, p *testenv.Proc, more map[string]string) *app {
	t.Helper()
	with := parameters(t, more)
	return &app{apptest.Deploy(t, p, with), p, with["WithMail"] == "yes", with["WithPoints"] == "yes"}
}

// signUp signs a customer up and returns the ID that the customer was given.
func (a *app) signUp(t *testing.T, c customer) string {
	t.Helper()
	answer, err := a.Ask(t.Context(), http.MethodPost, "/customers", c)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusAccepted {
		t.Fatalf("sign up %s: %d %s", c.Name, answer.Status, answer.Body)
	}
	answer.JSON(t, &c)
	if c.ID == "" {
		t.Fatalf("%s was given no ID: %s", c.Name, answer.Body)
	}
	return c.ID
}

// done asks what the services have done for a customer so far.
func (a *app) done(t *testing.T, id string) deeds {
	t.Helper()
	answer, err := a.Ask(t.Context(), http.MethodGet, "/customers/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusOK {
		t.Fatalf("ask about %s: %d %s", id, answer.Status, answer.Body)
	}
	var d deeds
	answer.JSON(t, &d)
	return d
}

// await waits until the services have each done their part for a customer.
func (a *app) await(t *testing.T, id string, services ...string) deeds {
	t.Helper()
	var d deeds
	testenv.Eventually(t, fmt.Sprintf("%v for %s", services, id), func() bool {
		d = a.done(t, id)
		for _, s := range services {
			if d[s] == nil {
				return false
			}
		}
		return true
	})
	return d
}

// services are those that are deployed, without the left-out one.
func (a *app) services(without string) []string {
	all := []string{"profile"}
	if a.mail && without != "mail" {
		all = append(all, "mail")
	}
	if a.points && without != "points" {
		all = append(all, "points")
	}
	return all
}

// mails returns the mails that were sent, by address.
func (a *app) mails(t *testing.T) map[string][]outbox.Message {
	t.Helper()
	var box struct{ Messages []outbox.Message }
	if err := json.Unmarshal([]byte(a.proc.Ask(t, http.MethodGet, "/_maru/mail", "").Body), &box); err != nil {
		t.Fatal(err)
	}
	sent := make(map[string][]outbox.Message)
	for _, m := range box.Messages {
		for _, to := range m.To {
			sent[to] = append(sent[to], m)
		}
	}
	return sent
}

// check holds what was done for a customer against what was to be done.
func (a *app) check(t *testing.T, c customer, d deeds) {
	t.Helper()
	if p := d["profile"]; p["name"] != c.Name || p["email"] != c.Email {
		t.Errorf("%s has the profile %v", c.Name, p)
	}
	if p := d["points"]; a.points && p["points"] != "100" {
		t.Errorf("%s has the points %v", c.Name, p)
	}
	if !a.mail {
		return
	}
	sent := a.mails(t)[c.Email]
	if len(sent) != 1 {
		t.Errorf("%s got %d mails, want one", c.Name, len(sent))
		return
	}
	m := sent[0]
	want := fmt.Sprintf("Dear %s,\n\nit is good to have you here.\n", c.Name)
	if m.Subject != "Welcome, "+c.Name || m.Text != want || m.From != "welcome@example.com" {
		t.Errorf("%s got the mail %+v", c.Name, m)
	}
	if noted := d["mail"]["messageId"]; noted != m.ID {
		t.Errorf("%s has the mail %s; the note says %s", c.Name, m.ID, noted)
	}
}

func TestEveryServiceDoesItsPartAndOneThatFailsStopsNobody(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	proc := testenv.Process(t)
	a := deploy(t, proc, nil)
	for _, name := range []string{"Ada", "Grace", "Alan"} {
		c := customer{Name: name, Email: strings.ToLower(name) + "@example.com"}
		id := a.signUp(t, c)
		a.check(t, c, a.await(t, id, a.services("")...))
	}
	if answer, err := a.Ask(t.Context(), http.MethodPost, "/customers", map[string]string{"name": "Nobody"}); err != nil || answer.Status != http.StatusBadRequest {
		t.Errorf("a customer without an address: %+v, %v", answer, err)
	}
	if !a.points {
		t.Skip("there is no Node here, in which the service is written that fails")
	}

	a = deploy(t, proc, map[string]string{"PointsFail": "yes"})
	c := customer{Name: "Barbara", Email: "barbara@example.com"}
	id := a.signUp(t, c)
	a.await(t, id, a.services("points")...)
	dead := a.deadLetter(t, id)
	if points := a.done(t, id)["points"]; points != nil {
		t.Errorf("a service that fails granted %v", points)
	}
	a.wantTries(t, *dead.MessageId, 3)

	a = deploy(t, proc, map[string]string{"PointsFail": "no"})
	if _, err := proc.SQS().StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{
		SourceArn: aws.String(a.Outputs["PointsDeadLettersArn"]),
	}); err != nil {
		t.Fatal(err)
	}
	a.check(t, c, a.await(t, id, a.services("")...))
	testenv.Eventually(t, "no dead letters are left", func() bool { return a.deadLetters(t) == 0 })
}

// deadLetters counts the messages that the points service gave up.
func (a *app) deadLetters(t *testing.T) int {
	t.Helper()
	out, err := a.proc.SQS().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(a.Outputs["PointsDeadLettersUrl"]),
		AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var n, total int
	for _, text := range out.Attributes {
		_, _ = fmt.Sscan(text, &n)
		total += n
	}
	return total
}

// deadLetter waits for the dead letter of a customer and returns it. It stays
// where it is.
func (a *app) deadLetter(t *testing.T, id string) types.Message {
	t.Helper()
	refused := 0
	testenv.Eventually(t, "a dead letter of the points service", func() bool {
		if n := len(a.refusals(t)); n > refused {
			refused = n
			a.advance(t, retryAfter+time.Second) // it is tried again
		}
		return a.deadLetters(t) == 1
	})
	out, err := a.proc.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(a.Outputs["PointsDeadLettersUrl"]), WaitTimeSeconds: 2,
	})
	if err != nil || len(out.Messages) != 1 || !strings.Contains(*out.Messages[0].Body, id) {
		t.Fatalf("received %+v (%v), want the message of %s", out, err, id)
	}
	_, err = a.proc.SQS().ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(a.Outputs["PointsDeadLettersUrl"]), ReceiptHandle: out.Messages[0].ReceiptHandle, VisibilityTimeout: 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Messages[0]
}

// advance moves maru's clock ahead.
func (a *app) advance(t *testing.T, d time.Duration) {
	t.Helper()
	if got := a.proc.Ask(t, http.MethodPost, "/_maru/clock", `{"advance":"`+d.String()+`"}`); got.Status != http.StatusOK {
		t.Fatalf("advance: %d %s", got.Status, got.Body)
	}
}

// refusals are the lines in which the points service says that it has failed.
func (a *app) refusals(t *testing.T) []string {
	t.Helper()
	out, err := a.proc.Logs().FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName:  aws.String("/aws/lambda/" + a.Outputs["PointsFunction"]),
		FilterPattern: aws.String(`"out of order"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range out.Events {
		lines = append(lines, *e.Message)
	}
	return lines
}

// wantTries counts in the log how often the points service tried a message.
func (a *app) wantTries(t *testing.T, message string, want int) {
	t.Helper()
	tries, lines := 0, a.refusals(t)
	for _, line := range lines {
		if strings.Contains(line, "points for "+message) {
			tries++
		}
	}
	if tries != want {
		t.Errorf("the points service tried %d times, want %d: %q", tries, want, lines)
	}
}

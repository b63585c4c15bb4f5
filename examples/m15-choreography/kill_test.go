package m15_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"maru.dev/maru/clock"
	library "maru.dev/maru/deploy"
	"maru.dev/maru/examples/internal/apptest"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/outbox"
)

func TestAKillWhileCustomersSignUpCostsNobodyAnything(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	proc := testenv.Process(t)
	a := deploy(t, proc, nil)
	customers := make([]customer, 12)
	for i := range customers {
		customers[i] = customer{ID: fmt.Sprintf("c%02d", i), Name: fmt.Sprintf("Customer %d", i), Email: fmt.Sprintf("c%02d@example.com", i)}
	}

	half := make(chan struct{})
	repeated := a.signUpAll(t, customers, half)
	<-half
	proc.Kill()
	killed := clock.System{}.Now()
	later := killed.Add(retryAfter + time.Second)
	proc.Start("--time", later.Format(time.RFC3339Nano)) // what was under way comes back
	asked := repeated()

	for i, c := range customers {
		d := a.await(t, c.ID, a.services("")...)
		if p := d["profile"]; p["name"] != c.Name || p["email"] != c.Email {
			t.Errorf("%s has the profile %v", c.Name, p)
		}
		if p := d["points"]; a.points && p["points"] != "100" {
			t.Errorf("%s has the points %v", c.Name, p)
		}
		if a.mail {
			wantOneMail(t, c, a.mails(t)[c.Email], d["mail"], killed, asked[i] > 1)
		}
	}
	a.wantRows(t, "ProfilesTable", len(customers))
	if a.points {
		a.wantRows(t, "PointsTable", len(customers))
	}
}

// signUpAll signs customers up, four at a time, as clients that repeat what
// was not answered. It closes half when half of them are acknowledged; the
// function that it returns waits for all and tells how often each was asked.
func (a *app) signUpAll(t *testing.T, customers []customer, half chan<- struct{}) func() []int {
	t.Helper()
	var (
		clients sync.WaitGroup
		acked   atomic.Int32
		next    atomic.Int32
	)
	asked := make([]int, len(customers))
	for range 4 {
		clients.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(customers); i = int(next.Add(1)) - 1 {
				n, err := a.Insist(t.Context(), http.StatusAccepted, http.MethodPost, "/customers", customers[i])
				if err != nil {
					t.Errorf("%s was not signed up: %v", customers[i].Name, err)
				}
				asked[i] = n
				if int(acked.Add(1)) == len(customers)/2 {
					close(half)
				}
			}
		})
	}
	return func() []int {
		clients.Wait()
		return asked
	}
}

// wantOneMail fails the test unless the customer got one mail, or has a good
// reason for a second: the first was sent before the kill and not noted any
// more, as app.py says, or the client repeated the sign-up, and both messages
// were under way at once.
func wantOneMail(t *testing.T, c customer, sent []outbox.Message, note map[string]string, killed time.Time, repeated bool) {
	t.Helper()
	switch {
	case len(sent) == 1:
		if sent[0].ID != note["messageId"] {
			t.Errorf("%s got the mail %s; the note says %s", c.Name, sent[0].ID, note["messageId"])
		}
		return
	case len(sent) != 2:
		t.Errorf("%s got %d mails: %+v", c.Name, len(sent), sent)
		return
	}
	first, second := sent[1], sent[0] // the outbox lists the newest first
	cut := first.At.Before(killed) && second.At.After(killed) && note["messageId"] == second.ID
	if !cut && !repeated {
		t.Errorf("%s got two mails, at %v and %v, the note %v, and the kill was at %v", c.Name, first.At, second.At, note, killed)
	}
	t.Logf("%s got two mails: cut off between sending and noting %t, signed up twice %t", c.Name, cut, repeated)
}

// wantRows counts the rows of the table that an output names.
func (a *app) wantRows(t *testing.T, output string, want int) {
	t.Helper()
	out, err := a.proc.DynamoDB().Scan(t.Context(), &dynamodb.ScanInput{
		TableName: aws.String(a.Outputs[output]), Select: dynamodbtypes.SelectCount, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	if int(out.Count) != want {
		t.Errorf("%s has %d rows, want %d", output, out.Count, want)
	}
}

func TestAKillDuringTheDeploymentOnlyDelaysIt(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	proc := testenv.Process(t)
	with := parameters(t, nil)
	finished := 0
	_, err := library.Run(t.Context(), proc.Config(), library.Options{
		Template: "template.yaml", Stack: apptest.Stack, Parameters: with,
		Progress: func(e library.Event) {
			if finished++; finished == 8 {
				proc.Kill()
			}
		},
	})
	if err == nil {
		t.Fatal("the deployment was over before the kill")
	}
	proc.Start()

	var stack types.Stack
	testenv.Eventually(t, "the stack is complete", func() bool {
		out, err := proc.CloudFormation().DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String(apptest.Stack)})
		if err != nil {
			t.Fatal(err)
		}
		stack = out.Stacks[0]
		return stack.StackStatus != types.StackStatusCreateInProgress
	})
	if stack.StackStatus != types.StackStatusCreateComplete {
		t.Fatalf("the stack is %s: %s", stack.StackStatus, aws.ToString(stack.StackStatusReason))
	}
	outputs := make(map[string]string)
	for _, o := range stack.Outputs {
		outputs[*o.OutputKey] = *o.OutputValue
	}
	a := &app{apptest.Deployed(proc, outputs), proc, with["WithMail"] == "yes", with["WithPoints"] == "yes"}
	c := customer{Name: "Ada", Email: "ada@example.com"}
	a.check(t, c, a.await(t, a.signUp(t, c), a.services("")...))
}

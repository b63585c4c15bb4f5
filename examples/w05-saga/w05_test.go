// Package w05_test deploys the saga on a real maru, books trips and kills maru
// between their steps.
package w05_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/examples/internal/apptest"
	"maru.dev/maru/internal/testenv"
)

// saga is the deployed example.
type saga struct {
	*apptest.App

	proc *testenv.Proc
}

// deploy starts maru and deploys the example on it.
func deploy(t *testing.T) saga {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	p := testenv.Process(t)
	return saga{apptest.Deploy(t, p, nil), p}
}

// book starts a trip on which some kinds are sold out, and returns its
// execution's ARN. The name makes it safe to repeat.
func (s saga) book(t *testing.T, name string, soldOut ...string) string {
	t.Helper()
	input, err := json.Marshal(map[string]any{"fail": append([]string{}, soldOut...)})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.proc.SFN().StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(s.Outputs["TripArn"]), Name: aws.String(name), Input: aws.String(string(input)),
	})
	if err != nil {
		t.Fatalf("book %s: %v", name, err)
	}
	return *out.ExecutionArn
}

// end waits until a trip has ended and describes it.
func (s saga) end(t *testing.T, trip string) *sfn.DescribeExecutionOutput {
	t.Helper()
	var out *sfn.DescribeExecutionOutput
	testenv.Eventually(t, trip+" ends", func() bool {
		var err error
		if out, err = s.proc.SFN().DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(trip)}); err != nil {
			t.Fatal(err)
		}
		return out.Status != types.ExecutionStatusRunning
	})
	return out
}

// steps are the states that a trip has entered, in order.
func (s saga) steps(t *testing.T, trip string) []string {
	t.Helper()
	var steps []string
	pages := sfn.NewGetExecutionHistoryPaginator(s.proc.SFN(), &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(trip)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			if d := e.StateEnteredEventDetails; d != nil {
				steps = append(steps, *d.Name)
			}
		}
	}
	return steps
}

// reserved tells, by kind, what a table says of a trip: its status and how
// often it was reserved.
func (s saga) reserved(t *testing.T, name string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, kind := range []string{"Flight", "Hotel", "Car"} {
		out, err := s.proc.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{
			TableName: aws.String(s.Outputs[kind+"Table"]), ConsistentRead: aws.Bool(true),
			Key: map[string]dynamodbtypes.AttributeValue{"trip": &dynamodbtypes.AttributeValueMemberS{Value: name}},
		})
		if err != nil {
			t.Fatal(err)
		}
		status, _ := out.Item["status"].(*dynamodbtypes.AttributeValueMemberS)
		if status == nil {
			continue
		}
		all[kind] = status.Value
		if n, _ := out.Item["times"].(*dynamodbtypes.AttributeValueMemberN); n != nil && n.Value != "1" {
			all[kind] += " " + n.Value + " times"
		}
	}
	return all
}

// outcomes are what becomes of a trip, by the kind that is sold out.
func outcomes() map[string]struct {
	steps    []string
	reserved map[string]string
} {
	type outcome = struct {
		steps    []string
		reserved map[string]string
	}
	return map[string]outcome{
		"": {
			[]string{"ReserveFlight", "ReserveHotel", "ReserveCar", "Booked"},
			map[string]string{"Flight": "reserved", "Hotel": "reserved", "Car": "reserved"},
		},
		"flight": {
			[]string{"ReserveFlight", "CancelFlight", "NotBooked"},
			map[string]string{"Flight": "cancelled"},
		},
		"hotel": {
			[]string{"ReserveFlight", "ReserveHotel", "CancelHotel", "CancelFlight", "NotBooked"},
			map[string]string{"Flight": "cancelled", "Hotel": "cancelled"},
		},
		"car": {
			[]string{"ReserveFlight", "ReserveHotel", "ReserveCar", "CancelCar", "CancelHotel", "CancelFlight", "NotBooked"},
			map[string]string{"Flight": "cancelled", "Hotel": "cancelled", "Car": "cancelled"},
		},
	}
}

// check waits for a trip's end and holds it against what was to become of it.
func (s saga) check(t *testing.T, name, trip, soldOut string) {
	t.Helper()
	want := outcomes()[soldOut]
	out := s.end(t, trip)
	status, failure := types.ExecutionStatusSucceeded, ""
	if soldOut != "" {
		status, failure = types.ExecutionStatusFailed, "SoldOutError"
	}
	if out.Status != status || aws.ToString(out.Error) != failure {
		t.Errorf("%s is %s %q (%s), want %s %q", name, out.Status, aws.ToString(out.Error), aws.ToString(out.Cause), status, failure)
	}
	if soldOut != "" && !strings.Contains(aws.ToString(out.Cause), "there is no "+soldOut+" left") {
		t.Errorf("%s ended by %s", name, aws.ToString(out.Cause))
	}
	if diff := cmp.Diff(want.steps, s.steps(t, trip)); diff != "" {
		t.Errorf("steps of %s (-want +got):\n%s", name, diff)
	}
	if diff := cmp.Diff(want.reserved, s.reserved(t, name)); diff != "" {
		t.Errorf("reservations of %s (-want +got):\n%s", name, diff)
	}
}

func TestAStepThatFailsTakesBackTheOnesBeforeInReverse(t *testing.T) {
	t.Parallel()
	s := deploy(t)
	for soldOut := range outcomes() {
		name := "trip-" + soldOut
		s.check(t, name, s.book(t, name, soldOut), soldOut)
	}
}

// Trips are under way when maru is killed, again and again, so that every step
// is met by some kill. Each trip ends as it would have without.
func TestAKillBetweenAnyTwoStepsChangesNoOutcome(t *testing.T) {
	t.Parallel()
	s := deploy(t)
	kinds := slices.Sorted(func(yield func(string) bool) {
		for kind := range outcomes() {
			if !yield(kind) {
				return
			}
		}
	})
	trips := make(map[string]string) // ARN by name
	for kill := range 8 {
		for i := range 4 {
			name := fmt.Sprintf("trip-%d-%d", kill, i)
			trips[name] = s.book(t, name, kinds[i])
		}
		// The last trip's progress says when: after its first step, its second…
		testenv.Eventually(t, "the trip is far enough", func() bool {
			return len(s.steps(t, trips[fmt.Sprintf("trip-%d-1", kill)])) > min(kill, len(outcomes()[kinds[1]].steps)-1)
		})
		s.proc.Restart()
	}
	for name, trip := range trips {
		var kill, i int
		if _, err := fmt.Sscanf(name, "trip-%d-%d", &kill, &i); err != nil {
			t.Fatal(err)
		}
		s.check(t, name, trip, kinds[i])
	}
}

// Package m17_test deploys the application on a real maru, sends orders, and
// looks for them in the logs and in the traces, as who has to find a fault does.
package m17_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"maru.dev/maru/clock"
	"maru.dev/maru/examples/internal/apptest"
	"maru.dev/maru/internal/testenv"
)

// app is the deployed example.
type app struct {
	*apptest.App

	proc *testenv.Proc
}

// order is what the API answers: under what an order is found.
type order struct{ ID, Trace string }

// deploy starts maru and deploys the example on it.
func deploy(t *testing.T) app {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	if !apptest.Has(t, "python3") {
		t.Skip("there is no python3 here")
	}
	p := testenv.Process(t)
	return app{apptest.Deploy(t, p, nil), p}
}

// order sends an order.
func (a app) order(t *testing.T, amount string) (o order) {
	t.Helper()
	answer, err := a.Ask(t.Context(), http.MethodPost, "/orders", map[string]string{"item": "tea", "amount": amount})
	if err != nil || answer.Status != http.StatusAccepted {
		t.Fatalf("order: %v %+v", err, answer)
	}
	answer.JSON(t, &o)
	return o
}

// stored tells whether an order is in the table, and its receipt in the bucket.
func (a app) stored(t *testing.T, o order) bool {
	t.Helper()
	row, err := a.proc.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: new(a.Outputs["Table"]), ConsistentRead: new(true),
		Key: map[string]dynamodbtypes.AttributeValue{"id": &dynamodbtypes.AttributeValueMemberS{Value: o.ID}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if row.Item == nil {
		return false
	}
	if _, err := a.proc.S3().HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: new(a.Outputs["Receipts"]), Key: new("receipts/" + o.ID + ".json")}); err != nil {
		t.Fatalf("order %s is stored without its receipt: %v", o.ID, err)
	}
	return true
}

// lines are what the log groups of both functions say of a request, each as
// "group: message", by time.
func (a app) lines(t *testing.T, request string) (lines []string) {
	t.Helper()
	now := clock.System{}.Now()
	started, err := a.proc.Logs().StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{
		LogGroupNames: []string{a.Outputs["TakeLogs"], a.Outputs["StoreLogs"]},
		StartTime:     new(now.Add(-time.Hour).Unix()), EndTime: new(now.Add(time.Hour).Unix()),
		QueryString: new(`fields @log, message | filter requestId = "` + request + `" | sort @timestamp asc`),
	})
	if err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the query's results", func() bool {
		out, err := a.proc.Logs().GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId})
		if err != nil {
			t.Fatal(err)
		}
		if out.Status != logtypes.QueryStatusComplete {
			return false
		}
		for _, row := range out.Results {
			group, message := "", ""
			for _, f := range row {
				switch {
				case *f.Field == "message":
					message = *f.Value
				case *f.Field == "@log" && strings.HasSuffix(*f.Value, a.Outputs["TakeLogs"]):
					group = "take"
				case *f.Field == "@log" && strings.HasSuffix(*f.Value, a.Outputs["StoreLogs"]):
					group = "store"
				}
			}
			lines = append(lines, group+": "+message)
		}
		return true
	})
	return lines
}

// segment is what the test reads of a segment document.
type segment struct {
	ID, Name, Origin string
	Parent           string `json:"parent_id"`
	Fault            bool
	Subsegments      []segment
}

// ways are the ways from the beginning of a trace to each of its hops, in the
// kinds of resources that are passed; faults are those that ended in one.
func (a app) ways(t *testing.T, trace string) (ways, faults []string) {
	t.Helper()
	out, err := a.proc.XRay().BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{trace}})
	if err != nil {
		t.Fatal(err)
	}
	hops := map[string]segment{}
	var take func(s segment)
	take = func(s segment) {
		hops[s.ID] = s
		for _, step := range s.Subsegments {
			step.Parent = s.ID
			take(step)
		}
	}
	for _, tr := range out.Traces {
		for _, document := range tr.Segments {
			var s segment
			if err := json.Unmarshal([]byte(*document.Document), &s); err != nil {
				t.Fatal(err)
			}
			take(s)
		}
	}
	for _, s := range hops {
		var way []string
		for at, ok := s, true; ok; at, ok = hops[at.Parent] {
			if at.Origin != "" && at.Origin != "AWS::Lambda" { // Lambda's half of a function
				way = append(way, at.Origin[strings.LastIndex(at.Origin, "::")+2:])
			}
		}
		slices.Reverse(way)
		if s.Origin == "" {
			continue
		}
		ways = append(ways, strings.Join(way, " > "))
		if s.Fault {
			faults = append(faults, strings.Join(way, " > "))
		}
	}
	return ways, faults
}

// toTheStore are the ways to the last stores of an order.
var toTheStore = []string{
	"Stage > Function > Topic > Queue > Function > Table",
	"Stage > Function > Topic > Queue > Function > Bucket",
}

// traced waits until the trace of an order goes to its last stores.
func (a app) traced(t *testing.T, o order) {
	t.Helper()
	var ways []string
	defer func() {
		if t.Failed() {
			t.Logf("the trace %s has %q", o.Trace, ways)
		}
	}()
	testenv.Eventually(t, "the whole trace", func() bool {
		ways, _ = a.ways(t, o.Trace)
		return !slices.ContainsFunc(toTheStore, func(want string) bool { return !slices.Contains(ways, want) })
	})
}

func TestARequestIsFoundInAllLogsAndInOneTrace(t *testing.T) {
	t.Parallel()
	a := deploy(t)
	o, other := a.order(t, "3"), a.order(t, "4")
	for _, one := range []order{o, other} {
		testenv.Eventually(t, "the order is stored", func() bool { return a.stored(t, one) })
		a.traced(t, one)
	}
	var lines []string
	testenv.Eventually(t, "the lines", func() bool {
		lines = a.lines(t, o.ID)
		return len(lines) >= 2
	})
	if want := []string{"take: order taken", "store: order stored"}; !slices.Equal(lines, want) {
		t.Errorf("the logs say %q of the request, want %q", lines, want)
	}
}

func TestAnOrderThatIsRefusedIsAFaultInItsTraceAndRaisesTheAlarm(t *testing.T) {
	t.Parallel()
	a := deploy(t)
	o := a.order(t, "many")
	const want = "Stage > Function > Topic > Queue > Function"
	testenv.Eventually(t, "the fault", func() bool {
		_, faults := a.ways(t, o.Trace)
		return slices.Contains(faults, want)
	})
	testenv.Eventually(t, "the line", func() bool { return slices.Contains(a.lines(t, o.ID), "store: order refused") })
	apptest.Within(t, 6*time.Minute, "the alarm", func() bool {
		out, err := a.proc.CloudWatch().DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{a.Outputs["Alarm"]}})
		if err != nil || len(out.MetricAlarms) != 1 {
			t.Fatalf("%d alarms, %v", len(out.MetricAlarms), err)
		}
		return out.MetricAlarms[0].StateValue == types.StateValueAlarm
	})
}

// pause stops the store from taking orders from its queue, or lets it go on.
func (a app) pause(t *testing.T, paused bool) {
	t.Helper()
	list, err := a.proc.Lambda().ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{})
	if err != nil || len(list.EventSourceMappings) != 1 {
		t.Fatalf("%v: %+v", err, list)
	}
	id, want := list.EventSourceMappings[0].UUID, "Enabled"
	if paused {
		want = "Disabled"
	}
	if _, err := a.proc.Lambda().UpdateEventSourceMapping(t.Context(), &lambda.UpdateEventSourceMappingInput{UUID: id, Enabled: new(!paused)}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, want, func() bool {
		out, err := a.proc.Lambda().GetEventSourceMapping(t.Context(), &lambda.GetEventSourceMappingInput{UUID: id})
		return err == nil && *out.State == want
	})
}

// Maru is killed when orders are half-way: they wait in the queue. All are stored
// after the restart, in the traces in which they began, and all their lines are
// there, those from before the kill and those from after it.
func TestAKillBetweenTakingAndStoringBreaksNoTrace(t *testing.T) {
	t.Parallel()
	a := deploy(t)
	a.pause(t, true)
	var orders []order
	for range 5 {
		orders = append(orders, a.order(t, "2"))
	}
	for _, o := range orders { // spans wait 150 ms, which is what a crash may take
		testenv.Eventually(t, "the way to the queue", func() bool {
			ways, _ := a.ways(t, o.Trace)
			return slices.Contains(ways, "Stage > Function > Topic > Queue")
		})
		testenv.Eventually(t, "the line", func() bool { return slices.Contains(a.lines(t, o.ID), "take: order taken") })
	}
	a.proc.Restart()
	a.pause(t, false)
	for _, o := range orders {
		testenv.Eventually(t, "the order is stored", func() bool { return a.stored(t, o) })
		a.traced(t, o)
		testenv.Eventually(t, "the lines", func() bool {
			lines := a.lines(t, o.ID)
			return slices.Contains(lines, "take: order taken") && slices.Contains(lines, "store: order stored")
		})
	}
}

package main

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/api/xray"
	"maru.dev/maru/deploy"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/xray/trace"
)

// parsed reads segment documents.
func parsed(t *testing.T, documents ...string) (list []*trace.Segment) {
	t.Helper()
	for _, d := range documents {
		s, err := trace.Parse(strings.Replace(d, "{", `{"trace_id":"1-5759e988-bd862e3fe1be46a994272793",`, 1))
		if err != nil {
			t.Fatalf("%s: %v", d, err)
		}
		list = append(list, s)
	}
	return list
}

func TestAWaterfallIsDrawnByCauseAndTime(t *testing.T) {
	t.Parallel()
	const (
		queue = `{"id":"00000000000000aa","name":"orders","origin":"AWS::SQS::Queue","start_time":100,"end_time":100.25,"http":{"response":{"status":200}},"aws":{"operation":"SendMessage"}}`
		work  = `{"id":"00000000000000bb","parent_id":"00000000000000aa","name":"work","origin":"AWS::Lambda::Function","start_time":100.5,"end_time":101,"fault":true,` +
			`"cause":{"exceptions":[{"id":"00000000000000bb","type":"KeyError","message":"amount"}]},"links":[{"trace_id":"1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa"}],` +
			`"subsegments":[{"id":"00000000000000cc","name":"Invocation","start_time":100.75,"end_time":101}]}`
		open = `{"id":"00000000000000dd","parent_id":"00000000000000cc","name":"items","origin":"AWS::DynamoDB::Table","start_time":100.9,"in_progress":true}`
		lost = `{"id":"00000000000000ee","parent_id":"00000000000000ff","name":"items","start_time":100.5,"end_time":100.5,"error":true,"throttle":true}`
	)
	tests := map[string]struct {
		documents []string
		want      []string
	}{
		"one": {[]string{queue}, []string{
			"   +0.00ms    250ms  |████████████| SQS Queue  orders  SendMessage  200",
		}},
		"in any order of documents": {[]string{open, work, queue}, []string{
			"   +0.00ms    250ms  |███         | SQS Queue  orders  SendMessage  200",
			"X   +500ms    500ms  |      ██████|   Lambda Function  work  FAULT",
			"                                      ! KeyError: amount",
			"                                      ~ goes on from 1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa",
			"    +750ms    250ms  |         ███|     Invocation",
			"    +900ms        …  |          ░░|       DynamoDB Table  items",
		}},
		"a cause that is not there": {[]string{queue, lost}, []string{
			"   +0.00ms    250ms  |██████      | SQS Queue  orders  SendMessage  200",
			"!   +500ms   0.00ms  |           █| items  THROTTLE",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := drawTrace("1-…", waterfall(parsed(t, tt.documents...)), 40)
			_, body, _ := strings.Cut(text, "\n\n")
			if diff := cmp.Diff(tt.want, strings.Split(strings.TrimRight(body, "\n"), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSegmentsThatCauseEachOtherAreDrawnOnce(t *testing.T) {
	t.Parallel()
	hops := waterfall(parsed(t,
		`{"id":"00000000000000aa","name":"a","start_time":1,"end_time":2}`,
		`{"id":"00000000000000bb","parent_id":"00000000000000bb","name":"b","start_time":1,"end_time":2}`,
		`{"id":"00000000000000cc","parent_id":"00000000000000aa","name":"c","start_time":1,"end_time":2}`,
		`{"id":"00000000000000cc","parent_id":"00000000000000aa","name":"c","start_time":1,"end_time":2}`))
	if len(hops) != 3 {
		t.Errorf("%d hops: %+v", len(hops), hops)
	}
}

func TestTraceFlagsAreAFilterExpression(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		command traceCommand
		want    string
	}{
		"nothing":    {traceCommand{}, ""},
		"path":       {traceCommand{Path: `/a"b`, Status: 502}, `http.url CONTAINS "/a\"b" AND http.status = 502`},
		"annotation": {traceCommand{Annotation: []string{"k=v", "n=3"}}, `annotation["k"] = "v" AND (annotation["n"] = "3" OR annotation["n"] = 3)`},
		"own":        {traceCommand{Filter: "ok OR fault"}, "(ok OR fault)"},
	}
	for name, tt := range tests {
		if got, err := tt.command.expression(); err != nil || got != tt.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, tt.want)
		}
	}
	if _, err := (&traceCommand{Annotation: []string{"k"}}).expression(); err == nil {
		t.Error("an annotation without a value is taken")
	}
}

func TestTheMapHasCallersFirstAndTheirShares(t *testing.T) {
	t.Parallel()
	edge := func(to int32, total, faults int64) xray.Edge {
		return xray.Edge{ReferenceId: &to, SummaryStatistics: &xray.EdgeStatistics{
			TotalCount: &total, TotalResponseTime: new(float64(total) / 10), FaultStatistics: &xray.FaultStatistics{TotalCount: &faults},
		}}
	}
	service := func(id int32, name, kind string, edges ...xray.Edge) xray.ServiceShape {
		return xray.ServiceShape{ReferenceId: &id, Name: &name, Type: &kind, Edges: edges, SummaryStatistics: &xray.ServiceStatistics{
			TotalCount: new(int64(20)), TotalResponseTime: new(2.0),
			ErrorStatistics: &xray.ErrorStatistics{TotalCount: new(int64(3)), ThrottleCount: new(int64(1))},
		}}
	}
	text := drawMap(nodesOf([]xray.ServiceShape{
		service(1, "pay", "AWS::Lambda"), service(2, "api", "AWS::ApiGateway::Stage", edge(1, 20, 5)), service(3, "api", "client", edge(2, 20, 0)),
	}), 10*time.Second)
	want := []string{
		"  2 services in 10s           rate   latency  errors  thrott  faults", "",
		"! ApiGateway Stage  api      2.0/s     100ms   10.0%    5.0%",
		"X   └─> Lambda  pay          2.0/s     100ms                   25.0%", "",
		"! Lambda  pay                2.0/s     100ms   10.0%    5.0%",
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimRight(text, "\n"), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestTheMapHasAFunctionOnce(t *testing.T) {
	t.Parallel()
	service := func(id int32, name, kind string, calls ...int32) xray.ServiceShape {
		s := xray.ServiceShape{ReferenceId: &id, Name: &name, Type: &kind, SummaryStatistics: &xray.ServiceStatistics{TotalCount: new(int64(id))}}
		for _, to := range calls {
			s.Edges = append(s.Edges, xray.Edge{ReferenceId: &to, SummaryStatistics: &xray.EdgeStatistics{TotalCount: new(int64(5))}})
		}
		return s
	}
	got := nodesOf([]xray.ServiceShape{
		service(1, "pay", "AWS::Lambda", 2), service(2, "pay", "AWS::Lambda::Function", 4, 5), service(3, "api", "AWS::ApiGateway::Stage", 1, 2),
		service(4, "pay", "AWS::DynamoDB::Table"), service(5, "bare", "AWS::Lambda"),
	})
	lambda, table, bare := "Lambda Function", "DynamoDB Table", "Lambda"
	want := []node{
		{Name: "api", Kind: "ApiGateway Stage", share: share{Requests: 3}, Calls: []arrow{{"pay", lambda, share{Requests: 10}}}},
		{Name: "pay", Kind: lambda, share: share{Requests: 2}, Calls: []arrow{{"bare", bare, share{Requests: 5}}, {"pay", table, share{Requests: 5}}}},
		{Name: "bare", Kind: bare, share: share{Requests: 5}},
		{Name: "pay", Kind: table, share: share{Requests: 4}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, arrow{})); diff != "" {
		t.Error(diff)
	}
}

func TestTopMeasuresWhatCountersHaveGrownBy(t *testing.T) {
	t.Parallel()
	read := func(text string) counters {
		c, err := readCounters(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const home = `account="000000000000",region="us-east-1",`
	before := read("# HELP x\naws_lambda_invocations_total{" + home + `function_name="f"} 10` + "\ngo_goroutines 3\n")
	after := read("aws_lambda_invocations_total{" + home + `function_name="f"} 30` + "\n" +
		"aws_lambda_invocations_total{" + home + `function_name="f",resource="f:1"} 20` + "\n" +
		"aws_lambda_errors_total{" + home + `function_name="f"} 2` + "\n" +
		"aws_lambda_duration_milliseconds_sum{" + home + `function_name="f"} 500` + "\n" +
		"aws_lambda_duration_milliseconds_count{" + home + `function_name="f"} 20` + "\n")
	got := plainTop(measure(before, after), 10*time.Second, "12:00:00", false)
	if want := "12:00:00 lambda f Invoke rate=2.0/s latency=25ms faults=0.2/s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := drawTop(nil, time.Second, "12:00:00", 80, false); !strings.Contains(got, "Nothing happens.") {
		t.Errorf("an idle maru: %q", got)
	}
}

func TestTheTailSaysWhatHasChangedAndByWhom(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	tests := map[string]struct {
		line tailLine
		want string
	}{
		"a call": {changeOf(cloudtrail.Event{
			EventTime: &at, EventName: new("CreateQueue"), EventSource: new("sqs.amazonaws.com"),
			Resources:       []cloudtrail.Resource{{ResourceName: new("arn:aws:sqs:us-east-1:000000000000:orders")}},
			CloudTrailEvent: new(`{"userIdentity":{"arn":"arn:aws:iam::000000000000:root"}}`),
		}), "03:04:05.000   change         sqs CreateQueue  orders  by root"},
		"a refused call": {changeOf(cloudtrail.Event{
			EventTime: &at, EventName: new("DeleteTable"), EventSource: new("dynamodb.amazonaws.com"),
			CloudTrailEvent: new(`{"errorCode":"AccessDenied","errorMessage":"no"}`),
		}), "03:04:05.000 ! change         dynamodb DeleteTable  AccessDenied: no"},
		"a hop": {(&hop{
			At: at, Kind: "SQS Queue", Name: "orders", Operation: "SendMessage", Status: 200, Took: 3 * time.Millisecond, Outcome: "ok",
		}).told("1-5759e988-bd862e3fe1be46a994272793"), "03:04:05.000   hop    272793  SQS Queue orders  SendMessage  200  3.0ms"},
		"a fault": {(&hop{
			At: at, Kind: "Lambda", Name: "work", Took: 2 * time.Second, Outcome: "fault", Cause: "KeyError: amount",
		}).told("1-5759e988-bd862e3fe1be46a994272793"), "03:04:05.000 ! hop    272793  Lambda work  2.00s  FAULT  KeyError: amount"},
	}
	for name, tt := range tests {
		if got := tt.line.String(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// What every view shows of one application's real traffic.
func TestTheViewsShowARequestOfARunningApplication(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	if exec.CommandContext(t.Context(), "python3", "--version").Run() != nil {
		t.Skip("there is no python3 here")
	}
	p := testenv.Process(t)
	result, err := deploy.Run(t.Context(), p.Config(), deploy.Options{Template: "../../examples/m17-logs-and-traces/template.yaml", Stack: "views"})
	if err != nil {
		t.Fatal(err)
	}
	at := []string{"--endpoint", p.URL()}
	stream, stop := start(t, "Following", append([]string{"tail"}, at...)...)
	rates, stopTop := start(t, "", append([]string{"top", "--every", "500ms"}, at...)...)
	testenv.Eventually(t, "the tail follows", func() bool { // what happens before its first look is not told
		if _, err := p.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("seen")}); err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(`change .*sqs CreateQueue`).MatchString(stream.String())
	})
	p.Ask(t, http.MethodPost, "/_maru/execute-api/"+output(result, "ApiId")+"/orders", `{"item":"tea","amount":3}`)
	sees := func(what, pattern string, text func() string) {
		t.Helper()
		found := regexp.MustCompile(pattern)
		last := ""
		defer func() {
			if t.Failed() {
				t.Logf("%s: %s", what, last)
			}
		}()
		testenv.Eventually(t, what, func() bool { last = text(); return found.MatchString(last) })
	}
	command := func(args ...string) func() string {
		return func() string {
			text, err := tell(t, append(args, at...)...)
			if err != nil {
				return err.Error()
			}
			return text
		}
	}
	sees("the trace", `(?s)ApiGateway Stage .*POST /orders  202.*SNS Topic .*SQS Queue .*> .*order stored.*DynamoDB Table .*PutItem`,
		command("trace", "--last", "--path", "/orders", "--logs"))
	sees("the list", `POST http\S*/orders  202`, command("trace", "--status", "202"))
	sees("JSON", `"operation": "PutItem"`, command("trace", "--last", "--path", "/orders", "--json"))
	sees("the map", `(?s)ApiGateway Stage  views/.*└─> Lambda Function  views-Take.*└─> DynamoDB Table  views-Table`, command("map"))
	sees("the rates", `lambda views-Store\S* Invoke rate=\S+ latency=`, rates.String)
	sees("hops in the stream", `hop .*SQS Queue views-Orders`, stream.String)
	sees("lines in the stream", `log .*order stored`, stream.String)
	for _, end := range []func() error{stop, stopTop} {
		if err := end(); err != nil {
			t.Errorf("Ctrl-C ends with %v", err)
		}
	}
}

package hostile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// repeated is a format of numbers up to n, with something between them.
func repeated(n int, format, between string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
	}
	return strings.Join(parts, between)
}

// either is how queries end that hold much: they share their memory with all others.
const either = "Complete or Failed"

// queries are hostile queries, and what becomes of them: how they end, or why they
// are refused.
func queries() map[string]struct{ text, want string } {
	doubling := "fields concat(@message, @message) as a0"
	for n := range 60 {
		doubling += fmt.Sprintf(" | fields concat(a%d, a%d) as a%d", n, n, n+1)
	}
	return map[string]struct{ text, want string }{
		"backtracks":          {`filter @message like /(a*)*(a|aa)+(a*)*b$/`, "Complete"},
		"repeats":             {`filter @message like /` + strings.Repeat("(a?){999}", 900) + `/`, "MalformedQueryException"},
		"parses and repeats":  {`parse @message /(?<x>` + strings.Repeat("(a?){999}", 900) + `)/`, "MalformedQueryException"},
		"many expressions":    {repeated(150, "filter @message not like /#(x|y){90}/", " | "), "MalformedQueryException"},
		"doubles":             {`filter @logStream = "list" | ` + doubling, "Complete"},
		"replaces":            {"fields " + repeated(100, "replace(", "") + "@message" + strings.Repeat(`, "a", "aa")`, 100) + " as x", "MalformedQueryException"},
		"copies":              {`filter @logStream = "long" | fields ` + repeated(500, "@message as a#", ", "), either},
		"sorts everything":    {"sort @message desc | dedup @message", either},
		"parses many globs":   {`parse @message "` + strings.Repeat("*a", 99) + `*" as ` + repeated(100, "f#", ", "), "Complete"},
		"parses again":        {`filter @logStream = "long" | ` + repeated(10, `parse @message /(?<f#>.*)/`, " | "), either},
		"groups by lines":     {"stats count(*), max(@message), min(@message) by concat(@message, @message) as a, concat(@message, @message) as b", either},
		"aggregates":          {"stats " + repeated(900, "count(*)", ",") + " by @message", "Failed"},
		"counts":              {"stats " + repeated(160, "count_distinct(@message)", ",") + " by @logStream", "Failed"},
		"shares":              {"stats " + repeated(300, "pct(strlen(@message), 99)", ","), either},
		"patterns":            {"pattern concat(@message, @message)", either},
		"grows after":         {"stats max(@message) as m by @timestamp, @logStream | " + strings.ReplaceAll(doubling, "@message", "m"), either},
		"unnests":             {`fields jsonParse(@message) as j | unnest j into a | unnest j into b | unnest j into c | unnest j into d | unnest j into e | stats count(*)`, "Cancelled"},
		"unnests to the last": {`stats max(@message) as m by @logStream | fields jsonParse(m) as j ` + strings.Repeat("| unnest j into a ", 8), "Failed"},
	}
}

// insights asks hostile queries of lines that are made for them.
func insights(t *testing.T, p *testenv.Proc) {
	const group = "hostile"
	now := clock.System{}.Now()
	if _, err := p.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(group)}); err != nil {
		t.Fatal(err)
	}
	put := func(stream string, lines []string) {
		t.Helper()
		_, _ = p.Logs().CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String(group), LogStreamName: &stream})
		events := make([]types.InputLogEvent, len(lines))
		for i := range lines {
			events[i] = types.InputLogEvent{Message: &lines[i], Timestamp: aws.Int64(now.UnixMilli())}
		}
		if _, err := p.Logs().PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String(group), LogStreamName: &stream, LogEvents: events}); err != nil {
			t.Fatal(err)
		}
	}
	short := make([]string, 10_000)
	for i := range short {
		short[i] = fmt.Sprintf("line %d of many", i)
	}
	put("short", short)
	put("list", []string{"[" + strings.TrimSuffix(numbered(2000), ",") + "]"})
	for n := range 8 {
		put("long", []string{fmt.Sprint(n) + strings.Repeat("a", 1<<20-5000)})
	}
	for name, q := range queries() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			started, err := p.Logs().StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{
				LogGroupName: aws.String(group), QueryString: &q.text, StartTime: aws.Int64(now.Add(-time.Hour).Unix()), EndTime: aws.Int64(now.Add(time.Hour).Unix()),
			})
			if err != nil {
				if testenv.ErrorCode(err) != q.want {
					t.Errorf("%.300v, want %s", err, q.want)
				}
				return
			}
			if q.want == "Cancelled" {
				stopQuery(t, p, started.QueryId)
			}
			testenv.Eventually(t, "the query ends", func() bool {
				out, err := p.Logs().GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId})
				if err != nil {
					t.Fatal(err)
				}
				if slices.Contains([]types.QueryStatus{types.QueryStatusRunning, types.QueryStatusScheduled}, out.Status) {
					return false
				}
				if !strings.Contains(q.want, string(out.Status)) {
					t.Errorf("%s with %d rows, want %s", out.Status, len(out.Results), q.want)
				}
				return true
			})
		})
	}
}

// stopQuery stops a query once it has begun, and waits until it says how far it
// has come, so that it is in the midst of its work.
func stopQuery(t *testing.T, p *testenv.Proc, id *string) {
	t.Helper()
	testenv.Eventually(t, "the query looks at something", func() bool {
		out, err := p.Logs().GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: id})
		return err == nil && out.Status == types.QueryStatusRunning && out.Statistics != nil && out.Statistics.RecordsMatched > 0
	})
	if _, err := p.Logs().StopQuery(t.Context(), &cloudwatchlogs.StopQueryInput{QueryId: id}); err != nil {
		t.Error(err)
	}
}

// filters look for hostile patterns, now and in what comes.
func filters(t *testing.T, p *testenv.Proc) {
	const group = "filtered"
	if _, err := p.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(group)}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Logs().CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String(group), LogStreamName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	line := types.InputLogEvent{Message: aws.String(`{"a":"` + strings.Repeat("a", 1<<16) + `"}`), Timestamp: aws.Int64(clock.System{}.Now().UnixMilli())}
	for range 4 {
		if _, err := p.Logs().PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String(group), LogStreamName: aws.String("s"), LogEvents: []types.InputLogEvent{line}}); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string]string{
		`%(a*)*(a|aa)+b%`:                                       "",
		`%(a?){160}(a?){160}b%`:                                 "",
		`%` + strings.Repeat("(a?){999}", 100) + `%`:            "InvalidParameterException",
		strings.Repeat(`-%(x?){300}y% `, 60):                    "InvalidParameterException",
		`{ $.a = %` + strings.Repeat("(a?){999}", 90) + `% }`:   "InvalidParameterException",
		`[a = %` + strings.Repeat("(a?){999}", 90) + `%, ...]`:  "InvalidParameterException",
		`{ $.a = "` + strings.Repeat("*a", 400) + `" }`:         "",
		strings.Repeat("?a ", 340):                              "",
		`{ ` + strings.Repeat("$.a = a* || ", 80) + `$.b = 1 }`: "",
	} {
		t.Run(pattern[:min(20, len(pattern))], func(t *testing.T) {
			t.Parallel()
			in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String(group), FilterPattern: &pattern}
			for pages := 0; ; pages++ {
				out, err := p.Logs().FilterLogEvents(t.Context(), in)
				if testenv.ErrorCode(err) != want {
					t.Fatalf("%.300v, want %q", err, want)
				}
				if err != nil || out.NextToken == nil {
					break
				}
				if in.NextToken = out.NextToken; pages > 8 {
					t.Fatal("there are four events, and more than eight pages")
				}
			}
			_, err := p.Logs().PutMetricFilter(t.Context(), &cloudwatchlogs.PutMetricFilterInput{
				LogGroupName: aws.String(group), FilterName: aws.String("f"), FilterPattern: &pattern,
				MetricTransformations: []types.MetricTransformation{{MetricName: aws.String("m"), MetricNamespace: aws.String("n"), MetricValue: aws.String("1")}},
			})
			if testenv.ErrorCode(err) != want {
				t.Errorf("as a metric's: %.300v, want %q", err, want)
			}
		})
	}
}

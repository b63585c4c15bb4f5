package telemetry

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrometheusHasCountersSummariesAndGauges(t *testing.T) {
	t.Parallel()
	tally, _, _ := newTally(t)
	f := NewFamily(tally, "AWS/Lambda", []string{"FunctionName"}, Kind{Name: "Invocations", Unit: "Count"}, Kind{Name: "Duration", Unit: "Milliseconds"}, Kind{Name: "ConcurrentExecutions", Unit: "Count", Level: true})
	for i := range 3 {
		f.Add(Of("1", "r", `f"\`), Value{0, 1}, Value{1, float64(i) + 0.5}, Value{2, float64(i)})
		tally.Flush(t.Context()) // what is flushed still counts
	}
	f.Add(Of("1", "r", "b"), Value{0, 1})
	tally.Levels().Measure(Metric{Account: "1", Region: "r", Namespace: "AWS/SQS", Name: "ApproximateNumberOfMessagesVisible", Unit: "Count"}, 7)
	var b strings.Builder
	if err := tally.WritePrometheus(&b, []Number{{Name: "maru_spans_dropped_total", Help: "Spans.", Value: 2, Counter: true}}); err != nil {
		t.Fatal(err)
	}
	want := `# HELP aws_lambda_concurrent_executions AWS/Lambda ConcurrentExecutions (Count)
# TYPE aws_lambda_concurrent_executions gauge
aws_lambda_concurrent_executions{account="1",region="r",function_name="f\"\\"} 2
# HELP aws_lambda_duration_milliseconds AWS/Lambda Duration (Milliseconds)
# TYPE aws_lambda_duration_milliseconds summary
aws_lambda_duration_milliseconds_count{account="1",region="r",function_name="f\"\\"} 3
aws_lambda_duration_milliseconds_sum{account="1",region="r",function_name="f\"\\"} 4.5
# HELP aws_lambda_invocations_total AWS/Lambda Invocations (Count)
# TYPE aws_lambda_invocations_total counter
aws_lambda_invocations_total{account="1",region="r",function_name="b"} 1
aws_lambda_invocations_total{account="1",region="r",function_name="f\"\\"} 3
# HELP aws_sqs_approximate_number_of_messages_visible AWS/SQS ApproximateNumberOfMessagesVisible (Count)
# TYPE aws_sqs_approximate_number_of_messages_visible gauge
aws_sqs_approximate_number_of_messages_visible{account="1",region="r"} 7
# HELP maru_spans_dropped_total Spans.
# TYPE maru_spans_dropped_total counter
maru_spans_dropped_total 2
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

func TestNamesOfAWSBecomeNamesOfPrometheus(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"AWS/SQS": "aws_sqs", "AWS/EventBridge/Pipes": "aws_event_bridge_pipes", "NumberOfMessagesSent": "number_of_messages_sent",
		"4xx": "4xx", "ApiId": "api_id", "NumberOfNotificationsFilteredOut-NoMessageAttributes": "number_of_notifications_filtered_out_no_message_attributes",
		"InvocationsSentToDLQ": "invocations_sent_to_dlq", "ses:configuration-set": "ses_configuration_set",
	}
	for name, want := range tests {
		if got := snake(name); got != want {
			t.Errorf("snake(%q) = %q, want %q", name, got, want)
		}
	}
}

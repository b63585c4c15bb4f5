package main

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/logs"
)

func TestLogsShowsThePastAndFollows(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, logs.Registration())
	client := env.Logs()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("g")})
	must(err)
	_, err = client.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")})
	must(err)
	put := func(messages ...string) {
		t.Helper()
		in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")}
		for _, m := range messages {
			in.LogEvents = append(in.LogEvents, types.InputLogEvent{Timestamp: aws.Int64(env.Now().UnixMilli()), Message: aws.String(m)})
		}
		_, err := client.PutLogEvents(t.Context(), in)
		must(err)
	}
	put("first INFO", "first ERROR\rTraceback")
	got, err := tell(t, "logs", "g", "--endpoint", env.URL(), "--filter", "ERROR")
	must(err)
	if strings.Contains(got, "INFO") || !strings.Contains(got, "  s             first ERROR\nTraceback\n") {
		t.Errorf("filtered: %q", got)
	}
	out, stop := start(t, "first ERROR", "logs", "-f", "g", "--endpoint", env.URL())
	put("second")
	testenv.Eventually(t, "the new event", func() bool { return strings.Contains(out.String(), "second") })
	if err := stop(); err != nil {
		t.Errorf("Ctrl-C ends with %v", err)
	}
	if n := strings.Count(out.String(), "first ERROR"); n != 1 {
		t.Errorf("an event is shown %d times", n)
	}
	if got, err = tell(t, "logs", "--endpoint", env.URL()); err != nil || !strings.Contains(got, "  g\n") {
		t.Errorf("groups: %q, %v", got, err)
	}
	for _, how := range [][]string{{"logs", "none"}, {"logs", "-f", "none"}} {
		if _, err = tell(t, append(how, "--endpoint", env.URL())...); err == nil || err.Error() != "there is no log group none in us-east-1 (maru logs lists those that there are)" {
			t.Errorf("%v of a missing group: %v", how, err)
		}
	}
	if _, err = tell(t, "logs", "g", "--filter", "{ $.level =", "--endpoint", env.URL()); err == nil || strings.Contains(err.Error(), "RequestID") {
		t.Errorf("a filter that cannot be read: %v", err)
	}
}

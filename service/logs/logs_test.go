package logs_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/call"
	"maru.dev/maru/internal/awshttp"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/logs"
)

// bench is a server with a group "g" of streams "a" and "b".
type bench struct {
	*testenv.Env
	t    *testing.T
	logs *client.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.New(t, logs.Registration())
	b := &bench{env, t, env.Logs()}
	_, err := b.logs.CreateLogGroup(t.Context(), &client.CreateLogGroupInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "")
	for _, s := range []string{"a", "b"} {
		_, err := b.logs.CreateLogStream(t.Context(), &client.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: &s})
		b.wantCode(err, "")
	}
	return b
}

func (b *bench) wantCode(err error, want string) {
	b.t.Helper()
	if got := testenv.ErrorCode(err); got != want {
		b.t.Fatalf("error %q (%v), want %q", got, err, want)
	}
}

// put puts messages into a stream, a millisecond apart, from ago before now.
func (b *bench) put(stream string, ago time.Duration, messages ...string) *client.PutLogEventsOutput {
	b.t.Helper()
	in := &client.PutLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: &stream}
	at := b.Now().Add(-ago).UnixMilli()
	for i, m := range messages {
		in.LogEvents = append(in.LogEvents, types.InputLogEvent{Message: aws.String(m), Timestamp: aws.Int64(at + int64(i))})
	}
	out, err := b.logs.PutLogEvents(b.t.Context(), in)
	b.wantCode(err, "")
	return out
}

func (b *bench) filter(how func(in *client.FilterLogEventsInput)) []string {
	b.t.Helper()
	in := &client.FilterLogEventsInput{LogGroupName: aws.String("g")}
	how(in)
	got := []string{}
	pages := client.NewFilterLogEventsPaginator(b.logs, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(b.t.Context())
		b.wantCode(err, "")
		for _, e := range page.Events {
			got = append(got, *e.Message)
		}
	}
	return got
}

func TestEventsComeBackInOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", time.Minute, "1", "2", "3")
	b.put("a", 2*time.Minute, "0") // later in time of writing, earlier by its stamp
	out, err := b.logs.GetLogEvents(t.Context(), &client.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("a"), StartFromHead: aws.Bool(true)})
	b.wantCode(err, "")
	var got []string
	for _, e := range out.Events {
		got = append(got, *e.Message)
	}
	if !slices.Equal(got, []string{"0", "1", "2", "3"}) {
		t.Errorf("events %v", got)
	}
}

func TestTokensWalkBothWays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var all []string
	for i := range 7 {
		all = append(all, fmt.Sprint(i))
	}
	b.put("a", time.Minute, all...)
	page := func(token *string, head bool) ([]string, *client.GetLogEventsOutput) {
		out, err := b.logs.GetLogEvents(t.Context(), &client.GetLogEventsInput{
			LogGroupName: aws.String("g"), LogStreamName: aws.String("a"), Limit: aws.Int32(3), NextToken: token, StartFromHead: &head,
		})
		b.wantCode(err, "")
		got := []string{}
		for _, e := range out.Events {
			got = append(got, *e.Message)
		}
		return got, out
	}
	tail, out := page(nil, false)
	if !slices.Equal(tail, all[4:]) {
		t.Fatalf("the newest: %v", tail)
	}
	if got, _ := page(out.NextBackwardToken, false); !slices.Equal(got, all[1:4]) {
		t.Errorf("before them: %v", got)
	}
	var seen []string
	got, out := page(nil, true)
	for len(got) > 0 {
		seen = append(seen, got...)
		got, out = page(out.NextForwardToken, true)
	}
	if !slices.Equal(seen, all) {
		t.Errorf("forward: %v", seen)
	}
	b.put("a", 0, "later")
	if got, _ = page(out.NextForwardToken, true); !slices.Equal(got, []string{"later"}) {
		t.Errorf("the token at the end does not show what came later: %v", got)
	}
	_, err := b.logs.GetLogEvents(t.Context(), &client.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("a"), NextToken: aws.String("junk")})
	b.wantCode(err, "InvalidParameterException")
}

func TestFilterLogEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", time.Minute, "ERROR one", "INFO two")
	b.put("b", 30*time.Second, "ERROR three", `{"level":"ERROR","n":4}`)
	now := b.Now().UnixMilli()
	tests := map[string]struct {
		how  func(in *client.FilterLogEventsInput)
		want []string
	}{
		"all, by time over streams": {func(*client.FilterLogEventsInput) {}, []string{"ERROR one", "INFO two", "ERROR three", `{"level":"ERROR","n":4}`}},
		"by term":                   {func(in *client.FilterLogEventsInput) { in.FilterPattern = aws.String("ERROR -level") }, []string{"ERROR one", "ERROR three"}},
		"by JSON":                   {func(in *client.FilterLogEventsInput) { in.FilterPattern = aws.String(`{ $.n > 3 }`) }, []string{`{"level":"ERROR","n":4}`}},
		"by stream":                 {func(in *client.FilterLogEventsInput) { in.LogStreamNames = []string{"a"} }, []string{"ERROR one", "INFO two"}},
		"by prefix of streams":      {func(in *client.FilterLogEventsInput) { in.LogStreamNamePrefix = aws.String("b") }, []string{"ERROR three", `{"level":"ERROR","n":4}`}},
		"since":                     {func(in *client.FilterLogEventsInput) { in.StartTime = aws.Int64(now - 40_000) }, []string{"ERROR three", `{"level":"ERROR","n":4}`}},
		"until":                     {func(in *client.FilterLogEventsInput) { in.EndTime = aws.Int64(now - 40_000) }, []string{"ERROR one", "INFO two"}},
		"in pages":                  {func(in *client.FilterLogEventsInput) { in.Limit = aws.Int32(1); in.FilterPattern = aws.String("ERROR") }, []string{"ERROR one", "ERROR three", `{"level":"ERROR","n":4}`}},
	}
	for name, tt := range tests {
		if got := b.filter(tt.how); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	_, err := b.logs.FilterLogEvents(t.Context(), &client.FilterLogEventsInput{LogGroupName: aws.String("g"), FilterPattern: aws.String("{ broken")})
	b.wantCode(err, "InvalidParameterException")
	_, err = b.logs.FilterLogEvents(t.Context(), &client.FilterLogEventsInput{LogGroupName: aws.String("none")})
	b.wantCode(err, "ResourceNotFoundException")
}

func TestDeletedStreamHasNoEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", time.Minute, "gone")
	b.put("b", time.Minute, "stays")
	_, err := b.logs.DeleteLogStream(t.Context(), &client.DeleteLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("a")})
	b.wantCode(err, "")
	_, err = b.logs.CreateLogStream(t.Context(), &client.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("a")})
	b.wantCode(err, "")
	if got := b.filter(func(*client.FilterLogEventsInput) {}); !slices.Equal(got, []string{"stays"}) {
		t.Errorf("events %v", got)
	}
	testenv.Eventually(t, "its room is freed", func() bool {
		out, err := b.logs.DescribeLogGroups(t.Context(), &client.DescribeLogGroupsInput{})
		b.wantCode(err, "")
		return *out.LogGroups[0].StoredBytes == int64(len("stays")+26)
	})
}

func TestBatchRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	now := b.Now().UnixMilli()
	hour := time.Hour.Milliseconds()
	event := func(at int64) types.InputLogEvent {
		return types.InputLogEvent{Message: aws.String("m"), Timestamp: &at}
	}
	put := func(events ...types.InputLogEvent) (*client.PutLogEventsOutput, error) {
		return b.logs.PutLogEvents(t.Context(), &client.PutLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("a"), LogEvents: events})
	}
	_, err := put(event(now), event(now-1))
	b.wantCode(err, "InvalidParameterException")
	_, err = put(event(now-25*hour), event(now))
	b.wantCode(err, "InvalidParameterException")
	_, err = put(types.InputLogEvent{Message: aws.String(strings.Repeat("x", 1<<20)), Timestamp: &now})
	b.wantCode(err, "InvalidParameterException")
	out, err := put(event(now), event(now+3*hour))
	b.wantCode(err, "")
	if r := out.RejectedLogEventsInfo; r == nil || *r.TooNewLogEventStartIndex != 1 {
		t.Errorf("rejected %+v", r)
	}
	out, err = put(event(now - 15*24*hour))
	b.wantCode(err, "")
	if r := out.RejectedLogEventsInfo; r == nil || *r.TooOldLogEventEndIndex != 1 {
		t.Errorf("rejected %+v", r)
	}
	if got := b.filter(func(*client.FilterLogEventsInput) {}); len(got) != 1 {
		t.Errorf("events %v", got)
	}
}

func TestRetentionRemovesOldEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", 0, "old")
	_, err := b.logs.PutRetentionPolicy(t.Context(), &client.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(2)})
	b.wantCode(err, "InvalidParameterException")
	_, err = b.logs.PutRetentionPolicy(t.Context(), &client.PutRetentionPolicyInput{LogGroupName: aws.String("g"), RetentionInDays: aws.Int32(1)})
	b.wantCode(err, "")
	b.Advance(25 * time.Hour)
	b.put("a", 0, "new")
	if got := b.filter(func(*client.FilterLogEventsInput) {}); !slices.Equal(got, []string{"new"}) {
		t.Errorf("events %v", got)
	}
	testenv.Eventually(t, "the room of old events is freed", func() bool {
		b.Advance(time.Hour)
		out, err := b.logs.DescribeLogGroups(t.Context(), &client.DescribeLogGroupsInput{})
		b.wantCode(err, "")
		return *out.LogGroups[0].StoredBytes == int64(len("new")+26)
	})
}

func TestDescribePages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 5 {
		_, err := b.logs.CreateLogGroup(t.Context(), &client.CreateLogGroupInput{LogGroupName: aws.String(fmt.Sprintf("/aws/lambda/%d", i))})
		b.wantCode(err, "")
	}
	var names []string
	groups := client.NewDescribeLogGroupsPaginator(b.logs, &client.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws"), Limit: aws.Int32(2)})
	for groups.HasMorePages() {
		page, err := groups.NextPage(t.Context())
		b.wantCode(err, "")
		for _, g := range page.LogGroups {
			names = append(names, *g.LogGroupName)
		}
	}
	if len(names) != 5 || !slices.IsSorted(names) {
		t.Errorf("groups %v", names)
	}
	b.put("a", time.Second, "newer")
	b.put("b", time.Minute, "older")
	out, err := b.logs.DescribeLogStreams(t.Context(), &client.DescribeLogStreamsInput{
		LogGroupName: aws.String("g"), OrderBy: types.OrderByLastEventTime, Descending: aws.Bool(true), Limit: aws.Int32(1),
	})
	b.wantCode(err, "")
	if len(out.LogStreams) != 1 || *out.LogStreams[0].LogStreamName != "a" || out.NextToken == nil {
		t.Errorf("streams %+v", out.LogStreams)
	}
	out, err = b.logs.DescribeLogStreams(t.Context(), &client.DescribeLogStreamsInput{
		LogGroupName: aws.String("g"), OrderBy: types.OrderByLastEventTime, Descending: aws.Bool(true), NextToken: out.NextToken,
	})
	b.wantCode(err, "")
	if len(out.LogStreams) != 1 || *out.LogStreams[0].LogStreamName != "b" || out.LogStreams[0].LastEventTimestamp == nil {
		t.Errorf("streams %+v", out.LogStreams)
	}
}

func TestGroupLifeCycleAndTags(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.logs.CreateLogGroup(t.Context(), &client.CreateLogGroupInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "ResourceAlreadyExistsException")
	_, err = b.logs.CreateLogStream(t.Context(), &client.CreateLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("a")})
	b.wantCode(err, "ResourceAlreadyExistsException")
	group := "arn:aws:logs:us-east-1:000000000000:log-group:g"
	_, err = b.logs.TagResource(t.Context(), &client.TagResourceInput{ResourceArn: &group, Tags: map[string]string{"k": "v", "l": "w"}})
	b.wantCode(err, "")
	_, err = b.logs.UntagResource(t.Context(), &client.UntagResourceInput{ResourceArn: &group, TagKeys: []string{"l"}})
	b.wantCode(err, "")
	tags, err := b.logs.ListTagsForResource(t.Context(), &client.ListTagsForResourceInput{ResourceArn: &group})
	b.wantCode(err, "")
	if len(tags.Tags) != 1 || tags.Tags["k"] != "v" {
		t.Errorf("tags %v", tags.Tags)
	}
	b.put("a", 0, "x")
	_, err = b.logs.DeleteLogGroup(t.Context(), &client.DeleteLogGroupInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "")
	_, err = b.logs.DeleteLogGroup(t.Context(), &client.DeleteLogGroupInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "ResourceNotFoundException")
	_, err = b.logs.CreateLogGroup(t.Context(), &client.CreateLogGroupInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "")
	if got := b.filter(func(*client.FilterLogEventsInput) {}); len(got) != 0 {
		t.Errorf("a new group has old events: %v", got)
	}
}

// tail starts a live tail of group "g" for events with the word "wanted".
func (b *bench) tail() *client.StartLiveTailEventStream {
	b.t.Helper()
	// The SDK puts "stream-" in front of the host, which no resolver knows.
	cfg := b.Config()
	cfg.HTTPClient = awshttp.Client(&http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, strings.TrimPrefix(b.URL(), "http://"))
	}})
	out, err := client.NewFromConfig(cfg).StartLiveTail(b.t.Context(), &client.StartLiveTailInput{
		LogGroupIdentifiers: []string{"arn:aws:logs:us-east-1:000000000000:log-group:g"}, LogEventFilterPattern: aws.String("wanted"),
	})
	b.wantCode(err, "")
	stream := out.GetStream()
	b.t.Cleanup(func() { _ = stream.Close() })
	return stream
}

func TestLiveTailShowsWhatComesIn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", time.Second, "before")
	stream := b.tail()
	for e := range stream.Events() {
		switch e := e.(type) {
		case *types.StartLiveTailResponseStreamMemberSessionStart:
			b.put("a", 0, "wanted now", "not this")
		case *types.StartLiveTailResponseStreamMemberSessionUpdate:
			if r := e.Value.SessionResults; len(r) > 0 {
				if *r[0].Message != "wanted now" || len(r) > 1 {
					t.Errorf("the tail shows %q and %d more", *r[0].Message, len(r)-1)
				}
				return
			}
		}
	}
	t.Fatal("the tail ended:", stream.Err())
}

// A client that has its answer may write at once, however late the session starts
// to send.
func TestLiveTailBeginsWhenItIsAnswered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", time.Second, "before")
	out, err := call.Do[*api.StartLiveTailOutput](b.Context(), b.Caller(), "logs", "StartLiveTail", &api.StartLiveTailInput{
		LogGroupIdentifiers: []string{"arn:aws:logs:us-east-1:000000000000:log-group:g"},
	})
	b.wantCode(err, "")
	b.put("a", 0, "after")
	seen := errors.New("seen")
	err = out.ResponseStream(b.Context(), func(event any) error {
		update := event.(*api.StartLiveTailResponseStream).SessionUpdate
		if update == nil || len(update.SessionResults) == 0 {
			return nil
		}
		if got := *update.SessionResults[0].Message; got != "after" || len(update.SessionResults) != 1 {
			t.Errorf("the tail shows %q first, of %d", got, len(update.SessionResults))
		}
		return seen
	})
	if !errors.Is(err, seen) {
		t.Error(err)
	}
}

func TestALiveTailEndsAfterThreeHours(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	out, err := call.Do[*api.StartLiveTailOutput](b.Context(), b.Caller(), "logs", "StartLiveTail", &api.StartLiveTailInput{
		LogGroupIdentifiers: []string{"arn:aws:logs:us-east-1:000000000000:log-group:g"},
	})
	b.wantCode(err, "")
	timeouts := 0
	err = out.ResponseStream(b.Context(), func(event any) error {
		e := event.(*api.StartLiveTailResponseStream)
		if e.SessionStart != nil {
			b.Advance(3*time.Hour + time.Second)
		}
		if e.SessionTimeoutException != nil {
			timeouts++
		}
		if timeouts > 1 {
			return errors.New("the session goes on")
		}
		return nil
	})
	if err != nil || timeouts != 1 {
		t.Errorf("%d timeouts, %v", timeouts, err)
	}
}

// Of more than 500 events an update has a sample, which says so and is of all of
// them, not of the newest.
func TestLiveTailSamplesABurst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	burst := make([]string, 3000)
	for i := range burst {
		burst[i] = fmt.Sprintf("wanted %04d", i)
	}
	stream := b.tail()
	for e := range stream.Events() {
		switch e := e.(type) {
		case *types.StartLiveTailResponseStreamMemberSessionStart:
			b.put("a", 0, burst...)
		case *types.StartLiveTailResponseStreamMemberSessionUpdate:
			r := e.Value.SessionResults
			if len(r) == 0 {
				continue
			}
			inOrder := slices.IsSortedFunc(r, func(a, b types.LiveTailSessionLogEvent) int { return strings.Compare(*a.Message, *b.Message) })
			if !e.Value.SessionMetadata.Sampled || len(r) != 500 || !inOrder || *r[0].Message != "wanted 0000" || *r[499].Message < "wanted 2900" {
				t.Errorf("sampled %t, %d events from %q to %q", e.Value.SessionMetadata.Sampled, len(r), *r[0].Message, *r[len(r)-1].Message)
			}
			return
		}
	}
	t.Fatal("the tail ended:", stream.Err())
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"

	"maru.dev/maru/clock"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/internal/awshttp"
)

// logsCommand shows log events, as any client of CloudWatch Logs could.
type logsCommand struct {
	remote

	Group               string
	Follow              bool
	Since               time.Duration
	Filter, Stream      string
	Key, Secret, Region string
}

// newLogs is maru logs.
func newLogs(t *terminal) *cobra.Command {
	var c logsCommand
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show log events, and follow them.",
		Long:  "Each line has the event's time, the end of its stream's name and the message.",
		Example: `  maru logs                                        # which groups there are
  maru logs /aws/lambda/welcome                    # the last ten minutes
  maru logs -f /aws/lambda/welcome                 # and what comes
  maru logs /aws/lambda/welcome --since 24h --filter ERROR
  maru logs /aws/lambda/welcome --filter '{ $.level = "warn" }'`,
		RunE: t.does(c.run),
	}
	cli.Take(cmd, cli.Arg{Name: "[<group>]", Value: cli.Text(&c.Group, ""), Help: "Log group; without one, the groups are listed."})
	cli.Declare(cmd, c.flags()...)
	return cmd
}

// flags are maru logs's.
func (c *logsCommand) flags() []cli.Flag {
	return append(c.remote.flags(), []cli.Flag{
		{
			Name: "follow", Short: "f", Value: cli.Switch(&c.Follow),
			Help: "Go on with new events until Ctrl-C.",
		}, {
			Name: "since", Shown: "DURATION", Value: cli.Duration(&c.Since, 10*time.Minute),
			Help: "Begin so long ago.",
		}, {
			Name: "filter", Shown: "PATTERN", Value: cli.Text(&c.Filter, ""),
			Help: "Only events that match a filter pattern, in the syntax of CloudWatch Logs.",
		}, {
			Name: "stream", Shown: "PREFIX", Value: cli.Text(&c.Stream, ""),
			Help: "Only streams whose names begin so.",
		}, {
			Name: "key", Shown: "ID", Value: cli.Text(&c.Key, "test"), Env: "AWS_ACCESS_KEY_ID",
			Help: "Access key; 12 digits name an account.",
		}, {
			Name: "secret", Shown: "KEY", Value: cli.Text(&c.Secret, "test"), Env: "AWS_SECRET_ACCESS_KEY",
			Help: "Secret key.",
		}, {
			Name: "region", Shown: "NAME", Value: cli.Text(&c.Region, "us-east-1"), Env: "AWS_REGION AWS_DEFAULT_REGION",
			Help: "Region of the group.",
		},
	}...)
}

// run prints the past, then what comes if it is asked to follow.
func (c *logsCommand) run(t *terminal) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	if c.Group == "" {
		err = c.groups(t, client)
	} else {
		err = c.show(t, client)
	}
	if t.Err() != nil {
		return nil //nolint:nilerr // Ctrl-C is how following ends
	}
	return c.explained(err)
}

// explained says in words of this command what went wrong, and what to do.
func (c *logsCommand) explained(err error) error {
	if network, ok := errors.AsType[*net.OpError](err); ok && network.Op == "dial" {
		return fmt.Errorf("no maru answers at %s (is it up? start it with: maru up): %w", c.Endpoint, network)
	}
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		return c.missing()
	}
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		return errors.New(refused.ErrorMessage())
	}
	return err
}

// missing says that the group is not there.
func (c *logsCommand) missing() error {
	return fmt.Errorf("there is no log group %s in %s (maru logs lists those that there are)", c.Group, c.Region)
}

// client is the SDK's. Live tails go to a host of their own, "stream-"
// before the server's, which need not resolve: all connections are
// made to the server itself.
func (c *logsCommand) client() (*cloudwatchlogs.Client, error) {
	at, err := url.Parse(c.Endpoint)
	if err != nil || at.Host == "" {
		return nil, fmt.Errorf("address %q: want a URL such as http://%s", c.Endpoint, defaultListen)
	}
	address := at.Host
	switch {
	case at.Port() != "":
	case at.Scheme == "https":
		address = net.JoinHostPort(at.Hostname(), "443")
	default:
		address = net.JoinHostPort(at.Hostname(), "80")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: c.Region, BaseEndpoint: &c.Endpoint, HTTPClient: awshttp.Client(transport),
		Credentials: credentials.NewStaticCredentialsProvider(c.Key, c.Secret, os.Getenv("AWS_SESSION_TOKEN")),
		Retryer:     aws.NopRetryer{},
	}), nil
}

// groups lists the groups with their sizes.
func (c *logsCommand) groups(t *terminal, client *cloudwatchlogs.Client) error {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(client, &cloudwatchlogs.DescribeLogGroupsInput{})
	none := true
	for pages.HasMorePages() {
		page, err := pages.NextPage(t)
		if err != nil {
			return err
		}
		for _, g := range page.LogGroups {
			none = false
			t.printf("%12d bytes  %s\n", aws.ToInt64(g.StoredBytes), aws.ToString(g.LogGroupName))
		}
	}
	if none {
		t.printf("No log groups yet.\n")
	}
	return nil
}

// show prints the past and follows. The tail is begun before the past is read,
// so that nothing falls between them; what is in both is printed once.
func (c *logsCommand) show(t *terminal, client *cloudwatchlogs.Client) error {
	var tail *cloudwatchlogs.StartLiveTailEventStream
	if c.Follow {
		stream, err := c.tail(t, client)
		if err != nil {
			return err
		}
		defer func() { _ = stream.Close() }() // only read from
		tail = stream
	}
	seen, err := c.past(t, client)
	if err != nil || tail == nil {
		return err
	}
	for event := range tail.Events() {
		update, ok := event.(*types.StartLiveTailResponseStreamMemberSessionUpdate)
		if !ok {
			continue
		}
		for _, e := range update.Value.SessionResults {
			line := logLine{aws.ToInt64(e.Timestamp), aws.ToString(e.LogStreamName), aws.ToString(e.Message)}
			if seen[line] > 0 {
				seen[line]--
				continue
			}
			line.print(t)
		}
	}
	return tail.Err()
}

// logLine is what is printed of an event.
type logLine struct {
	at      int64 // milliseconds
	stream  string
	message string
}

// print writes an event's line.
func (e logLine) print(t *terminal) {
	stream := e.stream
	if i := strings.LastIndexByte(stream, ']'); i >= 0 && i+1 < len(stream) {
		stream = stream[i+1:] // a function's streams are date[version]id
	}
	const width = 12
	if len(stream) > width {
		stream = stream[len(stream)-width:]
	}
	t.printf("%s  %-*s  %s\n", time.UnixMilli(e.at).Local().Format("15:04:05.000"), width, stream, broken(e.message))
}

// broken is a message with its line breaks: runtimes keep the lines of one event
// together by carriage returns, which on a terminal would write over each other.
func broken(message string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimRight(message, "\r\n"))
}

// tail begins a live tail.
func (c *logsCommand) tail(t *terminal, client *cloudwatchlogs.Client) (*cloudwatchlogs.StartLiveTailEventStream, error) {
	group, err := client.DescribeLogGroups(t, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &c.Group})
	if err != nil {
		return nil, err
	}
	in := &cloudwatchlogs.StartLiveTailInput{}
	for _, g := range group.LogGroups {
		if aws.ToString(g.LogGroupName) == c.Group {
			in.LogGroupIdentifiers = []string{aws.ToString(g.LogGroupArn)}
		}
	}
	if in.LogGroupIdentifiers == nil {
		return nil, c.missing()
	}
	if c.Filter != "" {
		in.LogEventFilterPattern = &c.Filter
	}
	if c.Stream != "" {
		in.LogStreamNamePrefixes = []string{c.Stream}
	}
	out, err := client.StartLiveTail(t, in)
	if err != nil {
		return nil, err
	}
	return out.GetStream(), nil
}

// past prints what there is since the beginning that was asked for, and returns
// it, to be left out of the tail.
func (c *logsCommand) past(t *terminal, client *cloudwatchlogs.Client) (map[logLine]int, error) {
	// The server's clock may have been moved: its time decides what is recent.
	now := clock.System{}.Now()
	var h health
	if err := c.get(t, "/_maru/health", &h); err == nil {
		if at, err := time.Parse(time.RFC3339Nano, h.Time); err == nil {
			now = at
		}
	}
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &c.Group, StartTime: aws.Int64(now.Add(-c.Since).UnixMilli())}
	if c.Filter != "" {
		in.FilterPattern = &c.Filter
	}
	if c.Stream != "" {
		in.LogStreamNamePrefix = &c.Stream
	}
	seen := make(map[logLine]int)
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(client, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Events {
			line := logLine{aws.ToInt64(e.Timestamp), aws.ToString(e.LogStreamName), aws.ToString(e.Message)}
			line.print(t)
			if c.Follow {
				seen[line]++
			}
		}
	}
	return seen, nil
}

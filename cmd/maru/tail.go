package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/spf13/cobra"

	"maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/api/xray"
	"maru.dev/maru/client"
	"maru.dev/maru/clock"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/wire"
)

// tailCommand shows everything that happens, as it happens.
type tailCommand struct {
	observer

	Only   []string
	Filter string
	Failed bool
	Every  time.Duration
	JSON   bool
}

// newTail is maru tail.
func newTail(t *terminal) *cobra.Command {
	var c tailCommand
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Show everything that happens, as it happens.",
		Long:  `Each line has its time, what it is (hop, log or change), the end of its trace's ID, and what has happened to which resource. Lines come within a second or two, in the order of their times as far as they are known by then.`,
		Example: `  maru tail
  maru tail --only hop,log --filter orders
  maru tail --failed
  maru tail --json | jq 'select(.kind == "change")'`,
		RunE: t.observes(&c.observer, c.run),
	}
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, []cli.Flag{
		{
			Name: "only", Shown: "KIND,...", Value: cli.Choices(&c.Only, "hop", "log", "change"),
			Help: "Only these: hop (calls, deliveries, invocations and events, from traces), log (log lines) and change (calls that change resources, from CloudTrail).",
		},
		{Name: "filter", Shown: "TEXT", Value: cli.Text(&c.Filter, ""), Help: "Only lines that contain this."},
		{Name: "failed", Value: cli.Switch(&c.Failed), Help: "Only what failed, and log lines."},
		{Name: "every", Shown: "DURATION", Value: cli.Duration(&c.Every, time.Second), Help: "Look so often."},
		{Name: "json", Value: cli.Switch(&c.JSON), Help: "Print a JSON document for each line."},
	}...)
	return cmd
}

// run follows until Ctrl-C.
func (c *tailCommand) run(t *terminal) error {
	at, err := c.caller()
	if err != nil {
		return err
	}
	ahead, err := c.ahead(t)
	if err != nil {
		return err
	}
	logs, err := (&logsCommand{remote: c.remote, Key: c.Key, Secret: c.Secret, Region: c.Region}).client()
	if err != nil {
		return err
	}
	f := &following{
		ahead: ahead, since: clock.System{}.Now().Add(ahead), at: at,
		logs: logs, told: make(map[string]time.Time), tailed: make(map[string]bool),
	}
	ctx, stop := context.WithCancel(t)
	defer f.sessions.Wait()
	defer stop()
	if !c.JSON {
		t.printf("Following %s in %s; Ctrl-C ends.\n", c.Endpoint, c.Region)
	}
	for first := true; first || pause(t, max(c.Every, 100*time.Millisecond)); first = false {
		lines, err := f.look(ctx, c.wants)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := c.print(t, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// wants tells whether a kind of line is asked for.
func (c *tailCommand) wants(kind string) bool {
	return len(c.Only) == 0 || slices.Contains(c.Only, kind)
}

// print prints a line that is as asked for.
func (c *tailCommand) print(t *terminal, l tailLine) error {
	if c.Filter != "" && !strings.Contains(l.Resource+" "+l.Text, c.Filter) || c.Failed && l.Kind != "log" && !l.Failed {
		return nil
	}
	if c.JSON {
		raw, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		t.printf("%s\n", raw)
		return nil
	}
	t.printf("%s\n", l.String())
	return nil
}

// tailLine is one thing that has happened.
type tailLine struct {
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"` // "hop", "log" or "change"
	Trace    string    `json:"trace,omitempty"`
	Resource string    `json:"resource"`
	Text     string    `json:"text"`
	Failed   bool      `json:"failed,omitempty"`
}

// String is the line for people.
func (l tailLine) String() string {
	mark, end := " ", l.Trace
	if l.Failed {
		mark = "!"
	}
	if len(end) > 6 {
		end = end[len(end)-6:]
	}
	return fmt.Sprintf("%s %s %-6s %6s  %s  %s", l.At.Local().Format("15:04:05.000"), mark, l.Kind, end, l.Resource, strings.TrimRight(l.Text, "\r\n"))
}

// following is what a tail knows.
type following struct {
	ahead time.Duration // of the server's clock
	since time.Time     // server's time up to which was looked
	at    *client.Client
	logs  *cloudwatchlogs.Client
	told  map[string]time.Time // what was told, to be told once, and when

	sessions sync.WaitGroup
	mu       sync.Mutex // guards what follows
	tailed   map[string]bool
	arrived  []tailLine
}

// overlap is how far each look goes back behind the last: what was stored while
// it looked may have an earlier time.
const overlap = 5 * time.Second

// look returns what has happened since the last look, by time.
func (f *following) look(ctx context.Context, wants func(string) bool) ([]tailLine, error) {
	now := clock.System{}.Now().Add(f.ahead)
	var lines []tailLine
	if wants("hop") {
		hops, err := f.hops(ctx, now)
		if err != nil {
			return nil, err
		}
		lines = append(lines, hops...)
	}
	if wants("change") {
		changes, err := f.changes(ctx, now)
		if err != nil {
			return nil, err
		}
		lines = append(lines, changes...)
	}
	if wants("log") {
		if err := f.tail(ctx); err != nil {
			return nil, err
		}
		f.mu.Lock()
		lines, f.arrived = append(lines, f.arrived...), nil
		f.mu.Unlock()
	}
	f.since = now
	for key, at := range f.told {
		if now.Sub(at) > time.Minute+overlap {
			delete(f.told, key)
		}
	}
	slices.SortStableFunc(lines, func(a, b tailLine) int { return a.At.Compare(b.At) })
	return lines, nil
}

// news tells whether something is told for the first time.
func (f *following) news(key string, now time.Time) bool {
	_, old := f.told[key]
	f.told[key] = now
	return !old
}

// hops are the segments that have come. Lambda's half of an invocation tells
// both; what is under way is told at its end.
func (f *following) hops(ctx context.Context, now time.Time) ([]tailLine, error) {
	from, to := f.since.Add(-overlap), now.Add(time.Second)
	const most = 500 // traces in a look; who has more does not read them
	var ids []string
	in := &xray.GetTraceSummariesInput{StartTime: from, EndTime: to, TimeRangeType: new(xray.TimeRangeTypeEvent)}
	for more := true; more && len(ids) < most; more = in.NextToken != nil {
		page, err := client.Do[xray.GetTraceSummariesOutput](ctx, f.at, xray.Model, "GetTraceSummaries", in)
		if err != nil {
			return nil, err
		}
		in.NextToken = page.NextToken
		for _, s := range page.TraceSummaries {
			ids = append(ids, *s.Id)
		}
	}
	slices.Sort(ids)
	found, err := fetch(ctx, f.at, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	var lines []tailLine
	for id, segments := range found {
		for _, s := range segments {
			h := hopOf(s, s.Start)
			ended := h.At.Add(h.Took)
			if h.UnderWay || s.Type == "subsegment" || s.Origin == "AWS::Lambda::Function" || ended.Before(f.since.Add(-overlap)) || !f.news(id+s.ID, now) {
				continue
			}
			lines = append(lines, h.told(id))
		}
	}
	return lines, nil
}

// told is a hop as a line.
func (h *hop) told(id string) tailLine {
	parts := []string{h.Operation}
	if h.Status != 0 {
		parts = append(parts, fmt.Sprint(h.Status))
	}
	parts = append(parts, brief(h.Took))
	if h.Outcome != "ok" {
		parts = append(parts, strings.ToUpper(h.Outcome), h.Cause)
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return tailLine{
		At: h.At, Kind: "hop", Trace: id, Resource: strings.TrimSpace(h.Kind + " " + h.Name), Text: strings.Join(parts, "  "), Failed: h.Outcome != "ok",
	}
}

// changes are the calls that have changed resources.
func (f *following) changes(ctx context.Context, now time.Time) ([]tailLine, error) {
	from, to := f.since.Add(-overlap), now.Add(time.Second)
	written := cloudtrail.LookupAttribute{AttributeKey: cloudtrail.LookupAttributeKeyReadOnly, AttributeValue: "false"}
	in := &cloudtrail.LookupEventsInput{StartTime: &from, EndTime: &to, LookupAttributes: []cloudtrail.LookupAttribute{written}}
	var lines []tailLine
	for more := true; more; more = in.NextToken != nil {
		page, err := client.Do[cloudtrail.LookupEventsOutput](ctx, f.at, cloudtrail.Model, "LookupEvents", in)
		if err != nil {
			return nil, err
		}
		in.NextToken = page.NextToken
		for _, e := range page.Events {
			if f.news(*e.EventId, now) {
				lines = append(lines, changeOf(e))
			}
		}
	}
	return lines, nil
}

// changeOf is a recorded call as a line.
func changeOf(e cloudtrail.Event) tailLine {
	var record struct {
		ErrorCode    string `json:"errorCode"`
		ErrorMessage string `json:"errorMessage"`
		Identity     struct {
			ARN       string `json:"arn"`
			InvokedBy string `json:"invokedBy"`
		} `json:"userIdentity"`
	}
	_ = json.Unmarshal([]byte(wire.Value(e.CloudTrailEvent)), &record) // what it does not say is left out
	l := tailLine{At: *e.EventTime, Kind: "change", Resource: strings.TrimSuffix(wire.Value(e.EventSource), ".amazonaws.com") + " " + wire.Value(e.EventName)}
	var parts []string
	for _, r := range e.Resources {
		parts = append(parts, lastPart(wire.Value(r.ResourceName)))
	}
	if by := cmp.Or(record.Identity.InvokedBy, lastPart(record.Identity.ARN)); by != "" {
		parts = append(parts, "by "+by)
	}
	if record.ErrorCode != "" {
		l.Failed = true
		parts = append(parts, record.ErrorCode+": "+record.ErrorMessage)
	}
	l.Text = strings.Join(parts, "  ")
	return l
}

// tail begins live tails of the log groups that have none yet.
func (f *following) tail(ctx context.Context) error {
	var fresh []string
	for pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(f.logs, &cloudwatchlogs.DescribeLogGroupsInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		f.mu.Lock()
		for _, g := range page.LogGroups {
			if arn := wire.Value(g.LogGroupArn); !f.tailed[arn] {
				f.tailed[arn] = true
				fresh = append(fresh, arn)
			}
		}
		f.mu.Unlock()
	}
	const groupsAtOnce = 10 // the most that a live tail has
	for some := range slices.Chunk(fresh, groupsAtOnce) {
		out, err := f.logs.StartLiveTail(ctx, &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: some})
		if err != nil {
			return err
		}
		f.sessions.Go(func() { f.take(ctx, out.GetStream(), some) })
	}
	return nil
}

// take notes the lines of a live tail until it ends. The next look tails its
// groups anew, if they are still there.
func (f *following) take(ctx context.Context, stream *cloudwatchlogs.StartLiveTailEventStream, groups []string) {
	defer context.AfterFunc(ctx, func() { _ = stream.Close() })() // only read from
	for event := range stream.Events() {
		update, ok := event.(*logtypes.StartLiveTailResponseStreamMemberSessionUpdate)
		if !ok {
			continue
		}
		f.mu.Lock()
		for _, e := range update.Value.SessionResults {
			f.arrived = append(f.arrived, tailLine{
				At: time.UnixMilli(*e.Timestamp), Kind: "log", Resource: lastPart(wire.Value(e.LogGroupIdentifier)), Text: broken(wire.Value(e.Message)),
			})
		}
		f.mu.Unlock()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, g := range groups {
		delete(f.tailed, g)
	}
}

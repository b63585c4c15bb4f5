package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"maru.dev/maru/api/logs"
	"maru.dev/maru/api/xray"
	"maru.dev/maru/client"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/service/xray/trace"
)

// traceCommand draws a trace, or lists those that are as asked for.
type traceCommand struct {
	observer

	ID         string
	Last       bool
	Path       string
	Status     int
	Annotation []string
	Failed     bool
	Filter     string
	Since      time.Duration
	Limit      int
	Logs, JSON bool
}

// newTrace is maru trace.
func newTrace(t *terminal) *cobra.Command {
	var c traceCommand
	cmd := &cobra.Command{
		Use:   "trace",
		Short: "Draw a trace over all its hops, or list traces.",
		Long:  `A line is a hop: when it began, how long it took, where that is within the trace, and what it was. Hops that come later through a queue or a stream are below what has caused them. ! marks errors and throttles, X faults.`,
		Example: `  maru trace                                       # the newest traces
  maru trace --last                                # the newest one, drawn
  maru trace 1-5759e988-bd862e3fe1be46a994272793 --logs
  maru trace --last --failed --logs
  maru trace --path /orders --status 502
  maru trace --annotation customer=c17 --last
  maru trace --filter 'service("orders") AND responsetime > 1' --json`,
		RunE: t.observes(&c.observer, c.run),
	}
	cli.Take(cmd, cli.Arg{
		Name: "[<id>]", Value: cli.Text(&c.ID, ""),
		Help: "Trace ID, or a whole X-Amzn-Trace-Id header; without one, the traces that match are listed.",
	})
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, []cli.Flag{
		{Name: "last", Value: cli.Switch(&c.Last), Help: "Draw the newest trace that matches."},
		{Name: "path", Shown: "PATH", Value: cli.Text(&c.Path, ""), Help: "Traces of requests whose URL contains this."},
		{Name: "status", Shown: "CODE", Value: cli.Number(&c.Status, 0), Help: "Traces with an HTTP answer of this status."},
		{Name: "annotation", Shown: "KEY=VALUE,...", Value: cli.List(&c.Annotation), Help: "Traces with an annotation; repeat it for more."},
		{Name: "failed", Value: cli.Switch(&c.Failed), Help: "Traces with an error or a fault."},
		{Name: "filter", Shown: "EXPRESSION", Value: cli.Text(&c.Filter, ""), Help: "Traces that match a filter expression of X-Ray."},
		{Name: "since", Shown: "DURATION", Value: cli.Duration(&c.Since, 6*time.Hour), Help: "Begin the search so long ago."},
		{Name: "limit", Short: "n", Shown: "N", Value: cli.Number(&c.Limit, 20), Help: "List so many at most."},
		{Name: "logs", Value: cli.Switch(&c.Logs), Help: "Show each hop's log lines below it."},
		{Name: "json", Value: cli.Switch(&c.JSON), Help: "Print JSON."},
	}...)
	return cmd
}

// run draws, or lists.
func (c *traceCommand) run(t *terminal) error {
	at, err := c.caller()
	if err != nil {
		return err
	}
	if c.ID != "" {
		id, ok := traceID(c.ID)
		if !ok {
			return fmt.Errorf("%q is no trace ID: one is like 1-5759e988-bd862e3fe1be46a994272793", c.ID)
		}
		return c.show(t, at, id)
	}
	list, err := c.search(t, at)
	switch {
	case err != nil:
		return err
	case !c.Last:
		return c.list(t, list)
	case len(list) == 0:
		return errors.New("no trace matches; those of the last " + c.Since.String() + " were looked at (--since)")
	}
	return c.show(t, at, *list[0].Id)
}

// traceID finds the ID in what people copy: an ID, a header, W3C's digits.
func traceID(text string) (string, bool) {
	for field := range strings.SplitSeq(text, ";") {
		if root, ok := strings.CutPrefix(strings.TrimSpace(field), "Root="); ok {
			text = root
		}
	}
	return trace.NormalID(strings.TrimSpace(text))
}

// expression is the filter expression of the flags.
func (c *traceCommand) expression() (string, error) {
	var parts []string
	quote := func(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }
	if c.Path != "" {
		parts = append(parts, "http.url CONTAINS "+quote(c.Path))
	}
	if c.Status != 0 {
		parts = append(parts, "http.status = "+strconv.Itoa(c.Status))
	}
	if c.Failed {
		parts = append(parts, "service() { error = true OR fault = true }") // anywhere: the root may not know
	}
	for _, a := range c.Annotation {
		key, value, ok := strings.Cut(a, "=")
		if !ok || key == "" {
			return "", fmt.Errorf("--annotation %q: want KEY=VALUE", a)
		}
		name := "annotation[" + quote(key) + "] = "
		expr := name + quote(value)
		if _, err := strconv.ParseFloat(value, 64); err == nil || value == "true" || value == "false" {
			expr = "(" + expr + " OR " + name + value + ")" // an annotation has a type, a flag has none
		}
		parts = append(parts, expr)
	}
	if c.Filter != "" {
		parts = append(parts, "("+c.Filter+")")
	}
	return strings.Join(parts, " AND "), nil
}

// search finds the traces that match, the newest first.
func (c *traceCommand) search(t *terminal, at *client.Client) ([]xray.TraceSummary, error) {
	filter, err := c.expression()
	if err != nil {
		return nil, err
	}
	now, err := c.serverNow(t)
	if err != nil {
		return nil, err
	}
	in := &xray.GetTraceSummariesInput{StartTime: now.Add(-c.Since), EndTime: now.Add(time.Second)}
	if filter != "" {
		in.FilterExpression = &filter
	}
	want := max(c.Limit, 1)
	if c.Last {
		want = 1
	}
	var list []xray.TraceSummary
	for more := true; more && len(list) < want; more = in.NextToken != nil {
		page, err := client.Do[xray.GetTraceSummariesOutput](t, at, xray.Model, "GetTraceSummaries", in)
		if err != nil {
			return nil, err
		}
		in.NextToken = page.NextToken
		list = append(list, page.TraceSummaries...)
	}
	slices.SortStableFunc(list, func(a, b xray.TraceSummary) int { return began(b).Compare(began(a)) })
	return list[:min(len(list), want)], nil
}

// began is when a trace has begun; its ID tells the second at least.
func began(s xray.TraceSummary) time.Time {
	if s.StartTime != nil {
		return *s.StartTime
	}
	if id := *s.Id; len(id) > 10 {
		if sec, err := strconv.ParseInt(id[2:10], 16, 64); err == nil {
			return time.Unix(sec, 0)
		}
	}
	return time.Time{}
}

// list prints a line for each trace.
func (c *traceCommand) list(t *terminal, list []xray.TraceSummary) error {
	if c.JSON {
		return printJSON(t, list)
	}
	if len(list) == 0 {
		t.printf("No traces in the last %s match.\n", c.Since)
	}
	for _, s := range list {
		t.printf("%s\n", listed(s))
	}
	return nil
}

// listed is the line of one trace.
func listed(s xray.TraceSummary) string {
	mark := " "
	switch {
	case s.HasFault != nil && *s.HasFault:
		mark = "X"
	case s.HasError != nil && *s.HasError, s.HasThrottle != nil && *s.HasThrottle:
		mark = "!"
	}
	took := 0.0
	if s.Duration != nil {
		took = *s.Duration
	}
	line := fmt.Sprintf("%s  %s  %s %8s", began(s).Local().Format("15:04:05"), *s.Id, mark, brief(seconds(took)))
	if s.EntryPoint != nil && s.EntryPoint.Name != nil {
		line += "  " + *s.EntryPoint.Name
	}
	if h := s.Http; h != nil {
		if h.HttpMethod != nil && h.HttpURL != nil {
			line += "  " + *h.HttpMethod + " " + *h.HttpURL
		}
		if h.HttpStatus != nil {
			line += "  " + strconv.Itoa(int(*h.HttpStatus))
		}
	}
	return line
}

// show draws one trace.
func (c *traceCommand) show(t *terminal, at *client.Client, id string) error {
	found, err := fetch(t, at, []string{id})
	if err != nil {
		return err
	}
	if len(found[id]) == 0 {
		return fmt.Errorf("there is no trace %s in %s", id, c.Region)
	}
	hops := waterfall(found[id])
	if c.Logs {
		if err := c.addLogs(t, hops); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(t, map[string]any{"id": id, "hops": hops})
	}
	width, _ := terminalSize(t)
	t.printf("%s", drawTrace(id, hops, width))
	return nil
}

// addLogs puts the log lines of a request below the hop that has its log group.
// Lambda's lines name the request where the platform or a JSON logger writes
// them; all others are those of the hop's stream between its first line and its
// last.
func (c *traceCommand) addLogs(t *terminal, hops []hop) error {
	at, err := c.caller()
	if err != nil {
		return err
	}
	for i := range hops {
		h := &hops[i]
		for _, group := range h.LogGroups {
			lines, err := linesOf(t, at, group, h)
			if err != nil {
				return err
			}
			h.Logs = append(h.Logs, lines...)
		}
	}
	return nil
}

// linesOf reads the lines of one hop from a log group.
func linesOf(ctx context.Context, at *client.Client, group string, h *hop) ([]string, error) {
	const slack = 2 * time.Second // the report of an invocation comes after its end
	from, to := h.At.Add(-time.Millisecond).UnixMilli(), h.At.Add(h.Took+slack).UnixMilli()
	if h.UnderWay {
		to = h.At.Add(15 * time.Minute).UnixMilli()
	}
	var lines []string
	inside := make(map[string]bool) // streams that are within the request
	in := &logs.FilterLogEventsInput{LogGroupName: &group, StartTime: &from, EndTime: &to}
	for more := true; more; more = in.NextToken != nil {
		page, err := client.Do[logs.FilterLogEventsOutput](ctx, at, logs.Model, "FilterLogEvents", in)
		var gone interface{ ErrorCode() string }
		if errors.As(err, &gone) && gone.ErrorCode() == "ResourceNotFoundException" {
			return nil, nil // it was deleted since, or nothing was written
		}
		if err != nil {
			return nil, err
		}
		in.NextToken = page.NextToken
		for _, e := range page.Events {
			message, stream := strings.TrimRight(*e.Message, "\r\n"), *e.LogStreamName
			named := h.Request != "" && strings.Contains(message, h.Request)
			switch {
			case strings.HasPrefix(message, "START RequestId: "), strings.Contains(message, `"platform.start"`):
				inside[stream] = named
			case named && (strings.HasPrefix(message, "END RequestId: ") || strings.HasPrefix(message, "REPORT RequestId: ")):
				inside[stream] = false
			}
			if named || inside[stream] {
				lines = append(lines, time.UnixMilli(*e.Timestamp).Local().Format("15:04:05.000")+"  "+message)
			}
		}
	}
	return lines, nil
}

// drawTrace is the waterfall as text, width columns wide where names allow.
func drawTrace(id string, hops []hop, width int) string {
	var b strings.Builder
	var whole time.Duration
	counts := map[string]int{}
	for i := range hops {
		whole = max(whole, hops[i].Offset+hops[i].Took)
		counts[hops[i].Outcome]++
	}
	fmt.Fprintf(&b, "Trace %s  %s  %s", id, hops[0].At.Local().Format(time.DateTime), brief(whole))
	for _, what := range []string{"error", "throttle", "fault"} {
		if n := counts[what]; n == 1 {
			fmt.Fprintf(&b, ", 1 %s", what)
		} else if n > 1 {
			fmt.Fprintf(&b, ", %d %ss", n, what)
		}
	}
	b.WriteString("\n\n")
	const numbers = 24 // the columns before the bar, with the spaces
	bar := min(max((cmp.Or(width, 120)-numbers)/3, 12), 40)
	for i := range hops {
		drawHop(&b, &hops[i], whole, bar)
	}
	return b.String()
}

// drawHop writes the lines of one hop.
func drawHop(b *strings.Builder, h *hop, whole time.Duration, bar int) {
	mark, took := " ", brief(h.Took)
	switch h.Outcome {
	case "error", "throttle":
		mark = "!"
	case "fault":
		mark = "X"
	}
	if h.UnderWay {
		took = "…"
	}
	fmt.Fprintf(b, "%s %8s %8s  |%s| %s", mark, "+"+brief(h.Offset), took, drawBar(h, whole, bar), strings.Repeat("  ", h.Depth))
	b.WriteString(strings.Join(slices.DeleteFunc([]string{h.Kind, h.Name, h.Operation}, func(s string) bool { return s == "" }), "  "))
	if h.Status != 0 {
		fmt.Fprintf(b, "  %d", h.Status)
	}
	if h.Outcome != "ok" {
		b.WriteString("  " + strings.ToUpper(h.Outcome))
	}
	b.WriteByte('\n')
	below := strings.Repeat(" ", 24+bar+2*h.Depth)
	note := func(lead, text string) {
		for line := range strings.SplitSeq(text, "\n") {
			b.WriteString(below + lead + line + "\n")
		}
	}
	if h.Cause != "" {
		note("! ", h.Cause)
	}
	if len(h.Annotations) > 0 {
		note("# ", strings.Join(h.Annotations, "  "))
	}
	for _, l := range h.Links {
		note("~ ", "goes on "+l)
	}
	for _, l := range h.Logs {
		note("> ", l)
	}
}

// drawBar is a hop's part of the whole time.
func drawBar(h *hop, whole time.Duration, width int) string {
	if whole <= 0 {
		return strings.Repeat("█", width)
	}
	from := min(int(int64(width)*int64(h.Offset)/int64(whole)), width-1)
	to := width
	if !h.UnderWay {
		to = int((int64(width)*int64(h.Offset+h.Took) + int64(whole) - 1) / int64(whole))
	}
	to = min(max(to, from+1), width)
	fill := "█"
	if h.UnderWay {
		fill = "░"
	}
	return strings.Repeat(" ", from) + strings.Repeat(fill, to-from) + strings.Repeat(" ", width-to)
}

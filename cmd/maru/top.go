package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"maru.dev/maru/clock"
	"maru.dev/maru/cmd/maru/cli"
)

// topCommand shows what is going on at the moment.
type topCommand struct {
	remote

	Every       time.Duration
	Count, Rows int
	Only        string
	All         bool
	Token       string
}

// newTop is maru top.
func newTop(t *terminal) *cobra.Command {
	var c topCommand
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Show live rates and latencies of every resource.",
		Long:  `Every request counts, sampled or not: the numbers are differences of the counters at /_maru/metrics. On a terminal the table is drawn anew; otherwise each busy resource is a line for each measurement.`,
		Example: `  maru top
  maru top --every 10s --only orders
  maru top -n 1 --every 30s                        # one measurement, for a script
  MARU_TELEMETRY_TOKEN=… maru top --endpoint https://maru.example`,
		RunE: t.does(c.run),
	}
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, []cli.Flag{
		{Name: "every", Shown: "DURATION", Value: cli.Duration(&c.Every, 2*time.Second), Help: "Measure for so long at a time."},
		{Name: "count", Short: "n", Shown: "N", Value: cli.Number(&c.Count, 0), Help: "End after so many measurements; 0 goes on until Ctrl-C."},
		{Name: "rows", Shown: "N", Value: cli.Number(&c.Rows, 30), Help: "Show the busiest so many."},
		{Name: "only", Shown: "TEXT", Value: cli.Text(&c.Only, ""), Help: "Only resources whose service or name contains this."},
		{Name: "all", Value: cli.Switch(&c.All), Help: "All accounts and regions; they are shown, too."},
		{Name: "token", Shown: "TOKEN", Value: cli.Text(&c.Token, ""), Env: "MARU_TELEMETRY_TOKEN", Help: "Token of maru serve's telemetry."},
	}...)
	return cmd
}

// run measures until it is told to end.
func (c *topCommand) run(t *terminal) error {
	if c.Every <= 0 {
		return fmt.Errorf("--every %s: want a duration above zero", c.Every)
	}
	last, began, err := c.sample(t)
	for n := 0; err == nil && (c.Count == 0 || n < c.Count); n++ {
		if !pause(t, c.Every) {
			return nil
		}
		var now counters
		var at time.Time
		if now, at, err = c.sample(t); err != nil {
			break
		}
		width, live := terminalSize(t)
		rows := busiest(measure(last, now), c.Only, c.Rows)
		head := clock.System{}.Now().Format("15:04:05")
		if live {
			t.printf("\x1b[H\x1b[2J%s", drawTop(rows, at.Sub(began), head, width, c.All))
		} else {
			t.printf("%s", plainTop(rows, at.Sub(began), head, c.All))
		}
		last, began = now, at
	}
	if t.Err() != nil {
		return nil //nolint:nilerr // Ctrl-C is how following ends
	}
	return err
}

// counters are the values at /_maru/metrics, by name and labels.
type counters map[string]float64

// sample reads the counters.
func (c *topCommand) sample(t *terminal) (counters, time.Time, error) {
	now := clock.System{}.Now()
	req, err := http.NewRequestWithContext(t, http.MethodGet, strings.TrimRight(c.Endpoint, "/")+"/_maru/metrics", nil)
	if err != nil {
		return nil, now, fmt.Errorf("address %q: %w", c.Endpoint, err)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	client := http.Client{Timeout: time.Minute}
	reply, err := client.Do(req)
	if err != nil {
		return nil, now, fmt.Errorf("no maru answers at %s (is it up? start it with: maru up): %w", c.Endpoint, err)
	}
	defer reply.Body.Close()
	switch reply.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized:
		return nil, now, fmt.Errorf("%s wants the token of its telemetry: --token or MARU_TELEMETRY_TOKEN, as maru serve was given it", c.Endpoint)
	default:
		return nil, now, fmt.Errorf("%s answered %s; is it maru?", c.Endpoint, reply.Status)
	}
	read, err := readCounters(io.LimitReader(reply.Body, 256<<20))
	return read, now, err
}

// readCounters reads Prometheus's text, of which it needs AWS's metrics alone.
func readCounters(r io.Reader) (counters, error) {
	c := make(counters)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || !strings.HasPrefix(line, "aws_") {
			continue
		}
		if v, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			c[line[:at]] = v
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	return c, nil
}

// gauge says how one of AWS's metrics is shown: of which service, below which
// label the resource is, what is done, and which column it fills.
type gauge struct {
	metric, service, resource, operation string
	by                                   string // label of the operation, where the metric has one
	fills                                column
}

// column is a column of the table.
type column int

// The columns that metrics fill.
const (
	counts column = iota
	times
	errs
	throttles
	faults
)

// gauges are the metrics that are shown.
func gauges() []gauge {
	const (
		gateway, lambda, states = "aws_api_gateway_", "aws_lambda_", "aws_states_"
		dynamo, s3, sqs, sns    = "aws_dynamo_db_", "aws_s3_", "aws_sqs_", "aws_sns_"
	)
	return []gauge{
		{metric: gateway + "count_total", service: "apigateway", resource: "api_id", operation: "request", fills: counts},
		{metric: gateway + "latency_milliseconds", service: "apigateway", resource: "api_id", operation: "request", fills: times},
		{metric: gateway + "4xx_total", service: "apigateway", resource: "api_id", operation: "request", fills: errs},
		{metric: gateway + "5xx_total", service: "apigateway", resource: "api_id", operation: "request", fills: faults},
		{metric: lambda + "invocations_total", service: "lambda", resource: "function_name", operation: "Invoke", fills: counts},
		{metric: lambda + "duration_milliseconds", service: "lambda", resource: "function_name", operation: "Invoke", fills: times},
		{metric: lambda + "errors_total", service: "lambda", resource: "function_name", operation: "Invoke", fills: faults},
		{metric: lambda + "throttles_total", service: "lambda", resource: "function_name", operation: "Invoke", fills: throttles},
		{metric: dynamo + "successful_request_latency_milliseconds_count", service: "dynamodb", resource: "table_name", by: "operation", fills: counts},
		{metric: dynamo + "successful_request_latency_milliseconds", service: "dynamodb", resource: "table_name", by: "operation", fills: times},
		{metric: dynamo + "throttled_requests_total", service: "dynamodb", resource: "table_name", by: "operation", fills: throttles},
		{metric: dynamo + "system_errors_total", service: "dynamodb", resource: "table_name", by: "operation", fills: faults},
		{metric: s3 + "all_requests_total", service: "s3", resource: "bucket_name", operation: "request", fills: counts},
		{metric: s3 + "total_request_latency_milliseconds", service: "s3", resource: "bucket_name", operation: "request", fills: times},
		{metric: s3 + "4xx_errors_total", service: "s3", resource: "bucket_name", operation: "request", fills: errs},
		{metric: s3 + "5xx_errors_total", service: "s3", resource: "bucket_name", operation: "request", fills: faults},
		{metric: sqs + "number_of_messages_sent_total", service: "sqs", resource: "queue_name", operation: "sent", fills: counts},
		{metric: sqs + "number_of_messages_received_total", service: "sqs", resource: "queue_name", operation: "received", fills: counts},
		{metric: sqs + "number_of_messages_deleted_total", service: "sqs", resource: "queue_name", operation: "deleted", fills: counts},
		{metric: sns + "number_of_messages_published_total", service: "sns", resource: "topic_name", operation: "published", fills: counts},
		{metric: sns + "number_of_notifications_delivered_total", service: "sns", resource: "topic_name", operation: "delivered", fills: counts},
		{metric: sns + "number_of_notifications_failed_total", service: "sns", resource: "topic_name", operation: "delivered", fills: faults},
		{metric: states + "executions_started_total", service: "states", resource: "state_machine_arn", operation: "started", fills: counts},
		{metric: states + "executions_succeeded_total", service: "states", resource: "state_machine_arn", operation: "ended", fills: counts},
		{metric: states + "executions_failed_total", service: "states", resource: "state_machine_arn", operation: "ended", fills: faults},
		{metric: states + "executions_timed_out_total", service: "states", resource: "state_machine_arn", operation: "ended", fills: faults},
		{metric: states + "execution_time_milliseconds", service: "states", resource: "state_machine_arn", operation: "ended", fills: times},
		{metric: "aws_events_matched_events_total", service: "events", resource: "rule_name", operation: "matched", fills: counts},
		{metric: "aws_events_invocations_total", service: "events", resource: "rule_name", operation: "delivered", fills: counts},
		{metric: "aws_events_failed_invocations_total", service: "events", resource: "rule_name", operation: "delivered", fills: faults},
		{metric: "aws_logs_incoming_log_events_total", service: "logs", resource: "log_group_name", operation: "lines", fills: counts},
		{metric: "aws_ses_send_total", service: "ses", operation: "sent", fills: counts},
	}
}

// activity is a row: what was done to a resource between two samples.
type activity struct {
	home                         string // account and region
	service, resource, operation string
	n, errors, throttles, faults float64
	timed, milliseconds          float64
}

// measure is what has happened between two samples. A counter that went back
// began anew with its process.
func measure(before, after counters) []activity {
	rows := make(map[string]*activity)
	for _, g := range gauges() {
		for series, v := range after {
			name, labels := splitSeries(series)
			suffix, ok := strings.CutPrefix(name, g.metric)
			if !ok || suffix != "" && (g.fills != times || suffix != "_count" && suffix != "_sum") {
				continue
			}
			was := before[series]
			if v < was {
				was = 0
			}
			if v == was || !g.whole(labels) {
				continue
			}
			row := activity{
				home: labels["account"] + " " + labels["region"], service: g.service,
				resource: lastPart(labels[g.resource]), operation: cmp.Or(labels[g.by], g.operation),
			}
			key := strings.Join([]string{row.home, row.service, row.resource, row.operation}, "\x00")
			if rows[key] == nil {
				rows[key] = &row
			}
			rows[key].add(g.fills, suffix, v-was)
		}
	}
	var out []activity
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, *rows[key])
	}
	return out
}

// whole tells whether a series is the one that counts everything of a resource
// once: AWS has most metrics several times, by finer labels.
func (g gauge) whole(labels map[string]string) bool {
	for name := range labels {
		switch name {
		case "account", "region", g.resource, g.by, "filter_id":
		case "resource":
			if labels[name] != labels[g.resource] {
				return false // an alias or a version of a function, which its own series has, too
			}
		default:
			return false
		}
	}
	_, ok := labels[g.resource]
	return ok || g.resource == ""
}

// add fills a column.
func (a *activity) add(c column, suffix string, v float64) {
	switch c {
	case counts:
		a.n += v
	case errs:
		a.errors += v
	case throttles:
		a.throttles += v
	case faults:
		a.faults += v
	case times:
		if suffix == "_count" {
			a.timed += v
		} else {
			a.milliseconds += v
		}
	}
}

// splitSeries takes a series' name and labels apart.
func splitSeries(series string) (string, map[string]string) {
	name, rest, _ := strings.Cut(series, "{")
	labels := make(map[string]string)
	for rest != "" && rest != "}" {
		label, value, ok := strings.Cut(rest, `=`)
		if !ok {
			break
		}
		quoted, err := strconv.QuotedPrefix(value)
		if err != nil {
			break
		}
		labels[label], _ = strconv.Unquote(quoted)
		rest = strings.TrimPrefix(value[len(quoted):], ",")
	}
	return name, labels
}

// lastPart is the name at the end of an ARN.
func lastPart(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name[strings.LastIndexByte(name, ':')+1:]
	}
	return name
}

// busiest are the rows that are shown, the busiest first.
func busiest(rows []activity, only string, most int) []activity {
	rows = slices.DeleteFunc(rows, func(a activity) bool {
		return only != "" && !strings.Contains(a.service+" "+a.resource, only)
	})
	slices.SortStableFunc(rows, func(a, b activity) int { return cmp.Compare(b.n+b.faults, a.n+a.faults) })
	return rows[:min(len(rows), max(most, 1))]
}

// cells are a row's columns.
func (a activity) cells(over time.Duration, all bool) []string {
	latency, shown := "", ""
	if a.timed > 0 {
		latency = brief(time.Duration(a.milliseconds / a.timed * float64(time.Millisecond)))
	}
	number := func(v float64) string {
		if v == 0 {
			return ""
		}
		return rate(v, over)
	}
	if all {
		shown = a.home
	}
	return []string{a.service, a.resource, a.operation, number(a.n), latency, number(a.errors), number(a.throttles), number(a.faults), shown}
}

// drawTop is the table for a terminal.
func drawTop(rows []activity, over time.Duration, head string, width int, all bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "maru at %s, over %s\n\n", head, over.Round(100*time.Millisecond))
	if len(rows) == 0 {
		b.WriteString("Nothing happens.\n")
		return b.String()
	}
	name := max(min(cmp.Or(width, 120)-72, 60), 16)
	line := func(cells []string) {
		resource := []rune(cells[1])
		if len(resource) > name {
			resource = append([]rune("…"), resource[len(resource)-name+1:]...)
		}
		text := fmt.Sprintf("%-10s %-*s %-14.14s %9s %8s %8s %8s %8s  %s", cells[0], name, string(resource), cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8])
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	line([]string{"SERVICE", "RESOURCE", "OPERATION", "RATE", "LATENCY", "ERRORS", "THROTTLE", "FAULTS", ""})
	for _, a := range rows {
		line(a.cells(over, all))
	}
	return b.String()
}

// plainTop is a line for each row, for files and pipes.
func plainTop(rows []activity, over time.Duration, head string, all bool) string {
	var b strings.Builder
	for _, a := range rows {
		c := a.cells(over, all)
		fmt.Fprintf(&b, "%s %s %s %s rate=%s", head, c[0], cmp.Or(c[1], "-"), c[2], cmp.Or(c[3], "0"))
		for i, what := range []string{"latency", "errors", "throttles", "faults", "home"} {
			if v := c[4+i]; v != "" {
				fmt.Fprintf(&b, " %s=%s", what, strings.ReplaceAll(v, " ", "/"))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/api/events"
	"maru.dev/maru/api/logs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

const (
	// watchPrefix begins the names of the rules by which the page watches a bus.
	watchPrefix = "maru-console-watch-"
	// watchGroups begins the names of the log groups that those rules fill.
	watchGroups = "/aws/events/"
	// watchLife is how long a bus is watched at most.
	watchLife = time.Hour
	// everything is the pattern of all events.
	everything = `{"source":[{"prefix":""}]}`
	// farewell is how long cleaning up may take, when the page is gone already.
	farewell = 10 * time.Second
)

// watch streams the events of a bus that match a pattern. It does so as any
// client could: by a rule of its own, with a log group for its target, that are
// both removed at the end. What a crash has left is removed by the next watch.
func (c *Console) watch(w http.ResponseWriter, r *http.Request, body []byte) error {
	in := struct {
		Bus     string `json:"bus"`
		Pattern string `json:"pattern"`
	}{Bus: "default"}
	if err := read(body, &in); err != nil {
		return err
	}
	if in.Pattern == "" {
		in.Pattern = everything
	}
	waiting, leave := call.Waiting(r.Context())
	defer leave()
	ctx, stop := context.WithTimeout(waiting, watchLife)
	defer stop()
	now := c.options.Clock.Now()
	c.sweep(ctx, in.Bus, now)
	x := watching{console: c, bus: in.Bus, name: watchPrefix + strconv.FormatInt(now.Unix(), 10) + "-" + c.options.IDs.Hex(4)}
	defer x.end(ctx)
	if err := x.begin(ctx, in.Pattern); err != nil {
		return err
	}
	l := newLines(w)
	return c.follow(ctx, []string{x.groupARN(ctx)}, "", func(batch []logLine) error {
		seen := []json.RawMessage{}
		for _, one := range batch {
			if json.Valid([]byte(one.Message)) {
				seen = append(seen, json.RawMessage(one.Message))
			}
		}
		return l.send(map[string]any{"events": seen})
	})
}

// watching is one watch of a bus.
type watching struct {
	console   *Console
	bus, name string
}

// group is the log group that is filled.
func (x *watching) group() string { return watchGroups + x.name }

// groupARN names it for a live tail.
func (x *watching) groupARN(ctx context.Context) string {
	info := call.From(ctx)
	return arn.New("logs", info.Region, info.Account, "log-group:"+x.group())
}

// begin makes the group and the rule.
func (x *watching) begin(ctx context.Context, pattern string) error {
	caller := x.console.options.Caller
	if _, err := caller.Call(ctx, "logs", "CreateLogGroup", &logs.CreateLogGroupInput{LogGroupName: x.group()}); err != nil {
		return err
	}
	if _, err := caller.Call(ctx, "events", "PutRule", &events.PutRuleInput{
		Name: x.name, EventBusName: &x.bus, EventPattern: &pattern,
		Description: new("The console watches this bus. The rule goes when the page does."),
	}); err != nil {
		return err
	}
	_, err := caller.Call(ctx, "events", "PutTargets", &events.PutTargetsInput{
		Rule: x.name, EventBusName: &x.bus, Targets: []events.Target{{Id: "console", Arn: x.groupARN(ctx)}},
	})
	return err
}

// end removes both. The page is gone by then, and the context with it.
func (x *watching) end(ctx context.Context) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer stop()
	caller, logger := x.console.options.Caller, x.console.options.Log
	_, err := caller.Call(ctx, "events", "RemoveTargets", &events.RemoveTargetsInput{Rule: x.name, EventBusName: &x.bus, Ids: []string{"console"}})
	if err == nil {
		_, err = caller.Call(ctx, "events", "DeleteRule", &events.DeleteRuleInput{Name: x.name, EventBusName: &x.bus})
	}
	if err != nil {
		logger.DebugContext(ctx, "console: end a watch", "rule", x.name, "cause", err)
	}
	if _, err := caller.Call(ctx, "logs", "DeleteLogGroup", &logs.DeleteLogGroupInput{LogGroupName: x.group()}); err != nil {
		logger.DebugContext(ctx, "console: end a watch", "group", x.group(), "cause", err)
	}
}

// sweep removes watches of a bus that nobody has ended.
func (c *Console) sweep(ctx context.Context, bus string, now time.Time) {
	out, err := call.Do[*events.ListRulesOutput](ctx, c.options.Caller, "events", "ListRules",
		&events.ListRulesInput{EventBusName: &bus, NamePrefix: new(watchPrefix)})
	if err != nil {
		return // the bus may not be there, which PutRule says better
	}
	for _, rule := range out.Rules {
		began, _, _ := strings.Cut(strings.TrimPrefix(wire.Value(rule.Name), watchPrefix), "-")
		seconds, err := strconv.ParseInt(began, 10, 64)
		if err == nil && now.Sub(time.Unix(seconds, 0)) > watchLife+farewell {
			(&watching{console: c, bus: bus, name: wire.Value(rule.Name)}).end(ctx)
		}
	}
}

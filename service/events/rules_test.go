package events_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/internal/testenv"
)

func TestEntriesFailOneByOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	aws_ := entry("order", "{}")
	aws_.Source = aws.String("aws.s3")
	list := entry("order", "[]")
	broken := entry("order", "{")
	none := types.PutEventsRequestEntry{Source: aws.String("shop"), Detail: aws.String("{}")}
	out, err := b.events.PutEvents(t.Context(), &client.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		entry("order", "{}"), aws_, list, broken, none, {DetailType: aws.String("order")},
	}})
	b.no(err)
	var got []string
	for _, e := range out.Entries {
		got = append(got, aws.ToString(e.ErrorCode)+": "+aws.ToString(e.ErrorMessage))
	}
	want := []string{
		": ", "NotAuthorizedForSourceException: Not authorized for the source.", "MalformedDetail: Detail is malformed.", "MalformedDetail: Detail is malformed.",
		"InvalidArgument: Parameter DetailType is not valid. Reason: DetailType is a required argument.",
		"InvalidArgument: Parameter Source is not valid. Reason: Source is a required argument.",
	}
	if diff := cmp.Diff(want, got); diff != "" || out.FailedEntryCount != 5 || out.Entries[0].EventId == nil {
		t.Errorf("%d failed: %s", out.FailedEntryCount, diff)
	}
}

func TestPutEventsLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.events.PutEvents(t.Context(), &client.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry("order", `{"x":"`+strings.Repeat("x", 1<<20)+`"}`)}})
	if testenv.ErrorMessage(err) != "Total size of the entries in the request is over the limit." {
		t.Errorf("too large: %v", err)
	}
	_, err = b.events.PutEvents(t.Context(), &client.PutEventsInput{Entries: make([]types.PutEventsRequestEntry, 11)})
	if testenv.ErrorCode(err) != "ValidationException" {
		t.Errorf("eleven entries: %v", err)
	}
	b.rule("", "r", anyOrder, types.Target{Arn: aws.String(b.queue("q")), InputPath: aws.String("$.detail.y")})
	b.put(entry("order", `{"x":"`+strings.Repeat("x", 1<<20-100)+`","y":1}`)) // goes through though a row is smaller
	if got := *b.receive("q").Body; got != "1" {
		t.Errorf("got %s", got)
	}
}

func TestPutRuleRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.events.CreateEventBus(t.Context(), &client.CreateEventBusInput{Name: aws.String("bus")})
	b.no(err)
	tests := map[string]struct {
		in         client.PutRuleInput
		code, want string
	}{
		"nothing":        {client.PutRuleInput{}, "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."},
		"schedule":       {client.PutRuleInput{ScheduleExpression: aws.String("rate(1 minutes)")}, "ValidationException", "Parameter ScheduleExpression is not valid."},
		"one time":       {client.PutRuleInput{ScheduleExpression: aws.String("at(2030-01-01T00:00:00)")}, "ValidationException", "Parameter ScheduleExpression is not valid."},
		"custom bus":     {client.PutRuleInput{ScheduleExpression: aws.String("rate(1 minute)"), EventBusName: aws.String("bus")}, "ValidationException", "ScheduleExpression is supported only on the default event bus."},
		"pattern":        {client.PutRuleInput{EventPattern: aws.String(`{"source":"x"}`)}, "InvalidEventPatternException", `Event pattern is not valid. Reason: "source" must be an object or an array`},
		"no such bus":    {client.PutRuleInput{EventPattern: aws.String(anyOrder), EventBusName: aws.String("nope")}, "ResourceNotFoundException", "Event bus nope does not exist."},
		"no object":      {client.PutRuleInput{EventPattern: aws.String(`[]`)}, "InvalidEventPatternException", "Event pattern is not valid. Reason: Filter is not an object"},
		"unknown of AWS": {client.PutRuleInput{EventPattern: aws.String(`{"a":[{"huh":1}]}`)}, "InvalidEventPatternException", "Event pattern is not valid. Reason: Unrecognized match type huh"},
	}
	for name, tt := range tests {
		tt.in.Name = aws.String("r")
		_, err := b.events.PutRule(t.Context(), &tt.in)
		if testenv.ErrorCode(err) != tt.code || testenv.ErrorMessage(err) != tt.want {
			t.Errorf("%s: %v, want %s: %s", name, err, tt.code, tt.want)
		}
	}
}

// A change of a rule counts from the next event on.
func TestChangesOfARuleCountAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	b.rule("", "r", anyOrder, types.Target{Arn: aws.String(b.queue("q"))})
	seen := func(what string, want bool) {
		t.Helper()
		id := b.put(entry("order", `{"state":"paid"}`))[0]
		b.rule("", "last", `{"source":["end"]}`, types.Target{Arn: aws.String(queueARN("q"))})
		end := entry("order", `{}`)
		end.Source = aws.String("end")
		endID := b.put(end)[0]
		got := map[string]bool{}
		for !got[endID] || want && !got[id] {
			got[fields(t, *b.receive("q").Body)["id"].(string)] = true
		}
		if got[id] != want {
			t.Errorf("%s: seen %t, want %t", what, got[id], want)
		}
	}
	seen("new", true)
	_, err := b.events.DisableRule(ctx, &client.DisableRuleInput{Name: aws.String("r")})
	b.no(err)
	seen("disabled", false)
	_, err = b.events.EnableRule(ctx, &client.EnableRuleInput{Name: aws.String("r")})
	b.no(err)
	seen("enabled", true)
	b.rule("", "r", `{"source":["shop"],"detail":{"state":["sent"]}}`)
	seen("another pattern", false)
	b.rule("", "r", anyOrder)
	seen("the first pattern", true)
	_, err = b.events.RemoveTargets(ctx, &client.RemoveTargetsInput{Rule: aws.String("r"), Ids: []string{"a"}})
	b.no(err)
	seen("no target", false)
	_, err = b.events.DeleteRule(ctx, &client.DeleteRuleInput{Name: aws.String("r")})
	b.no(err)
	seen("deleted", false)
}

func TestRulesAreDescribedAndListed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	for _, name := range []string{"b1", "a", "b3", "b2"} {
		b.rule("", name, anyOrder, types.Target{Arn: aws.String(functionARN)})
	}
	_, err := b.events.PutRule(ctx, &client.PutRuleInput{
		Name: aws.String("c"), ScheduleExpression: aws.String("rate(2 minutes)"), State: types.RuleStateDisabled, Description: aws.String("d"),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	b.no(err)
	d, err := b.events.DescribeRule(ctx, &client.DescribeRuleInput{Name: aws.String("c")})
	b.no(err)
	if *d.Arn != "arn:aws:events:us-east-1:000000000000:rule/c" || *d.Description != "d" || d.State != types.RuleStateDisabled || *d.EventBusName != "default" || d.EventPattern != nil || *d.CreatedBy != testenv.Account {
		t.Errorf("described as %+v", d)
	}
	var names []string
	in := &client.ListRulesInput{NamePrefix: aws.String("b"), Limit: aws.Int32(2)}
	for {
		page, err := b.events.ListRules(ctx, in)
		b.no(err)
		for _, r := range page.Rules {
			names = append(names, *r.Name)
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if diff := cmp.Diff([]string{"b1", "b2", "b3"}, names); diff != "" {
		t.Error(diff)
	}
	by, err := b.events.ListRuleNamesByTarget(ctx, &client.ListRuleNamesByTargetInput{TargetArn: aws.String(functionARN)})
	b.no(err)
	if diff := cmp.Diff([]string{"a", "b1", "b2", "b3"}, by.RuleNames); diff != "" {
		t.Error(diff)
	}
	tags, err := b.events.ListTagsForResource(ctx, &client.ListTagsForResourceInput{ResourceARN: d.Arn})
	b.no(err)
	if len(tags.Tags) != 1 || *tags.Tags[0].Value != "v" {
		t.Errorf("tags %v", tags.Tags)
	}
	_, err = b.events.DeleteRule(ctx, &client.DeleteRuleInput{Name: aws.String("a")})
	if testenv.ErrorMessage(err) != "Rule can't be deleted since it has targets." {
		t.Errorf("delete with targets: %v", err)
	}
	_, err = b.events.DescribeRule(ctx, &client.DescribeRuleInput{Name: aws.String("nope")})
	if testenv.ErrorMessage(err) != "Rule nope does not exist on EventBus default." {
		t.Errorf("describe: %v", err)
	}
}

// A rule that a service keeps for itself is changed by no one else but by
// force.
func TestManagedRulesAreGuarded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	as := call.As(b.Context(), "schemas.amazonaws.com", "arn:aws:schemas:us-east-1:000000000000:discoverer/d", testenv.Account, testenv.Region)
	_, err := b.Caller().Call(as, "events", "PutRule", &api.PutRuleInput{Name: "kept", EventPattern: aws.String(anyOrder)})
	b.no(err)
	_, err = b.Caller().Call(as, "events", "PutTargets", &api.PutTargetsInput{Rule: "kept", Targets: []api.Target{{Id: "a", Arn: functionARN}}})
	b.no(err)
	d, err := b.events.DescribeRule(ctx, &client.DescribeRuleInput{Name: aws.String("kept")})
	b.no(err)
	if aws.ToString(d.ManagedBy) != "schemas.amazonaws.com" {
		t.Errorf("managed by %q", aws.ToString(d.ManagedBy))
	}
	_, err = b.events.DisableRule(ctx, &client.DisableRuleInput{Name: aws.String("kept")})
	if testenv.ErrorCode(err) != "ManagedRuleException" {
		t.Errorf("disable: %v", err)
	}
	_, err = b.events.RemoveTargets(ctx, &client.RemoveTargetsInput{Rule: aws.String("kept"), Ids: []string{"a"}, Force: true})
	b.no(err)
	_, err = b.events.DeleteRule(ctx, &client.DeleteRuleInput{Name: aws.String("kept"), Force: true})
	b.no(err)
}

// A schedule tells its targets, and only them, at each of its times.
func TestSchedulesTellTheirTargets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	began := b.Now().Truncate(time.Second)
	_, err := b.events.PutRule(ctx, &client.PutRuleInput{Name: aws.String("tick"), ScheduleExpression: aws.String("rate(5 minutes)")})
	b.no(err)
	made := b.Now()
	_, err = b.events.PutTargets(ctx, &client.PutTargetsInput{Rule: aws.String("tick"), Targets: []types.Target{{Id: aws.String("a"), Arn: aws.String(b.queue("q"))}}})
	b.no(err)
	b.Advance(4 * time.Minute)
	b.empty("q")
	b.Advance(18 * time.Minute)
	for i := 1; i <= 4; i++ {
		got := fields(t, *b.receive("q").Body)
		at, err := time.Parse(time.RFC3339, got["time"].(string))
		b.no(err)
		if got["detail-type"] != "Scheduled Event" || got["source"] != "aws.events" || got["resources"].([]any)[0] != "arn:aws:events:us-east-1:000000000000:rule/tick" {
			t.Errorf("got %v", got)
		}
		if off := at.Sub(began) % (5 * time.Minute); off > made.Sub(began) {
			t.Errorf("run %d at %v after the rule was made", i, at.Sub(began))
		}
	}
	_, err = b.events.DisableRule(ctx, &client.DisableRuleInput{Name: aws.String("tick")})
	b.no(err)
	b.Advance(time.Hour)
	b.empty("q")
}

func TestTestEventPattern(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const event = `{"id":"1","account":"1","source":"shop","time":"2026-01-01T00:00:00Z","region":"r","resources":[],"detail-type":"order","detail":{}}`
	for pattern, want := range map[string]bool{anyOrder: true, `{"source":["bank"]}`: false} {
		out, err := b.events.TestEventPattern(t.Context(), &client.TestEventPatternInput{Event: aws.String(event), EventPattern: &pattern})
		b.no(err)
		if out.Result != want {
			t.Errorf("%s: %t", pattern, out.Result)
		}
	}
	_, err := b.events.TestEventPattern(t.Context(), &client.TestEventPatternInput{Event: aws.String(`{"id":"1"}`), EventPattern: aws.String(anyOrder)})
	if testenv.ErrorCode(err) != "ValidationException" {
		t.Errorf("incomplete event: %v", err)
	}
}

package cloudwatch_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	snsservice "maru.dev/maru/service/sns"
	sqsservice "maru.dev/maru/service/sqs"
)

// quiet puts alarms that nothing but SetAlarmState changes.
func (b *bench) quiet(names ...string) {
	b.t.Helper()
	for _, name := range names {
		b.alarm(func(in *client.PutMetricAlarmInput) {
			in.AlarmName, in.MetricName, in.TreatMissingData = &name, aws.String("none"), aws.String("ignore")
		})
	}
}

// set sets an alarm's state.
func (b *bench) set(name string, state types.StateValue) {
	b.t.Helper()
	if _, err := b.cw.SetAlarmState(b.t.Context(), &client.SetAlarmStateInput{AlarmName: &name, StateValue: state, StateReason: aws.String("r")}); err != nil {
		b.t.Fatal(err)
	}
}

// compose puts a composite alarm.
func (b *bench) compose(name, rule string, how ...func(in *client.PutCompositeAlarmInput)) error {
	b.t.Helper()
	in := &client.PutCompositeAlarmInput{AlarmName: &name, AlarmRule: &rule}
	for _, h := range how {
		h(in)
	}
	_, err := b.cw.PutCompositeAlarm(b.t.Context(), in)
	return err
}

// composite reads a composite alarm.
func (b *bench) composite(name string) types.CompositeAlarm {
	b.t.Helper()
	out, err := b.cw.DescribeAlarms(b.t.Context(), &client.DescribeAlarmsInput{AlarmNames: []string{name}, AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}})
	if err != nil || len(out.CompositeAlarms) != 1 {
		b.t.Fatalf("got %+v (%v)", out, err)
	}
	return out.CompositeAlarms[0]
}

// becomes waits for a composite alarm's state.
func (b *bench) becomes(name string, state types.StateValue) {
	b.t.Helper()
	testenv.Eventually(b.t, name+" is "+string(state), func() bool { return b.composite(name).StateValue == state })
}

func TestCompositeAlarmFollowsItsChildren(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.quiet("a", "b")
	if err := b.compose("both", "ALARM(a) AND ALARM(b)"); err != nil {
		t.Fatal(err)
	}
	if err := b.compose("top", `ALARM("arn:aws:cloudwatch:us-east-1:000000000000:alarm:both") OR FALSE`); err != nil {
		t.Fatal(err)
	}
	b.becomes("both", "OK")
	b.becomes("top", "OK")
	b.set("a", "ALARM")
	b.set("b", "ALARM")
	b.becomes("both", "ALARM")
	b.becomes("top", "ALARM")
	if c := b.composite("both"); !strings.HasPrefix(*c.StateReason, "arn:aws:cloudwatch:us-east-1:000000000000:alarm:b transitioned to ALARM at ") || !strings.Contains(*c.StateReasonData, "triggeringAlarms") {
		t.Errorf("reason %s %s", *c.StateReason, *c.StateReasonData)
	}
	b.set("a", "OK")
	b.becomes("top", "OK")
	history, err := b.cw.DescribeAlarmHistory(t.Context(), &client.DescribeAlarmHistoryInput{AlarmName: aws.String("top"), AlarmTypes: []types.AlarmType{"CompositeAlarm"}, HistoryItemType: "StateUpdate", ScanBy: "TimestampAscending"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range history.AlarmHistoryItems {
		got = append(got, *item.HistorySummary)
	}
	want := []string{"Alarm updated from INSUFFICIENT_DATA to OK", "Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCompositeAlarmsAreListedByTypeParentAndChild(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.quiet("a", "b")
	if err := b.compose("c", "ALARM(a) OR ALARM(b)"); err != nil {
		t.Fatal(err)
	}
	if err := b.compose("d", "ALARM(c)"); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		in   client.DescribeAlarmsInput
		want string
	}{
		"default":            {client.DescribeAlarmsInput{}, "a b"},
		"composite":          {client.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"CompositeAlarm"}}, "c d"},
		"all":                {client.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"CompositeAlarm", "MetricAlarm"}}, "a b c d"},
		"children":           {client.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("c")}, "a b"},
		"composite children": {client.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("d")}, "c"},
		"parents":            {client.DescribeAlarmsInput{ParentsOfAlarmName: aws.String("a")}, "c"},
		"names":              {client.DescribeAlarmsInput{AlarmNames: []string{"b", "z"}}, "b"},
		"prefix":             {client.DescribeAlarmsInput{AlarmNamePrefix: aws.String("a")}, "a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			tt.in.MaxRecords = aws.Int32(1)
			if len(tt.in.AlarmNames) > 0 {
				tt.in.MaxRecords = nil
			}
			p := client.NewDescribeAlarmsPaginator(b.cw, &tt.in)
			for p.HasMorePages() {
				out, err := p.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range out.MetricAlarms {
					got = append(got, *a.AlarmName)
				}
				for _, a := range out.CompositeAlarms {
					got = append(got, *a.AlarmName)
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestCompositeAlarmsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.quiet("a")
	tests := map[string]struct {
		rule, want string
		how        func(*client.PutCompositeAlarmInput)
	}{
		"no child": {"ALARM(a) OR ALARM(nope)", "Could not save the composite alarm as alarms [nope] in the alarm rule do not exist", nil},
		"space":    {" ALARM(a)", "AlarmRule must not contain leading or trailing whitespace or be null", nil},
		"syntax":   {"ALARM(a) AND", "syntax error", nil},
		"half":     {"ALARM(a)", "ActionsSuppressor requires", func(in *client.PutCompositeAlarmInput) { in.ActionsSuppressor = aws.String("a") }},
		"EC2": {"ALARM(a)", "Invalid arn syntax", func(in *client.PutCompositeAlarmInput) {
			in.AlarmActions = []string{"arn:aws:automate:us-east-1:ec2:stop"}
		}},
		"no suppressor": {"ALARM(a)", "ActionsSuppressorExtensionPeriod require", func(in *client.PutCompositeAlarmInput) { in.ActionsSuppressorWaitPeriod = aws.Int32(1) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			how := func(*client.PutCompositeAlarmInput) {}
			if tt.how != nil {
				how = tt.how
			}
			err := b.compose("c", tt.rule, how)
			if testenv.ErrorCode(err) != "ValidationError" || !strings.Contains(testenv.ErrorMessage(err), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// Alarms that others look at stay; of composite ones a request deletes one; what
// depends on itself is not evaluated and ends only when the circle is broken.
func TestAlarmsThatOthersLookAtStay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.quiet("a", "b")
	for _, name := range []string{"c", "d"} {
		if err := b.compose(name, "ALARM(a)"); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(names ...string) string {
		_, err := b.cw.DeleteAlarms(t.Context(), &client.DeleteAlarmsInput{AlarmNames: names})
		return testenv.ErrorMessage(err)
	}
	if got := remove("a", "b"); got != "Cannot delete a as there are composite alarm(s) depending on it." {
		t.Errorf("got %q", got)
	}
	if got := remove("c", "d"); !strings.Contains(got, "at most one composite alarm") {
		t.Errorf("got %q", got)
	}
	if err := b.compose("c", "ALARM(d)"); err != nil {
		t.Fatal(err)
	}
	if err := b.compose("d", "NOT ALARM(c)"); err != nil {
		t.Fatal(err)
	}
	if got := remove("c"); !strings.Contains(got, "Cannot delete c") {
		t.Errorf("got %q", got)
	}
	if err := b.compose("d", "FALSE"); err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{"c", "a", "nope"}, {"d"}, {"b"}} {
		if got := remove(names...); got != "" {
			t.Errorf("delete %v: %s", names, got)
		}
	}
}

// topic makes a topic with a queue behind it, and returns what reads the states
// that the topic has been told, oldest first.
func (b *bench) topic() (arn string, told func() []string) {
	b.t.Helper()
	ctx := b.t.Context()
	topic, err := b.SNS().CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("t")})
	if err != nil {
		b.t.Fatal(err)
	}
	queue, err := b.SQS().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.SNS().Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:000000000000:q"), Attributes: map[string]string{"RawMessageDelivery": "true"},
	}); err != nil {
		b.t.Fatal(err)
	}
	var all []string
	return *topic.TopicArn, func() []string {
		out, err := b.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10})
		if err != nil {
			b.t.Fatal(err)
		}
		for _, m := range out.Messages {
			var n struct{ AlarmName, NewStateValue string }
			if err := json.Unmarshal([]byte(*m.Body), &n); err != nil {
				b.t.Fatal(err)
			}
			all = append(all, n.AlarmName+" "+n.NewStateValue)
			if _, err := b.SQS().DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: queue.QueueUrl, ReceiptHandle: m.ReceiptHandle}); err != nil {
				b.t.Fatal(err)
			}
		}
		return all
	}
}

// A suppressor that goes off within the wait period keeps the actions back, and
// for the extension period after; then they are carried out.
func TestSuppressorKeepsActionsBack(t *testing.T) {
	t.Parallel()
	b := newStill(t, snsservice.Registration(), sqsservice.Registration())
	arn, told := b.topic()
	b.quiet("a", "s")
	if err := b.compose("c", "ALARM(a)", func(in *client.PutCompositeAlarmInput) {
		in.AlarmActions, in.ActionsSuppressor = []string{arn}, aws.String("s")
		in.ActionsSuppressorWaitPeriod, in.ActionsSuppressorExtensionPeriod = aws.Int32(60), aws.Int32(120)
	}); err != nil {
		t.Fatal(err)
	}
	by := func(want types.ActionsSuppressedBy) {
		t.Helper()
		testenv.Eventually(t, "actions suppressed by "+string(want), func() bool { return b.composite("c").ActionsSuppressedBy == want })
	}
	b.becomes("c", "OK")
	b.Advance(2 * time.Minute) // the actions of OK, of which there are none, are past
	b.set("a", "ALARM")
	b.becomes("c", "ALARM")
	by("WaitPeriod")
	b.set("s", "ALARM")
	by("Alarm")
	b.Advance(10 * time.Minute)
	by("Alarm")
	b.set("s", "OK")
	by("ExtensionPeriod")
	if got := told(); len(got) != 0 {
		t.Errorf("told %v, though suppressed", got)
	}
	b.Advance(3 * time.Minute)
	by("")
	testenv.Eventually(t, "the notification", func() bool { return cmp.Equal(told(), []string{"c ALARM"}) })
}

// Without a suppressor that goes off, the actions come after the wait period.
func TestWaitPeriodEnds(t *testing.T) {
	t.Parallel()
	b := newStill(t, snsservice.Registration(), sqsservice.Registration())
	arn, told := b.topic()
	b.quiet("s")
	if err := b.compose("c", "TRUE", func(in *client.PutCompositeAlarmInput) {
		in.AlarmActions, in.ActionsSuppressor = []string{arn}, aws.String("s")
		in.ActionsSuppressorWaitPeriod, in.ActionsSuppressorExtensionPeriod = aws.Int32(60), aws.Int32(60)
	}); err != nil {
		t.Fatal(err)
	}
	b.becomes("c", "ALARM")
	if got := told(); len(got) != 0 {
		t.Errorf("told %v, though it waits", got)
	}
	b.Advance(2 * time.Minute)
	testenv.Eventually(t, "the notification", func() bool { return cmp.Equal(told(), []string{"c ALARM"}) })
}

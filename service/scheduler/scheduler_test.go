package scheduler_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	schedulersvc "maru.dev/maru/service/scheduler"
	snssvc "maru.dev/maru/service/sns"
	sqssvc "maru.dev/maru/service/sqs"
)

const role = "arn:aws:iam::000000000000:role/r"

// world is a server with a queue.
type world struct {
	*testenv.Env
	queue, queueARN string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Env: testenv.New(t, schedulersvc.Registration(), sqssvc.Registration(), snssvc.Registration())}
	w.queue, w.queueARN = w.makeQueue(t, "q", nil)
	return w
}

func (w *world) makeQueue(t *testing.T, name string, attributes map[string]string) (url, arn string) {
	t.Helper()
	out, err := w.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl, "arn:aws:sqs:us-east-1:000000000000:" + name
}

// receive takes n messages from a queue.
func (w *world) receive(t *testing.T, url string, n int) []sqstypes.Message {
	t.Helper()
	var got []sqstypes.Message
	deadline, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for len(got) < n {
		out, err := w.SQS().ReceiveMessage(deadline, &sqs.ReceiveMessageInput{
			QueueUrl: &url, WaitTimeSeconds: 20, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"},
		})
		if err != nil {
			t.Fatalf("%d of %d messages: %v", len(got), n, err)
		}
		got = append(got, out.Messages...)
		for _, m := range out.Messages {
			if _, err := w.SQS().DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return got
}

func (w *world) bodies(t *testing.T, n int) []string {
	t.Helper()
	var all []string
	for _, m := range w.receive(t, w.queue, n) {
		all = append(all, *m.Body)
	}
	slices.Sort(all)
	return all
}

// input is a valid request; how changes it.
func (w *world) input(name, expression string, how ...func(in *scheduler.CreateScheduleInput)) *scheduler.CreateScheduleInput {
	in := &scheduler.CreateScheduleInput{
		Name: &name, ScheduleExpression: &expression, FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target: &types.Target{Arn: &w.queueARN, RoleArn: new(role), Input: new("<aws.scheduler.scheduled-time>")},
	}
	for _, h := range how {
		h(in)
	}
	return in
}

func (w *world) create(t *testing.T, name, expression string, how ...func(in *scheduler.CreateScheduleInput)) {
	t.Helper()
	if _, err := w.Scheduler().CreateSchedule(t.Context(), w.input(name, expression, how...)); err != nil {
		t.Fatal(err)
	}
}

// at writes a one-time expression for a time from now.
func (w *world) at(d time.Duration) (expression, stamp string) {
	at := w.Now().Add(d).UTC().Truncate(time.Second)
	return "at(" + at.Format("2006-01-02T15:04:05") + ")", at.Format("2006-01-02T15:04:05Z")
}

func TestCreateScheduleHoldsTheRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	target := func(how func(t *types.Target)) func(in *scheduler.CreateScheduleInput) {
		return func(in *scheduler.CreateScheduleInput) { how(in.Target) }
	}
	arn := func(s string) func(in *scheduler.CreateScheduleInput) {
		return target(func(t *types.Target) { t.Arn = &s })
	}
	past, future := w.Now().Add(-time.Hour), w.Now().Add(time.Hour)
	w.create(t, "there", "rate(1 hours)")
	tests := map[string]struct {
		expression string
		how        func(in *scheduler.CreateScheduleInput)
		code       string // "" is success
		message    string
	}{
		"rate":           {expression: "rate(1 minute)"},
		"cron":           {expression: "cron(0 10 ? * MON-FRI *)"},
		"at":             {expression: "at(2099-01-01T00:00:00)"},
		"bad expression": {"rate(one minute)", nil, "ValidationException", "Invalid Schedule Expression rate(one minute)."},
		"bad cron":       {"cron(0 10 * * * *)", nil, "ValidationException", "Invalid Schedule Expression cron(0 10 * * * *)."},
		"bad at":         {"at(2099-01-01)", nil, "ValidationException", "Invalid Schedule Expression at(2099-01-01)."},
		"bad zone":       {"rate(1 minute)", func(in *scheduler.CreateScheduleInput) { in.ScheduleExpressionTimezone = new("Mars/Base") }, "ValidationException", "Invalid Schedule Expression Timezone Mars/Base."},
		"zone":           {expression: "cron(0 10 * * ? *)", how: func(in *scheduler.CreateScheduleInput) { in.ScheduleExpressionTimezone = new("Asia/Tokyo") }},
		"no such group":  {"rate(1 minute)", func(in *scheduler.CreateScheduleInput) { in.GroupName = new("nope") }, "ResourceNotFoundException", "Schedule group nope does not exist."},
		"there":          {"rate(1 minute)", func(in *scheduler.CreateScheduleInput) { in.Name = new("there") }, "ConflictException", "Schedule there already exists."},
		"late start":     {"rate(1 minute)", func(in *scheduler.CreateScheduleInput) { in.StartDate = &past }, "ValidationException", "The StartDate you specify cannot be earlier than 5 minutes ago."},
		"late end":       {"rate(1 minute)", func(in *scheduler.CreateScheduleInput) { in.EndDate = &past }, "ValidationException", ""},
		"end before": {"rate(1 minute)", func(in *scheduler.CreateScheduleInput) {
			in.StartDate = &future
			in.EndDate = new(future.Add(-time.Minute))
		}, "ValidationException", ""},
		"window": {expression: "rate(1 minute)", how: func(in *scheduler.CreateScheduleInput) {
			in.FlexibleTimeWindow = &types.FlexibleTimeWindow{Mode: "FLEXIBLE", MaximumWindowInMinutes: new(int32(5))}
		}},
		"no window":       {"rate(1 minute)", func(in *scheduler.CreateScheduleInput) { in.FlexibleTimeWindow.Mode = "FLEXIBLE" }, "ValidationException", ""},
		"closed window":   {"rate(1 minute)", func(in *scheduler.CreateScheduleInput) { in.FlexibleTimeWindow.MaximumWindowInMinutes = new(int32(5)) }, "ValidationException", ""},
		"no ARN":          {"rate(1 minute)", arn("nonsense"), "ValidationException", "Provided Arn is not in correct format."},
		"unknown kind":    {"rate(1 minute)", arn("arn:aws:quantum:us-east-1:000000000000:x"), "ValidationException", ""},
		"universal":       {expression: "rate(1 minute)", how: arn("arn:aws:scheduler:::aws-sdk:sqs:sendMessage")},
		"no such action":  {"rate(1 minute)", arn("arn:aws:scheduler:::aws-sdk:sqs:sendMassage"), "ValidationException", "sendMassage is not a supported api for the service sqs."},
		"read-only":       {"rate(1 minute)", arn("arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl"), "ValidationException", "getQueueUrl is not a supported api for the service sqs."},
		"action's case":   {"rate(1 minute)", arn("arn:aws:scheduler:::aws-sdk:sqs:SendMessage"), "ValidationException", ""},
		"fifo":            {"rate(1 minute)", arn("arn:aws:sqs:us-east-1:000000000000:q.fifo"), "ValidationException", ""},
		"event":           {"rate(1 minute)", arn("arn:aws:events:us-east-1:000000000000:event-bus/default"), "ValidationException", ""},
		"function's text": {"rate(1 minute)", arn("arn:aws:lambda:us-east-1:000000000000:function:f"), "ValidationException", ""},
		"another's role":  {"rate(1 minute)", target(func(t *types.Target) { t.RoleArn = new("arn:aws:iam::111122223333:role/r") }), "AccessDeniedException", "Cross-account pass role is not allowed."},
		"retries":         {"rate(1 minute)", target(func(t *types.Target) { t.RetryPolicy = &types.RetryPolicy{MaximumRetryAttempts: new(int32(186))} }), "ValidationException", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := w.input("x", tt.expression)
			in.Name = new(fmt.Sprintf("s%d", time.Now().UnixNano()))
			if name == "universal" {
				in.Target.Input = new(`{"QueueUrl":"x","MessageBody":"y"}`)
			}
			if tt.how != nil {
				tt.how(in)
			}
			in.State = types.ScheduleStateDisabled
			_, err := w.Scheduler().CreateSchedule(t.Context(), in)
			if got := testenv.ErrorCode(err); got != tt.code {
				t.Fatalf("error %q (%v), want %q", got, err, tt.code)
			}
			if got := testenv.ErrorMessage(err); tt.message != "" && got != tt.message {
				t.Errorf("message %q, want %q", got, tt.message)
			}
		})
	}
}

func TestGetScheduleReturnsWhatWasSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if _, err := w.Scheduler().CreateScheduleGroup(t.Context(), &scheduler.CreateScheduleGroupInput{Name: new("g")}); err != nil {
		t.Fatal(err)
	}
	w.create(t, "s", "rate(2 hours)", func(in *scheduler.CreateScheduleInput) {
		in.GroupName, in.Description, in.StartDate, in.ScheduleExpressionTimezone = new("g"), new("d"), &start, new("Asia/Tokyo")
		in.FlexibleTimeWindow = &types.FlexibleTimeWindow{Mode: "FLEXIBLE", MaximumWindowInMinutes: new(int32(7))}
		in.KmsKeyArn = new("arn:aws:kms:us-east-1:000000000000:key/k")
	})
	got, err := w.Scheduler().GetSchedule(t.Context(), &scheduler.GetScheduleInput{GroupName: new("g"), Name: new("s")})
	if err != nil {
		t.Fatal(err)
	}
	if got.CreationDate.IsZero() || !got.StartDate.Equal(start) || got.EndDate != nil {
		t.Errorf("dates %v %v %v", got.CreationDate, got.StartDate, got.EndDate)
	}
	want := map[string]any{
		"Arn": "arn:aws:scheduler:us-east-1:000000000000:schedule/g/s", "State": "ENABLED", "After": "NONE", "Window": int32(7),
		"Zone": "Asia/Tokyo", "Age": int32(86400), "Retries": int32(185), "Description": "d", "Key": "arn:aws:kms:us-east-1:000000000000:key/k",
	}
	have := map[string]any{
		"Arn": *got.Arn, "State": string(got.State), "After": string(got.ActionAfterCompletion), "Window": *got.FlexibleTimeWindow.MaximumWindowInMinutes,
		"Zone": *got.ScheduleExpressionTimezone, "Age": *got.Target.RetryPolicy.MaximumEventAgeInSeconds,
		"Retries": *got.Target.RetryPolicy.MaximumRetryAttempts, "Description": *got.Description, "Key": *got.KmsKeyArn,
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	_, err = w.Scheduler().GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: new("s")})
	if code := testenv.ErrorCode(err); code != "ResourceNotFoundException" {
		t.Errorf("in the default group: %v", err)
	}
}

func TestClientTokenMakesCreationIdempotent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := func(in *scheduler.CreateScheduleInput) { in.ClientToken = new("once") }
	w.create(t, "s", "rate(1 hours)", token)
	w.create(t, "s", "rate(1 hours)", token)
	_, err := w.Scheduler().CreateSchedule(t.Context(), w.input("s", "rate(2 hours)", token))
	if code := testenv.ErrorCode(err); code != "ConflictException" {
		t.Errorf("another request with the token: %v", err)
	}
}

func TestOneTimeScheduleFiresOnceAndGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expression, stamp := w.at(time.Hour)
	w.create(t, "keep", expression)
	w.create(t, "go", expression, func(in *scheduler.CreateScheduleInput) {
		in.ActionAfterCompletion = types.ActionAfterCompletionDelete
	})
	w.Advance(time.Hour + time.Second)
	if diff := cmp.Diff([]string{stamp, stamp}, w.bodies(t, 2)); diff != "" {
		t.Error(diff)
	}
	testenv.Eventually(t, "the schedule is gone", func() bool {
		_, err := w.Scheduler().GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: new("go")})
		return testenv.ErrorCode(err) == "ResourceNotFoundException"
	})
	if _, err := w.Scheduler().GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: new("keep")}); err != nil {
		t.Error(err)
	}
}

func TestRateFiresAtOnceAndAtEachPeriod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	began := w.Now()
	w.create(t, "s", "rate(5 minutes)")
	first := w.bodies(t, 1)[0]
	at, err := time.Parse(time.RFC3339, first)
	if err != nil || at.Before(began.Truncate(time.Second)) || at.After(w.Now()) {
		t.Fatalf("first at %s, began %s", first, began)
	}
	w.Advance(15*time.Minute + time.Second)
	want := []string{}
	for i := 1; i <= 3; i++ {
		want = append(want, at.Add(time.Duration(i)*5*time.Minute).Format("2006-01-02T15:04:05Z"))
	}
	if diff := cmp.Diff(want, w.bodies(t, 3)); diff != "" {
		t.Error(diff)
	}
}

func TestDisabledAndDeletedSchedulesDoNotFire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expression, _ := w.at(time.Hour)
	later, stamp := w.at(2 * time.Hour)
	w.create(t, "disabled", expression, func(in *scheduler.CreateScheduleInput) { in.State = types.ScheduleStateDisabled })
	w.create(t, "deleted", expression)
	w.create(t, "moved", expression)
	if _, err := w.Scheduler().DeleteSchedule(t.Context(), &scheduler.DeleteScheduleInput{Name: new("deleted")}); err != nil {
		t.Fatal(err)
	}
	in := w.input("moved", later)
	if _, err := w.Scheduler().UpdateSchedule(t.Context(), &scheduler.UpdateScheduleInput{
		Name: in.Name, ScheduleExpression: in.ScheduleExpression, FlexibleTimeWindow: in.FlexibleTimeWindow, Target: in.Target,
	}); err != nil {
		t.Fatal(err)
	}
	w.Advance(3 * time.Hour)
	if diff := cmp.Diff([]string{stamp}, w.bodies(t, 1)); diff != "" {
		t.Error(diff)
	}
}

func TestFlexibleWindowSpreadsInvocations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expression, stamp := w.at(time.Hour)
	for i := range 8 {
		w.create(t, fmt.Sprint("s", i), expression, func(in *scheduler.CreateScheduleInput) {
			in.FlexibleTimeWindow = &types.FlexibleTimeWindow{Mode: "FLEXIBLE", MaximumWindowInMinutes: new(int32(60))}
		})
	}
	w.Advance(2*time.Hour + time.Second)
	for _, body := range w.bodies(t, 8) {
		if body != stamp {
			t.Errorf("scheduled time %s, want %s", body, stamp)
		}
	}
}

func TestUniversalTargetCallsAnyOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expression, stamp := w.at(time.Hour)
	universal := func(action, input string) func(in *scheduler.CreateScheduleInput) {
		return func(in *scheduler.CreateScheduleInput) {
			in.Target.Arn, in.Target.Input = new("arn:aws:scheduler:::aws-sdk:"+action), &input
		}
	}
	w.create(t, "send", expression, universal("sqs:sendMessage", fmt.Sprintf(
		`{"queueUrl":%q,"MessageBody":"<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>",
		"MessageAttributes":{"b":{"DataType":"Binary","BinaryValue":"hi"}}}`, w.queue)))
	w.create(t, "make", expression, universal("sns:createTopic", `{"Name":"made"}`))
	w.Advance(time.Hour + time.Second)
	m := w.receive(t, w.queue, 1)[0]
	if want := "arn:aws:scheduler:us-east-1:000000000000:schedule/default/send " + stamp + " 1"; *m.Body != want {
		t.Errorf("body %q, want %q", *m.Body, want)
	}
	if got := string(m.MessageAttributes["b"].BinaryValue); got != "hi" {
		t.Errorf("attribute %q", got)
	}
	testenv.Eventually(t, "the topic is there", func() bool {
		out, err := w.SNS().ListTopics(t.Context(), nil)
		return err == nil && len(out.Topics) == 1
	})
}

func TestTargetWithoutInputGetsANotification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expression, stamp := w.at(time.Hour)
	w.create(t, "s", expression, func(in *scheduler.CreateScheduleInput) { in.Target.Input = nil })
	w.Advance(time.Hour + time.Second)
	var got map[string]any
	if err := json.Unmarshal([]byte(w.bodies(t, 1)[0]), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "id")
	want := map[string]any{
		"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "account": "000000000000", "time": stamp,
		"region": "us-east-1", "resources": []any{"arn:aws:scheduler:us-east-1:000000000000:schedule/default/s"}, "detail": "{}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFIFOQueueGetsTheGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, arn := w.makeQueue(t, "f.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
	expression, _ := w.at(time.Hour)
	w.create(t, "s", expression, func(in *scheduler.CreateScheduleInput) {
		in.Target.Arn, in.Target.SqsParameters = &arn, &types.SqsParameters{MessageGroupId: new("g")}
	})
	w.Advance(time.Hour + time.Second)
	if m := w.receive(t, url, 1)[0]; m.Attributes["MessageGroupId"] != "g" {
		t.Errorf("message %v", m.Attributes)
	}
}

func TestWhatCannotBeDeliveredBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arn, input, code string
	}{
		"no such queue":   {"arn:aws:sqs:us-east-1:000000000000:nope", "hi", "QueueDoesNotExist"},
		"no such service": {"arn:aws:scheduler:::aws-sdk:gamelift:stopMatchmaking", "{}", "NotImplemented"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t) // its own clock: who moves another's ends the lease of what runs there
			expression, stamp := w.at(time.Hour)
			url, dead := w.makeQueue(t, "dead-"+tt.code[:3], nil)
			w.create(t, "s-"+tt.code[:3], expression, func(in *scheduler.CreateScheduleInput) {
				in.Target.Arn, in.Target.Input, in.Target.DeadLetterConfig = &tt.arn, &tt.input, &types.DeadLetterConfig{Arn: &dead}
			})
			w.Advance(time.Hour + time.Second)
			m := w.receive(t, url, 1)[0]
			got := map[string]string{}
			for k, v := range m.MessageAttributes {
				got[k] = *v.StringValue
			}
			delete(got, "EXECUTION_ID")
			delete(got, "ERROR_MESSAGE")
			want := map[string]string{
				"ERROR_CODE": tt.code, "RETRY_ATTEMPTS": "0", "SCHEDULED_TIME": stamp, "TARGET_ARN": tt.arn, "IS_PAYLOAD_TRUNCATED": "false",
				"SCHEDULE_ARN": "arn:aws:scheduler:us-east-1:000000000000:schedule/default/s-" + tt.code[:3],
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDeletedGroupTakesItsSchedulesAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Scheduler()
	group, err := c.CreateScheduleGroup(t.Context(), &scheduler.CreateScheduleGroupInput{
		Name: new("g"), Tags: []types.Tag{{Key: new("a"), Value: new("1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		w.create(t, fmt.Sprint("s", i), "at(2099-01-01T00:00:00)", func(in *scheduler.CreateScheduleInput) { in.GroupName = new("g") })
	}
	if _, err := c.TagResource(t.Context(), &scheduler.TagResourceInput{
		ResourceArn: group.ScheduleGroupArn, Tags: []types.Tag{{Key: new("b"), Value: new("2")}},
	}); err != nil {
		t.Fatal(err)
	}
	tags, err := c.ListTagsForResource(t.Context(), &scheduler.ListTagsForResourceInput{ResourceArn: group.ScheduleGroupArn})
	if err != nil || len(tags.Tags) != 2 {
		t.Fatalf("tags %v %v", tags, err)
	}
	if _, err := c.DeleteScheduleGroup(t.Context(), &scheduler.DeleteScheduleGroupInput{Name: new("g")}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the group is gone", func() bool {
		_, err := c.GetScheduleGroup(t.Context(), &scheduler.GetScheduleGroupInput{Name: new("g")})
		return testenv.ErrorCode(err) == "ResourceNotFoundException"
	})
	left, err := c.ListSchedules(t.Context(), nil)
	if err != nil || len(left.Schedules) != 0 {
		t.Errorf("left %v %v", left, err)
	}
	_, err = c.DeleteScheduleGroup(t.Context(), &scheduler.DeleteScheduleGroupInput{Name: new("default")})
	if code := testenv.ErrorCode(err); code != "ValidationException" {
		t.Errorf("the default group: %v", err)
	}
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.Scheduler()
	for i := range 5 {
		w.create(t, fmt.Sprint("s", i), "at(2099-01-01T00:00:00)")
		if _, err := c.CreateScheduleGroup(t.Context(), &scheduler.CreateScheduleGroupInput{Name: new(fmt.Sprint("g", i))}); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for p := scheduler.NewListSchedulesPaginator(c, &scheduler.ListSchedulesInput{MaxResults: new(int32(2)), NamePrefix: new("s")}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Schedules {
			names = append(names, *s.Name)
		}
	}
	for p := scheduler.NewListScheduleGroupsPaginator(c, &scheduler.ListScheduleGroupsInput{MaxResults: new(int32(2))}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.ScheduleGroups {
			names = append(names, *g.Name)
		}
	}
	want := []string{"s0", "s1", "s2", "s3", "s4", "default", "g0", "g1", "g2", "g3", "g4"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

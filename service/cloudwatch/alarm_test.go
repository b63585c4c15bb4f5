package cloudwatch_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"maru.dev/maru/internal/testenv"
	snsservice "maru.dev/maru/service/sns"
	sqsservice "maru.dev/maru/service/sqs"
)

// alarm puts an alarm "a" on more than 5 of n/m in a minute.
func (b *bench) alarm(how func(in *client.PutMetricAlarmInput)) {
	b.t.Helper()
	in := &client.PutMetricAlarmInput{
		AlarmName: aws.String("a"), Namespace: aws.String("n"), MetricName: aws.String("m"), Statistic: types.StatisticSum,
		Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(5), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
	}
	how(in)
	if _, err := b.cw.PutMetricAlarm(b.t.Context(), in); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) eventually(state types.StateValue) {
	b.t.Helper()
	testenv.Eventually(b.t, "the alarm is "+string(state), func() bool {
		out, err := b.cw.DescribeAlarms(b.t.Context(), &client.DescribeAlarmsInput{AlarmNames: []string{"a"}})
		return err == nil && len(out.MetricAlarms) == 1 && out.MetricAlarms[0].StateValue == state
	})
}

func TestAlarmTellsItsTopicByItself(t *testing.T) {
	t.Parallel()
	b := newStill(t, snsservice.Registration(), sqsservice.Registration())
	topic, err := b.SNS().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t")})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := b.SQS().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.SNS().Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:000000000000:q")}); err != nil {
		t.Fatal(err)
	}
	b.alarm(func(in *client.PutMetricAlarmInput) { in.AlarmActions = []string{*topic.TopicArn} })
	b.put(types.MetricDatum{MetricName: aws.String("m"), Value: aws.Float64(9)})
	b.Advance(time.Minute)
	b.eventually(types.StateValueAlarm)
	var body struct{ Subject, Message string }
	testenv.Eventually(t, "the notification", func() bool {
		out, err := b.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl})
		return err == nil && len(out.Messages) == 1 && json.Unmarshal([]byte(*out.Messages[0].Body), &body) == nil
	})
	if want := `ALARM: "a" in US East (N. Virginia)`; body.Subject != want {
		t.Errorf("subject %q, want %q", body.Subject, want)
	}
	var m struct{ NewStateValue, AlarmArn string }
	if err := json.Unmarshal([]byte(body.Message), &m); err != nil || m.NewStateValue != "ALARM" || m.AlarmArn != "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a" {
		t.Errorf("message %s (%v)", body.Message, err)
	}
	b.Advance(10 * time.Minute)
	b.eventually(types.StateValueInsufficientData)
}

func TestAlarmWithoutDataTreatsItAsAsked(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]types.StateValue{"breaching": "ALARM", "notBreaching": "OK"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.alarm(func(in *client.PutMetricAlarmInput) { in.TreatMissingData = &how })
			b.eventually(want)
		})
	}
}

func TestSetAlarmStateIsInTheHistory(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.alarm(func(in *client.PutMetricAlarmInput) { in.TreatMissingData = aws.String("ignore") })
	if _, err := b.cw.SetAlarmState(t.Context(), &client.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: types.StateValueAlarm, StateReason: aws.String("r")}); err != nil {
		t.Fatal(err)
	}
	b.eventually(types.StateValueAlarm)
	out, err := b.cw.DescribeAlarmHistory(t.Context(), &client.DescribeAlarmHistoryInput{AlarmName: aws.String("a"), HistoryItemType: types.HistoryItemTypeStateUpdate})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.AlarmHistoryItems) != 1 || *out.AlarmHistoryItems[0].HistorySummary != "Alarm updated from INSUFFICIENT_DATA to ALARM" {
		t.Errorf("got %+v", out.AlarmHistoryItems)
	}
	if _, err := b.cw.DeleteAlarms(t.Context(), &client.DeleteAlarmsInput{AlarmNames: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	_, err = b.cw.SetAlarmState(t.Context(), &client.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: types.StateValueOk, StateReason: aws.String("r")})
	if got := testenv.ErrorCode(err); got != "ResourceNotFound" && got != "ResourceNotFoundException" {
		t.Errorf("error %q (%v)", got, err)
	}
}

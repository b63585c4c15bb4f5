package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/cloudformation"
	cloudwatchsvc "maru.dev/maru/service/cloudwatch"
)

// monitoring is a stack with each type of CloudWatch's; THRESHOLD and BODY vary.
const monitoring = `
Resources:
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: errors
      Namespace: n
      MetricName: m
      Dimensions: [{Name: d, Value: v}]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: THRESHOLD
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      Tags: [{Key: k, Value: THRESHOLD}]
  Rate:
    Type: AWS::CloudWatch::Alarm
    Properties:
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanThreshold
      Metrics:
        - {Id: m1, ReturnData: false, MetricStat: {Metric: {Namespace: n, MetricName: m}, Period: 60, Stat: Sum}}
        - {Id: e1, Expression: m1 * 2}
  Any:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties:
      AlarmName: any
      AlarmRule: !Sub ALARM(${Errors}) OR ALARM("${Rate.Arn}")
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardName: board
      DashboardBody: '{"widgets":[BODY]}'
  Detector:
    Type: AWS::CloudWatch::AnomalyDetector
    Properties:
      Namespace: n
      MetricName: m
      Stat: Sum
      Configuration: {MetricTimeZone: Europe/Berlin}
Outputs:
  Arn: {Value: !GetAtt Any.Arn}
`

func TestStackOfCloudWatch(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Clock: clock.System{}}, cloudformation.Registration(), cloudwatchsvc.Registration())
	body := func(threshold, widget string) *string {
		return aws.String(strings.NewReplacer("THRESHOLD", threshold, "BODY", widget).Replace(monitoring))
	}
	stack := create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: body("5", "")})
	if stack.StackStatus != "CREATE_COMPLETE" || *stack.Outputs[0].OutputValue != "arn:aws:cloudwatch:us-east-1:000000000000:alarm:any" {
		t.Fatalf("got %+v %s", stack, aws.ToString(stack.StackStatusReason))
	}
	if _, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{StackName: aws.String("s"), TemplateBody: body("7", `{"type":"text","properties":{"markdown":"x"}}`)}); err != nil {
		t.Fatal(err)
	}
	if stack := settle(t, env, "s"); stack.StackStatus != "UPDATE_COMPLETE" {
		t.Fatalf("got %s %s", stack.StackStatus, aws.ToString(stack.StackStatusReason))
	}
	alarms, err := env.CloudWatch().DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"MetricAlarm", "CompositeAlarm"}})
	if err != nil || len(alarms.MetricAlarms) != 2 || len(alarms.CompositeAlarms) != 1 || *alarms.MetricAlarms[0].Threshold != 7 {
		t.Errorf("got %+v (%v)", alarms, err)
	}
	tags, err := env.CloudWatch().ListTagsForResource(t.Context(), &cloudwatch.ListTagsForResourceInput{ResourceARN: alarms.MetricAlarms[0].AlarmArn})
	if err != nil || !strings.Contains(tagText(tags.Tags), "k=7") {
		t.Errorf("tags %s (%v)", tagText(tags.Tags), err)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	if stack := settle(t, env, *stack.StackId); stack.StackStatus != "DELETE_COMPLETE" {
		t.Errorf("got %s %s", stack.StackStatus, aws.ToString(stack.StackStatusReason))
	}
	left, err := env.CloudWatch().DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{"MetricAlarm", "CompositeAlarm"}})
	if err != nil || len(left.MetricAlarms)+len(left.CompositeAlarms) != 0 {
		t.Errorf("left %+v (%v)", left, err)
	}
}

// tagText writes tags as text.
func tagText(tags []types.Tag) string {
	var all []string
	for _, tag := range tags {
		all = append(all, *tag.Key+"="+*tag.Value)
	}
	return strings.Join(all, " ")
}

func TestStacksSayWhatCloudWatchLacks(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Clock: clock.System{}}, cloudformation.Registration(), cloudwatchsvc.Registration())
	for name, properties := range map[string]string{
		"InsightRule":  `{RuleName: r, RuleState: ENABLED, RuleBody: "{}"}`,
		"MetricStream": `{FirehoseArn: f, RoleArn: r, OutputFormat: json}`,
	} {
		stack := create(t, env, &cfn.CreateStackInput{StackName: &name, OnFailure: "DO_NOTHING", TemplateBody: aws.String("Resources: {A: {Type: AWS::CloudWatch::" + name + ", Properties: " + properties + "}}")})
		events, err := env.CloudFormation().DescribeStackEvents(t.Context(), &cfn.DescribeStackEventsInput{StackName: &name})
		if err != nil {
			t.Fatal(err)
		}
		reasons := ""
		for _, e := range events.StackEvents {
			reasons += aws.ToString(e.ResourceStatusReason)
		}
		if stack.StackStatus != "CREATE_FAILED" || !strings.Contains(reasons, "Put"+name) {
			t.Errorf("%s: %s %s", name, stack.StackStatus, reasons)
		}
	}
}

package golden_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metrics "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	lines "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	parameters "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	spans "github.com/aws/aws-sdk-go-v2/service/xray/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// trust is the policy that lets functions assume the role.
const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// writeIdentities makes a role, a user with a key, and parameters.
func writeIdentities(t *testing.T, p *testenv.Proc) {
	t.Helper()
	if _, err := p.IAM().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: new("golden"), AssumeRolePolicyDocument: new(trust)}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.IAM().CreateUser(t.Context(), &iam.CreateUserInput{UserName: new("ada"), Path: new("/people/")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.IAM().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: new("ada")}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []parameters.ParameterType{parameters.ParameterTypeString, parameters.ParameterTypeSecureString} {
		for version := range 2 {
			if _, err := p.SSM().PutParameter(t.Context(), &ssm.PutParameterInput{
				Name: new("/golden/" + string(kind)), Type: kind, Value: new(fmt.Sprint("value ", version)), Overwrite: new(version > 0),
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// checkIdentities looks for them.
func checkIdentities(t *testing.T, p *testenv.Proc) {
	if out, err := p.IAM().GetRole(t.Context(), &iam.GetRoleInput{RoleName: new("golden")}); err != nil || *out.Role.Arn != role {
		t.Errorf("role: %v, %v", out, err)
	}
	keys, err := p.IAM().ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{UserName: new("ada")})
	if err != nil || len(keys.AccessKeyMetadata) != 1 {
		t.Errorf("keys: %v, %v", keys, err)
	}
	out, err := p.SSM().GetParametersByPath(t.Context(), &ssm.GetParametersByPathInput{Path: new("/golden"), WithDecryption: new(true)})
	if err != nil || len(out.Parameters) != 2 {
		t.Fatalf("parameters: %v, %v", out, err)
	}
	for _, found := range out.Parameters {
		if *found.Value != "value 1" || found.Version != 2 {
			t.Errorf("%s is %q in version %d", *found.Name, *found.Value, found.Version)
		}
	}
}

// writeSignals writes log lines, a metric with an alarm, and a trace.
func writeSignals(t *testing.T, p *testenv.Proc) {
	t.Helper()
	now := clock.System{}.Now()
	if _, err := p.Logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new("golden")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Logs().CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: new("golden"), LogStreamName: new("s")}); err != nil {
		t.Fatal(err)
	}
	var events []lines.InputLogEvent
	for n := range 100 {
		events = append(events, lines.InputLogEvent{Timestamp: new(now.UnixMilli() + int64(n/2)), Message: new(fmt.Sprintf(`{"n":%d,"level":"info"}`, n))})
	}
	if _, err := p.Logs().PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: new("golden"), LogStreamName: new("s"), LogEvents: events}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CloudWatch().PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: new("golden"), MetricData: []metrics.MetricDatum{
		{MetricName: new("m"), Timestamp: &now, Values: []float64{1, 2, 3}, Dimensions: []metrics.Dimension{{Name: new("d"), Value: new("v")}}},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CloudWatch().PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: new("high"), Namespace: new("golden"), MetricName: new("m"), Statistic: metrics.StatisticSum, Period: new(int32(60)),
		EvaluationPeriods: new(int32(1)), Threshold: new(5.0), ComparisonOperator: metrics.ComparisonOperatorGreaterThanThreshold,
	}); err != nil {
		t.Fatal(err)
	}
	document := fmt.Sprintf(`{"trace_id":"1-%08x-111111111111111111111111","id":"2222222222222222","name":"golden","start_time":%d,"end_time":%d}`, now.Unix(), now.Unix(), now.Unix()+1)
	if _, err := p.XRay().PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{document}}); err != nil {
		t.Fatal(err)
	}
}

// checkSignals reads them all. What was written is at most a day old by the
// clock of the folder.
func checkSignals(t *testing.T, p *testenv.Proc) {
	found := 0
	pages := cloudwatchlogs.NewGetLogEventsPaginator(p.Logs(), &cloudwatchlogs.GetLogEventsInput{LogGroupName: new("golden"), LogStreamName: new("s"), StartFromHead: new(true), Limit: new(int32(30))},
		func(o *cloudwatchlogs.GetLogEventsPaginatorOptions) { o.StopOnDuplicateToken = true })
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			if want := fmt.Sprintf(`{"n":%d,"level":"info"}`, found); *e.Message != want {
				t.Errorf("line %d is %s", found, *e.Message)
			}
			found++
		}
	}
	if found != 100 {
		t.Errorf("%d lines, want 100", found)
	}
	filtered, err := p.Logs().FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("golden"), FilterPattern: new(`{ $.n >= 98 }`)})
	if err != nil || len(filtered.Events) != 2 {
		t.Errorf("filtered: %v, %v", filtered, err)
	}
	alarms, err := p.CloudWatch().DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"high"}})
	if err != nil || len(alarms.MetricAlarms) != 1 {
		t.Fatalf("alarms: %v, %v", alarms, err)
	}
	written := *alarms.MetricAlarms[0].AlarmConfigurationUpdatedTimestamp
	data, err := p.CloudWatch().GetMetricStatistics(t.Context(), &cloudwatch.GetMetricStatisticsInput{
		Namespace: new("golden"), MetricName: new("m"), Dimensions: []metrics.Dimension{{Name: new("d"), Value: new("v")}},
		StartTime: new(written.Add(-time.Hour).Truncate(time.Hour)), EndTime: new(written.Add(time.Hour)), Period: new(int32(3600)), Statistics: []metrics.Statistic{metrics.StatisticSum},
	})
	if err != nil || len(data.Datapoints) != 1 || *data.Datapoints[0].Sum != 6 {
		t.Errorf("data: %v, %v", data, err)
	}
	traces, err := p.XRay().GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: new(written.Add(-time.Hour)), EndTime: new(written.Add(time.Hour)), FilterExpression: new(`service("golden")`)})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(traces.TraceSummaries, func(s spans.TraceSummary) bool { return strings.HasSuffix(*s.Id, "-111111111111111111111111") }) {
		t.Errorf("the trace is not among %d", len(traces.TraceSummaries))
	}
}

package compat_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"maru.dev/maru/internal/testenv"
)

func TestCloudWatchWorksWithBoto3(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Python and the whole program")
	}
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import boto3").Run(); err != nil {
		t.Skipf("there is no boto3 for python3 here: %v", err)
	}
	script, err := filepath.Abs("cloudwatch_tour.py")
	if err != nil {
		t.Fatal(err)
	}
	p := testenv.Process(t)
	dir := folder(t)
	tour := exec.CommandContext(t.Context(), "python3", script)
	tour.Dir, tour.Env = dir, environment(p, dir)
	out, err := tour.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// cloudwatchTour is what a user does with CloudWatch through the AWS CLI.
func cloudwatchTour() []step {
	return []step{
		{run: `aws cloudwatch put-metric-data --namespace cli --metric-name m --value 3 --dimensions k=v --unit Count`},
		{run: `aws cloudwatch list-metrics --namespace cli --query 'Metrics[0].Dimensions[0].Value' --output text`, want: "v"},
		{run: `aws cloudwatch get-metric-statistics --namespace cli --metric-name m --dimensions Name=k,Value=v --start-time $(date -u -d '1 hour ago' +%FT%TZ) --end-time $(date -u -d '1 hour' +%FT%TZ) --period 86400 --statistics Sum --query 'Datapoints[0].Sum' --output text`, want: "3"},
		{run: `aws cloudwatch put-metric-alarm --alarm-name cli --namespace cli --metric-name m --statistic Sum --period 60 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanThreshold`},
		{run: `aws cloudwatch put-composite-alarm --alarm-name both --alarm-rule 'ALARM(cli) OR TRUE'`},
		{run: `aws cloudwatch describe-alarms --alarm-types CompositeAlarm --query 'CompositeAlarms[0].AlarmRule' --output text`, want: "ALARM(cli) OR TRUE"},
		{run: `aws cloudwatch delete-alarms --alarm-names cli`, fails: "Cannot delete cli as there are composite alarm(s) depending on it."},
		{run: `aws cloudwatch put-dashboard --dashboard-name cli --dashboard-body '{"widgets":[]}' --query 'DashboardValidationMessages' --output json`, want: "[]"},
		{run: `aws cloudwatch get-metric-widget-image --metric-widget '{"metrics":[["cli","m","k","v"]]}' --output-format png --query 'MetricWidgetImage' --output text`, want: "iVBORw0KGgo"},
		{run: `aws cloudwatch describe-alarm-contributors --alarm-name cli`, fails: "cloudwatch.DescribeAlarmContributors is not implemented"},
	}
}

func TestCloudWatchWorksWithTheAWSCLI(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs some commands of half a second each")
	}
	if err := exec.CommandContext(t.Context(), "aws", "--version").Run(); err != nil {
		t.Skipf("there is no AWS CLI here: %v", err)
	}
	p := testenv.Process(t)
	dir := folder(t)
	environ := environment(p, dir)
	for _, s := range cloudwatchTour() {
		environ = s.do(t, dir, environ)
	}
}

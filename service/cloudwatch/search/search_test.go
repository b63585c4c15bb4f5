package search_test

import (
	"strings"
	"testing"

	"maru.dev/maru/service/cloudwatch/search"
)

// metric is "namespace name Dim=value…".
func metric(text string) search.Metric {
	parts := strings.Split(text, " ")
	m := search.Metric{Namespace: parts[0], Name: parts[1]}
	for _, p := range parts[2:] {
		name, value, _ := strings.Cut(p, "=")
		m.Dimensions = append(m.Dimensions, search.Dimension{Name: name, Value: value})
	}
	return m
}

func TestSearchFindsWhatIsDocumented(t *testing.T) {
	t.Parallel()
	const ec2 = "AWS/EC2 CPUUtilization InstanceId=i-1234567890123456"
	tests := []struct {
		query, metric string
		want          bool
	}{
		{"count", "n CustomCount1", true},
		{"Count", "n CustomCount1", true},
		{"COUNT", "n CustomCount1", true},
		{"couNT", "n CustomCount1", false},
		{"CustomCount", "n CustomCount1", true},
		{"Count1", "n CustomCount1", true},
		{"customcount", "n CustomCount1", false},
		{"count1", "n CustomCount1", false},
		{"sdb", "n SDBFailure", true},
		{"failure", "n SDBFailure", true},
		{"trial", "n Project2-trial333", true},
		{"network/errors", "n Network-Errors-2", true},
		{"network+errors", "n NetworkErrors2", true},
		{"Network_Errors", "n NetworkErrors2", true},
		{`"Network-Errors-2"`, "n Network-Errors-2", true},
		{`"Network_Errors_2"`, "n Network-Errors-2", false},
		{`{n}, "CustomCount1"`, "n CustomCount1", true},
		{`{n}, "customcount1"`, "n CustomCount1", false},
		{`{n}, "Custom"`, "n CustomCount1", false},
		{`{AWS/EC2,InstanceId} MetricName="CPUUtilization"`, ec2, true},
		{`{AWS/EC2} MetricName="CPUUtilization"`, ec2, true},
		{`{AWS/EC2,InstanceType} MetricName="CPUUtilization"`, ec2, false},
		{`{AWS/EC2,InstanceId,InstanceType}`, ec2, false},
		{`{AWS/EC2,InstanceId}`, ec2, true},
		{`{AWS/EC2,InstanceId} NOT i-1234567890123456`, ec2, false},
		{`NOT Namespace=AWS`, ec2, false},
		{`NOT Namespace=AWS`, "Mine x", true},
		{`InstanceType=micro`, "AWS/EC2 x InstanceType=t2.micro", true},
		{`InstanceType="t2.micro" Namespace="AWS/EC2"`, "AWS/EC2 x InstanceType=t2.micro", true},
		{`InstanceId="t2.micro"`, "AWS/EC2 x InstanceType=t2.micro", false},
		{`(EC2 OR EBS) AND MetricName=ReadOps`, "AWS/EBS VolumeReadOps", true},
		{`(EC2 OR EBS) MetricName=ReadOps`, "AWS/RDS VolumeReadOps", false},
		{`{AWS/Lambda,FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND (ProjectA OR ProjectB))`, "AWS/Lambda Invocations FunctionName=ProjectB-x", true},
		{`{AWS/Lambda,FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND (ProjectA OR ProjectB))`, "AWS/Lambda Invocations FunctionName=ProjectC-x", false},
		{`{"My Namespace", "Dimension@Name"}, "Custom:Name[Special_Characters"`, "n x", false},
		{`"Traffic\(Network\)"`, "n Traffic(Network)", true},
		{`ORDER`, "n ORDER", true},
	}
	for _, tt := range tests {
		q, err := search.Parse(tt.query)
		if err != nil {
			t.Errorf("%s: %v", tt.query, err)
			continue
		}
		if got := q.Match(metric(tt.metric)); got != tt.want {
			t.Errorf("%s of %s: %v, want %v", tt.query, tt.metric, got, tt.want)
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", "  ", "{}", "{a", "(a", "a)", `"a`, "NOT", "a OR", "a=", "---", strings.Repeat("(", 60) + "a", strings.Repeat("a", 1025)} {
		if _, err := search.Parse(query); err == nil {
			t.Errorf("%q was read", query)
		}
	}
}

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{`{AWS/EC2,InstanceId} MetricName="CPU" NOT (a OR b-c) AND d=e`, `"a\"b" c`, "NOT NOT a"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, s string) {
		if q, err := search.Parse(s); err == nil {
			q.Match(metric("AWS/EC2 CPUUtilization InstanceId=i-1"))
		}
	})
}

package compat_test

import (
	"os/exec"
	"testing"

	"maru.dev/maru/internal/testenv"
)

// xrayTour is what a user does with X-Ray through the AWS CLI.
func xrayTour() []step {
	return []step{
		{run: `aws xray put-trace-segments --trace-segment-documents '{"id":"00000000000000a1","trace_id":"1-5f000000-000000000000000000000001","name":"shop","start_time":1600000000,"end_time":1600000001,"fault":true}' --query UnprocessedTraceSegments --output json`, want: "[]"},
		{run: `aws xray batch-get-traces --trace-ids 1-5f000000-000000000000000000000001 --query 'Traces[0].Segments[0].Document' --output text`, want: `"name":"shop"`},
		{run: `aws xray get-trace-summaries --start-time 1599999000 --end-time 1600001000 --filter-expression 'service("shop") { fault }' --query 'TraceSummaries[0].Id' --output text`, want: "1-5f000000-000000000000000000000001"},
		{run: `aws xray get-service-graph --start-time 1599999000 --end-time 1600001000 --query 'Services[0].Name' --output text`, want: "shop"},
		{run: `aws xray create-group --group-name cli --filter-expression fault --query Group.GroupARN --output text`, want: ":group/cli/"},
		{run: `aws xray get-sampling-rules --query 'SamplingRuleRecords[0].SamplingRule.RuleName' --output text`, want: "Default"},
		{run: `aws xray get-group --group-name none`, fails: "Group not found."},
	}
}

func TestXRayWorksWithTheAWSCLI(t *testing.T) {
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
	for _, s := range xrayTour() {
		environ = s.do(t, dir, environ)
	}
}

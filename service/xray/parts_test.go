package xray_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"maru.dev/maru/internal/testenv"
)

func TestTheReservoirIsDividedAmongClients(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	_, err := c.CreateSamplingRule(t.Context(), &xray.CreateSamplingRuleInput{SamplingRule: &types.SamplingRule{
		RuleName: new("r"), ResourceARN: new("*"), Priority: new(int32(10)), FixedRate: 0.1, ReservoirSize: 5, ServiceName: new("*"),
		ServiceType: new("*"), Host: new("*"), HTTPMethod: new("*"), URLPath: new("/a*"), Version: new(int32(1)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(client, rule string) *xray.GetSamplingTargetsOutput {
		t.Helper()
		out, err := c.GetSamplingTargets(t.Context(), &xray.GetSamplingTargetsInput{SamplingStatisticsDocuments: []types.SamplingStatisticsDocument{{
			RuleName: &rule, ClientID: new(fmt.Sprintf("%024s", client)), Timestamp: new(time.Now()), RequestCount: 10, SampledCount: 2, BorrowCount: 1,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := *ask("1", "r").SamplingTargetDocuments[0].ReservoirQuota; got != 5 {
		t.Errorf("the only client has %d", got)
	}
	second, first := *ask("2", "r").SamplingTargetDocuments[0].ReservoirQuota, *ask("1", "r").SamplingTargetDocuments[0].ReservoirQuota
	if first != 3 || second != 2 {
		t.Errorf("shares are %d and %d", first, second)
	}
	if out := ask("1", "none"); len(out.UnprocessedStatistics) != 1 || out.LastRuleModification == nil {
		t.Errorf("%+v", out)
	}
	sums, err := c.GetSamplingStatisticSummaries(t.Context(), &xray.GetSamplingStatisticSummariesInput{})
	total := int32(0)
	for _, s := range sums.SamplingStatisticSummaries {
		total += s.RequestCount
	}
	if err != nil || total != 30 {
		t.Errorf("%+v %v", sums, err)
	}
	rules, err := c.GetSamplingRules(t.Context(), &xray.GetSamplingRulesInput{})
	if err != nil || len(rules.SamplingRuleRecords) != 2 || *rules.SamplingRuleRecords[1].SamplingRule.RuleName != "Default" {
		t.Errorf("%+v %v", rules, err)
	}
	_, err = c.DeleteSamplingRule(t.Context(), &xray.DeleteSamplingRuleInput{RuleName: new("Default")})
	if testenv.ErrorCode(err) != "InvalidRequestException" {
		t.Errorf("%v", err)
	}
}

func TestGroupsSelectTracesOfGraphs(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	put(t, c, shop(1, now())...)
	g, err := c.CreateGroup(t.Context(), &xray.CreateGroupInput{GroupName: new("fine"), FilterExpression: new("ok"), Tags: []types.Tag{{Key: new("a"), Value: new("b")}}})
	if err != nil {
		t.Fatal(err)
	}
	tags, err := c.ListTagsForResource(t.Context(), &xray.ListTagsForResourceInput{ResourceARN: g.Group.GroupARN})
	if err != nil || len(tags.Tags) != 1 {
		t.Errorf("%+v %v", tags, err)
	}
	from, to := new(time.Now().Add(-time.Hour)), new(time.Now().Add(time.Hour))
	graph, err := c.GetServiceGraph(t.Context(), &xray.GetServiceGraphInput{StartTime: from, EndTime: to, GroupARN: g.Group.GroupARN})
	if err != nil || len(graph.Services) != 0 {
		t.Errorf("%+v %v", graph, err)
	}
	series, err := c.GetTimeSeriesServiceStatistics(t.Context(), &xray.GetTimeSeriesServiceStatisticsInput{StartTime: from, EndTime: to, EntitySelectorExpression: new(`service("warehouse")`)})
	if err != nil || len(series.TimeSeriesServiceStatistics) != 1 || *series.TimeSeriesServiceStatistics[0].ServiceSummaryStatistics.FaultStatistics.TotalCount != 1 {
		t.Errorf("%+v %v", series, err)
	}
	groups, err := c.GetGroups(t.Context(), &xray.GetGroupsInput{})
	if err != nil || len(groups.Groups) != 2 {
		t.Errorf("%+v %v", groups, err)
	}
	_, err = c.CreateGroup(t.Context(), &xray.CreateGroupInput{GroupName: new("fine")})
	if testenv.ErrorCode(err) != "InvalidRequestException" {
		t.Errorf("%v", err)
	}
}

func TestPoliciesHaveRevisions(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	document := new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"xray:PutTraceSegments","Resource":"*"}]}`)
	for want := range 2 {
		out, err := c.PutResourcePolicy(t.Context(), &xray.PutResourcePolicyInput{PolicyName: new("p"), PolicyDocument: document, PolicyRevisionId: new(fmt.Sprint(want))})
		if err != nil || *out.ResourcePolicy.PolicyRevisionId != fmt.Sprint(want+1) {
			t.Errorf("%+v %v", out, err)
		}
	}
	_, err := c.PutResourcePolicy(t.Context(), &xray.PutResourcePolicyInput{PolicyName: new("p"), PolicyDocument: document, PolicyRevisionId: new("1")})
	if testenv.ErrorCode(err) != "InvalidPolicyRevisionIdException" {
		t.Errorf("%v", err)
	}
	_, err = c.PutResourcePolicy(t.Context(), &xray.PutResourcePolicyInput{PolicyName: new("p"), PolicyDocument: new(`{"Version":"2012-10-17","Statement":"all"}`)})
	if testenv.ErrorCode(err) != "MalformedPolicyDocumentException" {
		t.Errorf("%v", err)
	}
	config, err := c.PutEncryptionConfig(t.Context(), &xray.PutEncryptionConfigInput{Type: types.EncryptionTypeKms, KeyId: new("alias/k")})
	if err != nil || config.EncryptionConfig.Status != types.EncryptionStatusActive {
		t.Errorf("%+v %v", config, err)
	}
	none, err := c.GetInsightSummaries(t.Context(), &xray.GetInsightSummariesInput{GroupName: new("Default"), StartTime: new(time.Now()), EndTime: new(time.Now())})
	if err != nil || len(none.InsightSummaries) != 0 {
		t.Errorf("%+v %v", none, err)
	}
}

func BenchmarkPutTraceSegments(b *testing.B) {
	c := newEnv(b).XRay()
	n := 0
	for b.Loop() {
		n++
		put(b, c, shop(n, now())...)
	}
}

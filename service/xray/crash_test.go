package xray

import (
	"crypto/rand"
	"log/slog"
	"testing"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/service/xray/trace"
	"maru.dev/maru/task"
)

// onStore is the service on a store.
func onStore(st *kv.Store) *Service {
	d := service.Deps{Store: st, Clock: clock.System{}, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
	d.Tasks = task.New(task.Options{Store: st, Clock: d.Clock, IDs: d.IDs, Log: d.Log})
	return New(d)
}

func TestEachChangeSurvivesACrashWhole(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	h := homeOf(ctx)
	kvtest.History(t, func(st *kv.Store, steps *kvtest.Steps) {
		s := onStore(st)
		segment := `{"id":"00000000000000a1","trace_id":"1-5f000000-000000000000000000000001","name":"n","start_time":1600000000,"end_time":1600000001}`
		steps.Did(s.PutTraceSegments(ctx, &api.PutTraceSegmentsInput{TraceSegmentDocuments: []string{segment}}))
		_, _, err := s.Record(ctx, h.Account, h.Region, []*trace.Segment{{ID: "00000000000000a2", TraceID: "1-5f000000-000000000000000000000001", Name: "m", Start: 1, End: 2}})
		steps.Did(nil, err)
		steps.Did(s.PutTelemetryRecords(ctx, &api.PutTelemetryRecordsInput{TelemetryRecords: []api.TelemetryRecord{{}}}))
		steps.Did(s.CreateGroup(ctx, &api.CreateGroupInput{GroupName: "g"}))
		steps.Did(s.UpdateGroup(ctx, &api.UpdateGroupInput{GroupName: new("g"), FilterExpression: new("ok")}))
		steps.Did(s.DeleteGroup(ctx, &api.DeleteGroupInput{GroupName: new("g")}))
		steps.Did(s.CreateSamplingRule(ctx, &api.CreateSamplingRuleInput{SamplingRule: &api.SamplingRule{RuleName: new("r"), Version: 1, Priority: 1}}))
		steps.Did(s.UpdateSamplingRule(ctx, &api.UpdateSamplingRuleInput{SamplingRuleUpdate: &api.SamplingRuleUpdate{RuleName: new("r"), FixedRate: new(0.5)}}))
		steps.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceARN: h.arnOf("sampling-rule/r"), Tags: []api.Tag{{Key: "a", Value: "b"}}}))
		steps.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceARN: h.arnOf("sampling-rule/r"), TagKeys: []string{"a"}}))
		steps.Did(s.GetSamplingTargets(ctx, &api.GetSamplingTargetsInput{SamplingStatisticsDocuments: []api.SamplingStatisticsDocument{{RuleName: "r", ClientID: "c", RequestCount: 1}}}))
		steps.Did(s.DeleteSamplingRule(ctx, &api.DeleteSamplingRuleInput{RuleName: new("r")}))
		steps.Did(s.PutEncryptionConfig(ctx, &api.PutEncryptionConfigInput{Type: "KMS", KeyId: new("k")}))
		steps.Did(s.PutResourcePolicy(ctx, &api.PutResourcePolicyInput{PolicyName: "p", PolicyDocument: `{"Statement":{"Effect":"Allow","Principal":"*","Action":"xray:PutTraceSegments","Resource":"*"}}`}))
		steps.Did(s.DeleteResourcePolicy(ctx, &api.DeleteResourcePolicyInput{PolicyName: "p"}))
	})
}

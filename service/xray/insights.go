package xray

import (
	"context"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
)

// noInsight is the answer to the id of an insight: there are none.
func noInsight() error { return invalid("The insight does not exist.") }

// GetInsightSummaries returns no insights, since none are found here.
//
// Spec: X-Ray API Reference, GetInsightSummaries.
func (s *Service) GetInsightSummaries(ctx context.Context, in *api.GetInsightSummariesInput) (*api.GetInsightSummariesOutput, error) {
	name, err := which(in.GroupName, in.GroupARN)
	if err != nil {
		return nil, err
	}
	h := homeOf(ctx)
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		_, err := loadGroup(tx, h, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetInsightSummariesOutput{InsightSummaries: []api.InsightSummary{}}, nil
}

// GetInsight knows no insight.
//
// Spec: X-Ray API Reference, GetInsight.
func (s *Service) GetInsight(context.Context, *api.GetInsightInput) (*api.GetInsightOutput, error) {
	return nil, noInsight()
}

// GetInsightEvents knows no insight.
//
// Spec: X-Ray API Reference, GetInsightEvents.
func (s *Service) GetInsightEvents(context.Context, *api.GetInsightEventsInput) (*api.GetInsightEventsOutput, error) {
	return nil, noInsight()
}

// GetInsightImpactGraph knows no insight.
//
// Spec: X-Ray API Reference, GetInsightImpactGraph.
func (s *Service) GetInsightImpactGraph(context.Context, *api.GetInsightImpactGraphInput) (*api.GetInsightImpactGraphOutput, error) {
	return nil, noInsight()
}

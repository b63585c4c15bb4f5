package cloudtrail

import (
	"context"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// PutInsightSelectors keeps which insights a trail is to have. They are not
// computed: see the package's differences.
//
// Spec: CloudTrail API Reference, PutInsightSelectors.
func (s *Service) PutInsightSelectors(ctx context.Context, in *api.PutInsightSelectorsInput) (*api.PutInsightSelectorsOutput, error) {
	if err := forTrail(in.TrailName, in.EventDataStore, "PutInsightSelectors"); err != nil {
		return nil, err
	}
	kinds := []insight{}
	for _, i := range in.InsightSelectors {
		if wire.Value(i.InsightType) == "" {
			return nil, &api.InvalidInsightSelectorsException{Message: "An Insights selector must have an InsightType."}
		}
		kinds = append(kinds, insight{*i.InsightType, i.EventCategories})
	}
	var name string
	err := s.change(ctx, *in.TrailName, func(_ *kv.Tx, t *trail) error {
		t.Insights, name = kinds, t.arn()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutInsightSelectorsOutput{TrailARN: &name, InsightSelectors: in.InsightSelectors}, nil
}

// GetInsightSelectors tells which insights a trail is to have.
//
// Spec: CloudTrail API Reference, GetInsightSelectors.
func (s *Service) GetInsightSelectors(ctx context.Context, in *api.GetInsightSelectorsInput) (*api.GetInsightSelectorsOutput, error) {
	if err := forTrail(in.TrailName, in.EventDataStore, "GetInsightSelectors"); err != nil {
		return nil, err
	}
	t, err := s.find(ctx, *in.TrailName)
	if err != nil {
		return nil, err
	}
	if len(t.Insights) == 0 {
		return nil, &api.InsightNotEnabledException{Message: "Insights are not enabled for the trail " + t.arn() + "."}
	}
	out := &api.GetInsightSelectorsOutput{TrailARN: new(t.arn())}
	for _, i := range t.Insights {
		out.InsightSelectors = append(out.InsightSelectors, api.InsightSelector{InsightType: &i.Kind, EventCategories: i.Categories})
	}
	return out, nil
}

// forTrail refuses what is about an event data store, which is not here, or
// about nothing.
func forTrail(trail, store *string, operation string) error {
	switch {
	case trail != nil && store != nil:
		return &api.InvalidParameterCombinationException{Message: "Specify either TrailName or EventDataStore, but not both."}
	case store != nil:
		return wire.NotImplemented("cloudtrail", operation+" of an event data store")
	case trail == nil:
		return &api.InvalidParameterException{Message: "Either TrailName or EventDataStore is required."}
	}
	return nil
}

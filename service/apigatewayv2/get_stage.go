package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// GetStage returns a stage.
//
// Spec: API Gateway V2 API Reference, GetStage.
func (s *Service) GetStage(ctx context.Context, in *api.GetStageInput) (*api.GetStageOutput, error) {
	st, err := find(ctx, s, stages(), in.ApiId, in.StageName)
	if err != nil {
		return nil, err
	}
	return stageOutput(st.Stage), nil
}

// GetStages lists the stages of an API.
//
// Spec: API Gateway V2 API Reference, GetStages.
func (s *Service) GetStages(ctx context.Context, in *api.GetStagesInput) (*api.GetStagesOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetStagesOutput{}
	err = s.view(ctx, in.ApiId, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		list, next, err := page(tx, p, stages(), h, in.ApiId)
		out.Items = converted(list, func(st stageRecord) api.Stage { return st.Stage })
		out.NextToken = next
		return err
	})
	return out, err
}

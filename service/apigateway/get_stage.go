package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// GetStage returns a stage.
//
// Spec: API Gateway API Reference, GetStage.
func (s *Service) GetStage(ctx context.Context, in *api.GetStageInput) (*api.GetStageOutput, error) {
	st, err := find(ctx, s, stages(), in.RestApiId, in.StageName)
	return &st.Stage, err
}

// GetStages lists the stages of an API, or those that serve a deployment.
//
// Spec: API Gateway API Reference, GetStages.
func (s *Service) GetStages(ctx context.Context, in *api.GetStagesInput) (*api.GetStagesOutput, error) {
	out := &api.GetStagesOutput{}
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		list, err := stages().All(tx, at, in.RestApiId)
		if err != nil {
			return err
		}
		out.Item = make([]api.Stage, 0, len(list))
		for _, st := range list {
			if in.DeploymentId == nil || *in.DeploymentId == wire.Value(st.Stage.DeploymentId) {
				out.Item = append(out.Item, st.Stage)
			}
		}
		return nil
	})
	return out, err
}

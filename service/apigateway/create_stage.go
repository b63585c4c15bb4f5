package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// CreateStage adds a stage, under which a deployment can be called.
//
// Spec: API Gateway API Reference, CreateStage.
func (s *Service) CreateStage(ctx context.Context, in *api.CreateStageInput) (*api.CreateStageOutput, error) {
	st := s.newStage(in.StageName, in.DeploymentId)
	st.Description, st.Variables, st.Tags = in.Description, in.Variables, in.Tags
	st.DocumentationVersion, st.CanarySettings = in.DocumentationVersion, in.CanarySettings
	set(&st.TracingEnabled, in.TracingEnabled)
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, there, err := stages().Get(tx, at, in.RestApiId, in.StageName); err != nil || there {
			return or(err, conflict("Stage already exists"))
		}
		return putStage(tx, at, in.RestApiId, &stageRecord{Stage: st})
	})
	return &st, err
}

package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
)

// CreateStage adds a stage, under which a deployment can be called.
//
// Spec: API Gateway API Reference, CreateStage.
func (s *Service) CreateStage(ctx context.Context, in *api.CreateStageInput) (*api.CreateStageOutput, error) {
	if err := record.CheckTags(in.Tags); err != nil {
		return nil, err
	}
	var out api.Stage
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		out = api.Stage{
			StageName: &in.StageName, DeploymentId: &in.DeploymentId, Description: in.Description, Variables: in.Variables, Tags: in.Tags,
			CacheClusterEnabled: in.CacheClusterEnabled, CacheClusterSize: in.CacheClusterSize, TracingEnabled: in.TracingEnabled,
			DocumentationVersion: in.DocumentationVersion,
		}
		if c := in.CanarySettings; c != nil {
			out.CanarySettings = new(*c)
		}
		return s.addStage(tx, at, in.RestApiId, &out)
	})
	return &out, err
}

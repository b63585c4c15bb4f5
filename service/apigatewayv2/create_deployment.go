package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// CreateDeployment freezes an API as it is now, and points a stage at that if
// one is named.
//
// Spec: API Gateway V2 API Reference, CreateDeployment.
func (s *Service) CreateDeployment(ctx context.Context, in *api.CreateDeploymentInput) (*api.CreateDeploymentOutput, error) {
	if len(wire.Value(in.Description)) > 1024 {
		return nil, badRequest("Description must be at most 1024 characters in length.")
	}
	made := s.newDeployment(in.Description, false)
	err := s.change(ctx, in.ApiId, settings, func(tx *kv.Tx, h service.Home, a *apiRecord) error {
		n, err := routes().Count(tx, h, in.ApiId)
		if err != nil {
			return err
		}
		if n == 0 {
			return badRequest("At least one route is required before deploying the Api.")
		}
		d := made
		if err := freeze(tx, h, a, &d); err != nil {
			return err
		}
		if in.StageName == nil {
			return nil
		}
		return s.point(tx, h, in.ApiId, *in.StageName, *d.Deployment.DeploymentId)
	})
	if err != nil {
		return nil, err
	}
	out := api.CreateDeploymentOutput(made.Deployment)
	return &out, nil
}

// point lets a stage without auto-deploy serve a deployment.
func (s *Service) point(tx *kv.Tx, h service.Home, apiID, stage, deploymentID string) error {
	st, err := stages().Need(tx, h, apiID, stage)
	if err != nil {
		return err
	}
	if wire.Value(st.Stage.AutoDeploy) {
		return badRequest("Deployment cannot be created for stage '%s' because auto deploy is enabled for it", stage)
	}
	st.Stage.DeploymentId, st.Stage.LastUpdatedDate = &deploymentID, new(s.Clock.Now())
	return stages().Put(tx, st, h, apiID, stage)
}

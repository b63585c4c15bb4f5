package apigatewayv2

import (
	"context"
	"maps"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// UpdateStage changes a stage. Variables are merged with those there are, an
// empty value removing one, and so are the settings of routes.
//
// Spec: API Gateway V2 API Reference, UpdateStage.
func (s *Service) UpdateStage(ctx context.Context, in *api.UpdateStageInput) (*api.UpdateStageOutput, error) {
	err := s.change(ctx, in.ApiId, settings, func(tx *kv.Tx, h service.Home, a *apiRecord) error {
		st, err := stages().Need(tx, h, in.ApiId, in.StageName)
		if err != nil {
			return err
		}
		was := wire.Value(st.Stage.AutoDeploy)
		applyStage(&st.Stage, in)
		if err := checkStage(tx, h, in.ApiId, &st.Stage); err != nil {
			return err
		}
		st.Stage.LastUpdatedDate = new(s.Clock.Now())
		return s.redeploy(tx, h, a, &st, was, in.DeploymentId)
	})
	if err != nil {
		return nil, err
	}
	st, err := find(ctx, s, stages(), in.ApiId, in.StageName)
	if err != nil {
		return nil, err
	}
	return (*api.UpdateStageOutput)(stageOutput(st.Stage)), nil
}

// applyStage overwrites what in names.
func applyStage(st *api.Stage, in *api.UpdateStageInput) {
	set(&st.AccessLogSettings, in.AccessLogSettings)
	set(&st.AutoDeploy, in.AutoDeploy)
	set(&st.ClientCertificateId, in.ClientCertificateId)
	set(&st.DefaultRouteSettings, in.DefaultRouteSettings)
	set(&st.Description, in.Description)
	st.StageVariables = merged(st.StageVariables, in.StageVariables)
	if len(in.RouteSettings) > 0 {
		all := maps.Clone(st.RouteSettings)
		if all == nil {
			all = map[string]api.RouteSettings{}
		}
		maps.Copy(all, in.RouteSettings)
		st.RouteSettings = all
	}
}

// redeploy writes a changed stage and sees to what it serves: was tells whether
// it had auto-deploy before, deploymentID what it is to serve, if that was
// said.
func (s *Service) redeploy(tx *kv.Tx, h service.Home, a *apiRecord, st *stageRecord, was bool, deploymentID *string) error {
	apiID := *a.API.ApiId
	auto := wire.Value(st.Stage.AutoDeploy)
	switch {
	case auto && deploymentID != nil:
		return badRequest("DeploymentId cannot be specified when auto deploy is enabled")
	case deploymentID != nil:
		st.Stage.DeploymentId = deploymentID
	}
	if !auto && st.Stage.DeploymentId != nil {
		if err := pin(tx, h, a, *st.Stage.DeploymentId); err != nil {
			return err
		}
	}
	if err := stages().Put(tx, *st, h, apiID, st.Stage.StageName); err != nil {
		return err
	}
	if auto && !was {
		return s.autoDeploy(tx, h, apiID)
	}
	return nil
}

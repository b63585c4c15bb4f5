package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// CreateStage adds a stage, under which an API can be called.
//
// Spec: API Gateway V2 API Reference, CreateStage.
func (s *Service) CreateStage(ctx context.Context, in *api.CreateStageInput) (*api.CreateStageOutput, error) {
	now := s.Clock.Now()
	st := api.Stage{
		AccessLogSettings: in.AccessLogSettings, AutoDeploy: new(wire.Value(in.AutoDeploy)), ClientCertificateId: in.ClientCertificateId,
		CreatedDate: &now, LastUpdatedDate: &now, DefaultRouteSettings: in.DefaultRouteSettings, DeploymentId: in.DeploymentId,
		Description: in.Description, RouteSettings: in.RouteSettings, StageName: in.StageName, StageVariables: in.StageVariables, Tags: in.Tags,
	}
	if st.DefaultRouteSettings == nil {
		st.DefaultRouteSettings = &api.RouteSettings{DetailedMetricsEnabled: new(false)}
	}
	err := s.change(ctx, in.ApiId, settings, func(tx *kv.Tx, h service.Home, a *apiRecord) error {
		return s.addStage(tx, h, a, st)
	})
	if err != nil {
		return nil, err
	}
	made, err := find(ctx, s, stages(), in.ApiId, in.StageName)
	if err != nil {
		return nil, err
	}
	return (*api.CreateStageOutput)(stageOutput(made.Stage)), nil
}

// addStage checks and writes a new stage.
func (s *Service) addStage(tx *kv.Tx, h service.Home, a *apiRecord, st api.Stage) error {
	apiID := *a.API.ApiId
	if err := checkStage(tx, h, apiID, &st); err != nil {
		return err
	}
	list, err := stages().All(tx, h, apiID)
	if err != nil {
		return err
	}
	for _, other := range list {
		if other.Stage.StageName == st.StageName {
			return conflict("Stage already exists")
		}
	}
	if len(list) >= maxStages {
		return &api.TooManyRequestsException{Message: "Maximum number of Stages for this API has been reached", LimitType: new("STAGES_PER_API")}
	}
	if *st.AutoDeploy && st.DeploymentId != nil {
		return badRequest("DeploymentId cannot be specified when auto deploy is enabled")
	}
	if st.DeploymentId != nil {
		if err := pin(tx, h, a, *st.DeploymentId); err != nil {
			return err
		}
	}
	if err := stages().Put(tx, stageRecord{Stage: st}, h, apiID, st.StageName); err != nil {
		return err
	}
	if !*st.AutoDeploy {
		return nil
	}
	return s.autoDeploy(tx, h, apiID)
}

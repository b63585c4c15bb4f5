package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// CreateDeployment freezes an API as it is now and, if a stage is named, lets
// that serve it: all of it, or as its canary.
//
// Spec: API Gateway API Reference, CreateDeployment.
func (s *Service) CreateDeployment(ctx context.Context, in *api.CreateDeploymentInput) (*api.CreateDeploymentOutput, error) {
	if in.CanarySettings != nil && (in.StageName == nil || *in.StageName == "") {
		return nil, badRequest("Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is null")
	}
	made := api.Deployment{Id: new(s.newID(6)), Description: in.Description, CreatedDate: s.now()}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, a *apiRecord) error {
		if err := freeze(tx, at, &a.API, made); err != nil {
			return err
		}
		if in.StageName == nil || *in.StageName == "" {
			return nil
		}
		return s.deployTo(tx, at, in, *made.Id)
	})
	return &made, err
}

// deployTo lets the stage that a request names serve a deployment, and makes the
// stage where it is not there.
func (s *Service) deployTo(tx *kv.Tx, at service.Home, in *api.CreateDeploymentInput, id string) error {
	st, there, err := stages().Get(tx, at, in.RestApiId, *in.StageName)
	if err != nil {
		return err
	}
	if c := in.CanarySettings; c != nil {
		if !there {
			return badRequest("Invalid deployment content specified.Stage %s must already be created before making a canary release deployment", *in.StageName)
		}
		st.Stage.CanarySettings = &api.CanarySettings{
			DeploymentId: &id, PercentTraffic: c.PercentTraffic, StageVariableOverrides: c.StageVariableOverrides, UseStageCache: c.UseStageCache,
		}
	} else {
		st.Stage.DeploymentId = &id
	}
	set(&st.Stage.Description, in.StageDescription)
	set(&st.Stage.TracingEnabled, in.TracingEnabled)
	set(&st.Stage.CacheClusterEnabled, in.CacheClusterEnabled)
	set(&st.Stage.CacheClusterSize, in.CacheClusterSize)
	if in.Variables != nil {
		st.Stage.Variables = in.Variables
	}
	if there {
		return s.putStage(tx, at, in.RestApiId, &st, &st.Stage)
	}
	st.Stage.StageName = in.StageName
	return s.addStage(tx, at, in.RestApiId, &st.Stage)
}

package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// CreateDeployment freezes an API as it is now and, if a stage is named, lets
// that serve it.
//
// Spec: API Gateway API Reference, CreateDeployment.
func (s *Service) CreateDeployment(ctx context.Context, in *api.CreateDeploymentInput) (*api.CreateDeploymentOutput, error) {
	made := api.Deployment{Id: new(s.newID(6)), Description: in.Description, CreatedDate: s.now()}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, a *apiRecord) error {
		if err := freeze(tx, at, &a.API, made); err != nil {
			return err
		}
		if in.StageName == nil {
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
	if !there {
		st = stageRecord{Stage: s.newStage(*in.StageName, id)}
	}
	st.Stage.DeploymentId, st.Stage.LastUpdatedDate = &id, s.now()
	set(&st.Stage.Description, in.StageDescription)
	set(&st.Stage.TracingEnabled, in.TracingEnabled)
	if in.Variables != nil {
		st.Stage.Variables = in.Variables
	}
	return putStage(tx, at, in.RestApiId, &st)
}

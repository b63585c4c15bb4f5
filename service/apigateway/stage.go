package apigateway

import (
	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// newStage returns a stage with what every new one has.
func (s *Service) newStage(name, deploymentID string) api.Stage {
	now := s.now()
	return api.Stage{
		StageName: &name, DeploymentId: &deploymentID, CreatedDate: now, LastUpdatedDate: now, CacheClusterEnabled: new(false),
		CacheClusterStatus: new(api.CacheClusterStatusNotAvailable), MethodSettings: map[string]api.MethodSetting{}, TracingEnabled: new(false),
	}
}

// putStage checks a stage and what it names, and writes it.
func putStage(tx *kv.Tx, at service.Home, apiID string, st *stageRecord) error {
	if _, err := deployments().Need(tx, at, apiID, *st.Stage.DeploymentId); err != nil {
		return err
	}
	return stages().Put(tx, *st, at, apiID, *st.Stage.StageName)
}

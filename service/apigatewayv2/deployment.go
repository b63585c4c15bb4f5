package apigatewayv2

import (
	"fmt"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// newDeployment returns a deployment of an API as it is now.
func (s *Service) newDeployment(description *string, auto bool) deploymentRecord {
	return deploymentRecord{
		Live: auto,
		Deployment: api.Deployment{
			AutoDeployed: &auto, CreatedDate: new(s.Clock.Now()), DeploymentId: new(s.newID(6)),
			DeploymentStatus: new(api.DeploymentStatusDeployed), Description: description,
		},
	}
}

// autoDeploy takes a change up in the stages with auto-deploy: they get a new
// deployment together, and the one before goes, unless it was frozen for
// another stage.
func (s *Service) autoDeploy(tx *kv.Tx, h service.Home, apiID string) error {
	list, err := stages().All(tx, h, apiID)
	if err != nil {
		return err
	}
	d := s.newDeployment(new("Automatic deployment triggered by changes to the Api configuration"), true)
	used, before := false, map[string]bool{}
	for _, st := range list {
		if !wire.Value(st.Stage.AutoDeploy) {
			continue
		}
		used = true
		before[wire.Value(st.Stage.DeploymentId)] = true
		st.Stage.DeploymentId = d.Deployment.DeploymentId
		st.Stage.LastDeploymentStatusMessage = new(fmt.Sprintf("Successfully deployed stage with deployment ID '%s'", *d.Deployment.DeploymentId))
		if err := stages().Put(tx, st, h, apiID, st.Stage.StageName); err != nil {
			return err
		}
	}
	if !used {
		return nil
	}
	for id := range before {
		if err := dropLive(tx, h, apiID, id); err != nil {
			return err
		}
	}
	return deployments().Put(tx, d, h, apiID, *d.Deployment.DeploymentId)
}

// dropLive removes an automatic deployment that was never frozen.
func dropLive(tx *kv.Tx, h service.Home, apiID, id string) error {
	if id == "" {
		return nil
	}
	d, ok, err := deployments().Get(tx, h, apiID, id)
	if err != nil || !ok || !d.Live {
		return err
	}
	return deployments().Delete(tx, h, apiID, id)
}

// freeze copies what an API is now into a deployment.
func freeze(tx *kv.Tx, h service.Home, a *apiRecord, d *deploymentRecord) error {
	apiID, id := *a.API.ApiId, *d.Deployment.DeploymentId
	d.Cors, d.Live = a.API.CorsConfiguration, false
	rs, err := routes().All(tx, h, apiID)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if err := snapshot(routes()).Put(tx, r, h, apiID, id, *r.RouteId); err != nil {
			return err
		}
	}
	is, err := integrations().All(tx, h, apiID)
	if err != nil {
		return err
	}
	for _, i := range is {
		if err := snapshot(integrations()).Put(tx, i, h, apiID, id, *i.IntegrationId); err != nil {
			return err
		}
	}
	as, err := authorizers().All(tx, h, apiID)
	if err != nil {
		return err
	}
	for _, z := range as {
		if err := snapshot(authorizers()).Put(tx, z, h, apiID, id, *z.AuthorizerId); err != nil {
			return err
		}
	}
	return deployments().Put(tx, *d, h, apiID, id)
}

// pin makes a stage without auto-deploy serve a deployment, which is frozen
// for it when it is an automatic one.
func pin(tx *kv.Tx, h service.Home, a *apiRecord, deploymentID string) error {
	d, err := deployments().Need(tx, h, *a.API.ApiId, deploymentID)
	if err != nil || !d.Live {
		return err
	}
	return freeze(tx, h, a, &d)
}

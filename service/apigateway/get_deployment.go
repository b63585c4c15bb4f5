package apigateway

import (
	"context"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
)

// GetDeployment returns a deployment and, if it is to be embedded, a summary of
// the API as it was then.
//
// Spec: API Gateway API Reference, GetDeployment.
func (s *Service) GetDeployment(ctx context.Context, in *api.GetDeploymentInput) (*api.GetDeploymentOutput, error) {
	var out api.Deployment
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		d, err := deployments().Need(tx, at, in.RestApiId, in.DeploymentId)
		if err != nil {
			return err
		}
		if out = d.Deployment; slices.Contains(in.Embed, "apisummary") {
			out.ApiSummary, err = summary(tx, at, in.RestApiId, in.DeploymentId)
		}
		return err
	})
	return &out, err
}

// summary tells who may call the methods of a deployment, by path and verb.
func summary(tx *kv.Tx, at service.Home, apiID, id string) (map[string]map[string]api.MethodSnapshot, error) {
	d, err := deployed(tx, at, apiID, id)
	if err != nil {
		return nil, err
	}
	by := make(map[string]map[string]api.MethodSnapshot)
	for i := range d.Resources {
		r := &d.Resources[i]
		for verb, m := range r.ResourceMethods {
			verbs := by[*r.Path]
			put(&verbs, verb, api.MethodSnapshot{AuthorizationType: m.AuthorizationType, ApiKeyRequired: m.ApiKeyRequired})
			by[*r.Path] = verbs
		}
	}
	return by, nil
}

// GetDeployments lists the deployments of an API.
//
// Spec: API Gateway API Reference, GetDeployments.
func (s *Service) GetDeployments(ctx context.Context, in *api.GetDeploymentsInput) (*api.GetDeploymentsOutput, error) {
	out := &api.GetDeploymentsOutput{}
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		list, next, err := record.Page(tx, in.Limit, in.Position, deployments(), at, in.RestApiId)
		if err != nil {
			return err
		}
		out.Items, out.Position = make([]api.Deployment, len(list)), next
		for i := range list {
			out.Items[i] = list[i].Deployment
		}
		return nil
	})
	return out, err
}

package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// GetDeployment returns a deployment.
//
// Spec: API Gateway V2 API Reference, GetDeployment.
func (s *Service) GetDeployment(ctx context.Context, in *api.GetDeploymentInput) (*api.GetDeploymentOutput, error) {
	d, err := find(ctx, s, deployments(), in.ApiId, in.DeploymentId)
	if err != nil {
		return nil, err
	}
	out := api.GetDeploymentOutput(d.Deployment)
	return &out, nil
}

// GetDeployments lists the deployments of an API.
//
// Spec: API Gateway V2 API Reference, GetDeployments.
func (s *Service) GetDeployments(ctx context.Context, in *api.GetDeploymentsInput) (*api.GetDeploymentsOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.GetDeploymentsOutput{}
	err = s.view(ctx, in.ApiId, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		list, next, err := page(tx, p, deployments(), h, in.ApiId)
		out.Items = converted(list, func(d deploymentRecord) api.Deployment { return d.Deployment })
		out.NextToken = next
		return err
	})
	return out, err
}

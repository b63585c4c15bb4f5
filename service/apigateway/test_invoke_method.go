package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// TestInvokeMethod calls a method as it is now, without a deployment: past
// authorization, API keys and throttling, and with the log of its execution.
//
// Spec: API Gateway API Reference, TestInvokeMethod.
func (s *Service) TestInvokeMethod(ctx context.Context, in *api.TestInvokeMethodInput) (*api.TestInvokeMethodOutput, error) {
	if s.tester == nil {
		return s.Unimplemented.TestInvokeMethod(ctx, in)
	}
	p, err := s.draft(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home) error {
		_, err := methods().Need(tx, at, in.RestApiId, in.ResourceId, in.HttpMethod)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.tester.TestMethod(ctx, p, in)
}

// draft is an API of the caller as it is now, on the stage that tests have. check
// refuses what is not there.
func (s *Service) draft(ctx context.Context, apiID string, check func(tx *kv.Tx, at service.Home) error) (*plan.API, error) {
	var p *plan.API
	err := s.view(ctx, apiID, func(tx *kv.Tx, at service.Home, a *apiRecord) error {
		if err := check(tx, at); err != nil {
			return err
		}
		d, err := draft(tx, at, &a.API)
		p = &plan.API{
			ID: apiID, Name: wire.Value(a.API.Name), Account: at.Account, Region: at.Region,
			Stages: []plan.Stage{{Stage: api.Stage{StageName: new(plan.TestStage)}, Deployment: d}},
		}
		return err
	})
	return p, err
}

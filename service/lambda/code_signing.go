package lambda

import (
	"context"

	api "maru.dev/maru/api/lambda"
)

// GetFunctionCodeSigningConfig tells that a function's code need not be signed:
// there are no configurations that could ask for it.
//
// Spec: Lambda API Reference, GetFunctionCodeSigningConfig.
func (s *Service) GetFunctionCodeSigningConfig(ctx context.Context, in *api.GetFunctionCodeSigningConfigInput) (*api.GetFunctionCodeSigningConfigOutput, error) {
	f, _, _, err := s.read(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	return &api.GetFunctionCodeSigningConfigOutput{FunctionName: f.Name}, nil
}

// ListCodeSigningConfigs lists none, since none can be made.
//
// Spec: Lambda API Reference, ListCodeSigningConfigs.
func (s *Service) ListCodeSigningConfigs(context.Context, *api.ListCodeSigningConfigsInput) (*api.ListCodeSigningConfigsOutput, error) {
	return &api.ListCodeSigningConfigsOutput{CodeSigningConfigs: []api.CodeSigningConfig{}}, nil
}

package lambda

import (
	"context"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// GetRuntimeManagementConfig returns when a function takes in new runtimes.
//
// Spec: Lambda API Reference, GetRuntimeManagementConfig.
func (s *Service) GetRuntimeManagementConfig(ctx context.Context, in *api.GetRuntimeManagementConfigInput) (*api.GetRuntimeManagementConfigOutput, error) {
	f, _, c, err := s.read(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	return &api.GetRuntimeManagementConfigOutput{
		UpdateRuntimeOn: new(wire.Or(wire.Optional(f.UpdateOn), api.UpdateRuntimeOnAuto)), FunctionArn: c.FunctionArn,
	}, nil
}

// PutRuntimeManagementConfig sets when a function takes in new runtimes. It is
// stored; runtimes are those of the host.
//
// Spec: Lambda API Reference, PutRuntimeManagementConfig.
func (s *Service) PutRuntimeManagementConfig(ctx context.Context, in *api.PutRuntimeManagementConfigInput) (*api.PutRuntimeManagementConfigOutput, error) {
	if in.UpdateRuntimeOn == api.UpdateRuntimeOnManual && wire.Value(in.RuntimeVersionArn) == "" {
		return nil, invalid("When using Manual mode, the RuntimeVersionArn is required.")
	}
	out := &api.PutRuntimeManagementConfigOutput{UpdateRuntimeOn: in.UpdateRuntimeOn, RuntimeVersionArn: in.RuntimeVersionArn}
	err := s.changeFunction(ctx, in.FunctionName, func(f *function) bool {
		f.UpdateOn = in.UpdateRuntimeOn
		out.FunctionArn = homeOf(call.From(ctx)).functionARN(f.Name, latest)
		return true
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

package lambda

import (
	"context"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
)

// GetFunction returns a version's configuration, tags, reserved concurrency,
// and an address from which its archive can be had.
//
// Spec: Lambda API Reference, GetFunction.
func (s *Service) GetFunction(ctx context.Context, in *api.GetFunctionInput) (*api.GetFunctionOutput, error) {
	f, v, c, err := s.read(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	location, err := s.codeURL(ctx, v.Code)
	if err != nil {
		return nil, err
	}
	out := &api.GetFunctionOutput{
		Configuration: c,
		Code:          &api.FunctionCodeLocation{RepositoryType: new("S3"), Location: &location},
		Tags:          f.Tags,
	}
	if f.Reserved != nil {
		out.Concurrency = &api.Concurrency{ReservedConcurrentExecutions: f.Reserved}
	}
	return out, nil
}

// GetFunctionConfiguration returns a version's configuration.
//
// Spec: Lambda API Reference, GetFunctionConfiguration.
func (s *Service) GetFunctionConfiguration(ctx context.Context, in *api.GetFunctionConfigurationInput) (*api.GetFunctionConfigurationOutput, error) {
	_, _, c, err := s.read(ctx, in.FunctionName, in.Qualifier)
	return c, err
}

// read returns a function, the version that a qualifier stands for, and its
// configuration with the ARN as it was asked for.
func (s *Service) read(ctx context.Context, name string, qualifier *string) (f *function, v *version, c *api.FunctionConfiguration, err error) {
	t, err := locate(ctx, name, qualifier)
	if err != nil {
		return nil, nil, nil, err
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, v, err = resolve(tx, t, 1) // 1 picks an alias's own version
		return err
	})
	if err != nil {
		return nil, nil, nil, err
	}
	c = f.configuration(v, false)
	c.FunctionArn = new(t.arn())
	return f, v, c, nil
}

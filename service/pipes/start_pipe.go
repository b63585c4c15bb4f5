package pipes

import (
	"context"

	api "maru.dev/maru/api/pipes"
)

// StartPipe has a pipe read its source again, from where it stopped.
//
// Spec: EventBridge Pipes API Reference, StartPipe.
func (s *Service) StartPipe(ctx context.Context, in *api.StartPipeInput) (*api.StartPipeOutput, error) {
	p, err := s.change(ctx, in.Name, "start", func(p *pipe) error {
		if p.Current == api.PipeStateRunning {
			return conflict(p, "start")
		}
		p.Desired, p.Current = api.RequestedPipeStateRunning, api.PipeStateStarting
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.StartPipeOutput{
		Arn: new(homeOf(ctx).arnOf(p.Name)), Name: &p.Name, DesiredState: &p.Desired, CurrentState: &p.Current,
		CreationTime: &p.Created, LastModifiedTime: &p.Modified,
	}, nil
}

// StopPipe has a pipe read no further. Batches under way end as they began.
//
// Spec: EventBridge Pipes API Reference, StopPipe.
func (s *Service) StopPipe(ctx context.Context, in *api.StopPipeInput) (*api.StopPipeOutput, error) {
	p, err := s.change(ctx, in.Name, "stop", func(p *pipe) error {
		if p.Current == api.PipeStateStopped {
			return conflict(p, "stop")
		}
		p.Desired, p.Current = api.RequestedPipeStateStopped, api.PipeStateStopping
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.StopPipeOutput{
		Arn: new(homeOf(ctx).arnOf(p.Name)), Name: &p.Name, DesiredState: &p.Desired, CurrentState: &p.Current,
		CreationTime: &p.Created, LastModifiedTime: &p.Modified,
	}, nil
}

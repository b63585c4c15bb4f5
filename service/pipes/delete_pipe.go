package pipes

import (
	"context"

	api "maru.dev/maru/api/pipes"
)

// DeletePipe removes a pipe. It is DELETING until its poller has been told.
//
// Spec: EventBridge Pipes API Reference, DeletePipe.
func (s *Service) DeletePipe(ctx context.Context, in *api.DeletePipeInput) (*api.DeletePipeOutput, error) {
	p, err := s.change(ctx, in.Name, "delete", func(p *pipe) error {
		p.Desired, p.Current = api.RequestedPipeStateDescribeResponseDeleted, api.PipeStateDeleting
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeletePipeOutput{
		Arn: new(homeOf(ctx).arnOf(p.Name)), Name: &p.Name, DesiredState: &p.Desired, CurrentState: &p.Current,
		CreationTime: &p.Created, LastModifiedTime: &p.Modified,
	}, nil
}

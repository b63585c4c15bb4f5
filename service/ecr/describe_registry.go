package ecr

import (
	"context"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/call"
)

// DescribeRegistry returns the caller's registry, which replicates nothing.
//
// Spec: Amazon ECR API Reference, DescribeRegistry.
func (s *Service) DescribeRegistry(ctx context.Context, _ *api.DescribeRegistryInput) (*api.DescribeRegistryOutput, error) {
	return &api.DescribeRegistryOutput{
		RegistryId:               new(call.From(ctx).Account),
		ReplicationConfiguration: &api.ReplicationConfiguration{Rules: []api.ReplicationRule{}},
	}, nil
}

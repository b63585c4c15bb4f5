package dynamodb

import (
	"context"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/call"
)

// DescribeEndpoints tells where the caller reaches DynamoDB: where it is now.
//
// Spec: DynamoDB API Reference, DescribeEndpoints.
func (s *Service) DescribeEndpoints(ctx context.Context, _ *api.DescribeEndpointsInput) (*api.DescribeEndpointsOutput, error) {
	base := call.From(ctx).Endpoint
	if base == "" {
		base = s.Endpoint
	}
	_, host, found := strings.Cut(base, "://")
	if !found {
		host = base
	}
	return &api.DescribeEndpointsOutput{Endpoints: []api.Endpoint{{Address: host, CachePeriodInMinutes: 1440}}}, nil
}

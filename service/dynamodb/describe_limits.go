package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
)

// DescribeLimits tells the quotas that a new AWS account has. Nothing here is
// throttled by them.
//
// Spec: DynamoDB API Reference, DescribeLimits.
func (s *Service) DescribeLimits(context.Context, *api.DescribeLimitsInput) (*api.DescribeLimitsOutput, error) {
	return &api.DescribeLimitsOutput{
		AccountMaxReadCapacityUnits: new(int64(80000)), AccountMaxWriteCapacityUnits: new(int64(80000)),
		TableMaxReadCapacityUnits: new(int64(40000)), TableMaxWriteCapacityUnits: new(int64(40000)),
	}, nil
}

package events

import (
	"context"

	api "maru.dev/maru/api/events"
)

// DescribeApiDestination tells what an API destination is.
//
// Spec: EventBridge API Reference, DescribeApiDestination.
func (s *Service) DescribeApiDestination(ctx context.Context, in *api.DescribeApiDestinationInput) (*api.DescribeApiDestinationOutput, error) {
	var out *api.DescribeApiDestinationOutput
	err := s.viewDestination(ctx, in.Name, func(h home, d *destination, state string) {
		out = &api.DescribeApiDestinationOutput{
			ApiDestinationArn: new(h.destinationARN(in.Name, d.ID)), Name: &in.Name, Description: d.Description, ApiDestinationState: &state,
			ConnectionArn: &d.Connection, InvocationEndpoint: &d.Endpoint, HttpMethod: &d.Method, InvocationRateLimitPerSecond: &d.Rate,
			CreationTime: &d.Created, LastModifiedTime: &d.Modified,
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

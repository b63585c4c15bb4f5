package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// ListApiDestinations lists API destinations by name.
//
// Spec: EventBridge API Reference, ListApiDestinations.
func (s *Service) ListApiDestinations(ctx context.Context, in *api.ListApiDestinationsInput) (*api.ListApiDestinationsOutput, error) {
	h := homeOf(call.From(ctx))
	var out *api.ListApiDestinationsOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListApiDestinationsOutput{ApiDestinations: []api.ApiDestination{}}
		var failed error
		out.NextToken, err = page(tx, h.key("destination"), in.NamePrefix, in.NextToken, in.Limit, func(name string, d *destination) bool {
			if in.ConnectionArn != nil && *in.ConnectionArn != d.Connection {
				return false
			}
			state, err := d.state(tx)
			if err != nil {
				failed = err
			}
			out.ApiDestinations = append(out.ApiDestinations, api.ApiDestination{
				ApiDestinationArn: new(h.destinationARN(name, d.ID)), Name: new(name), ApiDestinationState: &state, ConnectionArn: &d.Connection,
				InvocationEndpoint: &d.Endpoint, HttpMethod: &d.Method, InvocationRateLimitPerSecond: &d.Rate,
				CreationTime: &d.Created, LastModifiedTime: &d.Modified,
			})
			return true
		})
		if err == nil {
			err = failed
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

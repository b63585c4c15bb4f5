package events

import (
	"context"
	"slices"

	api "maru.dev/maru/api/events"
)

// RemoveTargets takes targets off a rule. One that is not there is no error.
//
// Spec: EventBridge API Reference, RemoveTargets.
func (s *Service) RemoveTargets(ctx context.Context, in *api.RemoveTargetsInput) (*api.RemoveTargetsOutput, error) {
	err := s.changeRule(ctx, in.EventBusName, in.Rule, func(_ busRef, r *rule) error {
		if err := r.guard(ctx, in.Rule, in.Force); err != nil {
			return err
		}
		r.Targets = slices.DeleteFunc(r.Targets, func(t api.Target) bool { return slices.Contains(in.Ids, t.Id) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.RemoveTargetsOutput{FailedEntryCount: new(int32(0)), FailedEntries: []api.RemoveTargetsResultEntry{}}, nil
}

package cloudtrail

import (
	"context"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// StartLogging has a trail record from now on.
//
// Spec: CloudTrail API Reference, StartLogging.
func (s *Service) StartLogging(ctx context.Context, in *api.StartLoggingInput) (*api.StartLoggingOutput, error) {
	now := s.now()
	err := s.change(ctx, in.Name, func(tx *kv.Tx, t *trail) error {
		t.Logging, t.Started = true, now
		if !t.Validation {
			return nil
		}
		return s.startChain(tx, t.lane(t.Region, toBucket), now)
	})
	if err != nil {
		return nil, err
	}
	return &api.StartLoggingOutput{}, nil
}

// StopLogging has a trail record no longer. What it has recorded is delivered.
//
// Spec: CloudTrail API Reference, StopLogging.
func (s *Service) StopLogging(ctx context.Context, in *api.StopLoggingInput) (*api.StopLoggingOutput, error) {
	now := s.now()
	err := s.change(ctx, in.Name, func(_ *kv.Tx, t *trail) error {
		t.Logging, t.Stopped = false, now
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.StopLoggingOutput{}, nil
}

// change changes a trail of this region.
func (s *Service) change(ctx context.Context, nameOrARN string, how func(tx *kv.Tx, t *trail) error) error {
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := loadOwn(tx, homeOf(call.From(ctx)), nameOrARN)
		if err != nil {
			return err
		}
		if err := how(tx, t); err != nil {
			return err
		}
		return putTrail(tx, t)
	})
	if err == nil {
		s.trails.drop()
	}
	return err
}

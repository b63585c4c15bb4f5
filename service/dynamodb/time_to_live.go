package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/table"
)

// UpdateTimeToLive says which attribute holds the time at which an item goes,
// or that none does. Items that are there are found by a task; from then on
// each change keeps the order of expiry, and no scan is needed.
//
// Spec: DynamoDB API Reference, UpdateTimeToLive.
func (s *Service) UpdateTimeToLive(ctx context.Context, in *api.UpdateTimeToLiveInput) (*api.UpdateTimeToLiveOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	want := in.TimeToLiveSpecification
	if want == nil {
		return nil, invalid("1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member must not be null")
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := change(tx, r)
		if err != nil {
			return err
		}
		switch {
		case want.Enabled && t.TTL == want.AttributeName:
			return invalid("TimeToLive is already enabled")
		case want.Enabled && t.TTL != "":
			return invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.TTL)
		case !want.Enabled && t.TTL == "":
			return invalid("TimeToLive is already disabled")
		case !want.Enabled && t.TTL != want.AttributeName:
			return invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.TTL)
		}
		return s.setTTL(tx, t, want)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateTimeToLiveOutput{TimeToLiveSpecification: want}, nil
}

// setTTL turns expiry on or off.
func (s *Service) setTTL(tx *kv.Tx, t *table.Table, want *api.TimeToLiveSpecification) error {
	t.TTL, t.TTLFilled = "", false
	if !want.Enabled {
		if err := t.DropExpiry(tx); err != nil {
			return err
		}
		if err := s.upkeep.StopExpiry(tx, t); err != nil {
			return err
		}
		return t.Save(tx)
	}
	t.TTL = want.AttributeName
	if err := t.Save(tx); err != nil {
		return err
	}
	return s.upkeep.StartExpiry(tx, t)
}

// DescribeTimeToLive tells which attribute expiry is by.
//
// Spec: DynamoDB API Reference, DescribeTimeToLive.
func (s *Service) DescribeTimeToLive(ctx context.Context, in *api.DescribeTimeToLiveInput) (*api.DescribeTimeToLiveOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	d := &api.TimeToLiveDescription{TimeToLiveStatus: new(api.TimeToLiveStatusDisabled)}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := s.describe(tx, r)
		if err == nil && t.TTL != "" {
			d.TimeToLiveStatus, d.AttributeName = new(api.TimeToLiveStatusEnabled), &t.TTL
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeTimeToLiveOutput{TimeToLiveDescription: d}, nil
}

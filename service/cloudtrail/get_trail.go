package cloudtrail

import (
	"context"
	"errors"
	"fmt"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// find reads the trail of a name or ARN.
func (s *Service) find(ctx context.Context, nameOrARN string) (*trail, error) {
	var t *trail
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		t, err = loadTrail(tx, homeOf(call.From(ctx)), nameOrARN)
		return err
	})
	return t, err
}

// GetTrail returns a trail.
//
// Spec: CloudTrail API Reference, GetTrail.
func (s *Service) GetTrail(ctx context.Context, in *api.GetTrailInput) (*api.GetTrailOutput, error) {
	t, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &api.GetTrailOutput{Trail: t.shape()}, nil
}

// all reads an account's trails.
func (s *Service) all(ctx context.Context, account string) ([]trail, error) {
	var out []trail
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		out = nil
		for row, err := range kv.Scan[trail](tx, kv.Prefix(trailsKey(account))) {
			if err != nil {
				return fmt.Errorf("load trails: %w", err)
			}
			out = append(out, row.Value)
		}
		return nil
	})
	return out, err
}

// DescribeTrails returns the trails of a region, with the shadows of those that
// cover it from another unless they are not wanted. Names that are not there
// are left out.
//
// Spec: CloudTrail API Reference, DescribeTrails.
func (s *Service) DescribeTrails(ctx context.Context, in *api.DescribeTrailsInput) (*api.DescribeTrailsOutput, error) {
	h := homeOf(call.From(ctx))
	shadows := in.IncludeShadowTrails == nil || *in.IncludeShadowTrails
	out := &api.DescribeTrailsOutput{TrailList: []api.Trail{}}
	if len(in.TrailNameList) > 0 {
		for _, name := range in.TrailNameList {
			t, err := s.find(ctx, name)
			var missing *api.TrailNotFoundException
			switch {
			case errors.As(err, &missing):
			case err != nil:
				return nil, err
			case shadows || t.Region == h.Region:
				out.TrailList = append(out.TrailList, *t.shape())
			}
		}
		return out, nil
	}
	list, err := s.all(ctx, h.Account)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if t := &list[i]; t.Region == h.Region || shadows && t.MultiRegion {
			out.TrailList = append(out.TrailList, *t.shape())
		}
	}
	return out, nil
}

// ListTrails names the trails of an account, of all regions: there are few
// enough for one page.
//
// Spec: CloudTrail API Reference, ListTrails.
func (s *Service) ListTrails(ctx context.Context, in *api.ListTrailsInput) (*api.ListTrailsOutput, error) {
	if wire.Value(in.NextToken) != "" {
		return nil, &api.InvalidTokenException{Message: "Reserved for future use."}
	}
	list, err := s.all(ctx, call.From(ctx).Account)
	if err != nil {
		return nil, err
	}
	out := &api.ListTrailsOutput{Trails: []api.TrailInfo{}}
	for i := range list {
		t := &list[i]
		out.Trails = append(out.Trails, api.TrailInfo{TrailARN: new(t.arn()), Name: &t.Name, HomeRegion: &t.Region})
	}
	return out, nil
}

// GetTrailStatus tells whether a trail logs, and what became of its deliveries
// from the region that asks.
//
// Spec: CloudTrail API Reference, GetTrailStatus.
func (s *Service) GetTrailStatus(ctx context.Context, in *api.GetTrailStatusInput) (*api.GetTrailStatusOutput, error) {
	h := homeOf(call.From(ctx))
	var t *trail
	var files, logs status
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if t, err = loadTrail(tx, h, in.Name); err != nil {
			return err
		}
		region := h.Region
		if !t.MultiRegion {
			region = t.Region
		}
		if files, _, err = kv.Get[status](tx, t.lane(region, toBucket).statusKey()); err != nil {
			return err
		}
		logs, _, err = kv.Get[status](tx, t.lane(region, toLogs).statusKey())
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetTrailStatusOutput{
		IsLogging: &t.Logging, StartLoggingTime: at(t.Started), StopLoggingTime: at(t.Stopped),
		LatestDeliveryTime: at(files.Delivered), LatestDeliveryError: wire.Optional(files.DeliveryError), LatestNotificationTime: at(files.Notified),
		LatestDigestDeliveryTime: at(files.Digested), LatestDigestDeliveryError: wire.Optional(files.DigestError),
		LatestCloudWatchLogsDeliveryTime: at(logs.Delivered), LatestCloudWatchLogsDeliveryError: wire.Optional(logs.DeliveryError),
		LatestDeliveryAttemptTime: stamped(files.Delivered), LatestNotificationAttemptTime: stamped(files.Notified),
		TimeLoggingStarted: stamped(t.Started), TimeLoggingStopped: stamped(t.Stopped),
		LatestDeliveryAttemptSucceeded: stamped(files.Delivered), LatestNotificationAttemptSucceeded: stamped(files.Notified),
	}, nil
}

// stamped is a time as text, for the members that AWS keeps for older clients;
// empty when it is none.
func stamped(t time.Time) *string {
	if t.IsZero() {
		return new("")
	}
	return new(stamp(t))
}

package xray

import (
	"context"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// senderState is the last that a daemon has told of itself, and when.
type senderState struct {
	Received time.Time
	Record   api.TelemetryRecord
}

// PutTelemetryRecords takes in what a daemon tells of itself. The newest record
// of each is kept; nothing reads it, as in AWS.
//
// Spec: X-Ray API Reference, PutTelemetryRecords.
func (s *Service) PutTelemetryRecords(ctx context.Context, in *api.PutTelemetryRecordsInput) (*api.PutTelemetryRecordsOutput, error) {
	if len(in.TelemetryRecords) == 0 {
		return &api.PutTelemetryRecordsOutput{}, nil
	}
	newest := in.TelemetryRecords[0]
	for _, r := range in.TelemetryRecords[1:] {
		if r.Timestamp.After(newest.Timestamp) {
			newest = r
		}
	}
	sender := wire.Value(in.ResourceARN) + " " + wire.Value(in.EC2InstanceId) + " " + wire.Value(in.Hostname)
	now := s.now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		return kv.Put(tx, homeOf(ctx).telemetryKey(sender), senderState{now, newest})
	})
	if err != nil {
		return nil, err
	}
	return &api.PutTelemetryRecordsOutput{}, nil
}

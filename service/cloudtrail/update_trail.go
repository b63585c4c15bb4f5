package cloudtrail

import (
	"context"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// UpdateTrail changes what a trail delivers, and whither. What is not named
// stays as it is; an empty name takes away.
//
// Spec: CloudTrail API Reference, UpdateTrail.
func (s *Service) UpdateTrail(ctx context.Context, in *api.UpdateTrailInput) (*api.UpdateTrailOutput, error) {
	h := homeOf(call.From(ctx))
	if err := noOrganization(in.IsOrganizationTrail); err != nil {
		return nil, err
	}
	var t *trail
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		t, err = loadOwn(tx, h, in.Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	t.update(in)
	if err := s.check(ctx, t); err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if t, err = loadOwn(tx, h, in.Name); err != nil {
			return err
		}
		t.update(in)
		if t.Validation && t.Logging {
			if err := s.startChain(tx, t.lane(t.Region, toBucket), s.now()); err != nil {
				return err
			}
		}
		return putTrail(tx, t)
	})
	if err != nil {
		return nil, err
	}
	s.trails.drop()
	v := t.shape()
	return &api.UpdateTrailOutput{
		Name: v.Name, S3BucketName: v.S3BucketName, S3KeyPrefix: v.S3KeyPrefix, SnsTopicName: v.SnsTopicName, SnsTopicARN: v.SnsTopicARN,
		IncludeGlobalServiceEvents: v.IncludeGlobalServiceEvents, IsMultiRegionTrail: v.IsMultiRegionTrail, TrailARN: v.TrailARN,
		LogFileValidationEnabled: v.LogFileValidationEnabled, CloudWatchLogsLogGroupArn: v.CloudWatchLogsLogGroupArn,
		CloudWatchLogsRoleArn: v.CloudWatchLogsRoleArn, KmsKeyId: v.KmsKeyId, IsOrganizationTrail: v.IsOrganizationTrail,
	}, nil
}

// update takes over what a request changes.
func (t *trail) update(in *api.UpdateTrailInput) {
	set(&t.Bucket, in.S3BucketName)
	set(&t.Prefix, in.S3KeyPrefix)
	set(&t.Global, in.IncludeGlobalServiceEvents)
	set(&t.MultiRegion, in.IsMultiRegionTrail)
	set(&t.Validation, in.EnableLogFileValidation)
	set(&t.LogGroup, in.CloudWatchLogsLogGroupArn)
	set(&t.LogRole, in.CloudWatchLogsRoleArn)
	set(&t.KMSKey, in.KmsKeyId)
	if in.SnsTopicName != nil {
		t.setTopic(*in.SnsTopicName)
	}
}

// set takes over a value that is given.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

package cloudtrail

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// maxTrails is how many trails a region may have.
const maxTrails = 5

// CreateTrail makes a trail, which does not log until it is told to.
//
// Spec: CloudTrail API Reference, CreateTrail.
func (s *Service) CreateTrail(ctx context.Context, in *api.CreateTrailInput) (*api.CreateTrailOutput, error) {
	h := homeOf(call.From(ctx))
	if problem := nameProblem(in.Name); problem != "" {
		return nil, &api.InvalidTrailNameException{Message: problem}
	}
	if err := noOrganization(in.IsOrganizationTrail); err != nil {
		return nil, err
	}
	t := trail{
		ID: s.IDs.Hex(16), Account: h.Account, Region: h.Region, Name: in.Name, Bucket: in.S3BucketName, Prefix: wire.Value(in.S3KeyPrefix),
		Global: in.IncludeGlobalServiceEvents == nil || *in.IncludeGlobalServiceEvents, MultiRegion: wire.Value(in.IsMultiRegionTrail),
		Validation: wire.Value(in.EnableLogFileValidation), LogGroup: wire.Value(in.CloudWatchLogsLogGroupArn), LogRole: wire.Value(in.CloudWatchLogsRoleArn),
		KMSKey: wire.Value(in.KmsKeyId),
	}
	t.setTopic(wire.Value(in.SnsTopicName))
	var err error
	if t.Tags, err = withTags(nil, in.TagsList, t.arn()); err != nil {
		return nil, err
	}
	if err := s.check(ctx, &t); err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		n := 0
		for row, err := range kv.Scan[trail](tx, kv.Prefix(trailsKey(h.Account))) {
			if err != nil {
				return fmt.Errorf("load trails: %w", err)
			}
			switch other := row.Value; {
			case other.Name == t.Name && other.Region == h.Region:
				return &api.TrailAlreadyExistsException{Message: "Trail " + t.Name + " already exists for customer: " + h.Account}
			case other.Region == h.Region:
				n++
			}
		}
		if n >= maxTrails {
			return &api.MaximumNumberOfTrailsExceededException{Message: fmt.Sprintf("User: %s already has %d trails in %s.", h.Account, n, h.Region)}
		}
		return putTrail(tx, &t)
	})
	if err != nil {
		return nil, err
	}
	s.trails.drop()
	v := t.shape()
	return &api.CreateTrailOutput{
		Name: v.Name, S3BucketName: v.S3BucketName, S3KeyPrefix: v.S3KeyPrefix, SnsTopicName: v.SnsTopicName, SnsTopicARN: v.SnsTopicARN,
		IncludeGlobalServiceEvents: v.IncludeGlobalServiceEvents, IsMultiRegionTrail: v.IsMultiRegionTrail, TrailARN: v.TrailARN,
		LogFileValidationEnabled: v.LogFileValidationEnabled, CloudWatchLogsLogGroupArn: v.CloudWatchLogsLogGroupArn,
		CloudWatchLogsRoleArn: v.CloudWatchLogsRoleArn, KmsKeyId: v.KmsKeyId, IsOrganizationTrail: v.IsOrganizationTrail,
	}, nil
}

// noOrganization refuses trails of organizations, which are not here.
func noOrganization(asked *bool) error {
	if wire.Value(asked) {
		return &api.OrganizationsNotInUseException{Message: "This account is not a member of an organization."}
	}
	return nil
}

package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
)

// PutBucketOwnershipControls stores who owns what others put into a bucket.
//
// Spec: S3 API Reference, PutBucketOwnershipControls.
func (s *Service) PutBucketOwnershipControls(ctx context.Context, in *api.PutBucketOwnershipControlsInput) (*api.PutBucketOwnershipControlsOutput, error) {
	c := in.OwnershipControls
	if c == nil || len(c.Rules) != 1 {
		return nil, malformedXML()
	}
	switch c.Rules[0].ObjectOwnership {
	case "BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced":
	default:
		return nil, malformedXML()
	}
	return answer(&api.PutBucketOwnershipControlsOutput{}, putSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingOwnership, *c))
}

// GetBucketOwnershipControls returns who owns what others put into a bucket.
// Buckets are made with the owner's right enforced.
//
// Spec: S3 API Reference, GetBucketOwnershipControls.
func (s *Service) GetBucketOwnershipControls(ctx context.Context, in *api.GetBucketOwnershipControlsInput) (*api.GetBucketOwnershipControlsOutput, error) {
	c, err := getSetting[api.OwnershipControls](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingOwnership,
		none("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"))
	return answer(&api.GetBucketOwnershipControlsOutput{OwnershipControls: &c}, err)
}

// DeleteBucketOwnershipControls removes a bucket's ownership controls.
//
// Spec: S3 API Reference, DeleteBucketOwnershipControls.
func (s *Service) DeleteBucketOwnershipControls(ctx context.Context, in *api.DeleteBucketOwnershipControlsInput) (*api.DeleteBucketOwnershipControlsOutput, error) {
	return answer(&api.DeleteBucketOwnershipControlsOutput{}, deleteSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingOwnership))
}

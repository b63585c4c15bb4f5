package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// HeadBucket tells whether there is a bucket that the caller may use.
//
// Spec: S3 API Reference, HeadBucket.
func (s *Service) HeadBucket(ctx context.Context, in *api.HeadBucketInput) (*api.HeadBucketOutput, error) {
	out := &api.HeadBucketOutput{AccessPointAlias: new(false)}
	err := s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		out.BucketRegion, out.BucketArn = &b.Region, new(b.arn())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetBucketLocation tells a bucket's region; the first one has no name here.
//
// Spec: S3 API Reference, GetBucketLocation.
func (s *Service) GetBucketLocation(ctx context.Context, in *api.GetBucketLocationInput) (*api.GetBucketLocationOutput, error) {
	out := &api.GetBucketLocationOutput{}
	err := s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		if b.Region != firstRegion {
			out.LocationConstraint = &b.Region
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

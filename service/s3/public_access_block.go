package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
)

// PutPublicAccessBlock stores what of a bucket may not be public.
//
// Spec: S3 API Reference, PutPublicAccessBlock.
func (s *Service) PutPublicAccessBlock(ctx context.Context, in *api.PutPublicAccessBlockInput) (*api.PutPublicAccessBlockOutput, error) {
	c := in.PublicAccessBlockConfiguration
	if c == nil {
		return nil, malformedXML()
	}
	for _, flag := range []**bool{&c.BlockPublicAcls, &c.IgnorePublicAcls, &c.BlockPublicPolicy, &c.RestrictPublicBuckets} {
		if *flag == nil {
			*flag = new(false)
		}
	}
	return answer(&api.PutPublicAccessBlockOutput{}, putSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingPublic, *c))
}

// GetPublicAccessBlock returns what of a bucket may not be public.
//
// Spec: S3 API Reference, GetPublicAccessBlock.
func (s *Service) GetPublicAccessBlock(ctx context.Context, in *api.GetPublicAccessBlockInput) (*api.GetPublicAccessBlockOutput, error) {
	c, err := getSetting[api.PublicAccessBlockConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingPublic,
		none("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"))
	return answer(&api.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &c}, err)
}

// DeletePublicAccessBlock removes a bucket's public access block.
//
// Spec: S3 API Reference, DeletePublicAccessBlock.
func (s *Service) DeletePublicAccessBlock(ctx context.Context, in *api.DeletePublicAccessBlockInput) (*api.DeletePublicAccessBlockOutput, error) {
	return answer(&api.DeletePublicAccessBlockOutput{}, deleteSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingPublic))
}

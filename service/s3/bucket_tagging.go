package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
)

// PutBucketTagging replaces a bucket's tags.
//
// Spec: S3 API Reference, PutBucketTagging.
func (s *Service) PutBucketTagging(ctx context.Context, in *api.PutBucketTaggingInput) (*api.PutBucketTaggingOutput, error) {
	if in.Tagging == nil {
		return nil, malformedXML()
	}
	if err := checkTags(in.Tagging.TagSet, maxBucketTags); err != nil {
		return nil, err
	}
	return answer(&api.PutBucketTaggingOutput{}, putSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingTags, in.Tagging.TagSet))
}

// GetBucketTagging returns a bucket's tags.
//
// Spec: S3 API Reference, GetBucketTagging.
func (s *Service) GetBucketTagging(ctx context.Context, in *api.GetBucketTaggingInput) (*api.GetBucketTaggingOutput, error) {
	tags, err := getSetting[[]api.Tag](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingTags, none("NoSuchTagSet", "The TagSet does not exist"))
	return answer(&api.GetBucketTaggingOutput{TagSet: tags}, err)
}

// DeleteBucketTagging removes a bucket's tags.
//
// Spec: S3 API Reference, DeleteBucketTagging.
func (s *Service) DeleteBucketTagging(ctx context.Context, in *api.DeleteBucketTaggingInput) (*api.DeleteBucketTaggingOutput, error) {
	return answer(&api.DeleteBucketTaggingOutput{}, deleteSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingTags))
}

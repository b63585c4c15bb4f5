package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// PutObjectTagging replaces an object's tags.
//
// Spec: S3 API Reference, PutObjectTagging.
func (s *Service) PutObjectTagging(ctx context.Context, in *api.PutObjectTaggingInput) (*api.PutObjectTaggingOutput, error) {
	if in.Tagging == nil {
		return nil, malformedXML()
	}
	if err := checkTags(in.Tagging.TagSet, maxObjectTags); err != nil {
		return nil, err
	}
	out := &api.PutObjectTaggingOutput{}
	err := s.retag(ctx, in.Bucket, in.ExpectedBucketOwner, in.Key, in.VersionId, in.Tagging.TagSet, "ObjectTagging:Put", &out.VersionId)
	return answer(out, err)
}

// DeleteObjectTagging removes an object's tags.
//
// Spec: S3 API Reference, DeleteObjectTagging.
func (s *Service) DeleteObjectTagging(ctx context.Context, in *api.DeleteObjectTaggingInput) (*api.DeleteObjectTaggingOutput, error) {
	out := &api.DeleteObjectTaggingOutput{}
	err := s.retag(ctx, in.Bucket, in.ExpectedBucketOwner, in.Key, in.VersionId, nil, "ObjectTagging:Delete", &out.VersionId)
	return answer(out, err)
}

// retag gives a version other tags.
func (s *Service) retag(ctx context.Context, name string, owner *string, key string, versionID *string, tags []api.Tag, what string, made **string) error {
	return s.update(ctx, name, owner, func(tx *kv.Tx, b *bucket) error {
		o, err := rewrite(tx, b, key, versionID, func(o *object) { o.Tags = tags })
		if err != nil {
			return err
		}
		*made = b.versionID(o)
		return s.emit(ctx, tx, b, event{name: what, key: key, object: o})
	})
}

// GetObjectTagging returns an object's tags.
//
// Spec: S3 API Reference, GetObjectTagging.
func (s *Service) GetObjectTagging(ctx context.Context, in *api.GetObjectTaggingInput) (*api.GetObjectTaggingOutput, error) {
	out := &api.GetObjectTaggingOutput{TagSet: []api.Tag{}}
	err := s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		o, err := readable(tx, b, in.Key, in.VersionId)
		if err != nil {
			return err
		}
		out.TagSet, out.VersionId = append(out.TagSet, o.Tags...), b.versionID(o)
		return nil
	})
	return answer(out, err)
}

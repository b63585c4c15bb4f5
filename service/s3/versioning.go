package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// PutBucketVersioning makes a bucket keep every version of its objects, or no
// new ones.
//
// Spec: S3 API Reference, PutBucketVersioning.
func (s *Service) PutBucketVersioning(ctx context.Context, in *api.PutBucketVersioningInput) (*api.PutBucketVersioningOutput, error) {
	c := in.VersioningConfiguration
	if c == nil {
		return nil, malformedXML()
	}
	if c.MFADelete != nil && *c.MFADelete == "Enabled" || in.MFA != nil {
		return nil, implied("MfaDelete")
	}
	if c.Status == nil {
		return nil, fault(400, "IllegalVersioningConfigurationException", "The Versioning element must be specified")
	}
	if *c.Status != "Enabled" && *c.Status != "Suspended" {
		return nil, malformedXML()
	}
	err := s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		b.Versioning = *c.Status
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.PutBucketVersioningOutput{}, nil
}

// GetBucketVersioning tells whether a bucket keeps versions.
//
// Spec: S3 API Reference, GetBucketVersioning.
func (s *Service) GetBucketVersioning(ctx context.Context, in *api.GetBucketVersioningInput) (*api.GetBucketVersioningOutput, error) {
	out := &api.GetBucketVersioningOutput{}
	err := s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		if b.versioned() {
			out.Status = &b.Versioning
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
)

// PutBucketEncryption stores how a bucket's objects are to be encrypted.
//
// Spec: S3 API Reference, PutBucketEncryption.
func (s *Service) PutBucketEncryption(ctx context.Context, in *api.PutBucketEncryptionInput) (*api.PutBucketEncryptionOutput, error) {
	c := in.ServerSideEncryptionConfiguration
	if c == nil || len(c.Rules) != 1 {
		return nil, malformedXML()
	}
	if d := c.Rules[0].ApplyServerSideEncryptionByDefault; d != nil {
		switch d.SSEAlgorithm {
		case "aws:kms", "aws:kms:dsse":
		case "AES256":
			if d.KMSMasterKeyID != nil {
				return nil, invalidArgument("ApplyServerSideEncryptionByDefault", *d.KMSMasterKeyID, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
			}
		default:
			return nil, malformedXML()
		}
	}
	return answer(&api.PutBucketEncryptionOutput{}, putSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingEncryption, *c))
}

// GetBucketEncryption returns how a bucket's objects are to be encrypted; every
// bucket has a default.
//
// Spec: S3 API Reference, GetBucketEncryption.
func (s *Service) GetBucketEncryption(ctx context.Context, in *api.GetBucketEncryptionInput) (*api.GetBucketEncryptionOutput, error) {
	c, err := getSetting[api.ServerSideEncryptionConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingEncryption, zero)
	if len(c.Rules) == 0 {
		c.Rules = []api.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &api.ServerSideEncryptionByDefault{SSEAlgorithm: "AES256"}, BucketKeyEnabled: new(false),
		}}
	}
	return answer(&api.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &c}, err)
}

// DeleteBucketEncryption brings the default back.
//
// Spec: S3 API Reference, DeleteBucketEncryption.
func (s *Service) DeleteBucketEncryption(ctx context.Context, in *api.DeleteBucketEncryptionInput) (*api.DeleteBucketEncryptionOutput, error) {
	return answer(&api.DeleteBucketEncryptionOutput{}, deleteSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingEncryption))
}

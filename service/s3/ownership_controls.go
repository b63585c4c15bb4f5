package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// PutBucketOwnershipControls stores who owns what others put into a bucket.
//
// Spec: S3 API Reference, PutBucketOwnershipControls.
func (s *Service) PutBucketOwnershipControls(ctx context.Context, in *api.PutBucketOwnershipControlsInput) (*api.PutBucketOwnershipControlsOutput, error) {
	c := in.OwnershipControls
	if c == nil || len(c.Rules) != 1 {
		return nil, malformedXML()
	}
	asked := c.Rules[0].ObjectOwnership
	if !validOwnership(asked) {
		return nil, malformedXML()
	}
	err := s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		if asked == ownerEnforced && len(b.ACL.grants(b.Account)) > 1 {
			return fault(400, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
		}
		b.Ownership = asked
		return nil
	})
	return answer(&api.PutBucketOwnershipControlsOutput{}, err)
}

// ownerEnforced is the ownership of buckets without access control lists: all
// that are not made otherwise.
const ownerEnforced = "BucketOwnerEnforced"

// validOwnership tells whether a bucket may have an ownership.
func validOwnership(name string) bool {
	return name == ownerEnforced || name == "BucketOwnerPreferred" || name == "ObjectWriter"
}

// admitList refuses lists that a bucket does not allow.
func (b *bucket) admitList(tx *kv.Tx, list acl) error {
	if isPublic(list) {
		block, err := blockOf(tx, b)
		if err != nil {
			return err
		}
		if block.acls && b.Ownership != ownerEnforced {
			return fault(403, "AccessDenied", "Access Denied")
		}
	}
	if b.Ownership != ownerEnforced || list.Canned == "" && list.Grants == nil || list.Canned == "bucket-owner-full-control" {
		return nil
	}
	return fault(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
}

// GetBucketOwnershipControls returns who owns what others put into a bucket.
// Buckets are made with the owner's right enforced.
//
// Spec: S3 API Reference, GetBucketOwnershipControls.
func (s *Service) GetBucketOwnershipControls(ctx context.Context, in *api.GetBucketOwnershipControlsInput) (*api.GetBucketOwnershipControlsOutput, error) {
	c := &api.OwnershipControls{}
	err := s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		if b.Ownership == "" {
			return fault(404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found", "BucketName", b.Name)
		}
		c.Rules = []api.OwnershipControlsRule{{ObjectOwnership: b.Ownership}}
		return nil
	})
	return answer(&api.GetBucketOwnershipControlsOutput{OwnershipControls: c}, err)
}

// DeleteBucketOwnershipControls removes a bucket's ownership controls.
//
// Spec: S3 API Reference, DeleteBucketOwnershipControls.
func (s *Service) DeleteBucketOwnershipControls(ctx context.Context, in *api.DeleteBucketOwnershipControlsInput) (*api.DeleteBucketOwnershipControlsOutput, error) {
	err := s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		b.Ownership = ""
		return nil
	})
	return answer(&api.DeleteBucketOwnershipControlsOutput{}, err)
}

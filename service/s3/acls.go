package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// PutBucketAcl replaces a bucket's access control list.
//
// Spec: S3 API Reference, PutBucketAcl.
func (s *Service) PutBucketAcl(ctx context.Context, in *api.PutBucketAclInput) (*api.PutBucketAclOutput, error) {
	if in.GrantFullControl != nil || in.GrantRead != nil || in.GrantReadACP != nil || in.GrantWrite != nil || in.GrantWriteACP != nil {
		return nil, implied("x-amz-grant-full-control")
	}
	list, err := listOf(in.ACL, in.AccessControlPolicy, bucketACL)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		b.ACL = list
		return b.admitList(tx, list)
	})
	return answer(&api.PutBucketAclOutput{}, err)
}

// listOf reads an access control list: a canned one from the header, or grants
// from the body, but not both.
func listOf(canned *string, policy *api.AccessControlPolicy, read func(*string) (acl, error)) (acl, error) {
	switch {
	case canned != nil && policy != nil && len(policy.Grants) > 0:
		return acl{}, fault(400, "UnexpectedContent", "This request does not support content")
	case canned != nil:
		return read(canned)
	case policy == nil:
		return acl{}, fault(400, "MissingSecurityHeader", "Your request was missing a required header", "MissingHeaderName", "x-amz-acl")
	}
	for i := range policy.Grants {
		g := &policy.Grants[i]
		if g.Grantee == nil || g.Permission == nil {
			return acl{}, fault(400, "MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema")
		}
		switch *g.Permission {
		case "FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP":
		default:
			return acl{}, fault(400, "MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema")
		}
	}
	return acl{Grants: append([]api.Grant{}, policy.Grants...)}, nil
}

// GetBucketAcl returns a bucket's access control list.
//
// Spec: S3 API Reference, GetBucketAcl.
func (s *Service) GetBucketAcl(ctx context.Context, in *api.GetBucketAclInput) (*api.GetBucketAclOutput, error) {
	out := &api.GetBucketAclOutput{}
	err := s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(_ *kv.Tx, b *bucket) error {
		out.Owner, out.Grants = ownerOf(b.Account), b.ACL.grants(b.Account)
		return nil
	})
	return answer(out, err)
}

// PutObjectAcl replaces an object's access control list.
//
// Spec: S3 API Reference, PutObjectAcl.
func (s *Service) PutObjectAcl(ctx context.Context, in *api.PutObjectAclInput) (*api.PutObjectAclOutput, error) {
	if in.GrantFullControl != nil || in.GrantRead != nil || in.GrantReadACP != nil || in.GrantWrite != nil || in.GrantWriteACP != nil {
		return nil, implied("x-amz-grant-full-control")
	}
	list, err := listOf(in.ACL, in.AccessControlPolicy, objectACL)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		if err := b.admitList(tx, list); err != nil {
			return err
		}
		_, err := rewrite(tx, b, in.Key, in.VersionId, func(o *object) { o.ACL = list })
		return err
	})
	return answer(&api.PutObjectAclOutput{}, err)
}

// GetObjectAcl returns an object's access control list.
//
// Spec: S3 API Reference, GetObjectAcl.
func (s *Service) GetObjectAcl(ctx context.Context, in *api.GetObjectAclInput) (*api.GetObjectAclOutput, error) {
	out := &api.GetObjectAclOutput{}
	err := s.view(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		o, err := readable(tx, b, in.Key, in.VersionId)
		if err != nil {
			return err
		}
		out.Owner, out.Grants = ownerOf(o.Owner), o.ACL.grants(o.Owner)
		return nil
	})
	return answer(out, err)
}

// rewrite changes what is said of a version, without making a new one.
func rewrite(tx *kv.Tx, b *bucket, key string, versionID *string, how func(o *object)) (*object, error) {
	o, err := readable(tx, b, key, versionID)
	if err != nil {
		return nil, err
	}
	cur, err := current(tx, b, key)
	if err != nil {
		return nil, err
	}
	how(o)
	if cur.Seq == o.Seq {
		return o, kv.Put(tx, b.objectKey(key), *o)
	}
	return o, kv.Put(tx, b.versionKey(key, o.Seq), *o)
}

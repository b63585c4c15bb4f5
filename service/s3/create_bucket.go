package s3

import (
	"context"
	"net/netip"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// firstRegion is the region that is said by saying none, and where making a
// bucket again is no mistake.
const firstRegion = "us-east-1"

// CreateBucket creates a bucket. Its name is then taken for all accounts.
//
// Spec: S3 API Reference, CreateBucket.
func (s *Service) CreateBucket(ctx context.Context, in *api.CreateBucketInput) (*api.CreateBucketOutput, error) {
	if !validBucketName(in.Bucket) {
		return nil, fault(400, "InvalidBucketName", "The specified bucket is not valid.", "BucketName", in.Bucket)
	}
	if in.ObjectLockEnabledForBucket != nil && *in.ObjectLockEnabledForBucket {
		return nil, implied("x-amz-bucket-object-lock-enabled")
	}
	if in.GrantFullControl != nil || in.GrantRead != nil || in.GrantReadACP != nil || in.GrantWrite != nil || in.GrantWriteACP != nil {
		return nil, implied("x-amz-grant-full-control")
	}
	info := call.From(ctx)
	region, err := locationOf(info.Region, in.CreateBucketConfiguration)
	if err != nil {
		return nil, err
	}
	list, err := bucketACL(in.ACL)
	if err != nil {
		return nil, err
	}
	ownership := ownerEnforced
	if in.ObjectOwnership != nil {
		ownership = *in.ObjectOwnership
	}
	if !validOwnership(ownership) {
		return nil, invalidArgument("x-amz-object-ownership", ownership, "Invalid x-amz-object-ownership header: "+ownership)
	}
	if ownership == ownerEnforced && list.Canned != "" {
		return nil, fault(400, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
	}
	b := bucket{Ownership: ownership, Name: in.Bucket, Account: info.Account, Region: region, ID: s.IDs.Hex(16), Created: s.now(), ACL: list}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		have, ok, err := s.buckets.Get(tx, bucketKey(in.Bucket))
		switch {
		case err != nil:
			return err
		case ok && have.Account != info.Account:
			return &api.BucketAlreadyExists{Message: "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."}
		case ok && (have.Region != firstRegion || region != firstRegion):
			return fault(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", "BucketName", in.Bucket)
		case ok:
			return nil
		}
		blocked := api.PublicAccessBlockConfiguration{BlockPublicAcls: new(true), IgnorePublicAcls: new(true), BlockPublicPolicy: new(true), RestrictPublicBuckets: new(true)}
		if err := kv.Put(tx, b.settingKey(settingPublic), blocked); err != nil {
			return err
		}
		if c := in.CreateBucketConfiguration; c != nil && len(c.Tags) > 0 {
			if err := checkTags(c.Tags, maxBucketTags); err != nil {
				return err
			}
			if err := kv.Put(tx, b.settingKey(settingTags), c.Tags); err != nil {
				return err
			}
		}
		if err := tx.Put(namesKey(b.Account).With(b.Name), nil); err != nil {
			return err
		}
		return kv.Put(tx, bucketKey(b.Name), b)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateBucketOutput{Location: new("/" + in.Bucket), BucketArn: new(b.arn())}, nil
}

// locationOf is the region that a bucket is to be in. Outside of the first
// region it has to be the one that the request is sent to.
func locationOf(region string, c *api.CreateBucketConfiguration) (string, error) {
	if c != nil && (c.Location != nil || c.Bucket != nil) {
		return "", implied("CreateBucketConfiguration")
	}
	if region == "" || region == "aws-global" {
		region = firstRegion
	}
	asked := ""
	if c != nil && c.LocationConstraint != nil {
		asked = *c.LocationConstraint
	}
	if asked == "EU" {
		asked = "eu-west-1"
	}
	switch {
	case asked == firstRegion:
		return "", fault(400, "InvalidLocationConstraint", "The specified location-constraint is not valid", "LocationConstraint", asked)
	case asked == "" && region == firstRegion:
		return region, nil
	case asked == "":
		return "", fault(400, "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case region != firstRegion && asked != region:
		return "", fault(400, "IllegalLocationConstraintException", "The "+asked+" location constraint is incompatible for the region specific endpoint this request was sent to.")
	case !isRegion(asked):
		return "", fault(400, "InvalidLocationConstraint", "The specified location-constraint is not valid", "LocationConstraint", asked)
	}
	return asked, nil
}

// isRegion tells whether a name has a region's form.
func isRegion(name string) bool {
	parts := strings.Split(name, "-")
	last := parts[len(parts)-1]
	return len(parts) >= 3 && len(parts[0]) == 2 && len(last) == 1 && last[0] >= '1' && last[0] <= '9'
}

// validBucketName holds a name against S3's rules.
func validBucketName(name string) bool {
	if len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case (c == '-' || c == '.') && i > 0 && i < len(name)-1:
		default:
			return false
		}
	}
	if addr, err := netip.ParseAddr(name); err == nil && addr.Is4() {
		return false
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	return true
}

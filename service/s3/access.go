package s3

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// right is what an operation needs: an action of IAM on a bucket or an object,
// and the permission of access control lists that grants it, too.
type right struct {
	action  string // without "s3:"
	grant   string // "" : no list grants it
	version string // the action where a version is named; "": the same
}

// rights are what operations need that are not called as their action is.
func rights() map[string]right {
	return map[string]right{
		"HeadBucket":                                  {"ListBucket", "READ", ""},
		"ListObjects":                                 {"ListBucket", "READ", ""},
		"ListObjectsV2":                               {"ListBucket", "READ", ""},
		"ListObjectVersions":                          {"ListBucketVersions", "READ", ""},
		"ListMultipartUploads":                        {"ListBucketMultipartUploads", "READ", ""},
		"ListParts":                                   {"ListMultipartUploadParts", "", ""},
		"GetBucketAcl":                                {"GetBucketAcl", "READ_ACP", ""},
		"PutBucketAcl":                                {"PutBucketAcl", "WRITE_ACP", ""},
		"GetObject":                                   {"GetObject", "READ", "GetObjectVersion"},
		"HeadObject":                                  {"GetObject", "READ", "GetObjectVersion"},
		"GetObjectAttributes":                         {"GetObjectAttributes", "", "GetObjectVersionAttributes"},
		"GetObjectAcl":                                {"GetObjectAcl", "READ_ACP", "GetObjectVersionAcl"},
		"PutObjectAcl":                                {"PutObjectAcl", "WRITE_ACP", "PutObjectVersionAcl"},
		"GetObjectTagging":                            {"GetObjectTagging", "", "GetObjectVersionTagging"},
		"PutObjectTagging":                            {"PutObjectTagging", "", "PutObjectVersionTagging"},
		"DeleteObjectTagging":                         {"DeleteObjectTagging", "", "DeleteObjectVersionTagging"},
		"PutObject":                                   {"PutObject", "WRITE", ""},
		"CopyObject":                                  {"PutObject", "WRITE", ""},
		"CreateMultipartUpload":                       {"PutObject", "WRITE", ""},
		"UploadPart":                                  {"PutObject", "WRITE", ""},
		"UploadPartCopy":                              {"PutObject", "WRITE", ""},
		"CompleteMultipartUpload":                     {"PutObject", "WRITE", ""},
		"DeleteObject":                                {"DeleteObject", "WRITE", "DeleteObjectVersion"},
		"GetBucketLifecycleConfiguration":             {"GetLifecycleConfiguration", "", ""},
		"PutBucketLifecycleConfiguration":             {"PutLifecycleConfiguration", "", ""},
		"DeleteBucketLifecycle":                       {"PutLifecycleConfiguration", "", ""},
		"GetBucketEncryption":                         {"GetEncryptionConfiguration", "", ""},
		"PutBucketEncryption":                         {"PutEncryptionConfiguration", "", ""},
		"DeleteBucketEncryption":                      {"PutEncryptionConfiguration", "", ""},
		"GetBucketCors":                               {"GetBucketCORS", "", ""},
		"PutBucketCors":                               {"PutBucketCORS", "", ""},
		"DeleteBucketCors":                            {"PutBucketCORS", "", ""},
		"DeleteBucketTagging":                         {"PutBucketTagging", "", ""},
		"DeleteBucketOwnershipControls":               {"PutBucketOwnershipControls", "", ""},
		"GetPublicAccessBlock":                        {"GetBucketPublicAccessBlock", "", ""},
		"PutPublicAccessBlock":                        {"PutBucketPublicAccessBlock", "", ""},
		"DeletePublicAccessBlock":                     {"PutBucketPublicAccessBlock", "", ""},
		"GetBucketNotificationConfiguration":          {"GetBucketNotification", "", ""},
		"PutBucketNotificationConfiguration":          {"PutBucketNotification", "", ""},
		"GetBucketReplication":                        {"GetReplicationConfiguration", "", ""},
		"DeleteBucketReplication":                     {"PutReplicationConfiguration", "", ""},
		"GetBucketAccelerateConfiguration":            {"GetAccelerateConfiguration", "", ""},
		"PutBucketAccelerateConfiguration":            {"PutAccelerateConfiguration", "", ""},
		"GetObjectLockConfiguration":                  {"GetBucketObjectLockConfiguration", "", ""},
		"GetBucketAnalyticsConfiguration":             {"GetAnalyticsConfiguration", "", ""},
		"DeleteBucketAnalyticsConfiguration":          {"PutAnalyticsConfiguration", "", ""},
		"ListBucketAnalyticsConfigurations":           {"GetAnalyticsConfiguration", "", ""},
		"GetBucketIntelligentTieringConfiguration":    {"GetIntelligentTieringConfiguration", "", ""},
		"DeleteBucketIntelligentTieringConfiguration": {"PutIntelligentTieringConfiguration", "", ""},
		"ListBucketIntelligentTieringConfigurations":  {"GetIntelligentTieringConfiguration", "", ""},
		"GetBucketInventoryConfiguration":             {"GetInventoryConfiguration", "", ""},
		"DeleteBucketInventoryConfiguration":          {"PutInventoryConfiguration", "", ""},
		"ListBucketInventoryConfigurations":           {"GetInventoryConfiguration", "", ""},
		"GetBucketMetricsConfiguration":               {"GetMetricsConfiguration", "", ""},
		"DeleteBucketMetricsConfiguration":            {"PutMetricsConfiguration", "", ""},
		"ListBucketMetricsConfigurations":             {"GetMetricsConfiguration", "", ""},
	}
}

// Accesses tells what a call does to which buckets and objects, and what they
// say of it.
func (s *Service) Accesses(ctx context.Context, operation string, in any) ([]call.Access, error) {
	if operation == "CreateBucket" || operation == "ListBuckets" {
		return nil, nil
	}
	named := namedBy(in)
	if named.bucket == "" {
		return nil, nil
	}
	need, ok := s.rights[operation]
	if !ok {
		need = right{action: operation}
	}
	if named.version != nil && need.version != "" {
		need.action = need.version
	}
	var out []call.Access
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		out = out[:0]
		look := looker{tx: tx, s: s, caller: call.From(ctx).Principal, conditions: conditionsOf(in)}
		switch in := in.(type) {
		case *api.DeleteObjectsInput:
			return look.deletions(&out, in)
		case *api.CopyObjectInput:
			if err := look.source(&out, in.CopySource); err != nil {
				return err
			}
		case *api.UploadPartCopyInput:
			if err := look.source(&out, in.CopySource); err != nil {
				return err
			}
		}
		if err := look.at(&out, named, need); err != nil {
			return err
		}
		for _, more := range alsoNeeded(in) {
			if err := look.at(&out, named, right{action: more}); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// alsoNeeded are the actions that a request needs for what it says beside its
// content.
func alsoNeeded(in any) (actions []string) {
	switch in := in.(type) {
	case *api.PutObjectInput:
		if in.ACL != nil && *in.ACL != "private" && *in.ACL != "bucket-owner-full-control" {
			actions = append(actions, "PutObjectAcl")
		}
		if in.Tagging != nil {
			actions = append(actions, "PutObjectTagging")
		}
	case *api.CopyObjectInput:
		if in.ACL != nil && *in.ACL != "private" && *in.ACL != "bucket-owner-full-control" {
			actions = append(actions, "PutObjectAcl")
		}
		if in.Tagging != nil {
			actions = append(actions, "PutObjectTagging")
		}
	}
	return actions
}

// subject is what a request names.
type subject struct {
	bucket, key string
	version     *string
}

// namedBy reads the members that the inputs of all operations have in common:
// they are generated one by one, so it asks for them by name.
func namedBy(in any) (p subject) {
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct {
		return p
	}
	if f := v.FieldByName("Bucket"); f.Kind() == reflect.String {
		p.bucket = f.String()
	}
	if f := v.FieldByName("Key"); f.Kind() == reflect.String {
		p.key = f.String()
	}
	if f := v.FieldByName("VersionId"); f.IsValid() {
		p.version, _ = f.Interface().(*string)
	}
	return p
}

// conditionsOf are the condition keys that a request has of its own.
func conditionsOf(in any) map[string][]string {
	keys := map[string][]string{}
	set := func(name string, value *string) {
		if value != nil {
			keys[name] = []string{*value}
		}
	}
	number := func(n *int32) *string {
		if n == nil {
			return nil
		}
		return new(fmt.Sprint(*n))
	}
	switch in := in.(type) {
	case *api.ListObjectsInput:
		set("s3:prefix", in.Prefix)
		set("s3:delimiter", in.Delimiter)
		set("s3:max-keys", number(in.MaxKeys))
	case *api.ListObjectsV2Input:
		set("s3:prefix", in.Prefix)
		set("s3:delimiter", in.Delimiter)
		set("s3:max-keys", number(in.MaxKeys))
	case *api.ListObjectVersionsInput:
		set("s3:prefix", in.Prefix)
		set("s3:delimiter", in.Delimiter)
		set("s3:max-keys", number(in.MaxKeys))
	case *api.PutObjectInput:
		set("s3:x-amz-acl", in.ACL)
		set("s3:x-amz-server-side-encryption", in.ServerSideEncryption)
		set("s3:x-amz-storage-class", in.StorageClass)
	case *api.CopyObjectInput:
		set("s3:x-amz-acl", in.ACL)
		set("s3:x-amz-copy-source", &in.CopySource)
		set("s3:x-amz-server-side-encryption", in.ServerSideEncryption)
		set("s3:x-amz-storage-class", in.StorageClass)
	case *api.PutBucketAclInput:
		set("s3:x-amz-acl", in.ACL)
	case *api.PutObjectAclInput:
		set("s3:x-amz-acl", in.ACL)
	}
	set("s3:versionid", namedBy(in).version)
	return keys
}

// looker finds out what buckets and objects say of a call.
type looker struct {
	tx         *kv.Tx
	s          *Service
	caller     call.Principal
	conditions map[string][]string
}

// deletions are those of DeleteObjects: each key's.
func (l looker) deletions(out *[]call.Access, in *api.DeleteObjectsInput) error {
	if in.Delete == nil {
		return l.at(out, subject{bucket: in.Bucket, key: "*"}, right{action: "DeleteObject", grant: "WRITE"})
	}
	for _, o := range in.Delete.Objects {
		need := right{action: "DeleteObject", grant: "WRITE"}
		if o.VersionId != nil {
			need.action = "DeleteObjectVersion"
		}
		if err := l.at(out, subject{in.Bucket, o.Key, o.VersionId}, need); err != nil {
			return err
		}
	}
	return nil
}

// source is what is copied, which has to be readable.
func (l looker) source(out *[]call.Access, header string) error {
	from, err := parseCopySource(header)
	if err != nil {
		return err
	}
	need := right{action: "GetObject", grant: "READ"}
	if from.versionID != nil {
		need.action = "GetObjectVersion"
	}
	return l.at(out, subject{from.bucket, from.key, from.versionID}, need)
}

// at adds one access to a bucket, or to an object where a key is named. Who asks
// for an object that is not there may be told so only if it may list the bucket.
func (l looker) at(out *[]call.Access, p subject, need right) error {
	b, ok, err := l.s.buckets.Get(l.tx, bucketKey(p.bucket))
	switch {
	case err != nil:
		return fmt.Errorf("load bucket: %w", err)
	case !ok:
		return noSuchBucket(p.bucket)
	}
	document, _, err := kv.Get[string](l.tx, b.settingKey(settingPolicy))
	if err != nil {
		return fmt.Errorf("load bucket policy: %w", err)
	}
	block, err := l.blocked(b)
	if err != nil {
		return err
	}
	a := call.Access{
		Action: "s3:" + need.action, Resource: b.arn(), Account: b.Account, Policy: document, Context: l.conditions,
		Closed:   block.restrict && isPublicPolicy(document),
		Unlocked: slices.Contains([]string{"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"}, need.action),
	}
	list, owner, missing := b.ACL, b.Account, false
	if p.key != "" {
		a.Resource += "/" + p.key
		if need.grant != "WRITE" {
			if list, owner, missing, err = l.object(b, p, &a); err != nil {
				return err
			}
		}
	}
	a.Granted = need.grant != "" && b.Ownership != ownerEnforced && grants(list, owner, l.caller, need.grant, !block.ignoreACLs)
	*out = append(*out, a)
	if missing && strings.HasPrefix(need.action, "GetObject") {
		return l.at(out, subject{bucket: p.bucket}, right{action: "ListBucket", grant: "READ"})
	}
	return nil
}

// object reads what an object adds to an access: its list, and the tags that it
// has.
func (l looker) object(b *bucket, p subject, a *call.Access) (list acl, owner string, missing bool, err error) {
	o, _, err := version(l.tx, b, p.key, p.version)
	if err != nil || o == nil || o.Marker {
		if refusal, ok := err.(interface{ ErrorCode() string }); ok && refusal.ErrorCode() != "" {
			err = nil // a version that cannot be is for the operation to refuse
		}
		return acl{}, b.Account, true, err
	}
	if len(o.Tags) > 0 {
		keys := make(map[string][]string, len(a.Context)+len(o.Tags))
		for name, values := range a.Context {
			keys[name] = values
		}
		for _, tag := range o.Tags {
			keys["s3:existingobjecttag/"+strings.ToLower(tag.Key)] = []string{tag.Value}
		}
		a.Context = keys
	}
	return o.ACL, o.Owner, false, nil
}

// grants tells whether an access control list lets a caller in.
func grants(list acl, owner string, caller call.Principal, permission string, groups bool) bool {
	return slices.ContainsFunc(list.grants(owner), func(g api.Grant) bool {
		if g.Grantee == nil || wire.Value(g.Permission) != permission && wire.Value(g.Permission) != "FULL_CONTROL" {
			return false
		}
		switch wire.Value(g.Grantee.URI) {
		case groupAll:
			return groups
		case groupUsers:
			return groups && caller.Kind != call.Anonymous
		}
		// A grant to an account is its root's: others need policies of their own.
		return caller.Kind == call.Root && wire.Value(g.Grantee.ID) == ownerID(caller.Account)
	})
}

// publicBlock is what a bucket's public access block keeps out.
type publicBlock struct{ acls, ignoreACLs, policies, restrict bool }

// blocked reads a bucket's public access block.
func (l looker) blocked(b *bucket) (publicBlock, error) { return blockOf(l.tx, b) }

// blockOf reads a bucket's public access block.
func blockOf(tx *kv.Tx, b *bucket) (publicBlock, error) {
	c, _, err := kv.Get[api.PublicAccessBlockConfiguration](tx, b.settingKey(settingPublic))
	if err != nil {
		return publicBlock{}, fmt.Errorf("load public access block: %w", err)
	}
	is := func(flag *bool) bool { return flag != nil && *flag }
	return publicBlock{is(c.BlockPublicAcls), is(c.IgnorePublicAcls), is(c.BlockPublicPolicy), is(c.RestrictPublicBuckets)}, nil
}

// isPublicPolicy tells whether a bucket's policy lets anyone in.
func isPublicPolicy(document string) bool {
	if document == "" {
		return false
	}
	d, err := policy.Parse(document)
	return err == nil && d.Public()
}

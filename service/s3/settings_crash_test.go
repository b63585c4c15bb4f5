package s3

import (
	"strings"
	"testing"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

func TestBucketConfigurationsSurviveCrashes(t *testing.T) {
	t.Parallel()
	const b = "b12"
	tags := &api.Tagging{TagSet: []api.Tag{{Key: "k", Value: "v"}}}
	rule := api.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &api.ServerSideEncryptionByDefault{SSEAlgorithm: "AES256"}}
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(t, st)
		h.Did(s.CreateBucket(ctx, &api.CreateBucketInput{Bucket: b}))
		h.Did(s.PutBucketTagging(ctx, &api.PutBucketTaggingInput{Bucket: b, Tagging: tags}))
		h.Did(s.PutBucketCors(ctx, &api.PutBucketCorsInput{Bucket: b, CORSConfiguration: &api.CORSConfiguration{CORSRules: []api.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}}}))
		h.Did(s.PutBucketWebsite(ctx, &api.PutBucketWebsiteInput{Bucket: b, WebsiteConfiguration: &api.WebsiteConfiguration{IndexDocument: &api.IndexDocument{Suffix: "index.html"}}}))
		h.Did(s.PutBucketEncryption(ctx, &api.PutBucketEncryptionInput{Bucket: b, ServerSideEncryptionConfiguration: &api.ServerSideEncryptionConfiguration{Rules: []api.ServerSideEncryptionRule{rule}}}))
		h.Did(s.PutBucketLifecycleConfiguration(ctx, &api.PutBucketLifecycleConfigurationInput{Bucket: b, LifecycleConfiguration: &api.BucketLifecycleConfiguration{Rules: []api.LifecycleRule{{Status: "Enabled", Prefix: new(""), Expiration: &api.LifecycleExpiration{Days: new(int32(1))}}}}}))
		h.Did(s.PutBucketNotificationConfiguration(ctx, &api.PutBucketNotificationConfigurationInput{Bucket: b, SkipDestinationValidation: new(true), NotificationConfiguration: &api.NotificationConfiguration{
			QueueConfigurations: []api.QueueConfiguration{{QueueArn: "arn:aws:sqs:us-east-1:000000000000:q", Events: []string{"s3:ObjectCreated:*"}}},
		}}))
		h.Did(s.PutPublicAccessBlock(ctx, &api.PutPublicAccessBlockInput{Bucket: b, PublicAccessBlockConfiguration: &api.PublicAccessBlockConfiguration{BlockPublicAcls: new(true)}}))
		h.Did(s.DeletePublicAccessBlock(ctx, &api.DeletePublicAccessBlockInput{Bucket: b}))
		h.Did(s.PutBucketOwnershipControls(ctx, &api.PutBucketOwnershipControlsInput{Bucket: b, OwnershipControls: &api.OwnershipControls{Rules: []api.OwnershipControlsRule{{ObjectOwnership: "ObjectWriter"}}}}))
		h.Did(s.PutBucketAcl(ctx, &api.PutBucketAclInput{Bucket: b, ACL: new("public-read")}))
		h.Did(s.DeleteBucketOwnershipControls(ctx, &api.DeleteBucketOwnershipControlsInput{Bucket: b}))
		h.Did(s.PutBucketPolicy(ctx, &api.PutBucketPolicyInput{Bucket: b, Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b12/*"}]}`}))
		h.Did(s.PutBucketVersioning(ctx, &api.PutBucketVersioningInput{Bucket: b, VersioningConfiguration: &api.VersioningConfiguration{Status: new("Enabled")}}))
		h.Did(s.DeleteBucketTagging(ctx, &api.DeleteBucketTaggingInput{Bucket: b}))
		h.Did(s.DeleteBucketCors(ctx, &api.DeleteBucketCorsInput{Bucket: b}))
		h.Did(s.DeleteBucketWebsite(ctx, &api.DeleteBucketWebsiteInput{Bucket: b}))
		h.Did(s.DeleteBucketEncryption(ctx, &api.DeleteBucketEncryptionInput{Bucket: b}))
		h.Did(s.DeleteBucketLifecycle(ctx, &api.DeleteBucketLifecycleInput{Bucket: b}))
		h.Did(s.DeleteBucketPolicy(ctx, &api.DeleteBucketPolicyInput{Bucket: b}))
		h.Did(s.DeleteBucket(ctx, &api.DeleteBucketInput{Bucket: b}))
	})
}

func TestWhatIsSaidOfObjectsSurvivesCrashes(t *testing.T) {
	t.Parallel()
	const b, k = "b12", "k"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := newTestService(t, st)
		for _, swept := range []string{"object", "put", "wait", "due"} {
			h.Except(kv.NewKey("", "", "blob", swept))
		}
		h.Did(s.CreateBucket(ctx, &api.CreateBucketInput{Bucket: b, ObjectOwnership: new("ObjectWriter")}))
		h.Did(s.DeletePublicAccessBlock(ctx, &api.DeletePublicAccessBlockInput{Bucket: b}))
		h.Did(s.PutObject(ctx, &api.PutObjectInput{Bucket: b, Key: k, Body: strings.NewReader("small")}))
		h.Did(s.PutObjectTagging(ctx, &api.PutObjectTaggingInput{Bucket: b, Key: k, Tagging: &api.Tagging{TagSet: []api.Tag{{Key: "k", Value: "v"}}}}))
		h.Did(s.DeleteObjectTagging(ctx, &api.DeleteObjectTaggingInput{Bucket: b, Key: k}))
		h.Did(s.PutObjectAcl(ctx, &api.PutObjectAclInput{Bucket: b, Key: k, ACL: new("public-read")}))
		up, err := s.CreateMultipartUpload(ctx, &api.CreateMultipartUploadInput{Bucket: b, Key: "u"})
		h.Did(up, err)
		h.Did(s.UploadPartCopy(ctx, &api.UploadPartCopyInput{Bucket: b, Key: "u", UploadId: *up.UploadId, PartNumber: 1, CopySource: b + "/" + k}))
		h.Did(s.AbortMultipartUpload(ctx, &api.AbortMultipartUploadInput{Bucket: b, Key: "u", UploadId: *up.UploadId}))
	})
}

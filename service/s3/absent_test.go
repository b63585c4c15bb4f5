package s3_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// What a tool reads that wants to know all of a bucket is answered as of one that
// nobody has configured.
func TestConfigurationsThatNoBucketHasReadAsAbsent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := aws.String("x")
	tests := map[string]struct {
		ask  func(ctx context.Context, bucket *string) error
		code string // "" is an answer without anything in it
	}{
		"replication": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.GetBucketReplication(ctx, &client.GetBucketReplicationInput{Bucket: bucket})
			return err
		}, "ReplicationConfigurationNotFoundError"},
		"no replication any more": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.DeleteBucketReplication(ctx, &client.DeleteBucketReplicationInput{Bucket: bucket})
			return err
		}, ""},
		"logging": {func(ctx context.Context, bucket *string) error {
			out, err := b.s3.GetBucketLogging(ctx, &client.GetBucketLoggingInput{Bucket: bucket})
			if err == nil && out.LoggingEnabled != nil {
				t.Errorf("logging %+v", out.LoggingEnabled)
			}
			return err
		}, ""},
		"no logging": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.PutBucketLogging(ctx, &client.PutBucketLoggingInput{Bucket: bucket, BucketLoggingStatus: &types.BucketLoggingStatus{}})
			return err
		}, ""},
		"acceleration": {func(ctx context.Context, bucket *string) error {
			out, err := b.s3.GetBucketAccelerateConfiguration(ctx, &client.GetBucketAccelerateConfigurationInput{Bucket: bucket})
			if err == nil && out.Status != "" {
				t.Errorf("acceleration %s", out.Status)
			}
			return err
		}, ""},
		"no acceleration": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.PutBucketAccelerateConfiguration(ctx, &client.PutBucketAccelerateConfigurationInput{
				Bucket: bucket, AccelerateConfiguration: &types.AccelerateConfiguration{Status: types.BucketAccelerateStatusSuspended},
			})
			return err
		}, ""},
		"payer": {func(ctx context.Context, bucket *string) error {
			out, err := b.s3.GetBucketRequestPayment(ctx, &client.GetBucketRequestPaymentInput{Bucket: bucket})
			if err == nil && out.Payer != types.PayerBucketOwner {
				t.Errorf("payer %s", out.Payer)
			}
			return err
		}, ""},
		"owner pays": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.PutBucketRequestPayment(ctx, &client.PutBucketRequestPaymentInput{
				Bucket: bucket, RequestPaymentConfiguration: &types.RequestPaymentConfiguration{Payer: types.PayerBucketOwner},
			})
			return err
		}, ""},
		"object lock": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.GetObjectLockConfiguration(ctx, &client.GetObjectLockConfigurationInput{Bucket: bucket})
			return err
		}, "ObjectLockConfigurationNotFoundError"},
		"legal hold": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.GetObjectLegalHold(ctx, &client.GetObjectLegalHoldInput{Bucket: bucket, Key: id})
			return err
		}, "InvalidRequest"},
		"retention": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.GetObjectRetention(ctx, &client.GetObjectRetentionInput{Bucket: bucket, Key: id})
			return err
		}, "InvalidRequest"},
		"analytics": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.GetBucketAnalyticsConfiguration(ctx, &client.GetBucketAnalyticsConfigurationInput{Bucket: bucket, Id: id})
			return err
		}, "NoSuchConfiguration"},
		"all analytics": {func(ctx context.Context, bucket *string) error {
			out, err := b.s3.ListBucketAnalyticsConfigurations(ctx, &client.ListBucketAnalyticsConfigurationsInput{Bucket: bucket})
			if err == nil && len(out.AnalyticsConfigurationList) > 0 {
				t.Errorf("analytics %+v", out)
			}
			return err
		}, ""},
		"tiering": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.GetBucketIntelligentTieringConfiguration(ctx, &client.GetBucketIntelligentTieringConfigurationInput{Bucket: bucket, Id: id})
			return err
		}, "NoSuchConfiguration"},
		"all tiering": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.ListBucketIntelligentTieringConfigurations(ctx, &client.ListBucketIntelligentTieringConfigurationsInput{Bucket: bucket})
			return err
		}, ""},
		"inventory": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.GetBucketInventoryConfiguration(ctx, &client.GetBucketInventoryConfigurationInput{Bucket: bucket, Id: id})
			return err
		}, "NoSuchConfiguration"},
		"no inventory": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.DeleteBucketInventoryConfiguration(ctx, &client.DeleteBucketInventoryConfigurationInput{Bucket: bucket, Id: id})
			return err
		}, "NoSuchConfiguration"},
		"all inventories": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.ListBucketInventoryConfigurations(ctx, &client.ListBucketInventoryConfigurationsInput{Bucket: bucket})
			return err
		}, ""},
		"metrics": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.GetBucketMetricsConfiguration(ctx, &client.GetBucketMetricsConfigurationInput{Bucket: bucket, Id: id})
			return err
		}, "NoSuchConfiguration"},
		"all metrics": {func(ctx context.Context, bucket *string) error {
			_, err := b.s3.ListBucketMetricsConfigurations(ctx, &client.ListBucketMetricsConfigurationsInput{Bucket: bucket})
			return err
		}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := tt.ask(t.Context(), b.bucket); code(err) != tt.code {
				t.Errorf("%v, want %q", err, tt.code)
			}
			if err := tt.ask(t.Context(), aws.String("no-such-bucket")); code(err) != "NoSuchBucket" {
				t.Errorf("of no bucket: %v", err)
			}
		})
	}
}

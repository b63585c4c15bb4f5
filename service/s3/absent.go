package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// Here are the configurations that no bucket has, since storing them is refused:
// they read as those of a bucket without them, for tools that read all that a
// bucket may have, and putting back what such a bucket has is no change.

// absent answers for a configuration of a bucket that is not there.
func (s *Service) absent(ctx context.Context, name string, owner *string, missing error) error {
	return s.view(ctx, name, owner, func(*kv.Tx, *bucket) error { return missing })
}

// noConfiguration is S3's error where a configuration is asked for by its id.
func noConfiguration() error {
	return fault(404, "NoSuchConfiguration", "The specified configuration does not exist.")
}

// unlocked is S3's error where an object's lock is asked for in a bucket that
// locks none.
func unlocked() error { return invalidRequest("Bucket is missing Object Lock Configuration") }

// GetBucketReplication tells that a bucket is not replicated.
//
// Spec: S3 API Reference, GetBucketReplication.
func (s *Service) GetBucketReplication(ctx context.Context, in *api.GetBucketReplicationInput) (*api.GetBucketReplicationOutput, error) {
	return answer(&api.GetBucketReplicationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, none("ReplicationConfigurationNotFoundError", "The replication configuration was not found")(in.Bucket)))
}

// DeleteBucketReplication has nothing to remove, which is no error.
//
// Spec: S3 API Reference, DeleteBucketReplication.
func (s *Service) DeleteBucketReplication(ctx context.Context, in *api.DeleteBucketReplicationInput) (*api.DeleteBucketReplicationOutput, error) {
	return answer(&api.DeleteBucketReplicationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// GetBucketLogging tells that requests of a bucket are not logged.
//
// Spec: S3 API Reference, GetBucketLogging.
func (s *Service) GetBucketLogging(ctx context.Context, in *api.GetBucketLoggingInput) (*api.GetBucketLoggingOutput, error) {
	return answer(&api.GetBucketLoggingOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// PutBucketLogging takes only that requests are not logged.
//
// Spec: S3 API Reference, PutBucketLogging.
func (s *Service) PutBucketLogging(ctx context.Context, in *api.PutBucketLoggingInput) (*api.PutBucketLoggingOutput, error) {
	if in.BucketLoggingStatus == nil {
		return nil, malformedXML()
	}
	if in.BucketLoggingStatus.LoggingEnabled != nil {
		return nil, wire.NotImplemented("s3", "PutBucketLogging")
	}
	return answer(&api.PutBucketLoggingOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// GetBucketAccelerateConfiguration tells that transfers of a bucket were never accelerated.
//
// Spec: S3 API Reference, GetBucketAccelerateConfiguration.
func (s *Service) GetBucketAccelerateConfiguration(ctx context.Context, in *api.GetBucketAccelerateConfigurationInput) (*api.GetBucketAccelerateConfigurationOutput, error) {
	return answer(&api.GetBucketAccelerateConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// PutBucketAccelerateConfiguration takes only that transfers are not accelerated.
//
// Spec: S3 API Reference, PutBucketAccelerateConfiguration.
func (s *Service) PutBucketAccelerateConfiguration(ctx context.Context, in *api.PutBucketAccelerateConfigurationInput) (*api.PutBucketAccelerateConfigurationOutput, error) {
	if in.AccelerateConfiguration == nil {
		return nil, malformedXML()
	}
	if wire.Value(in.AccelerateConfiguration.Status) != api.BucketAccelerateStatusSuspended {
		return nil, wire.NotImplemented("s3", "PutBucketAccelerateConfiguration")
	}
	return answer(&api.PutBucketAccelerateConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// GetBucketRequestPayment tells that the owner of a bucket pays.
//
// Spec: S3 API Reference, GetBucketRequestPayment.
func (s *Service) GetBucketRequestPayment(ctx context.Context, in *api.GetBucketRequestPaymentInput) (*api.GetBucketRequestPaymentOutput, error) {
	return answer(&api.GetBucketRequestPaymentOutput{Payer: new(api.PayerBucketOwner)}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// PutBucketRequestPayment takes only that the owner pays.
//
// Spec: S3 API Reference, PutBucketRequestPayment.
func (s *Service) PutBucketRequestPayment(ctx context.Context, in *api.PutBucketRequestPaymentInput) (*api.PutBucketRequestPaymentOutput, error) {
	if in.RequestPaymentConfiguration == nil {
		return nil, malformedXML()
	}
	if in.RequestPaymentConfiguration.Payer != api.PayerBucketOwner {
		return nil, wire.NotImplemented("s3", "PutBucketRequestPayment")
	}
	return answer(&api.PutBucketRequestPaymentOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// GetObjectLockConfiguration tells that a bucket locks no objects.
//
// Spec: S3 API Reference, GetObjectLockConfiguration.
func (s *Service) GetObjectLockConfiguration(ctx context.Context, in *api.GetObjectLockConfigurationInput) (*api.GetObjectLockConfigurationOutput, error) {
	return answer(&api.GetObjectLockConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, none("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")(in.Bucket)))
}

// GetObjectLegalHold tells that a bucket locks no objects.
//
// Spec: S3 API Reference, GetObjectLegalHold.
func (s *Service) GetObjectLegalHold(ctx context.Context, in *api.GetObjectLegalHoldInput) (*api.GetObjectLegalHoldOutput, error) {
	return answer(&api.GetObjectLegalHoldOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, unlocked()))
}

// GetObjectRetention tells that a bucket locks no objects.
//
// Spec: S3 API Reference, GetObjectRetention.
func (s *Service) GetObjectRetention(ctx context.Context, in *api.GetObjectRetentionInput) (*api.GetObjectRetentionOutput, error) {
	return answer(&api.GetObjectRetentionOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, unlocked()))
}

// GetBucketAnalyticsConfiguration finds no configuration of analyses.
//
// Spec: S3 API Reference, GetBucketAnalyticsConfiguration.
func (s *Service) GetBucketAnalyticsConfiguration(ctx context.Context, in *api.GetBucketAnalyticsConfigurationInput) (*api.GetBucketAnalyticsConfigurationOutput, error) {
	return answer(&api.GetBucketAnalyticsConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, noConfiguration()))
}

// DeleteBucketAnalyticsConfiguration finds no configuration of analyses.
//
// Spec: S3 API Reference, DeleteBucketAnalyticsConfiguration.
func (s *Service) DeleteBucketAnalyticsConfiguration(ctx context.Context, in *api.DeleteBucketAnalyticsConfigurationInput) (*api.DeleteBucketAnalyticsConfigurationOutput, error) {
	return answer(&api.DeleteBucketAnalyticsConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, noConfiguration()))
}

// ListBucketAnalyticsConfigurations lists no configurations of analyses.
//
// Spec: S3 API Reference, ListBucketAnalyticsConfigurations.
func (s *Service) ListBucketAnalyticsConfigurations(ctx context.Context, in *api.ListBucketAnalyticsConfigurationsInput) (*api.ListBucketAnalyticsConfigurationsOutput, error) {
	return answer(&api.ListBucketAnalyticsConfigurationsOutput{IsTruncated: new(false)}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// GetBucketIntelligentTieringConfiguration finds no configuration of tiers.
//
// Spec: S3 API Reference, GetBucketIntelligentTieringConfiguration.
func (s *Service) GetBucketIntelligentTieringConfiguration(ctx context.Context, in *api.GetBucketIntelligentTieringConfigurationInput) (*api.GetBucketIntelligentTieringConfigurationOutput, error) {
	return answer(&api.GetBucketIntelligentTieringConfigurationOutput{}, s.absent(ctx, in.Bucket, nil, noConfiguration()))
}

// DeleteBucketIntelligentTieringConfiguration finds no configuration of tiers.
//
// Spec: S3 API Reference, DeleteBucketIntelligentTieringConfiguration.
func (s *Service) DeleteBucketIntelligentTieringConfiguration(ctx context.Context, in *api.DeleteBucketIntelligentTieringConfigurationInput) (*api.DeleteBucketIntelligentTieringConfigurationOutput, error) {
	return answer(&api.DeleteBucketIntelligentTieringConfigurationOutput{}, s.absent(ctx, in.Bucket, nil, noConfiguration()))
}

// ListBucketIntelligentTieringConfigurations lists no configurations of tiers.
//
// Spec: S3 API Reference, ListBucketIntelligentTieringConfigurations.
func (s *Service) ListBucketIntelligentTieringConfigurations(ctx context.Context, in *api.ListBucketIntelligentTieringConfigurationsInput) (*api.ListBucketIntelligentTieringConfigurationsOutput, error) {
	return answer(&api.ListBucketIntelligentTieringConfigurationsOutput{IsTruncated: new(false)}, s.absent(ctx, in.Bucket, nil, nil))
}

// GetBucketInventoryConfiguration finds no configuration of inventories.
//
// Spec: S3 API Reference, GetBucketInventoryConfiguration.
func (s *Service) GetBucketInventoryConfiguration(ctx context.Context, in *api.GetBucketInventoryConfigurationInput) (*api.GetBucketInventoryConfigurationOutput, error) {
	return answer(&api.GetBucketInventoryConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, noConfiguration()))
}

// DeleteBucketInventoryConfiguration finds no configuration of inventories.
//
// Spec: S3 API Reference, DeleteBucketInventoryConfiguration.
func (s *Service) DeleteBucketInventoryConfiguration(ctx context.Context, in *api.DeleteBucketInventoryConfigurationInput) (*api.DeleteBucketInventoryConfigurationOutput, error) {
	return answer(&api.DeleteBucketInventoryConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, noConfiguration()))
}

// ListBucketInventoryConfigurations lists no configurations of inventories.
//
// Spec: S3 API Reference, ListBucketInventoryConfigurations.
func (s *Service) ListBucketInventoryConfigurations(ctx context.Context, in *api.ListBucketInventoryConfigurationsInput) (*api.ListBucketInventoryConfigurationsOutput, error) {
	return answer(&api.ListBucketInventoryConfigurationsOutput{IsTruncated: new(false)}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

// GetBucketMetricsConfiguration finds no configuration of metrics.
//
// Spec: S3 API Reference, GetBucketMetricsConfiguration.
func (s *Service) GetBucketMetricsConfiguration(ctx context.Context, in *api.GetBucketMetricsConfigurationInput) (*api.GetBucketMetricsConfigurationOutput, error) {
	return answer(&api.GetBucketMetricsConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, noConfiguration()))
}

// DeleteBucketMetricsConfiguration finds no configuration of metrics.
//
// Spec: S3 API Reference, DeleteBucketMetricsConfiguration.
func (s *Service) DeleteBucketMetricsConfiguration(ctx context.Context, in *api.DeleteBucketMetricsConfigurationInput) (*api.DeleteBucketMetricsConfigurationOutput, error) {
	return answer(&api.DeleteBucketMetricsConfigurationOutput{}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, noConfiguration()))
}

// ListBucketMetricsConfigurations lists no configurations of metrics.
//
// Spec: S3 API Reference, ListBucketMetricsConfigurations.
func (s *Service) ListBucketMetricsConfigurations(ctx context.Context, in *api.ListBucketMetricsConfigurationsInput) (*api.ListBucketMetricsConfigurationsOutput, error) {
	return answer(&api.ListBucketMetricsConfigurationsOutput{IsTruncated: new(false)}, s.absent(ctx, in.Bucket, in.ExpectedBucketOwner, nil))
}

package s3

import (
	"context"
	"strings"

	api "maru.dev/maru/api/s3"
)

// PutBucketWebsite stores how a bucket would be served as a website.
//
// Spec: S3 API Reference, PutBucketWebsite.
func (s *Service) PutBucketWebsite(ctx context.Context, in *api.PutBucketWebsiteInput) (*api.PutBucketWebsiteOutput, error) {
	c := in.WebsiteConfiguration
	switch {
	case c == nil:
		return nil, malformedXML()
	case c.RedirectAllRequestsTo != nil && (c.IndexDocument != nil || c.ErrorDocument != nil || len(c.RoutingRules) > 0):
		return nil, fault(400, "InvalidRequest", "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.")
	case c.RedirectAllRequestsTo == nil && c.IndexDocument == nil:
		return nil, invalidArgument("IndexDocument", "null", "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty")
	case c.IndexDocument != nil && (c.IndexDocument.Suffix == "" || strings.Contains(c.IndexDocument.Suffix, "/")):
		return nil, invalidArgument("IndexDocument", c.IndexDocument.Suffix, "The IndexDocument Suffix is not well formed")
	}
	return answer(&api.PutBucketWebsiteOutput{}, putSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingWebsite, *c))
}

// GetBucketWebsite returns a bucket's website configuration.
//
// Spec: S3 API Reference, GetBucketWebsite.
func (s *Service) GetBucketWebsite(ctx context.Context, in *api.GetBucketWebsiteInput) (*api.GetBucketWebsiteOutput, error) {
	c, err := getSetting[api.WebsiteConfiguration](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingWebsite,
		none("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"))
	return answer(&api.GetBucketWebsiteOutput{
		RedirectAllRequestsTo: c.RedirectAllRequestsTo, IndexDocument: c.IndexDocument, ErrorDocument: c.ErrorDocument, RoutingRules: c.RoutingRules,
	}, err)
}

// DeleteBucketWebsite removes a bucket's website configuration.
//
// Spec: S3 API Reference, DeleteBucketWebsite.
func (s *Service) DeleteBucketWebsite(ctx context.Context, in *api.DeleteBucketWebsiteInput) (*api.DeleteBucketWebsiteOutput, error) {
	return answer(&api.DeleteBucketWebsiteOutput{}, deleteSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingWebsite))
}

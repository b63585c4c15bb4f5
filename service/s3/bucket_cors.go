package s3

import (
	"context"
	"slices"
	"strings"

	api "maru.dev/maru/api/s3"
)

// maxCORSRules is how many rules a bucket may have.
const maxCORSRules = 100

// PutBucketCors sets which pages of other origins may use a bucket.
//
// Spec: S3 API Reference, PutBucketCors.
func (s *Service) PutBucketCors(ctx context.Context, in *api.PutBucketCorsInput) (*api.PutBucketCorsOutput, error) {
	if in.CORSConfiguration == nil || len(in.CORSConfiguration.CORSRules) == 0 || len(in.CORSConfiguration.CORSRules) > maxCORSRules {
		return nil, malformedXML()
	}
	for i := range in.CORSConfiguration.CORSRules {
		r := &in.CORSConfiguration.CORSRules[i]
		if len(r.AllowedMethods) == 0 || len(r.AllowedOrigins) == 0 {
			return nil, malformedXML()
		}
		for _, m := range r.AllowedMethods {
			if !slices.Contains([]string{"GET", "PUT", "POST", "DELETE", "HEAD"}, m) {
				return nil, invalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is " + m)
			}
		}
		for _, o := range r.AllowedOrigins {
			if strings.Count(o, "*") > 1 {
				return nil, invalidRequest("AllowedOrigin \"" + o + "\" can not have more than one wildcard.")
			}
		}
		for _, h := range r.AllowedHeaders {
			if strings.Count(h, "*") > 1 {
				return nil, invalidRequest("AllowedHeader \"" + h + "\" can not have more than one wildcard.")
			}
		}
	}
	return answer(&api.PutBucketCorsOutput{}, putSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingCORS, in.CORSConfiguration.CORSRules))
}

// GetBucketCors returns a bucket's CORS rules.
//
// Spec: S3 API Reference, GetBucketCors.
func (s *Service) GetBucketCors(ctx context.Context, in *api.GetBucketCorsInput) (*api.GetBucketCorsOutput, error) {
	rules, err := getSetting[[]api.CORSRule](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingCORS, none("NoSuchCORSConfiguration", "The CORS configuration does not exist"))
	return answer(&api.GetBucketCorsOutput{CORSRules: rules}, err)
}

// DeleteBucketCors removes a bucket's CORS rules.
//
// Spec: S3 API Reference, DeleteBucketCors.
func (s *Service) DeleteBucketCors(ctx context.Context, in *api.DeleteBucketCorsInput) (*api.DeleteBucketCorsOutput, error) {
	return answer(&api.DeleteBucketCorsOutput{}, deleteSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingCORS))
}

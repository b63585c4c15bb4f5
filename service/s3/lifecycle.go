package s3

import (
	"context"

	api "maru.dev/maru/api/s3"
)

// lifecycle is a bucket's lifecycle configuration as it is kept.
type lifecycle struct {
	Rules   []api.LifecycleRule
	Minimum *string // the transition default
}

// maxLifecycleRules is how many rules a bucket may have.
const maxLifecycleRules = 1000

// PutBucketLifecycleConfiguration stores when objects are to go. It has no
// effect yet: see the package's differences.
//
// Spec: S3 API Reference, PutBucketLifecycleConfiguration.
func (s *Service) PutBucketLifecycleConfiguration(ctx context.Context, in *api.PutBucketLifecycleConfigurationInput) (*api.PutBucketLifecycleConfigurationOutput, error) {
	c := in.LifecycleConfiguration
	if c == nil || len(c.Rules) == 0 || len(c.Rules) > maxLifecycleRules {
		return nil, malformedXML()
	}
	seen := map[string]bool{}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.ID == nil || *r.ID == "" {
			r.ID = new(s.IDs.UUID())
		}
		if len(*r.ID) > 255 {
			return nil, invalidArgument("ID", *r.ID, "ID length should not exceed allowed limit of 255")
		}
		if seen[*r.ID] {
			return nil, invalidArgument("ID", *r.ID, "Rule ID must be unique. Found same ID for more than one rule")
		}
		seen[*r.ID] = true
		if err := checkLifecycleRule(r); err != nil {
			return nil, err
		}
	}
	out := &api.PutBucketLifecycleConfigurationOutput{TransitionDefaultMinimumObjectSize: in.TransitionDefaultMinimumObjectSize}
	return answer(out, putSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingLifecycle, lifecycle{c.Rules, in.TransitionDefaultMinimumObjectSize}))
}

// checkLifecycleRule refuses a rule that says nothing, or too much.
func checkLifecycleRule(r *api.LifecycleRule) error {
	if r.Status != "Enabled" && r.Status != "Disabled" || r.Prefix != nil && r.Filter != nil {
		return malformedXML()
	}
	if r.Expiration == nil && len(r.Transitions) == 0 && r.NoncurrentVersionExpiration == nil &&
		len(r.NoncurrentVersionTransitions) == 0 && r.AbortIncompleteMultipartUpload == nil {
		return invalidRequest("At least one action needs to be specified in a rule")
	}
	e := r.Expiration
	if e == nil {
		return nil
	}
	set := 0
	for _, given := range []bool{e.Date != nil, e.Days != nil, e.ExpiredObjectDeleteMarker != nil} {
		if given {
			set++
		}
	}
	switch {
	case set != 1:
		return malformedXML()
	case e.Days != nil && *e.Days <= 0:
		return invalidArgument("Days", "", "'Days' for Expiration action must be a positive integer")
	}
	return nil
}

// GetBucketLifecycleConfiguration returns when objects are to go.
//
// Spec: S3 API Reference, GetBucketLifecycleConfiguration.
func (s *Service) GetBucketLifecycleConfiguration(ctx context.Context, in *api.GetBucketLifecycleConfigurationInput) (*api.GetBucketLifecycleConfigurationOutput, error) {
	c, err := getSetting[lifecycle](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingLifecycle,
		none("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"))
	return answer(&api.GetBucketLifecycleConfigurationOutput{Rules: c.Rules, TransitionDefaultMinimumObjectSize: c.Minimum}, err)
}

// DeleteBucketLifecycle removes a bucket's lifecycle configuration.
//
// Spec: S3 API Reference, DeleteBucketLifecycle.
func (s *Service) DeleteBucketLifecycle(ctx context.Context, in *api.DeleteBucketLifecycleInput) (*api.DeleteBucketLifecycleOutput, error) {
	return answer(&api.DeleteBucketLifecycleOutput{}, deleteSetting(ctx, s, in.Bucket, in.ExpectedBucketOwner, settingLifecycle))
}

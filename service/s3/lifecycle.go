package s3

import (
	"context"
	"time"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// lifecycle is a bucket's lifecycle configuration as it is kept.
type lifecycle struct {
	Rules   []api.LifecycleRule
	Minimum *string // the transition default
}

// maxLifecycleRules is how many rules a bucket may have.
const maxLifecycleRules = 1000

// PutBucketLifecycleConfiguration sets when objects are to go: at the midnight
// (UTC) at which a rule says so. Transitions have no effect: there is one kind of
// storage.
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
	return answer(out, s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		b.Expires = true
		if err := kv.Put(tx, b.settingKey(settingLifecycle), lifecycle{c.Rules, in.TransitionDefaultMinimumObjectSize}); err != nil {
			return err
		}
		return s.expireNightly(tx, b)
	}))
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
	if err := checkReach(r); err != nil {
		return err
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
	case e.Date != nil && !e.Date.Equal(e.Date.Truncate(24*time.Hour)):
		return invalidArgument("Date", "", "'Date' must be at midnight GMT")
	}
	return nil
}

// checkReach refuses actions that a rule's filter cannot be about, and numbers of
// days that are none.
func checkReach(r *api.LifecycleRule) error {
	f := filterOf(r)
	switch a, n, e := r.AbortIncompleteMultipartUpload, r.NoncurrentVersionExpiration, r.Expiration; {
	case a != nil && len(f.tags) > 0:
		return invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
	case a != nil && (f.larger != nil || f.smaller != nil):
		return invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.")
	case e != nil && e.ExpiredObjectDeleteMarker != nil && len(f.tags) > 0:
		return invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.")
	case a != nil && (a.DaysAfterInitiation == nil || *a.DaysAfterInitiation <= 0):
		return invalidArgument("DaysAfterInitiation", "", "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")
	case n != nil && (n.NoncurrentDays == nil || *n.NoncurrentDays <= 0):
		return invalidArgument("NoncurrentDays", "", "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")
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
	return answer(&api.DeleteBucketLifecycleOutput{}, s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		b.Expires = false
		if err := tx.Delete(b.settingKey(settingLifecycle)); err != nil {
			return err
		}
		return s.Tasks.CancelKey(tx, expireKind, b.ID)
	}))
}

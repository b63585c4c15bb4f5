package s3

import (
	"context"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// maxPolicyBytes is how long a bucket's policy may be.
const maxPolicyBytes = 20 << 10

// PutBucketPolicy sets a bucket's policy.
//
// Spec: S3 API Reference, PutBucketPolicy.
func (s *Service) PutBucketPolicy(ctx context.Context, in *api.PutBucketPolicyInput) (*api.PutBucketPolicyOutput, error) {
	if err := checkPolicy(in.Bucket, in.Policy); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		block, err := blockOf(tx, b)
		if err != nil {
			return err
		}
		if block.policies && isPublicPolicy(in.Policy) {
			return fault(403, "AccessDenied", "User: "+call.From(ctx).Principal.Name()+" is not authorized to perform: s3:PutBucketPolicy on resource: \""+b.arn()+
				"\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.")
		}
		b.Shared = true
		return kv.Put(tx, b.settingKey(settingPolicy), in.Policy)
	})
	return answer(&api.PutBucketPolicyOutput{}, err)
}

// checkPolicy refuses what is no policy of this bucket. What its statements mean
// is judged at the door.
func checkPolicy(bucket, text string) error {
	malformed := func(message string) error { return fault(400, "MalformedPolicy", message) }
	switch {
	case len(text) > maxPolicyBytes:
		return fault(400, "PolicyTooLarge", "The policy document exceeds the maximum allowed size of 20480 bytes.")
	case !isObject(text):
		return malformed("Policies must be valid JSON and the first byte must be '{'")
	}
	d, err := policy.Parse(text)
	switch {
	case err != nil:
		return malformed("This policy contains invalid Json")
	case len(d.Statements) == 0:
		return malformed("Missing required field Statement")
	}
	for i := range d.Statements {
		st := &d.Statements[i]
		if st.Principal == nil {
			return malformed("Missing required field Principal")
		}
		if len(st.Resource) == 0 {
			return malformed("Missing required field Resource")
		}
		for _, a := range st.Action {
			if a != "*" && !strings.HasPrefix(strings.ToLower(a), "s3:") {
				return malformed("Policy has invalid action")
			}
		}
		for _, r := range st.Resource {
			name, ok := strings.CutPrefix(r, "arn:aws:s3:::")
			name, _, _ = strings.Cut(name, "/")
			if !ok && r != "*" || ok && name != bucket && !strings.ContainsAny(name, "*?$") {
				return malformed("Policy has invalid resource")
			}
		}
	}
	return nil
}

// GetBucketPolicy returns a bucket's policy as it was set.
//
// Spec: S3 API Reference, GetBucketPolicy.
func (s *Service) GetBucketPolicy(ctx context.Context, in *api.GetBucketPolicyInput) (*api.GetBucketPolicyOutput, error) {
	text, err := getSetting[string](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingPolicy, noPolicy())
	return answer(&api.GetBucketPolicyOutput{Policy: &text}, err)
}

// noPolicy is the answer where a bucket has none.
func noPolicy() func(string) error {
	return none("NoSuchBucketPolicy", "The bucket policy does not exist")
}

// GetBucketPolicyStatus tells whether a bucket's policy lets anyone in.
//
// Spec: S3 API Reference, GetBucketPolicyStatus.
func (s *Service) GetBucketPolicyStatus(ctx context.Context, in *api.GetBucketPolicyStatusInput) (*api.GetBucketPolicyStatusOutput, error) {
	text, err := getSetting[string](ctx, s, in.Bucket, in.ExpectedBucketOwner, settingPolicy, noPolicy())
	return answer(&api.GetBucketPolicyStatusOutput{PolicyStatus: &api.PolicyStatus{IsPublic: new(isPublicPolicy(text))}}, err)
}

// DeleteBucketPolicy removes a bucket's policy.
//
// Spec: S3 API Reference, DeleteBucketPolicy.
func (s *Service) DeleteBucketPolicy(ctx context.Context, in *api.DeleteBucketPolicyInput) (*api.DeleteBucketPolicyOutput, error) {
	err := s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		b.Shared = false
		return tx.Delete(b.settingKey(settingPolicy))
	})
	return answer(&api.DeleteBucketPolicyOutput{}, err)
}

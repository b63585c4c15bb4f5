package s3

import (
	"context"
	"encoding/json"
	"fmt"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// maxPolicyBytes is how long a bucket's policy may be.
const maxPolicyBytes = 20 << 10

// PutBucketPolicy sets a bucket's policy.
//
// Spec: S3 API Reference, PutBucketPolicy.
func (s *Service) PutBucketPolicy(ctx context.Context, in *api.PutBucketPolicyInput) (*api.PutBucketPolicyOutput, error) {
	if err := checkPolicy(in.Policy); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.Bucket, in.ExpectedBucketOwner, func(tx *kv.Tx, b *bucket) error {
		b.Shared = true
		return kv.Put(tx, b.settingKey(settingPolicy), in.Policy)
	})
	return answer(&api.PutBucketPolicyOutput{}, err)
}

// checkPolicy refuses what is no policy at all. What its statements mean is
// judged at the door.
func checkPolicy(text string) error {
	if len(text) > maxPolicyBytes {
		return fault(400, "PolicyTooLarge", "The policy document exceeds the maximum allowed size of 20480 bytes.")
	}
	if !isObject(text) {
		return fault(400, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
	}
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil || len(doc.Statement) == 0 {
		return fault(400, "MalformedPolicy", "Missing required field Statement")
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
	return answer(&api.GetBucketPolicyStatusOutput{PolicyStatus: &api.PolicyStatus{IsPublic: new(letsAnyoneIn(text))}}, err)
}

// letsAnyoneIn tells whether a policy has a statement that allows everyone
// something without any condition.
func letsAnyoneIn(text string) bool {
	type statement struct {
		Effect    string
		Principal json.RawMessage
		Condition map[string]json.RawMessage
	}
	var doc struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(text), &doc) != nil {
		return false
	}
	var all []statement
	if json.Unmarshal(doc.Statement, &all) != nil {
		var one statement
		if json.Unmarshal(doc.Statement, &one) != nil {
			return false
		}
		all = []statement{one}
	}
	for _, st := range all {
		if st.Effect == "Allow" && len(st.Condition) == 0 && anyone(st.Principal) {
			return true
		}
	}
	return false
}

// anyone tells whether a Principal element is "*", as text or among AWS's.
func anyone(principal json.RawMessage) bool {
	var text string
	if json.Unmarshal(principal, &text) == nil {
		return text == "*"
	}
	var kinds struct{ AWS any }
	if json.Unmarshal(principal, &kinds) != nil {
		return false
	}
	list, ok := kinds.AWS.([]any)
	if !ok {
		list = []any{kinds.AWS}
	}
	for _, one := range list {
		if fmt.Sprint(one) == "*" {
			return true
		}
	}
	return false
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

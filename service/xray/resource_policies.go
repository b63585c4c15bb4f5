package xray

import (
	"context"
	"strconv"
	"time"

	api "maru.dev/maru/api/xray"
	evaluation "maru.dev/maru/auth/policy"
	"maru.dev/maru/kv"
)

const (
	maxPolicies   = 5
	maxPolicySize = 5 << 10
)

// policy is a resource policy's row.
type policy struct {
	Name, Document string
	Revision       int64
	Updated        time.Time
}

// shape is the policy in the API's form.
func (p *policy) shape() *api.ResourcePolicy {
	return &api.ResourcePolicy{PolicyName: &p.Name, PolicyDocument: &p.Document, PolicyRevisionId: new(strconv.FormatInt(p.Revision, 10)), LastUpdatedTime: &p.Updated}
}

// staleRevision is the answer to a revision that is not the newest.
func staleRevision() error {
	return &api.InvalidPolicyRevisionIdException{Message: "The policy revision id does not match the latest revision id."}
}

// PutResourcePolicy makes or replaces a resource policy.
//
// Spec: X-Ray API Reference, PutResourcePolicy.
func (s *Service) PutResourcePolicy(ctx context.Context, in *api.PutResourcePolicyInput) (*api.PutResourcePolicyOutput, error) {
	if len(in.PolicyDocument) > maxPolicySize {
		return nil, &api.PolicySizeLimitExceededException{Message: "The policy document is larger than 5 KB."}
	}
	if _, err := evaluation.ParseResource(in.PolicyDocument); err != nil {
		return nil, &api.MalformedPolicyDocumentException{Message: "The policy document is malformed."}
	}
	h, now := homeOf(ctx), s.now()
	var p policy
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		n := 0
		p = policy{Name: in.PolicyName}
		for row, err := range kv.Scan[policy](tx, kv.Prefix(h.key("p"))) {
			if err != nil {
				return err
			}
			if n++; row.Value.Name == in.PolicyName {
				p = row.Value
			}
		}
		if asked := in.PolicyRevisionId; asked != nil && *asked != strconv.FormatInt(p.Revision, 10) {
			return staleRevision()
		}
		if p.Revision == 0 && n >= maxPolicies {
			return &api.PolicyCountLimitExceededException{Message: "The maximum number of resource policies has been reached."}
		}
		p.Document, p.Updated = in.PolicyDocument, now
		p.Revision++
		return kv.Put(tx, h.policyKey(p.Name), p)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutResourcePolicyOutput{ResourcePolicy: p.shape()}, nil
}

// DeleteResourcePolicy removes a resource policy.
//
// Spec: X-Ray API Reference, DeleteResourcePolicy.
func (s *Service) DeleteResourcePolicy(ctx context.Context, in *api.DeleteResourcePolicyInput) (*api.DeleteResourcePolicyOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, ok, err := kv.Get[policy](tx, h.policyKey(in.PolicyName))
		switch {
		case err != nil:
			return err
		case !ok:
			return invalid("The resource policy does not exist.")
		case in.PolicyRevisionId != nil && *in.PolicyRevisionId != strconv.FormatInt(p.Revision, 10):
			return staleRevision()
		}
		return tx.Delete(h.policyKey(in.PolicyName))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteResourcePolicyOutput{}, nil
}

// ListResourcePolicies returns all policies: there are few enough for one page.
//
// Spec: X-Ray API Reference, ListResourcePolicies.
func (s *Service) ListResourcePolicies(ctx context.Context, _ *api.ListResourcePoliciesInput) (*api.ListResourcePoliciesOutput, error) {
	h := homeOf(ctx)
	out := &api.ListResourcePoliciesOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		out.ResourcePolicies = []api.ResourcePolicy{}
		for row, err := range kv.Scan[policy](tx, kv.Prefix(h.key("p"))) {
			if err != nil {
				return err
			}
			out.ResourcePolicies = append(out.ResourcePolicies, *row.Value.shape())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

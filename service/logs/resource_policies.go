package logs

import (
	"context"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxResourcePolicies is how many an account may have in a region.
const maxResourcePolicies = 10

// resourcePolicy lets services of AWS write to groups.
type resourcePolicy struct {
	Name     string
	Document string
	Updated  int64
}

func (h home) resourcePolicyKey(name string) kv.Key { return h.key("rp", name) }

// render writes a policy as clients see it.
func (p *resourcePolicy) render() api.ResourcePolicy {
	return api.ResourcePolicy{PolicyName: &p.Name, PolicyDocument: &p.Document, LastUpdatedTime: &p.Updated}
}

// PutResourcePolicy keeps a policy by which services of AWS may write events.
//
// Spec: CloudWatch Logs API Reference, PutResourcePolicy.
func (s *Service) PutResourcePolicy(ctx context.Context, in *api.PutResourcePolicyInput) (*api.PutResourcePolicyOutput, error) {
	if in.PolicyName == nil || in.PolicyDocument == nil {
		return nil, invalid("policyName and policyDocument must be specified.")
	}
	if _, err := policy.ParseResource(*in.PolicyDocument); err != nil {
		return nil, invalid("Invalid policy document: it is not a policy in JSON whose statements say for whom they are.")
	}
	h := homeOf(ctx)
	p := resourcePolicy{*in.PolicyName, *in.PolicyDocument, s.Clock.Now().UnixMilli()}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		n := 0
		for row, err := range kv.Scan[resourcePolicy](tx, kv.Prefix(h.key("rp"))) {
			if err != nil {
				return err
			}
			if row.Value.Name != p.Name {
				n++
			}
		}
		if n >= maxResourcePolicies {
			return &api.LimitExceededException{Message: "Resource limit exceeded."}
		}
		return kv.Put(tx, h.resourcePolicyKey(p.Name), p)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutResourcePolicyOutput{ResourcePolicy: new(p.render())}, nil
}

// DeleteResourcePolicy removes a policy.
//
// Spec: CloudWatch Logs API Reference, DeleteResourcePolicy.
func (s *Service) DeleteResourcePolicy(ctx context.Context, in *api.DeleteResourcePolicyInput) (*api.DeleteResourcePolicyOutput, error) {
	if in.PolicyName == nil {
		return nil, invalid("policyName must be specified.")
	}
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, ok, err := tx.Get(h.resourcePolicyKey(*in.PolicyName))
		if err != nil {
			return err
		}
		if !ok {
			return &api.ResourceNotFoundException{Message: "Policy with name [" + *in.PolicyName + "] does not exist."}
		}
		return tx.Delete(h.resourcePolicyKey(*in.PolicyName))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteResourcePolicyOutput{}, nil
}

// DescribeResourcePolicies returns the policies.
//
// Spec: CloudWatch Logs API Reference, DescribeResourcePolicies.
func (s *Service) DescribeResourcePolicies(ctx context.Context, in *api.DescribeResourcePoliciesInput) (*api.DescribeResourcePoliciesOutput, error) {
	h := homeOf(ctx)
	r := kv.Prefix(h.key("rp"))
	if in.NextToken != nil {
		name, err := readPage(h.key("rp"), *in.NextToken)
		if err != nil {
			return nil, err
		}
		r = r.After(h.resourcePolicyKey(name))
	}
	out := &api.DescribeResourcePoliciesOutput{ResourcePolicies: []api.ResourcePolicy{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[resourcePolicy](tx, r) {
			if err != nil {
				return err
			}
			if n := len(out.ResourcePolicies); n == pageSize(in.Limit) {
				out.NextToken = service.PageToken(h.key("rp"), *out.ResourcePolicies[n-1].PolicyName)
				return nil
			}
			out.ResourcePolicies = append(out.ResourcePolicies, row.Value.render())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

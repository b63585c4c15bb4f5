package iam

import (
	"cmp"
	"context"
	"slices"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// ListPolicies lists managed policies: AWS's, the account's own, or both, by ARN.
//
// Spec: IAM API Reference, ListPolicies.
func (s *Service) ListPolicies(ctx context.Context, in *api.ListPoliciesInput) (*api.ListPoliciesOutput, error) {
	var out *api.ListPoliciesOutput
	err := s.view(ctx, func(t *table) (err error) {
		out, err = t.policies(in)
		return err
	})
	return out, err
}

// scopes that a list may be of.
const (
	scopeAWS   = "AWS"
	scopeLocal = "Local"
)

// policies makes one page. The marker is the last policy's ARN. Policies of
// AWS come first: that is the order of their ARNs.
func (t *table) policies(in *api.ListPoliciesInput) (*api.ListPoliciesOutput, error) {
	limit, after := pageSize, ""
	if in.MaxItems != nil {
		limit = int(*in.MaxItems)
	}
	if in.Marker != nil {
		after = *in.Marker
	}
	all, err := t.matching(in, after, limit+1)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b api.Policy) int { return cmp.Compare(*a.Arn, *b.Arn) })
	out := &api.ListPoliciesOutput{IsTruncated: new(false), Policies: all}
	if len(all) > limit {
		out.Policies, out.IsTruncated = all[:limit], new(true)
		out.Marker = out.Policies[limit-1].Arn
	}
	return out, nil
}

// matching collects the policies behind an ARN that a list asks for: of AWS no
// more than most, of the account all.
func (t *table) matching(in *api.ListPoliciesInput, after string, most int) ([]api.Policy, error) {
	all := []api.Policy{}
	scope := "All"
	if in.Scope != nil {
		scope = *in.Scope
	}
	if scope != scopeLocal {
		table, err := t.aws()
		if err != nil {
			return nil, err
		}
		for _, p := range table.All() {
			if p.ARN <= after || !under(in.PathPrefix, p.Path) {
				continue
			}
			out, err := t.awsPolicyOut(p)
			if err != nil {
				return nil, err
			}
			if wanted(in, out) {
				all = append(all, *out)
			}
			if len(all) == most {
				return all, nil
			}
		}
	}
	if scope == scopeAWS {
		return all, nil
	}
	for row, err := range kv.Scan[policy](t.tx, kv.Prefix(t.key("policy"))) {
		if err != nil {
			return nil, err
		}
		p := row.Value
		if p.ARN <= after || !under(in.PathPrefix, p.Path) {
			continue
		}
		out, err := t.policyOut(&p)
		if err != nil {
			return nil, err
		}
		if out.Description, out.Tags = nil, nil; wanted(in, out) {
			all = append(all, *out)
		}
	}
	return all, nil
}

// wanted tells whether a list is to have a policy, by how it is used.
func wanted(in *api.ListPoliciesInput, p *api.Policy) bool {
	boundary := in.PolicyUsageFilter != nil && *in.PolicyUsageFilter == "PermissionsBoundary"
	if boundary && *p.PermissionsBoundaryUsageCount == 0 {
		return false
	}
	attached := in.OnlyAttached != nil && *in.OnlyAttached
	return !attached || *p.AttachmentCount > 0
}

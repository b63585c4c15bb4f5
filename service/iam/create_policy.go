package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// CreatePolicy makes a managed policy, with its first version.
//
// Spec: IAM API Reference, CreatePolicy.
func (s *Service) CreatePolicy(ctx context.Context, in *api.CreatePolicyInput) (*api.CreatePolicyOutput, error) {
	tags, err := tagsIn(in.Tags)
	if err != nil {
		return nil, err
	}
	if err := checkPolicy(in.PolicyDocument); err != nil {
		return nil, err
	}
	now := s.now()
	p := policy{
		Name: in.PolicyName, Path: pathOr(in.Path), ID: s.uniqueID(policyIDPrefix), Description: in.Description,
		Created: now, Updated: now, Default: 1, Last: 1, Tags: tags,
	}
	var out *api.Policy
	err = s.update(ctx, func(t *table) error {
		p.ARN = t.arnOf("policy", p.Path, p.Name)
		_, taken, err := t.tx.Get(t.policyKey(p.Name))
		if err != nil {
			return err
		}
		if taken {
			return exists("A policy called %s already exists. Duplicate names are not allowed.", p.Name)
		}
		if err := t.take("policy", "PoliciesPerAccount", policiesQuota); err != nil {
			return err
		}
		if err := kv.Put(t.tx, t.versionKey(p.Name, 1), version{Number: 1, Document: in.PolicyDocument, Created: now}); err != nil {
			return err
		}
		if out, err = t.policyOut(&p); err != nil {
			return err
		}
		return kv.Put(t.tx, t.policyKey(p.Name), p)
	})
	if err != nil {
		return nil, err
	}
	out.Description = nil
	return &api.CreatePolicyOutput{Policy: out}, nil
}

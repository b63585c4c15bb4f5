package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// CreatePolicyVersion adds a version to a managed policy.
//
// Spec: IAM API Reference, CreatePolicyVersion.
func (s *Service) CreatePolicyVersion(ctx context.Context, in *api.CreatePolicyVersionInput) (*api.CreatePolicyVersionOutput, error) {
	if err := checkPolicy(in.PolicyDocument); err != nil {
		return nil, err
	}
	isDefault := in.SetAsDefault != nil && *in.SetAsDefault
	v := version{Document: in.PolicyDocument, Created: s.now()}
	err := s.update(ctx, func(t *table) error {
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		n, err := t.count(t.key("version", fold(p.Name)))
		if err != nil {
			return err
		}
		if n >= versionsQuota {
			return &api.LimitExceededException{Message: "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."}
		}
		p.Last++
		v.Number = p.Last
		if isDefault {
			p.Default, p.Updated = v.Number, v.Created
		}
		if err := kv.Put(t.tx, t.versionKey(p.Name, v.Number), v); err != nil {
			return err
		}
		return kv.Put(t.tx, t.policyKey(p.Name), *p)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreatePolicyVersionOutput{PolicyVersion: &api.PolicyVersion{
		VersionId: new(versionID(v.Number)), IsDefaultVersion: &isDefault, CreateDate: &v.Created,
	}}, nil
}

package iam

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// CreateInstanceProfile makes an instance profile without a role.
//
// Spec: IAM API Reference, CreateInstanceProfile.
func (s *Service) CreateInstanceProfile(ctx context.Context, in *api.CreateInstanceProfileInput) (*api.CreateInstanceProfileOutput, error) {
	tags, err := tagsIn(in.Tags)
	if err != nil {
		return nil, err
	}
	p := profile{Name: in.InstanceProfileName, Path: pathOr(in.Path), ID: s.uniqueID("AIPA"), Created: s.now(), Tags: tags}
	err = s.update(ctx, func(t *table) error {
		p.ARN = t.arnOf("instance-profile", p.Path, p.Name)
		_, taken, err := t.tx.Get(t.profileKey(p.Name))
		if err != nil {
			return err
		}
		if taken {
			return exists("Instance Profile %s already exists.", p.Name)
		}
		if err := t.take("profile", "InstanceProfilesPerAccount", profilesQuota); err != nil {
			return err
		}
		return kv.Put(t.tx, t.profileKey(p.Name), p)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateInstanceProfileOutput{InstanceProfile: &api.InstanceProfile{
		InstanceProfileName: p.Name, Path: p.Path, InstanceProfileId: p.ID, Arn: p.ARN, CreateDate: p.Created, Tags: tagsOut(p.Tags), Roles: []api.Role{},
	}}, nil
}

// profilesQuota is how many instance profiles an account may have.
const profilesQuota = 1000

// loadProfile reads an instance profile that must be there.
func (t *table) loadProfile(name string) (*profile, error) {
	p, ok, err := kv.Get[profile](t.tx, t.profileKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load instance profile: %w", err)
	case !ok:
		return nil, noEntityf("Instance Profile %s cannot be found.", name)
	}
	return &p, nil
}

// profileOut is an instance profile as the API shows it, with its role.
func (t *table) profileOut(p *profile) (api.InstanceProfile, error) {
	out := api.InstanceProfile{
		InstanceProfileName: p.Name, Path: p.Path, InstanceProfileId: p.ID, Arn: p.ARN, CreateDate: p.Created, Tags: tagsOut(p.Tags), Roles: []api.Role{},
	}
	if p.Role == "" {
		return out, nil
	}
	e, err := t.load(role, p.Role)
	if err != nil {
		return out, err
	}
	out.Roles = []api.Role{listed(roleOut(e))}
	return out, nil
}

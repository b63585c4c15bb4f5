package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
)

// ListEntitiesForPolicy lists who has a managed policy.
//
// Spec: IAM API Reference, ListEntitiesForPolicy.
func (s *Service) ListEntitiesForPolicy(ctx context.Context, in *api.ListEntitiesForPolicyInput) (*api.ListEntitiesForPolicyOutput, error) {
	var out *api.ListEntitiesForPolicyOutput
	err := s.view(ctx, func(t *table) error {
		p, err := t.resolve(in.PolicyArn)
		if err != nil {
			return noPolicy(in.PolicyArn)
		}
		prefix := t.key("holder", p.ARN)
		if in.PolicyUsageFilter != nil && *in.PolicyUsageFilter == "PermissionsBoundary" {
			prefix = t.key("bounded", p.ARN)
		}
		holders, err := list(t, prefix, in.Marker, in.MaxItems, func(a *attachment) (attachment, bool, error) {
			return *a, under(in.PathPrefix, a.EntityPath) && ofKind(in.EntityFilter, a.Kind), nil
		})
		if err != nil {
			return err
		}
		out = &api.ListEntitiesForPolicyOutput{
			IsTruncated: holders.truncated, Marker: holders.marker,
			PolicyUsers: []api.PolicyUser{}, PolicyRoles: []api.PolicyRole{}, PolicyGroups: []api.PolicyGroup{},
		}
		for _, a := range holders.items {
			switch a.Kind {
			case user:
				out.PolicyUsers = append(out.PolicyUsers, api.PolicyUser{UserName: &a.EntityName, UserId: &a.EntityID})
			case role:
				out.PolicyRoles = append(out.PolicyRoles, api.PolicyRole{RoleName: &a.EntityName, RoleId: &a.EntityID})
			case group:
				out.PolicyGroups = append(out.PolicyGroups, api.PolicyGroup{GroupName: &a.EntityName, GroupId: &a.EntityID})
			}
		}
		return nil
	})
	return out, err
}

// ofKind tells whether a list that may be of one kind only is to have k.
func ofKind(filter *string, k kind) bool {
	return filter == nil || *filter == k.title()
}

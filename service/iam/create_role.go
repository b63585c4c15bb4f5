package iam

import (
	"context"
	"strings"

	api "maru.dev/maru/api/iam"
)

// CreateRole makes a role that those named by its trust policy may assume.
//
// Spec: IAM API Reference, CreateRole.
func (s *Service) CreateRole(ctx context.Context, in *api.CreateRoleInput) (*api.CreateRoleOutput, error) {
	tags, err := tagsIn(in.Tags)
	if err != nil {
		return nil, err
	}
	if err := checkTrustPolicy(in.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	if strings.HasPrefix(pathOr(in.Path), linkedPath) {
		return nil, invalid("Roles below %s are made by CreateServiceLinkedRole.", linkedPath)
	}
	made := entity{
		Name: in.RoleName, Path: pathOr(in.Path), ID: s.uniqueID(idPrefix[role]), Created: s.now(), Tags: tags,
		Trust: in.AssumeRolePolicyDocument, Description: in.Description, MaxSession: sessionOr(in.MaxSessionDuration),
	}
	var e entity
	err = s.update(ctx, func(t *table) error {
		e = made
		e.ARN = t.arnOf("role", e.Path, e.Name)
		if in.PermissionsBoundary != nil {
			if err := t.setBoundary(role, &e, *in.PermissionsBoundary); err != nil {
				return err
			}
		}
		return t.insert(role, &e)
	})
	if err != nil {
		return nil, err
	}
	out := roleOut(&e)
	out.RoleLastUsed, out.Description = nil, nil
	return &api.CreateRoleOutput{Role: &out}, nil
}

// sessionOr is how long a role's sessions may last: an hour unless given.
func sessionOr(seconds *int32) int32 {
	if seconds == nil {
		return 3600
	}
	return *seconds
}

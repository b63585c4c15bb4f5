package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/service/iam/managed"
)

// ListPolicyVersions lists the versions of a managed policy.
//
// Spec: IAM API Reference, ListPolicyVersions.
func (s *Service) ListPolicyVersions(ctx context.Context, in *api.ListPolicyVersionsInput) (*api.ListPolicyVersionsOutput, error) {
	var out page[api.PolicyVersion]
	err := s.view(ctx, func(t *table) error {
		if managed.IsARN(in.PolicyArn) {
			p, err := t.awsPolicy(in.PolicyArn)
			if err == nil && p == nil {
				err = noPolicy(in.PolicyArn)
			}
			if err != nil {
				return err
			}
			out = page[api.PolicyVersion]{truncated: new(false), items: []api.PolicyVersion{
				{VersionId: new(versionID(p.Version)), IsDefaultVersion: new(true), CreateDate: &p.Created},
			}}
			return nil
		}
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		out, err = list(t, t.key("version", fold(p.Name)), in.Marker, in.MaxItems, func(v *version) (api.PolicyVersion, bool, error) {
			return api.PolicyVersion{
				VersionId: new(versionID(v.Number)), IsDefaultVersion: new(v.Number == p.Default), CreateDate: &v.Created,
			}, true, nil
		})
		return err
	})
	return &api.ListPolicyVersionsOutput{Versions: out.items, IsTruncated: out.truncated, Marker: out.marker}, err
}

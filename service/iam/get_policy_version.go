package iam

import (
	"context"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/service/iam/managed"
	"maru.dev/maru/wire"
)

// GetPolicyVersion reads the document of a version of a managed policy.
//
// Spec: IAM API Reference, GetPolicyVersion.
func (s *Service) GetPolicyVersion(ctx context.Context, in *api.GetPolicyVersionInput) (*api.GetPolicyVersionOutput, error) {
	var out *api.PolicyVersion
	err := s.view(ctx, func(t *table) error {
		if managed.IsARN(in.PolicyArn) {
			var err error
			out, err = t.awsVersion(in.PolicyArn, in.VersionId)
			return err
		}
		p, err := t.policyNamed(in.PolicyArn)
		if err != nil {
			return err
		}
		v, err := t.versionNamed(p, in.VersionId)
		if err != nil {
			return err
		}
		out = &api.PolicyVersion{
			Document: new(encoded(v.Document)), VersionId: new(versionID(v.Number)),
			IsDefaultVersion: new(v.Number == p.Default), CreateDate: &v.Created,
		}
		return nil
	})
	return &api.GetPolicyVersionOutput{PolicyVersion: out}, err
}

// awsVersion is the default version of a policy of AWS.
func (t *table) awsVersion(arn, id string) (*api.PolicyVersion, error) {
	p, err := t.awsPolicy(arn)
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return nil, noPolicy(arn)
	case id != versionID(p.Version):
		return nil, noVersion(arn, id)
	case p.Document == "":
		return nil, &wire.APIError{
			Code: "NotImplemented", Status: 501,
			Message: "maru knows the AWS managed policy " + p.Name + " by name, but not its document; docs/services/ lists what is there.",
		}
	}
	return &api.PolicyVersion{
		Document: new(encoded(p.Document)), VersionId: &id, IsDefaultVersion: new(true), CreateDate: &p.Created,
	}, nil
}

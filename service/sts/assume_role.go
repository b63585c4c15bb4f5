package sts

import (
	"context"
	"errors"
	"strings"
	"time"

	iamapi "maru.dev/maru/api/iam"
	api "maru.dev/maru/api/sts"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
)

// AssumeRole gives temporary credentials of a role.
//
// Spec: STS API Reference, AssumeRole.
func (s *Service) AssumeRole(ctx context.Context, in *api.AssumeRoleInput) (*api.AssumeRoleOutput, error) {
	if err := checkSession(in.Policy, in.PolicyArns, in.Tags); err != nil {
		return nil, err
	}
	role, err := s.role(ctx, in.RoleArn)
	if err != nil {
		return nil, err
	}
	if err := s.trusts(ctx, role, in); err != nil {
		return nil, err
	}
	life := seconds(in.DurationSeconds, time.Hour)
	if call.From(ctx).Principal.Kind == call.Role && life > time.Hour {
		return nil, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if role.MaxSessionDuration != nil && life > time.Duration(*role.MaxSessionDuration)*time.Second {
		return nil, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	p := sessionOf(role, in.RoleSessionName)
	credentials, err := s.issue(ctx, p, life)
	if err != nil {
		return nil, err
	}
	return &api.AssumeRoleOutput{
		Credentials:      credentials,
		AssumedRoleUser:  &api.AssumedRoleUser{AssumedRoleId: p.UserID, Arn: p.ARN},
		PackedPolicySize: packedSize(in.Policy, in.PolicyArns, in.Tags),
		SourceIdentity:   in.SourceIdentity,
	}, nil
}

// role finds the role that is to be assumed. One that is not there is one that
// the caller may not assume: AWS does not tell which.
func (s *Service) role(ctx context.Context, roleARN string) (*iamapi.Role, error) {
	caller := call.From(ctx)
	name, err := arn.Parse(roleARN)
	if err != nil || name.Service != "iam" || !strings.HasPrefix(name.Resource, "role/") {
		return nil, invalid(roleARN + " is invalid")
	}
	inside := call.As(ctx, "sts.amazonaws.com", roleARN, name.Account, caller.Region)
	out, err := call.Do[*iamapi.GetRoleOutput](inside, s.deps.Caller, "iam", "GetRole", &iamapi.GetRoleInput{
		RoleName: name.Resource[strings.LastIndexByte(name.Resource, '/')+1:],
	})
	var none *iamapi.NoSuchEntityException
	if errors.As(err, &none) || err == nil && out.Role.Arn != roleARN {
		return nil, denied(caller.Principal, "sts:AssumeRole", roleARN)
	}
	if err != nil {
		return nil, err
	}
	return out.Role, nil
}

// sessionOf is who a role's session is.
func sessionOf(role *iamapi.Role, session string) call.Principal {
	name, _ := arn.Parse(role.Arn) // of our own making
	return call.Principal{
		Kind: call.Role, Account: name.Account, UserID: role.RoleId + ":" + session,
		ARN:    "arn:aws:sts::" + name.Account + ":assumed-role/" + role.RoleName + "/" + session,
		Issuer: role.Arn,
	}
}

package sts

import (
	"context"
	"net/url"
	"strings"

	iamapi "maru.dev/maru/api/iam"
	api "maru.dev/maru/api/sts"
	"maru.dev/maru/arn"
	"maru.dev/maru/auth/policy"
	"maru.dev/maru/call"
)

// Accesses tells whose a role is that is to be assumed, and whom it trusts. Who
// they are, anyone may ask.
func (s *Service) Accesses(ctx context.Context, operation string, in any) ([]call.Access, error) {
	if operation == "GetCallerIdentity" || operation == "GetSessionToken" {
		return []call.Access{{Action: "sts:" + operation, Resource: "*", Account: call.From(ctx).Principal.Account, Granted: true}}, nil
	}
	asked, ok := in.(*api.AssumeRoleInput)
	if !ok || operation != "AssumeRole" {
		return nil, nil
	}
	role, err := s.role(ctx, asked.RoleArn)
	if err != nil {
		return nil, err
	}
	name, err := arn.Parse(role.Arn)
	if err != nil {
		return nil, err
	}
	return []call.Access{{
		Action: "sts:AssumeRole", Resource: role.Arn, Account: name.Account, Policy: trustOf(role), Context: conditionsOf(asked),
	}}, nil
}

// trustOf is a role's trust policy, which IAM tells escaped.
func trustOf(role *iamapi.Role) string {
	if role.AssumeRolePolicyDocument == nil {
		return ""
	}
	text, err := url.PathUnescape(*role.AssumeRolePolicyDocument)
	if err != nil {
		return ""
	}
	return text
}

// conditionsOf are the condition keys that a request has of its own.
func conditionsOf(in *api.AssumeRoleInput) map[string][]string {
	keys := map[string][]string{"sts:rolesessionname": {in.RoleSessionName}}
	if in.ExternalId != nil {
		keys["sts:externalid"] = []string{*in.ExternalId}
	}
	if in.SourceIdentity != nil {
		keys["sts:sourceidentity"] = []string{*in.SourceIdentity}
	}
	for _, tag := range in.Tags {
		keys["aws:requesttag/"+strings.ToLower(tag.Key)] = []string{tag.Value}
		keys["aws:tagkeys"] = append(keys["aws:tagkeys"], tag.Key)
	}
	return keys
}

// trusts refuses a service that a role does not trust, where keys are proved.
// (Other callers are judged at the door.)
func (s *Service) trusts(ctx context.Context, role *iamapi.Role, in *api.AssumeRoleInput) error {
	info := call.From(ctx)
	if !s.deps.Enforcing || info.Principal.Kind != call.Service {
		return nil
	}
	d, err := policy.Parse(trustOf(role))
	if err == nil {
		keys := conditionsOf(in)
		keys["aws:sourceaccount"], keys["aws:sourcearn"] = []string{info.Account}, []string{info.Principal.SourceARN}
		r := policy.Request{Caller: policy.Caller{Service: info.Principal.Service}, Action: "sts:AssumeRole", Resource: role.Arn, Context: keys}
		if d.Evaluate(&r) == policy.Allowed {
			return nil
		}
	}
	return denied(info.Principal, "sts:AssumeRole", role.Arn)
}

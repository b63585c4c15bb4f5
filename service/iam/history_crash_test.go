package iam

import (
	"testing"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

// otherPolicy is another good document.
const otherPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`

func TestPoliciesSurviveCrashes(t *testing.T) {
	t.Parallel()
	arn := "arn:aws:iam::" + account + ":policy/p"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := over(t, st)
		h.Did(s.CreatePolicy(ctx, &api.CreatePolicyInput{PolicyName: "p", PolicyDocument: crashPolicy}))
		h.Did(s.CreatePolicyVersion(ctx, &api.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: otherPolicy}))
		h.Did(s.SetDefaultPolicyVersion(ctx, &api.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: "v2"}))
		h.Did(s.DeletePolicyVersion(ctx, &api.DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v1"}))
		h.Did(s.TagPolicy(ctx, &api.TagPolicyInput{PolicyArn: arn, Tags: []api.Tag{{Key: "a", Value: "b"}}}))
		h.Did(s.UntagPolicy(ctx, &api.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"a"}}))
		h.Did(s.DeletePolicy(ctx, &api.DeletePolicyInput{PolicyArn: arn}))
	})
}

func TestRolesSurviveCrashes(t *testing.T) {
	t.Parallel()
	const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := over(t, st)
		h.Did(s.CreateRole(ctx, &api.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: crashTrust}))
		h.Did(s.UpdateRole(ctx, &api.UpdateRoleInput{RoleName: "r", MaxSessionDuration: new(int32(7200))}))
		h.Did(s.UpdateRoleDescription(ctx, &api.UpdateRoleDescriptionInput{RoleName: "r", Description: "d"}))
		h.Did(s.UpdateAssumeRolePolicy(ctx, &api.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`}))
		h.Did(s.PutRolePolicy(ctx, &api.PutRolePolicyInput{RoleName: "r", PolicyName: "i", PolicyDocument: crashPolicy}))
		h.Did(s.DeleteRolePolicy(ctx, &api.DeleteRolePolicyInput{RoleName: "r", PolicyName: "i"}))
		h.Did(s.AttachRolePolicy(ctx, &api.AttachRolePolicyInput{RoleName: "r", PolicyArn: readOnly}))
		h.Did(s.DetachRolePolicy(ctx, &api.DetachRolePolicyInput{RoleName: "r", PolicyArn: readOnly}))
		h.Did(s.PutRolePermissionsBoundary(ctx, &api.PutRolePermissionsBoundaryInput{RoleName: "r", PermissionsBoundary: readOnly}))
		h.Did(s.DeleteRolePermissionsBoundary(ctx, &api.DeleteRolePermissionsBoundaryInput{RoleName: "r"}))
		h.Did(s.TagRole(ctx, &api.TagRoleInput{RoleName: "r", Tags: []api.Tag{{Key: "a", Value: "b"}}}))
		h.Did(s.UntagRole(ctx, &api.UntagRoleInput{RoleName: "r", TagKeys: []string{"a"}}))
		h.Did(s.CreateInstanceProfile(ctx, &api.CreateInstanceProfileInput{InstanceProfileName: "p"}))
		h.Did(s.TagInstanceProfile(ctx, &api.TagInstanceProfileInput{InstanceProfileName: "p", Tags: []api.Tag{{Key: "a", Value: "b"}}}))
		h.Did(s.UntagInstanceProfile(ctx, &api.UntagInstanceProfileInput{InstanceProfileName: "p", TagKeys: []string{"a"}}))
		h.Did(s.DeleteInstanceProfile(ctx, &api.DeleteInstanceProfileInput{InstanceProfileName: "p"}))
		h.Did(s.CreateServiceLinkedRole(ctx, &api.CreateServiceLinkedRoleInput{AWSServiceName: "ecs.amazonaws.com"}))
		h.Did(s.DeleteServiceLinkedRole(ctx, &api.DeleteServiceLinkedRoleInput{RoleName: "AWSServiceRoleForECS"}))
	})
}

func TestUsersAndGroupsSurviveCrashes(t *testing.T) {
	t.Parallel()
	const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s, ctx := over(t, st)
		h.Did(s.CreateUser(ctx, &api.CreateUserInput{UserName: "u"}))
		h.Did(s.PutUserPolicy(ctx, &api.PutUserPolicyInput{UserName: "u", PolicyName: "i", PolicyDocument: crashPolicy}))
		h.Did(s.DeleteUserPolicy(ctx, &api.DeleteUserPolicyInput{UserName: "u", PolicyName: "i"}))
		h.Did(s.AttachUserPolicy(ctx, &api.AttachUserPolicyInput{UserName: "u", PolicyArn: readOnly}))
		h.Did(s.DetachUserPolicy(ctx, &api.DetachUserPolicyInput{UserName: "u", PolicyArn: readOnly}))
		h.Did(s.PutUserPermissionsBoundary(ctx, &api.PutUserPermissionsBoundaryInput{UserName: "u", PermissionsBoundary: readOnly}))
		h.Did(s.DeleteUserPermissionsBoundary(ctx, &api.DeleteUserPermissionsBoundaryInput{UserName: "u"}))
		h.Did(s.TagUser(ctx, &api.TagUserInput{UserName: "u", Tags: []api.Tag{{Key: "a", Value: "b"}}}))
		h.Did(s.UntagUser(ctx, &api.UntagUserInput{UserName: "u", TagKeys: []string{"a"}}))
		h.Did(s.CreateGroup(ctx, &api.CreateGroupInput{GroupName: "g"}))
		h.Did(s.PutGroupPolicy(ctx, &api.PutGroupPolicyInput{GroupName: "g", PolicyName: "i", PolicyDocument: crashPolicy}))
		h.Did(s.AddUserToGroup(ctx, &api.AddUserToGroupInput{GroupName: "g", UserName: "u"}))
		h.Did(s.UpdateGroup(ctx, &api.UpdateGroupInput{GroupName: "g", NewGroupName: new("h"), NewPath: new("/p/")}))
		h.Did(s.DeleteGroupPolicy(ctx, &api.DeleteGroupPolicyInput{GroupName: "h", PolicyName: "i"}))
		h.Did(s.AttachGroupPolicy(ctx, &api.AttachGroupPolicyInput{GroupName: "h", PolicyArn: readOnly}))
		h.Did(s.DetachGroupPolicy(ctx, &api.DetachGroupPolicyInput{GroupName: "h", PolicyArn: readOnly}))
		h.Did(s.RemoveUserFromGroup(ctx, &api.RemoveUserFromGroupInput{GroupName: "h", UserName: "u"}))
		h.Did(s.DeleteUser(ctx, &api.DeleteUserInput{UserName: "u"}))
		h.Did(s.CreateAccountAlias(ctx, &api.CreateAccountAliasInput{AccountAlias: "acme"}))
		h.Did(s.DeleteAccountAlias(ctx, &api.DeleteAccountAliasInput{AccountAlias: "acme"}))
	})
}

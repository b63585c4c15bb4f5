package iam_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/iam"
	sdksts "github.com/aws/aws-sdk-go-v2/service/sts"

	stsapi "maru.dev/maru/api/sts"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/sts"
)

// A client in Python takes the list out of the answer without asking whether it is
// there.
func TestListsOfNothingAreInTheAnswer(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	isNil := make(map[string]bool)
	users := must[*sdk.ListUsersOutput](t)(c.ListUsers(ctx, &sdk.ListUsersInput{}))
	roles := must[*sdk.ListRolesOutput](t)(c.ListRoles(ctx, &sdk.ListRolesInput{}))
	own := must[*sdk.ListPoliciesOutput](t)(c.ListPolicies(ctx, &sdk.ListPoliciesInput{Scope: "Local"}))
	createRole(t, c, "r")
	name := aws.String("r")
	tags := must[*sdk.ListRoleTagsOutput](t)(c.ListRoleTags(ctx, &sdk.ListRoleTagsInput{RoleName: name}))
	inline := must[*sdk.ListRolePoliciesOutput](t)(c.ListRolePolicies(ctx, &sdk.ListRolePoliciesInput{RoleName: name}))
	attached := must[*sdk.ListAttachedRolePoliciesOutput](t)(c.ListAttachedRolePolicies(ctx, &sdk.ListAttachedRolePoliciesInput{RoleName: name}))
	holders := must[*sdk.ListEntitiesForPolicyOutput](t)(c.ListEntitiesForPolicy(ctx, &sdk.ListEntitiesForPolicyInput{PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}))
	profile := must[*sdk.CreateInstanceProfileOutput](t)(c.CreateInstanceProfile(ctx, &sdk.CreateInstanceProfileInput{InstanceProfileName: aws.String("p")}))
	isNil["users"], isNil["roles"], isNil["own policies"] = users.Users == nil, roles.Roles == nil, own.Policies == nil
	isNil["tags"], isNil["inline"], isNil["attached"] = tags.Tags == nil, inline.PolicyNames == nil, attached.AttachedPolicies == nil
	isNil["holders"] = holders.PolicyUsers == nil || holders.PolicyRoles == nil || holders.PolicyGroups == nil
	isNil["roles of a profile"] = profile.InstanceProfile.Roles == nil
	for what, missing := range isNil {
		if missing {
			t.Errorf("%s: left out", what)
		}
	}
}

func TestAMarkerThatNoListGaveIsRefused(t *testing.T) {
	t.Parallel()
	c := client(t)
	for _, marker := range []string{"zzz", "???", "next"} {
		_, err := c.ListRoles(t.Context(), &sdk.ListRolesInput{Marker: &marker})
		wants(t, err, "ValidationError", "Invalid Marker")
	}
}

func TestWhoCallsIsAUserOrRoot(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, registration(), service.Registration{Model: stsapi.Model, New: func(d service.Deps) any { return sts.New(d) }})
	c, ctx := env.IAM(), t.Context()
	self := must[*sdk.GetUserOutput](t)(c.GetUser(ctx, &sdk.GetUserInput{}))
	if *self.User.Arn != "arn:aws:iam::000000000000:root" || self.User.CreateDate.Year() < 2000 {
		t.Errorf("root is %+v, made %v", *self.User.Arn, self.User.CreateDate)
	}
	session := must[*sdksts.AssumeRoleOutput](t)(env.STS().AssumeRole(ctx, &sdksts.AssumeRoleInput{
		RoleArn: createRole(t, c, "r").Arn, RoleSessionName: aws.String("session"),
	})).Credentials
	config := env.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(*session.AccessKeyId, *session.SecretAccessKey, *session.SessionToken)
	role := sdk.NewFromConfig(config)
	_, err := role.GetUser(ctx, &sdk.GetUserInput{})
	wants(t, err, "ValidationError", "Must specify userName when calling with non-User credentials")
	_, err = role.ListAccessKeys(ctx, &sdk.ListAccessKeysInput{})
	wants(t, err, "ValidationError", "Must specify userName when calling with non-User credentials")
	_, err = role.CreateAccessKey(ctx, &sdk.CreateAccessKeyInput{})
	wants(t, err, "ValidationError", "Must specify userName when calling with non-User credentials")
}

package iam_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/iam"
)

const (
	trust  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:*:q"}]}`
)

// registration is IAM alone.
func registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return iam.New(d) }}
}

// client is a client of a new server.
func client(t *testing.T) *sdk.Client {
	t.Helper()
	return testenv.New(t, registration()).IAM()
}

// must fails the test on an error.
func must[T any](t *testing.T) func(out T, err error) T {
	t.Helper()
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// wants checks an error's code and, if given, a part of its message.
func wants(t *testing.T, err error, code, message string) {
	t.Helper()
	if got := testenv.ErrorCode(err); got != code || !strings.Contains(testenv.ErrorMessage(err), message) {
		t.Errorf("got %q (%v), want %q with %q", got, err, code, message)
	}
}

// createRole makes a role.
func createRole(t *testing.T, c *sdk.Client, name string) *types.Role {
	t.Helper()
	return must[*sdk.CreateRoleOutput](t)(c.CreateRole(t.Context(), &sdk.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trust)})).Role
}

// createPolicy makes a managed policy and returns its ARN.
func createPolicy(t *testing.T, c *sdk.Client, name string) *string {
	t.Helper()
	return must[*sdk.CreatePolicyOutput](t)(c.CreatePolicy(t.Context(), &sdk.CreatePolicyInput{PolicyName: &name, PolicyDocument: aws.String(policy)})).Policy.Arn
}

func TestRoleIsDescribedAsItWasMade(t *testing.T) {
	t.Parallel()
	c := client(t)
	made := must[*sdk.CreateRoleOutput](t)(c.CreateRole(t.Context(), &sdk.CreateRoleInput{
		RoleName: aws.String("Worker"), Path: aws.String("/app/"), AssumeRolePolicyDocument: aws.String(trust),
		Description: aws.String("works"), MaxSessionDuration: aws.Int32(7200),
		PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/PowerUserAccess"),
		Tags:                []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}},
	})).Role
	got := must[*sdk.GetRoleOutput](t)(c.GetRole(t.Context(), &sdk.GetRoleInput{RoleName: aws.String("worker")})).Role
	if *got.Arn != "arn:aws:iam::000000000000:role/app/Worker" || *got.RoleId != *made.RoleId || !strings.HasPrefix(*got.RoleId, "AROA") || len(*got.RoleId) != 21 {
		t.Errorf("role %s %s", *got.Arn, *got.RoleId)
	}
	document, err := url.QueryUnescape(*got.AssumeRolePolicyDocument)
	if err != nil || document != trust || strings.Contains(*got.AssumeRolePolicyDocument, `"`) {
		t.Errorf("trust policy %s", *got.AssumeRolePolicyDocument)
	}
	if *got.Description != "works" || *got.MaxSessionDuration != 7200 || *got.PermissionsBoundary.PermissionsBoundaryArn != "arn:aws:iam::aws:policy/PowerUserAccess" ||
		len(got.Tags) != 1 || *got.Tags[0].Value != "a" || got.CreateDate.IsZero() {
		t.Errorf("role %+v", got)
	}
	_, err = c.CreateRole(t.Context(), &sdk.CreateRoleInput{RoleName: aws.String("WORKER"), AssumeRolePolicyDocument: aws.String(trust)})
	wants(t, err, "EntityAlreadyExists", "Role with name WORKER already exists.")
}

func TestMalformedDocumentsAreRefusedInIAMsWords(t *testing.T) {
	t.Parallel()
	c := client(t)
	statement := func(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }
	tests := map[string]struct{ document, message string }{
		"no JSON":          {"{", "Syntax errors in policy."},
		"no statement":     {`{"Version":"2012-10-17"}`, "Syntax errors in policy."},
		"unknown element":  {statement(`{"Effect":"Allow","Action":"*","Resource":"*","Extra":1}`), "Syntax errors in policy."},
		"wrong case":       {statement(`{"effect":"Allow","Action":"*","Resource":"*"}`), "Syntax errors in policy."},
		"other effect":     {statement(`{"Effect":"Maybe","Action":"*","Resource":"*"}`), "Syntax errors in policy."},
		"both actions":     {statement(`{"Effect":"Allow","Action":"*","NotAction":"sqs:*","Resource":"*"}`), "Syntax errors in policy."},
		"unknown version":  {strings.Replace(statement(`{"Effect":"Allow","Action":"*","Resource":"*"}`), "2012", "2013", 1), "Syntax errors in policy."},
		"old version":      {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, "Policy document must be version 2012-10-17 or greater."},
		"no action":        {statement(`{"Effect":"Allow","Resource":"*"}`), "Policy statement must contain actions."},
		"no resource":      {statement(`{"Effect":"Allow","Action":"*"}`), "Policy statement must contain resources."},
		"a principal":      {statement(`{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}`), "Policy document should not specify a principal."},
		"no vendor":        {statement(`{"Effect":"Allow","Action":"SendMessage","Resource":"*"}`), "Actions/Conditions must be prefaced by a vendor"},
		"strange vendor":   {statement(`{"Effect":"Allow","Action":"s q s:SendMessage","Resource":"*"}`), "Vendor s q s is not valid"},
		"no ARN":           {statement(`{"Effect":"Allow","Action":"*","Resource":"queue"}`), `Resource queue must be in ARN format or "*".`},
		"same Sid twice":   {statement(`{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}`), "Statement IDs (SID) in a single policy must be unique."},
		"statement number": {`{"Version":"2012-10-17","Statement":1}`, "Syntax errors in policy."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.CreatePolicy(t.Context(), &sdk.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: &tt.document})
			wants(t, err, "MalformedPolicyDocument", tt.message)
		})
	}
	trusts := map[string]struct{ document, message string }{
		"no JSON":        {"{", "This policy contains invalid Json"},
		"resource":       {statement(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Principal":"*"}`), "Has prohibited field Resource"},
		"no principal":   {statement(`{"Effect":"Allow","Action":"sts:AssumeRole"}`), "Missing required field Principal"},
		"other action":   {statement(`{"Effect":"Allow","Action":"sqs:SendMessage","Principal":"*"}`), "AssumeRole policy may only specify STS AssumeRole actions."},
		"other sort":     {statement(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Robot":"x"}}`), "Invalid principal in policy"},
		"service as AWS": {statement(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda"}}`), "Invalid principal in policy"},
	}
	for name, tt := range trusts {
		t.Run("trust: "+name, func(t *testing.T) {
			t.Parallel()
			_, err := c.CreateRole(t.Context(), &sdk.CreateRoleInput{RoleName: aws.String("r"), AssumeRolePolicyDocument: &tt.document})
			wants(t, err, "MalformedPolicyDocument", tt.message)
		})
	}
}

func TestNothingIsDeletedWhileSomethingHangsOnIt(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	r := aws.String("r")
	createRole(t, c, "r")
	arn := createPolicy(t, c, "p")
	must[*sdk.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &sdk.AttachRolePolicyInput{RoleName: r, PolicyArn: arn}))
	must[*sdk.PutRolePolicyOutput](t)(c.PutRolePolicy(ctx, &sdk.PutRolePolicyInput{RoleName: r, PolicyName: aws.String("in"), PolicyDocument: aws.String(policy)}))
	must[*sdk.CreateInstanceProfileOutput](t)(c.CreateInstanceProfile(ctx, &sdk.CreateInstanceProfileInput{InstanceProfileName: aws.String("ip")}))
	must[*sdk.AddRoleToInstanceProfileOutput](t)(c.AddRoleToInstanceProfile(ctx, &sdk.AddRoleToInstanceProfileInput{InstanceProfileName: aws.String("ip"), RoleName: r}))

	deleteRole := func() error {
		_, err := c.DeleteRole(ctx, &sdk.DeleteRoleInput{RoleName: r})
		return err
	}
	wants(t, deleteRole(), "DeleteConflict", "must remove roles from instance profile first")
	_, err := c.DeleteInstanceProfile(ctx, &sdk.DeleteInstanceProfileInput{InstanceProfileName: aws.String("ip")})
	wants(t, err, "DeleteConflict", "must remove roles from instance profile first")
	must[*sdk.RemoveRoleFromInstanceProfileOutput](t)(c.RemoveRoleFromInstanceProfile(ctx, &sdk.RemoveRoleFromInstanceProfileInput{InstanceProfileName: aws.String("ip"), RoleName: r}))
	must[*sdk.DeleteInstanceProfileOutput](t)(c.DeleteInstanceProfile(ctx, &sdk.DeleteInstanceProfileInput{InstanceProfileName: aws.String("ip")}))
	wants(t, deleteRole(), "DeleteConflict", "must detach all policies first")
	_, err = c.DeletePolicy(ctx, &sdk.DeletePolicyInput{PolicyArn: arn})
	wants(t, err, "DeleteConflict", "Cannot delete a policy attached to entities.")
	must[*sdk.DetachRolePolicyOutput](t)(c.DetachRolePolicy(ctx, &sdk.DetachRolePolicyInput{RoleName: r, PolicyArn: arn}))
	wants(t, deleteRole(), "DeleteConflict", "must delete policies first")
	must[*sdk.DeleteRolePolicyOutput](t)(c.DeleteRolePolicy(ctx, &sdk.DeleteRolePolicyInput{RoleName: r, PolicyName: aws.String("in")}))
	wants(t, deleteRole(), "", "")
	wants(t, deleteRole(), "NoSuchEntity", "The role with name r cannot be found.")
	must[*sdk.DeletePolicyOutput](t)(c.DeletePolicy(ctx, &sdk.DeletePolicyInput{PolicyArn: arn}))
}

func TestUsersGroupsAndKeysHangTogether(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	u, g := aws.String("ann"), aws.String("admins")
	must[*sdk.CreateUserOutput](t)(c.CreateUser(ctx, &sdk.CreateUserInput{UserName: u}))
	must[*sdk.CreateGroupOutput](t)(c.CreateGroup(ctx, &sdk.CreateGroupInput{GroupName: g}))
	must[*sdk.AddUserToGroupOutput](t)(c.AddUserToGroup(ctx, &sdk.AddUserToGroupInput{GroupName: g, UserName: u}))
	key := must[*sdk.CreateAccessKeyOutput](t)(c.CreateAccessKey(ctx, &sdk.CreateAccessKeyInput{UserName: u})).AccessKey
	if len(*key.AccessKeyId) != 20 || !strings.HasPrefix(*key.AccessKeyId, "AKIA") || len(*key.SecretAccessKey) != 40 || key.Status != types.StatusTypeActive {
		t.Errorf("key %+v", key)
	}
	must[*sdk.CreateAccessKeyOutput](t)(c.CreateAccessKey(ctx, &sdk.CreateAccessKeyInput{UserName: u}))
	_, err := c.CreateAccessKey(ctx, &sdk.CreateAccessKeyInput{UserName: u})
	wants(t, err, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")

	must[*sdk.UpdateUserOutput](t)(c.UpdateUser(ctx, &sdk.UpdateUserInput{UserName: u, NewUserName: aws.String("bea"), NewPath: aws.String("/x/")}))
	members := must[*sdk.GetGroupOutput](t)(c.GetGroup(ctx, &sdk.GetGroupInput{GroupName: g}))
	if len(members.Users) != 1 || *members.Users[0].Arn != "arn:aws:iam::000000000000:user/x/bea" {
		t.Errorf("members %+v", members.Users)
	}
	keys := must[*sdk.ListAccessKeysOutput](t)(c.ListAccessKeys(ctx, &sdk.ListAccessKeysInput{UserName: aws.String("bea")}))
	if len(keys.AccessKeyMetadata) != 2 || *keys.AccessKeyMetadata[0].UserName != "bea" {
		t.Errorf("keys %+v", keys.AccessKeyMetadata)
	}
	used := must[*sdk.GetAccessKeyLastUsedOutput](t)(c.GetAccessKeyLastUsed(ctx, &sdk.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKeyId}))
	if used.AccessKeyLastUsed.LastUsedDate != nil {
		t.Errorf("a key that was never used has a date of use: %v", used.AccessKeyLastUsed.LastUsedDate)
	}
	if *used.UserName != "bea" {
		t.Errorf("key of %s", *used.UserName)
	}

	deleteUser := func() error {
		_, err := c.DeleteUser(ctx, &sdk.DeleteUserInput{UserName: aws.String("bea")})
		return err
	}
	wants(t, deleteUser(), "DeleteConflict", "must delete access keys first")
	for _, k := range keys.AccessKeyMetadata {
		must[*sdk.DeleteAccessKeyOutput](t)(c.DeleteAccessKey(ctx, &sdk.DeleteAccessKeyInput{UserName: aws.String("bea"), AccessKeyId: k.AccessKeyId}))
	}
	wants(t, deleteUser(), "DeleteConflict", "group")
	_, err = c.DeleteGroup(ctx, &sdk.DeleteGroupInput{GroupName: g})
	wants(t, err, "DeleteConflict", "must remove users from group first")
	must[*sdk.RemoveUserFromGroupOutput](t)(c.RemoveUserFromGroup(ctx, &sdk.RemoveUserFromGroupInput{GroupName: g, UserName: aws.String("bea")}))
	wants(t, deleteUser(), "", "")
	must[*sdk.DeleteGroupOutput](t)(c.DeleteGroup(ctx, &sdk.DeleteGroupInput{GroupName: g}))
}

func TestPolicyVersionsKeepTheirRules(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	arn := createPolicy(t, c, "p")
	for i := range 4 {
		document := strings.Replace(policy, "sqs:*", fmt.Sprintf("sqs:%d", i), 1)
		must[*sdk.CreatePolicyVersionOutput](t)(c.CreatePolicyVersion(ctx, &sdk.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: &document, SetAsDefault: i == 3}))
	}
	_, err := c.CreatePolicyVersion(ctx, &sdk.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(policy)})
	wants(t, err, "LimitExceeded", "A managed policy can have up to 5 versions.")
	got := must[*sdk.GetPolicyOutput](t)(c.GetPolicy(ctx, &sdk.GetPolicyInput{PolicyArn: arn})).Policy
	if *got.DefaultVersionId != "v5" || *got.AttachmentCount != 0 {
		t.Errorf("policy %+v", got)
	}
	v := must[*sdk.GetPolicyVersionOutput](t)(c.GetPolicyVersion(ctx, &sdk.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v5")})).PolicyVersion
	if text, _ := url.QueryUnescape(*v.Document); !strings.Contains(text, "sqs:3") || !v.IsDefaultVersion {
		t.Errorf("version %+v", v)
	}
	_, err = c.DeletePolicyVersion(ctx, &sdk.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v5")})
	wants(t, err, "DeleteConflict", "Cannot delete the default version of a policy.")
	_, err = c.DeletePolicy(ctx, &sdk.DeletePolicyInput{PolicyArn: arn})
	wants(t, err, "DeleteConflict", "This policy has more than one version.")
	must[*sdk.SetDefaultPolicyVersionOutput](t)(c.SetDefaultPolicyVersion(ctx, &sdk.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v1")}))
	for _, id := range []string{"v2", "v3", "v4", "v5"} {
		must[*sdk.DeletePolicyVersionOutput](t)(c.DeletePolicyVersion(ctx, &sdk.DeletePolicyVersionInput{PolicyArn: arn, VersionId: &id}))
	}
	again := must[*sdk.CreatePolicyVersionOutput](t)(c.CreatePolicyVersion(ctx, &sdk.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: aws.String(policy)}))
	if *again.PolicyVersion.VersionId != "v6" {
		t.Errorf("version %s, want v6: numbers are not used again", *again.PolicyVersion.VersionId)
	}
	_, err = c.GetPolicyVersion(ctx, &sdk.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v2")})
	wants(t, err, "NoSuchEntity", "version v2 does not exist")
}

func TestManagedPoliciesOfAWSResolve(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	createRole(t, c, "r")
	for _, arn := range []string{
		"arn:aws:iam::aws:policy/AdministratorAccess",
		"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
		"arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
		"arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess",
		"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
	} {
		must[*sdk.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &sdk.AttachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: &arn}))
	}
	attached := must[*sdk.ListAttachedRolePoliciesOutput](t)(c.ListAttachedRolePolicies(ctx, &sdk.ListAttachedRolePoliciesInput{RoleName: aws.String("r"), PathPrefix: aws.String("/service-role/")}))
	if len(attached.AttachedPolicies) != 2 || *attached.AttachedPolicies[0].PolicyName != "AWSLambdaBasicExecutionRole" {
		t.Errorf("attached %+v", attached.AttachedPolicies)
	}
	for _, arn := range []string{"arn:aws:iam::aws:policy/NoSuchPolicy", "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole", "arn:aws:iam::000000000000:policy/none"} {
		_, err := c.AttachRolePolicy(ctx, &sdk.AttachRolePolicyInput{RoleName: aws.String("r"), PolicyArn: &arn})
		wants(t, err, "NoSuchEntity", "Policy "+arn+" does not exist or is not attachable.")
	}
	p := must[*sdk.GetPolicyOutput](t)(c.GetPolicy(ctx, &sdk.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})).Policy
	if *p.AttachmentCount != 1 || *p.DefaultVersionId != "v1" {
		t.Errorf("policy %+v", p)
	}
	v := must[*sdk.GetPolicyVersionOutput](t)(c.GetPolicyVersion(ctx, &sdk.GetPolicyVersionInput{PolicyArn: p.Arn, VersionId: p.DefaultVersionId})).PolicyVersion
	if text, _ := url.QueryUnescape(*v.Document); !strings.Contains(text, `"Action":"*"`) {
		t.Errorf("document %s", text)
	}
	_, err := c.CreatePolicyVersion(ctx, &sdk.CreatePolicyVersionInput{PolicyArn: p.Arn, PolicyDocument: aws.String(policy)})
	if err == nil {
		t.Error("a policy of AWS was changed")
	}
	holders := must[*sdk.ListEntitiesForPolicyOutput](t)(c.ListEntitiesForPolicy(ctx, &sdk.ListEntitiesForPolicyInput{PolicyArn: p.Arn}))
	if len(holders.PolicyRoles) != 1 || *holders.PolicyRoles[0].RoleName != "r" {
		t.Errorf("holders %+v", holders.PolicyRoles)
	}
}

func TestListsComeInPagesThatTogetherAreTheWhole(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	var want []string
	for i := range 7 {
		name := fmt.Sprintf("role-%d", i)
		createRole(t, c, name)
		want = append(want, name)
	}
	var got []string
	pages := sdk.NewListRolesPaginator(c, &sdk.ListRolesInput{MaxItems: aws.Int32(3)})
	for pages.HasMorePages() {
		out := must[*sdk.ListRolesOutput](t)(pages.NextPage(ctx))
		if len(out.Roles) > 3 || out.IsTruncated != (out.Marker != nil) {
			t.Errorf("page of %d, truncated %v", len(out.Roles), out.IsTruncated)
		}
		for _, r := range out.Roles {
			got = append(got, *r.RoleName)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err := c.ListRoles(ctx, &sdk.ListRolesInput{Marker: aws.String("!")})
	wants(t, err, "ValidationError", "Invalid Marker")

	policies := 0
	all := sdk.NewListPoliciesPaginator(c, &sdk.ListPoliciesInput{Scope: types.PolicyScopeTypeAll, MaxItems: aws.Int32(700)})
	createPolicy(t, c, "own")
	last := ""
	for all.HasMorePages() {
		for _, p := range must[*sdk.ListPoliciesOutput](t)(all.NextPage(ctx)).Policies {
			if *p.Arn <= last {
				t.Errorf("%s after %s", *p.Arn, last)
			}
			last = *p.Arn
			policies++
		}
	}
	if policies < 1400 {
		t.Errorf("%d policies", policies)
	}
	local := must[*sdk.ListPoliciesOutput](t)(c.ListPolicies(ctx, &sdk.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}))
	if len(local.Policies) != 1 || *local.Policies[0].PolicyName != "own" {
		t.Errorf("local policies %+v", local.Policies)
	}
}

func TestInlinePoliciesAreHeldAgainstTheirSizeInAll(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	must[*sdk.CreateUserOutput](t)(c.CreateUser(ctx, &sdk.CreateUserInput{UserName: aws.String("u")}))
	put := func(name string, size int) error {
		document := strings.Replace(policy, "sqs:*", "sqs:"+strings.Repeat("a", size), 1)
		_, err := c.PutUserPolicy(ctx, &sdk.PutUserPolicyInput{UserName: aws.String("u"), PolicyName: &name, PolicyDocument: &document})
		return err
	}
	wants(t, put("one", 1500), "", "")
	wants(t, put("two", 1500), "LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user u")
	wants(t, put("one", 1600), "", "")
	_, err := c.GetUserPolicy(ctx, &sdk.GetUserPolicyInput{UserName: aws.String("u"), PolicyName: aws.String("two")})
	wants(t, err, "NoSuchEntity", "The user policy with name two cannot be found.")
}

func TestServiceLinkedRolesBelongToTheirService(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	made := must[*sdk.CreateServiceLinkedRoleOutput](t)(c.CreateServiceLinkedRole(ctx, &sdk.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("ecs.amazonaws.com")})).Role
	if *made.Arn != "arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS" {
		t.Errorf("role %s", *made.Arn)
	}
	_, err := c.DeleteRole(ctx, &sdk.DeleteRoleInput{RoleName: made.RoleName})
	wants(t, err, "UnmodifiableEntity", "only modifiable by ecs.amazonaws.com")
	_, err = c.CreateServiceLinkedRole(ctx, &sdk.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("ecs.amazonaws.com")})
	wants(t, err, "InvalidInput", "has been taken")
	task := must[*sdk.DeleteServiceLinkedRoleOutput](t)(c.DeleteServiceLinkedRole(ctx, &sdk.DeleteServiceLinkedRoleInput{RoleName: made.RoleName}))
	status := must[*sdk.GetServiceLinkedRoleDeletionStatusOutput](t)(c.GetServiceLinkedRoleDeletionStatus(ctx, &sdk.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task.DeletionTaskId}))
	if status.Status != types.DeletionTaskStatusTypeSucceeded {
		t.Errorf("status %s", status.Status)
	}
}

func TestTagsAliasesAndSummary(t *testing.T) {
	t.Parallel()
	c, ctx := client(t), t.Context()
	createRole(t, c, "r")
	r := aws.String("r")
	tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
	must[*sdk.TagRoleOutput](t)(c.TagRole(ctx, &sdk.TagRoleInput{RoleName: r, Tags: []types.Tag{tag("b", "1"), tag("a", "2"), tag("c", "3")}}))
	must[*sdk.TagRoleOutput](t)(c.TagRole(ctx, &sdk.TagRoleInput{RoleName: r, Tags: []types.Tag{tag("B", "4")}}))
	must[*sdk.UntagRoleOutput](t)(c.UntagRole(ctx, &sdk.UntagRoleInput{RoleName: r, TagKeys: []string{"c"}}))
	tags := must[*sdk.ListRoleTagsOutput](t)(c.ListRoleTags(ctx, &sdk.ListRoleTagsInput{RoleName: r})).Tags
	if len(tags) != 2 || *tags[0].Key != "B" || *tags[0].Value != "4" {
		t.Errorf("tags %+v", tags)
	}
	_, err := c.TagRole(ctx, &sdk.TagRoleInput{RoleName: r, Tags: []types.Tag{tag("x", "1"), tag("X", "2")}})
	wants(t, err, "InvalidInput", "Duplicate tag keys found.")

	must[*sdk.CreateAccountAliasOutput](t)(c.CreateAccountAlias(ctx, &sdk.CreateAccountAliasInput{AccountAlias: aws.String("acme-dev")}))
	aliases := must[*sdk.ListAccountAliasesOutput](t)(c.ListAccountAliases(ctx, &sdk.ListAccountAliasesInput{})).AccountAliases
	if diff := cmp.Diff([]string{"acme-dev"}, aliases); diff != "" {
		t.Error(diff)
	}
	_, err = c.DeleteAccountAlias(ctx, &sdk.DeleteAccountAliasInput{AccountAlias: aws.String("other")})
	wants(t, err, "NoSuchEntity", "")
	summary := must[*sdk.GetAccountSummaryOutput](t)(c.GetAccountSummary(ctx, &sdk.GetAccountSummaryInput{})).SummaryMap
	if summary["Roles"] != 1 || summary["Users"] != 0 || summary["RolesQuota"] != 1000 {
		t.Errorf("summary %v", summary)
	}
}

func TestRootIsDescribedWithoutAName(t *testing.T) {
	t.Parallel()
	c := client(t)
	u := must[*sdk.GetUserOutput](t)(c.GetUser(t.Context(), &sdk.GetUserInput{})).User
	if *u.Arn != "arn:aws:iam::000000000000:root" {
		t.Errorf("user %s", *u.Arn)
	}
}

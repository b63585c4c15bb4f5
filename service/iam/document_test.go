package iam

import (
	"testing"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv/kvtest"
)

// Policies on a user, group or role may leave out the version, as those of the
// serverless transform do.
func TestInlinePoliciesNeedNoVersion(t *testing.T) {
	t.Parallel()
	s, ctx := over(t, kvtest.Open(t))
	if _, err := s.CreateUser(ctx, &api.CreateUserInput{UserName: "u"}); err != nil {
		t.Fatal(err)
	}
	const without = `{"Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}`
	if _, err := s.PutUserPolicy(ctx, &api.PutUserPolicyInput{UserName: "u", PolicyName: "p", PolicyDocument: without}); err != nil {
		t.Error(err)
	}
	if _, err := s.CreatePolicy(ctx, &api.CreatePolicyInput{PolicyName: "p", PolicyDocument: without}); err == nil {
		t.Error("a managed policy without a version was made")
	}
}

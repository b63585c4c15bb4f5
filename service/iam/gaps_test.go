package iam_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/iam"

	"maru.dev/maru/auth"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/platform"
)

// keyed is IAM where keys are proved: a client of root, and one of a user whose
// policy allows everything.
func keyed(t *testing.T) (root, user *sdk.Client) {
	t.Helper()
	env := testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing}, registration())
	config := func(id, secret string) *sdk.Client {
		c := env.Config()
		c.Credentials = credentials.NewStaticCredentialsProvider(id, secret, "")
		return sdk.NewFromConfig(c)
	}
	key := auth.NewKey(ids.New(rand.Reader), auth.RootPrincipal(testenv.Account), time.Time{})
	if err := env.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, key) }); err != nil {
		t.Fatal(err)
	}
	root = config(key.ID, string(key.Secret))
	ctx, name := t.Context(), aws.String("ann")
	must[*sdk.CreateUserOutput](t)(root.CreateUser(ctx, &sdk.CreateUserInput{UserName: name}))
	must[*sdk.AttachUserPolicyOutput](t)(root.AttachUserPolicy(ctx, &sdk.AttachUserPolicyInput{UserName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))
	made := must[*sdk.CreateAccessKeyOutput](t)(root.CreateAccessKey(ctx, &sdk.CreateAccessKeyInput{UserName: name})).AccessKey
	return root, config(*made.AccessKeyId, *made.SecretAccessKey)
}

func TestGapPoliciesOfUsersAreNotEvaluated(t *testing.T) {
	t.Parallel()
	_, user := keyed(t)
	testenv.KnownGap(t, "service/iam/doc.go", func(t testing.TB) {
		if _, err := user.ListUsers(t.Context(), &sdk.ListUsersInput{}); err != nil {
			t.Error(err)
		}
	})
}

func TestGapTheLastUseOfAKeyIsNotRecorded(t *testing.T) {
	t.Parallel()
	root, user := keyed(t)
	_, _ = user.ListUsers(t.Context(), &sdk.ListUsersInput{}) // a use, whether allowed or not
	keys := must[*sdk.ListAccessKeysOutput](t)(root.ListAccessKeys(t.Context(), &sdk.ListAccessKeysInput{UserName: aws.String("ann")}))
	id := keys.AccessKeyMetadata[0].AccessKeyId
	testenv.KnownGap(t, "service/iam/doc.go", func(t testing.TB) {
		out, err := root.GetAccessKeyLastUsed(t.Context(), &sdk.GetAccessKeyLastUsedInput{AccessKeyId: id})
		if err != nil || *out.AccessKeyLastUsed.ServiceName == "N/A" {
			t.Errorf("never used, as far as is told (%v)", err)
		}
	})
}

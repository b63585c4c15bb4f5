package sts_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	sdk "github.com/aws/aws-sdk-go-v2/service/sts"

	iamapi "maru.dev/maru/api/iam"
	api "maru.dev/maru/api/sts"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
	"maru.dev/maru/service/iam"
	"maru.dev/maru/service/sts"
)

// keyed is the configuration of a client with a new key of a principal.
func keyed(t *testing.T, env *testenv.Env, p call.Principal) aws.Config {
	t.Helper()
	key := auth.NewKey(ids.New(rand.Reader), p, time.Time{})
	if err := env.Store().Update(t.Context(), func(tx *kv.Tx) error { return auth.PutKey(tx, key) }); err != nil {
		t.Fatal(err)
	}
	config := env.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(key.ID, string(key.Secret), "")
	return config
}

func TestRolesAreAssumedByWhomTheyTrust(t *testing.T) {
	t.Parallel()
	env := testenv.NewWith(t, testenv.Options{Mode: platform.Enforcing},
		service.Registration{Model: iamapi.Model, New: func(d service.Deps) any { return iam.New(d) }},
		service.Registration{Model: api.Model, New: func(d service.Deps) any { return sts.New(d) }},
	)
	const other = "111122223333"
	root := keyed(t, env, auth.RootPrincipal(testenv.Account))
	user := call.Principal{Kind: call.User, Account: testenv.Account, UserID: "AIDA", ARN: "arn:aws:iam::000000000000:user/ann"}
	callers := map[string]aws.Config{"root": root, "a user": keyed(t, env, user), "another account": keyed(t, env, auth.RootPrincipal(other))}
	if out, err := sdk.NewFromConfig(callers["a user"]).GetCallerIdentity(t.Context(), &sdk.GetCallerIdentityInput{}); err != nil || *out.Arn != user.ARN {
		t.Errorf("a user asks who they are: %v, %v", out, err)
	}
	tests := map[string]struct {
		statement string
		allowed   string
	}{
		"a service":       {`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`, "root lambda"},
		"a user":          {`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"sts:AssumeRole"}`, "root a user"},
		"the account":     {`{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}`, "root"},
		"another account": {`{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}`, "root another account"},
		"with a secret":   {`{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"xyz"}}}`, "root"},
		"a denial":        {`{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`, ""},
	}
	for name, tt := range tests {
		role, err := iamsdk.NewFromConfig(root).CreateRole(t.Context(), &iamsdk.CreateRoleInput{
			RoleName: aws.String(strings.ReplaceAll(name, " ", "-")), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[` + tt.statement + `]}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		in := &sdk.AssumeRoleInput{RoleArn: role.Role.Arn, RoleSessionName: aws.String("session")}
		for caller, config := range callers {
			_, err := sdk.NewFromConfig(config).AssumeRole(t.Context(), in)
			if want := strings.Contains(tt.allowed, caller); (err == nil) != want || err != nil && testenv.ErrorCode(err) != "AccessDenied" {
				t.Errorf("%s, asked for by %s: %v", name, caller, err)
			}
		}
		inside := call.As(t.Context(), "lambda.amazonaws.com", "arn:aws:lambda:us-east-1:000000000000:function:f", testenv.Account, testenv.Region)
		_, err = env.Caller().Call(inside, "sts", "AssumeRole", &api.AssumeRoleInput{RoleArn: *role.Role.Arn, RoleSessionName: "session"})
		if want := strings.Contains(tt.allowed, "lambda"); (err == nil) != want {
			t.Errorf("%s, asked for by Lambda: %v", name, err)
		}
	}
	in := &sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::000000000000:role/with-a-secret"), RoleSessionName: aws.String("session"), ExternalId: aws.String("xyz")}
	if _, err := sdk.NewFromConfig(callers["another account"]).AssumeRole(t.Context(), in); err != nil {
		t.Errorf("with the secret: %v", err)
	}
}

package sts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	sdk "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	iamapi "maru.dev/maru/api/iam"
	api "maru.dev/maru/api/sts"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/iam"
	"maru.dev/maru/service/sts"
)

// start runs STS beside IAM, whose roles it gives credentials for.
func start(t *testing.T) *testenv.Env {
	t.Helper()
	return testenv.New(t,
		service.Registration{Model: iamapi.Model, New: func(d service.Deps) any { return iam.New(d) }},
		service.Registration{Model: api.Model, New: func(d service.Deps) any { return sts.New(d) }},
	)
}

// createRole makes a role whose sessions last up to an hour.
func createRole(t *testing.T, env *testenv.Env) *iamsdk.CreateRoleOutput {
	t.Helper()
	out, err := env.IAM().CreateRole(t.Context(), &iamsdk.CreateRoleInput{
		RoleName: aws.String("worker"), Path: aws.String("/app/"),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// as is a client that signs with temporary credentials.
func as(env *testenv.Env, c *types.Credentials) *sdk.Client {
	config := env.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	return sdk.NewFromConfig(config)
}

func TestCallerIdentityIsTheAccountsRootForAnyKey(t *testing.T) {
	t.Parallel()
	env := start(t)
	tests := map[string]struct{ key, account string }{
		"any key":       {"test", "000000000000"},
		"twelve digits": {"123456789012", "123456789012"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := sdk.NewFromConfig(env.ConfigFor(tt.key, "us-east-1")).GetCallerIdentity(t.Context(), &sdk.GetCallerIdentityInput{})
			if err != nil {
				t.Fatal(err)
			}
			if *out.Account != tt.account || *out.Arn != "arn:aws:iam::"+tt.account+":root" || *out.UserId != tt.account {
				t.Errorf("identity %s %s %s", *out.Account, *out.Arn, *out.UserId)
			}
		})
	}
}

func TestAssumedRoleTellsItselfAndItsLimits(t *testing.T) {
	t.Parallel()
	env := start(t)
	role := createRole(t, env).Role
	out, err := env.STS().AssumeRole(t.Context(), &sdk.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String("s1"), DurationSeconds: aws.Int32(900)})
	if err != nil {
		t.Fatal(err)
	}
	const want = "arn:aws:sts::000000000000:assumed-role/worker/s1"
	if *out.AssumedRoleUser.Arn != want || *out.AssumedRoleUser.AssumedRoleId != *role.RoleId+":s1" {
		t.Errorf("assumed %s %s", *out.AssumedRoleUser.Arn, *out.AssumedRoleUser.AssumedRoleId)
	}
	if left := out.Credentials.Expiration.Sub(env.Now()); left > 15*time.Minute || left < 14*time.Minute {
		t.Errorf("credentials end in %s", left)
	}
	session := as(env, out.Credentials)
	me, err := session.GetCallerIdentity(t.Context(), &sdk.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *me.Arn != want || *me.UserId != *role.RoleId+":s1" {
		t.Errorf("identity %s %s", *me.Arn, *me.UserId)
	}
	_, err = session.AssumeRole(t.Context(), &sdk.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String("s2"), DurationSeconds: aws.Int32(3601)})
	if got := testenv.ErrorCode(err); got != "ValidationError" {
		t.Errorf("chained for more than an hour: %q (%v)", got, err)
	}
	_, err = env.STS().AssumeRole(t.Context(), &sdk.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String("s3"), DurationSeconds: aws.Int32(7200)})
	if got := testenv.ErrorMessage(err); got != "The requested DurationSeconds exceeds the MaxSessionDuration set for this role." {
		t.Errorf("longer than the role allows: %v", err)
	}
	info, err := env.STS().GetAccessKeyInfo(t.Context(), &sdk.GetAccessKeyInfoInput{AccessKeyId: out.Credentials.AccessKeyId})
	if err != nil || *info.Account != "000000000000" {
		t.Errorf("key info %v, %v", info, err)
	}
	_, err = session.GetSessionToken(t.Context(), &sdk.GetSessionTokenInput{})
	if got := testenv.ErrorCode(err); got != "AccessDenied" {
		t.Errorf("a session asked for a session: %q (%v)", got, err)
	}
}

func TestAssumeRoleRefusesWhatIsNoRole(t *testing.T) {
	t.Parallel()
	env := start(t)
	createRole(t, env)
	tests := map[string]struct {
		in   sdk.AssumeRoleInput
		want string
	}{
		"no such role":   {sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::000000000000:role/other"), RoleSessionName: aws.String("ss")}, "AccessDenied"},
		"other path":     {sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::000000000000:role/worker"), RoleSessionName: aws.String("ss")}, "AccessDenied"},
		"other account":  {sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/app/worker"), RoleSessionName: aws.String("ss")}, "AccessDenied"},
		"no ARN":         {sdk.AssumeRoleInput{RoleArn: aws.String("worker-role-without-arn"), RoleSessionName: aws.String("ss")}, "ValidationError"},
		"short name":     {sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::000000000000:role/app/worker"), RoleSessionName: aws.String("s")}, "ValidationError"},
		"too short":      {sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::000000000000:role/app/worker"), RoleSessionName: aws.String("ss"), DurationSeconds: aws.Int32(60)}, "ValidationError"},
		"broken policy":  {sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::000000000000:role/app/worker"), RoleSessionName: aws.String("ss"), Policy: aws.String("{")}, "MalformedPolicyDocument"},
		"lengthy policy": {sdk.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::000000000000:role/app/worker"), RoleSessionName: aws.String("ss"), Policy: aws.String(`{"Statement":[]` + strings.Repeat(" ", 2100) + `}`)}, "PackedPolicyTooLarge"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := env.STS().AssumeRole(t.Context(), &tt.in)
			if got := testenv.ErrorCode(err); got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

func TestFederatedUsersAndSessionsTellWhoTheyAre(t *testing.T) {
	t.Parallel()
	env := start(t)
	federated, err := env.STS().GetFederationToken(t.Context(), &sdk.GetFederationTokenInput{Name: aws.String("bob")})
	if err != nil {
		t.Fatal(err)
	}
	me, err := as(env, federated.Credentials).GetCallerIdentity(t.Context(), &sdk.GetCallerIdentityInput{})
	if err != nil || *me.Arn != "arn:aws:sts::000000000000:federated-user/bob" {
		t.Errorf("identity %v, %v", me, err)
	}
	session, err := env.STS().GetSessionToken(t.Context(), &sdk.GetSessionTokenInput{DurationSeconds: aws.Int32(36000)})
	if err != nil {
		t.Fatal(err)
	}
	if left := session.Credentials.Expiration.Sub(env.Now()); left > time.Hour {
		t.Errorf("root's session lasts %s, more than an hour", left)
	}
}

func TestTokensOfUnknownProvidersAreRefused(t *testing.T) {
	t.Parallel()
	env := start(t)
	role := createRole(t, env).Role
	for _, token := range []string{"not-a-token", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ."} {
		_, err := env.STS().AssumeRoleWithWebIdentity(t.Context(), &sdk.AssumeRoleWithWebIdentityInput{
			RoleArn: role.Arn, RoleSessionName: aws.String("ss"), WebIdentityToken: &token,
		})
		if got := testenv.ErrorCode(err); got != "InvalidIdentityToken" {
			t.Errorf("got %q (%v)", got, err)
		}
	}
}

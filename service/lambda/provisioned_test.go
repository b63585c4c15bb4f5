package lambda_test

import (
	"log/slog"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/internal/testenv"
)

// provision asks for environments of a qualifier of fn.
func provision(t *testing.T, env *testenv.Env, qualifier string, n int32) error {
	t.Helper()
	_, err := env.Lambda().PutProvisionedConcurrencyConfig(t.Context(), &sdk.PutProvisionedConcurrencyConfigInput{
		FunctionName: new("fn"), Qualifier: &qualifier, ProvisionedConcurrentExecutions: &n,
	})
	return err
}

// ready waits until a qualifier of fn has all of its environments.
func ready(t *testing.T, env *testenv.Env, qualifier string) *sdk.GetProvisionedConcurrencyConfigOutput {
	t.Helper()
	var out *sdk.GetProvisionedConcurrencyConfigOutput
	eventually(t, "the environments are there", func() bool {
		var err error
		out, err = env.Lambda().GetProvisionedConcurrencyConfig(t.Context(), &sdk.GetProvisionedConcurrencyConfigInput{FunctionName: new("fn"), Qualifier: &qualifier})
		if err != nil {
			t.Fatal(err)
		}
		return out.Status == types.ProvisionedConcurrencyStatusEnumReady
	})
	return out
}

// startedEarly tells whether the environment that runs a qualifier of fn was
// there before it was needed.
func startedEarly(t *testing.T, env *testenv.Env, qualifier string) bool {
	t.Helper()
	out := invoke(t, env, "fn:"+qualifier, `{"do":"env"}`)
	return strings.Contains(string(out.Payload), "AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency")
}

func TestProvisionedEnvironmentsAreWarm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Run("before", func(t *testing.T) {
		env := testenv.NewWith(t, testenv.Options{DataDir: dir, Log: slog.New(slog.DiscardHandler)}, registrations()...)
		create(t, env, "fn", func(in *sdk.CreateFunctionInput) { in.Publish = true })
		if err := provision(t, env, "1", 2); err != nil {
			t.Fatal(err)
		}
		if out := ready(t, env, "1"); *out.AllocatedProvisionedConcurrentExecutions != 2 || *out.RequestedProvisionedConcurrentExecutions != 2 {
			t.Errorf("%+v", out)
		}
		if !startedEarly(t, env, "1") {
			t.Error("the environment was started on demand")
		}
	})
	env := testenv.NewWith(t, testenv.Options{DataDir: dir}, registrations()...)
	ready(t, env, "1") // again, after a restart
	c, name := env.Lambda(), new("fn")
	list, err := c.ListProvisionedConcurrencyConfigs(t.Context(), &sdk.ListProvisionedConcurrencyConfigsInput{FunctionName: name})
	if err != nil || len(list.ProvisionedConcurrencyConfigs) != 1 || !strings.HasSuffix(*list.ProvisionedConcurrencyConfigs[0].FunctionArn, ":function:fn:1") {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := c.DeleteProvisionedConcurrencyConfig(t.Context(), &sdk.DeleteProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: new("1")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetProvisionedConcurrencyConfig(t.Context(), &sdk.GetProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: new("1")})
	wantError(t, err, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
}

func TestProvisionedConcurrencyFollowsItsAlias(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c, name := env.Lambda(), new("fn")
	did := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	create(t, env, "fn", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	_, err := c.CreateAlias(t.Context(), &sdk.CreateAliasInput{FunctionName: name, Name: new("live"), FunctionVersion: new("1")})
	did(err)
	did(provision(t, env, "live", 1))
	ready(t, env, "live")
	wantError(t, provision(t, env, "1", 1), "InvalidParameterValueException", "already provisioned alias")
	_, err = c.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{FunctionName: name, Description: new("second")})
	did(err)
	_, err = c.PublishVersion(t.Context(), &sdk.PublishVersionInput{FunctionName: name})
	did(err)
	_, err = c.UpdateAlias(t.Context(), &sdk.UpdateAliasInput{FunctionName: name, Name: new("live"), FunctionVersion: new("2")})
	did(err)
	ready(t, env, "live")
	if !startedEarly(t, env, "live") {
		t.Error("the environment of the new version was started on demand")
	}
	_, err = c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: name})
	did(err)
	create(t, env, "fn")
	list, err := c.ListProvisionedConcurrencyConfigs(t.Context(), &sdk.ListProvisionedConcurrencyConfigsInput{FunctionName: name})
	did(err)
	if len(list.ProvisionedConcurrencyConfigs) != 0 {
		t.Errorf("a function's successor has %+v", list)
	}
}

func TestProvisionedConcurrencyRefuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	wantError(t, provision(t, env, "$LATEST", 1), "InvalidParameterValueException", "cannot be applied to unpublished function versions")
	wantError(t, provision(t, env, "9", 1), "ResourceNotFoundException", "")
	wantError(t, provision(t, env, "1", 901), "InvalidParameterValueException", "greater than account's unreserved concurrency [900]")
	if _, err := env.Lambda().PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{FunctionName: new("fn"), ReservedConcurrentExecutions: new(int32(1))}); err != nil {
		t.Fatal(err)
	}
	wantError(t, provision(t, env, "1", 2), "InvalidParameterValueException", "should not be greater than the reservedConcurrentExecution")
}

func TestFailedProvisioningTellsWhy(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn", func(in *sdk.CreateFunctionInput) { in.Publish = true }, python(t, "raise Exception('not today')"))
	if err := provision(t, env, "1", 1); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the failure is told", func() bool {
		out, err := env.Lambda().GetProvisionedConcurrencyConfig(t.Context(), &sdk.GetProvisionedConcurrencyConfigInput{FunctionName: new("fn"), Qualifier: new("1")})
		return err == nil && out.Status == types.ProvisionedConcurrencyStatusEnumFailed && strings.Contains(*out.StatusReason, "not today")
	})
}

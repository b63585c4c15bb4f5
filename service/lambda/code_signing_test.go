package lambda_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
)

func TestCodeNeedNotBeSigned(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	out, err := env.Lambda().GetFunctionCodeSigningConfig(t.Context(), &sdk.GetFunctionCodeSigningConfigInput{FunctionName: new("fn")})
	if err != nil || *out.CodeSigningConfigArn != "" || *out.FunctionName != "fn" {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = env.Lambda().GetFunctionCodeSigningConfig(t.Context(), &sdk.GetFunctionCodeSigningConfigInput{FunctionName: new("nope")})
	wantError(t, err, "ResourceNotFoundException", "Function not found")
	list, err := env.Lambda().ListCodeSigningConfigs(t.Context(), &sdk.ListCodeSigningConfigsInput{})
	if err != nil || len(list.CodeSigningConfigs) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

package lambda_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/internal/testenv"
)

func TestGapContainerImagesAreNotRun(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	testenv.KnownGap(t, "service/lambda/doc.go", func(t testing.TB) {
		_, err := env.Lambda().CreateFunction(t.Context(), &sdk.CreateFunctionInput{
			FunctionName: new("image"), Role: new(testRole), PackageType: types.PackageTypeImage, Code: &types.FunctionCode{ImageUri: new("000000000000.dkr.ecr.us-east-1.amazonaws.com/f:1")},
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestGapOperationsThatAreNotThere(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	ctx, c := t.Context(), env.Lambda()
	create(t, env, "fn")
	published, err := c.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: new("fn")})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func() error{
		"provisioned concurrency": func() error {
			_, err := c.PutProvisionedConcurrencyConfig(ctx, &sdk.PutProvisionedConcurrencyConfigInput{FunctionName: new("fn"), Qualifier: published.Version, ProvisionedConcurrentExecutions: new(int32(1))})
			return err
		},
		"code signing": func() error {
			_, err := c.ListCodeSigningConfigs(ctx, &sdk.ListCodeSigningConfigsInput{})
			return err
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			testenv.KnownGap(t, "service/lambda/doc.go", func(t testing.TB) {
				if err := ask(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

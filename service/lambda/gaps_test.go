package lambda_test

import (
	"os/exec"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"maru.dev/maru/internal/testenv"
)

// gaps is where the gaps of this service are described.
const gaps = "docs/services/lambda.md#known-gaps"

// works ends a test of a gap whose operation fails.
func works(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFunctionRunsFromAContainerImage(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := env.Lambda().CreateFunction(t.Context(), &sdk.CreateFunctionInput{
			FunctionName: new("fn"), Role: new(testRole), PackageType: types.PackageTypeImage,
			Code: &types.FunctionCode{ImageUri: new("000000000000.dkr.ecr.us-east-1.amazonaws.com/fn:latest")},
		})
		works(t, err)
	})
}

func TestUnsignedCodeIsRefused(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := env.Lambda().CreateCodeSigningConfig(t.Context(), &sdk.CreateCodeSigningConfigInput{
			AllowedPublishers: &types.AllowedPublishers{SigningProfileVersionArns: []string{"arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/abcdefghij"}},
		})
		works(t, err)
	})
}

func TestSnapStartIsOnForAPublishedVersion(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn", func(in *sdk.CreateFunctionInput) {
		in.Publish = true
		in.SnapStart = &types.SnapStart{ApplyOn: types.SnapStartApplyOnPublishedVersions}
	})
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		out, err := env.Lambda().GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: new("fn"), Qualifier: new("1")})
		works(t, err)
		if out.SnapStart == nil || out.SnapStart.OptimizationStatus != types.SnapStartOptimizationStatusOn {
			t.Errorf("%+v", out.SnapStart)
		}
	})
}

func TestExtensionOfALayerRuns(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the host has no sh")
	}
	env := newEnv(t)
	layer, err := env.Lambda().PublishLayerVersion(t.Context(), &sdk.PublishLayerVersionInput{
		LayerName: new("ext"), Content: &types.LayerVersionContentInput{ZipFile: zipOf(t, map[string]string{"extensions/hello": "#!/bin/sh\necho EXTENSION\nexec sleep 60\n"})},
	})
	works(t, err)
	create(t, env, "fn", func(in *sdk.CreateFunctionInput) { in.Layers = []string{*layer.LayerVersionArn} })
	invoke(t, env, "fn", `{}`)
	eventually(t, "the log is there", func() bool { return strings.Contains(logText(t, env, "fn"), "REPORT") })
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		if text := logText(t, env, "fn"); !strings.Contains(text, "EXTENSION") {
			t.Errorf("the extension has said nothing: %s", text)
		}
	})
}

func TestWhatAFunctionIsConnectedToHasToBeThere(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	tests := map[string]func(*sdk.CreateFunctionInput){
		"network": func(in *sdk.CreateFunctionInput) {
			in.VpcConfig = &types.VpcConfig{SubnetIds: []string{"subnet-0123456789abcdef0"}, SecurityGroupIds: []string{"sg-0123456789abcdef0"}}
		},
		"key": func(in *sdk.CreateFunctionInput) {
			in.KMSKeyArn = new("arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000")
		},
		"file system": func(in *sdk.CreateFunctionInput) {
			in.FileSystemConfigs = []types.FileSystemConfig{{
				Arn: new("arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0"), LocalMountPath: new("/mnt/data"),
			}}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testenv.KnownGap(t, gaps, func(t testing.TB) {
				in := &sdk.CreateFunctionInput{
					FunctionName: new(strings.ReplaceAll(name, " ", "-")), Role: new(testRole), Runtime: types.RuntimeProvidedal2023, Handler: new("bootstrap"),
					Code: &types.FunctionCode{ZipFile: goZip(t)},
				}
				change(in)
				if _, err := env.Lambda().CreateFunction(t.Context(), in); err == nil {
					t.Error("it is not there")
				}
			})
		})
	}
}

package lambda

import (
	"strings"
	"testing"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

func TestSettingsOfFunctionsSurviveCrashes(t *testing.T) {
	t.Parallel()
	const name = "fn"
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		exceptSwept(h)
		s, ctx := crashService(t, st)
		h.Did(s.CreateFunction(ctx, &api.CreateFunctionInput{
			FunctionName: name, Role: "arn:aws:iam::000000000000:role/r", Runtime: new("provided.al2023"), Handler: new("x"),
			Code: &api.FunctionCode{ZipFile: crashZip(t, "one")},
		}))
		h.Did(s.PutFunctionConcurrency(ctx, &api.PutFunctionConcurrencyInput{FunctionName: name, ReservedConcurrentExecutions: 7}))
		h.Did(s.DeleteFunctionConcurrency(ctx, &api.DeleteFunctionConcurrencyInput{FunctionName: name}))
		h.Did(s.PutFunctionRecursionConfig(ctx, &api.PutFunctionRecursionConfigInput{FunctionName: name, RecursiveLoop: "Allow"}))
		h.Did(s.PutRuntimeManagementConfig(ctx, &api.PutRuntimeManagementConfigInput{FunctionName: name, UpdateRuntimeOn: "FunctionUpdate"}))
		h.Did(s.AddPermission(ctx, &api.AddPermissionInput{FunctionName: name, StatementId: "s", Action: "lambda:InvokeFunction", Principal: "*"}))
		h.Did(s.RemovePermission(ctx, &api.RemovePermissionInput{FunctionName: name, StatementId: "s"}))
		h.Did(s.PutFunctionEventInvokeConfig(ctx, &api.PutFunctionEventInvokeConfigInput{FunctionName: name, MaximumRetryAttempts: new(int32(1))}))
		h.Did(s.UpdateFunctionEventInvokeConfig(ctx, &api.UpdateFunctionEventInvokeConfigInput{FunctionName: name, MaximumEventAgeInSeconds: new(int32(60))}))
		h.Did(s.CreateFunctionUrlConfig(ctx, &api.CreateFunctionUrlConfigInput{FunctionName: name, AuthType: "NONE"}))
		h.Did(s.UpdateFunctionUrlConfig(ctx, &api.UpdateFunctionUrlConfigInput{FunctionName: name, AuthType: new("AWS_IAM")}))
		h.Did(s.DeleteFunctionUrlConfig(ctx, &api.DeleteFunctionUrlConfigInput{FunctionName: name}))
		h.Did(s.PublishVersion(ctx, &api.PublishVersionInput{FunctionName: name}))
		h.Did(s.PutProvisionedConcurrencyConfig(ctx, &api.PutProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: "1", ProvisionedConcurrentExecutions: 2}))
		h.Did(s.DeleteProvisionedConcurrencyConfig(ctx, &api.DeleteProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: "1"}))
		h.Did(s.InvokeAsync(ctx, &api.InvokeAsyncInput{FunctionName: name, InvokeArgs: strings.NewReader("{}")}))
	})
}

func TestLayersSurviveCrashes(t *testing.T) {
	t.Parallel()
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		exceptSwept(h)
		s, ctx := crashService(t, st)
		for range 2 {
			h.Did(s.PublishLayerVersion(ctx, &api.PublishLayerVersionInput{LayerName: "l", Content: &api.LayerVersionContentInput{ZipFile: crashZip(t, "layer")}}))
		}
		h.Did(s.AddLayerVersionPermission(ctx, &api.AddLayerVersionPermissionInput{LayerName: "l", VersionNumber: 1, StatementId: "s", Action: "lambda:GetLayerVersion", Principal: "*"}))
		h.Did(s.RemoveLayerVersionPermission(ctx, &api.RemoveLayerVersionPermissionInput{LayerName: "l", VersionNumber: 1, StatementId: "s"}))
		h.Did(s.DeleteLayerVersion(ctx, &api.DeleteLayerVersionInput{LayerName: "l", VersionNumber: 1}))
	})
}

// exceptSwept leaves out archives that nothing links, and the secret that signs
// their addresses.
func exceptSwept(h *kvtest.Steps) {
	for _, swept := range []string{"object", "put", "wait", "due"} {
		h.Except(kv.NewKey("", "", "blob", swept))
	}
	h.Except(kv.NewKey("", "", "lambda"))
}

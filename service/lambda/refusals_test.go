package lambda_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
)

func TestNamesAndMarkersThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	c, ctx := env.Lambda(), t.Context()
	tests := map[string]struct {
		ask     func() error
		message string
	}{
		"alias like a version": {func() error {
			_, err := c.CreateAlias(ctx, &sdk.CreateAliasInput{FunctionName: new("fn"), Name: new("12"), FunctionVersion: new("$LATEST")})
			return err
		}, "Value '12' at 'name' failed to satisfy constraint"},
		"principal that is nobody": {func() error {
			_, err := c.AddPermission(ctx, &sdk.AddPermissionInput{FunctionName: new("fn"), StatementId: new("s"), Action: new("lambda:InvokeFunction"), Principal: new("foo")})
			return err
		}, "The provided principal was invalid."},
		"marker of no list": {func() error {
			_, err := c.ListFunctions(ctx, &sdk.ListFunctionsInput{Marker: new("zzzz")})
			return err
		}, "The Marker is not one that was returned by this operation."},
		"marker of another list": {func() error {
			create(t, env, "other")
			out, err := c.ListFunctions(ctx, &sdk.ListFunctionsInput{MaxItems: new(int32(1))})
			if err != nil {
				return err
			}
			_, err = c.ListLayers(ctx, &sdk.ListLayersInput{Marker: out.NextMarker})
			return err
		}, "The Marker is not one that was returned by this operation."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, tt.ask(), "InvalidParameterValueException", tt.message)
		})
	}
}

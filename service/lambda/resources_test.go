package lambda_test

import (
	"encoding/json"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func TestLayersReachTheFunction(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.Lambda()
	publish := func(text string) *sdk.PublishLayerVersionOutput {
		out, err := c.PublishLayerVersion(t.Context(), &sdk.PublishLayerVersionInput{
			LayerName: new("shared"), CompatibleRuntimes: []types.Runtime{types.RuntimePython312}, LicenseInfo: new("MIT"),
			Content: &types.LayerVersionContentInput{ZipFile: zipOf(t, map[string]string{"python/shared.py": "WORD = '" + text + "'", "data/x": text})},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	one, two := publish("one"), publish("two")
	if one.Version != 1 || two.Version != 2 || *two.LayerVersionArn != "arn:aws:lambda:us-east-1:000000000000:layer:shared:2" {
		t.Errorf("versions %d and %d, %s", one.Version, two.Version, *two.LayerVersionArn)
	}
	create(t, env, "fn", python(t, "import shared\ndef handler(e, c): return shared.WORD"), func(in *sdk.CreateFunctionInput) {
		in.Layers = []string{*one.LayerVersionArn}
	})
	if got := string(invoke(t, env, "fn", `{}`).Payload); got != `"one"` {
		t.Errorf("got %s", got)
	}
	if _, err := c.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{FunctionName: new("fn"), Layers: []string{*two.LayerVersionArn}}); err != nil {
		t.Fatal(err)
	}
	// A function keeps the layers that it has, though they are deleted.
	if _, err := c.DeleteLayerVersion(t.Context(), &sdk.DeleteLayerVersionInput{LayerName: new("shared"), VersionNumber: new(int64(2))}); err != nil {
		t.Fatal(err)
	}
	if got := string(invoke(t, env, "fn", `{}`).Payload); got != `"two"` {
		t.Errorf("got %s", got)
	}
	list, err := c.ListLayers(t.Context(), &sdk.ListLayersInput{CompatibleRuntime: types.RuntimePython312})
	if err != nil || len(list.Layers) != 1 || list.Layers[0].LatestMatchingVersion.Version != 1 {
		t.Errorf("layers %+v %v", list, err)
	}
	versions, err := c.ListLayerVersions(t.Context(), &sdk.ListLayerVersionsInput{LayerName: new("shared")})
	if err != nil || len(versions.LayerVersions) != 1 {
		t.Errorf("versions %+v %v", versions, err)
	}
	_, err = c.GetLayerVersion(t.Context(), &sdk.GetLayerVersionInput{LayerName: new("shared"), VersionNumber: new(int64(2))})
	wantError(t, err, "ResourceNotFoundException", "")
	added, err := c.AddLayerVersionPermission(t.Context(), &sdk.AddLayerVersionPermissionInput{
		LayerName: new("shared"), VersionNumber: new(int64(1)), StatementId: new("s"), Action: new("lambda:GetLayerVersion"), Principal: new("*"),
	})
	if err != nil || !strings.Contains(*added.Statement, `"Resource":"arn:aws:lambda:us-east-1:000000000000:layer:shared:1"`) {
		t.Errorf("statement %+v %v", added, err)
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	c := env.Lambda()
	add := func(sid, revision string) error {
		in := &sdk.AddPermissionInput{
			FunctionName: new("fn"), StatementId: &sid, Action: new("lambda:InvokeFunction"), Principal: new("sns.amazonaws.com"),
			SourceArn: new("arn:aws:sns:us-east-1:000000000000:t"), SourceAccount: new("000000000000"),
		}
		if revision != "" {
			in.RevisionId = &revision
		}
		out, err := c.AddPermission(t.Context(), in)
		if err == nil {
			const want = `"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:fn","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:sns:us-east-1:000000000000:t"},"StringEquals":{"AWS:SourceAccount":"000000000000"}}}`
			if !strings.HasSuffix(*out.Statement, want) {
				t.Errorf("statement %s", *out.Statement)
			}
		}
		return err
	}
	_, err := c.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: new("fn")})
	wantError(t, err, "ResourceNotFoundException", "The resource you requested does not exist.")
	if err := add("one", ""); err != nil {
		t.Fatal(err)
	}
	wantError(t, add("one", ""), "ResourceConflictException", "The statement id (one) provided already exists.")
	wantError(t, add("two", "other"), "PreconditionFailedException", "Call the GetPolicy API")
	policy, err := c.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: new("fn")})
	if err != nil {
		t.Fatal(err)
	}
	if err := add("two", *policy.RevisionId); err != nil {
		t.Fatal(err)
	}
	for _, sid := range []string{"one", "two"} {
		if _, err := c.RemovePermission(t.Context(), &sdk.RemovePermissionInput{FunctionName: new("fn"), StatementId: &sid}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: new("fn")})
	wantError(t, err, "ResourceNotFoundException", "")
}

func TestTags(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	fn := create(t, env, "fn")
	c := env.Lambda()
	if _, err := c.TagResource(t.Context(), &sdk.TagResourceInput{Resource: fn.FunctionArn, Tags: map[string]string{"a": "1", "b": "2"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UntagResource(t.Context(), &sdk.UntagResourceInput{Resource: fn.FunctionArn, TagKeys: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	out, err := c.ListTags(t.Context(), &sdk.ListTagsInput{Resource: fn.FunctionArn})
	if err != nil || len(out.Tags) != 1 || out.Tags["b"] != "2" {
		t.Errorf("tags %v %v", out, err)
	}
	_, err = c.TagResource(t.Context(), &sdk.TagResourceInput{Resource: fn.FunctionArn, Tags: map[string]string{"aws:x": "1"}})
	wantError(t, err, "InvalidParameterValueException", "aws:")
}

func TestFunctionURLConfig(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	c := env.Lambda()
	made, err := c.CreateFunctionUrlConfig(t.Context(), &sdk.CreateFunctionUrlConfigInput{FunctionName: new("fn"), AuthType: types.FunctionUrlAuthTypeNone})
	if err != nil || !strings.Contains(*made.FunctionUrl, ".lambda-url.us-east-1.localhost:") {
		t.Fatal(made, err)
	}
	_, err = c.CreateFunctionUrlConfig(t.Context(), &sdk.CreateFunctionUrlConfigInput{FunctionName: new("fn"), AuthType: types.FunctionUrlAuthTypeNone})
	wantError(t, err, "ResourceConflictException", "FunctionUrlConfig exists")
	if _, err := c.UpdateFunctionUrlConfig(t.Context(), &sdk.UpdateFunctionUrlConfigInput{FunctionName: new("fn"), AuthType: types.FunctionUrlAuthTypeAwsIam}); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetFunctionUrlConfig(t.Context(), &sdk.GetFunctionUrlConfigInput{FunctionName: new("fn")})
	if err != nil || got.AuthType != types.FunctionUrlAuthTypeAwsIam || *got.FunctionUrl != *made.FunctionUrl {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := c.DeleteFunctionUrlConfig(t.Context(), &sdk.DeleteFunctionUrlConfigInput{FunctionName: new("fn")}); err != nil {
		t.Fatal(err)
	}
	list, err := c.ListFunctionUrlConfigs(t.Context(), &sdk.ListFunctionUrlConfigsInput{FunctionName: new("fn")})
	if err != nil || len(list.FunctionUrlConfigs) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestInvokeWithResponseStream(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	for payload, want := range map[string]string{`{}`: `"ok"`, `{"do":"fail"}`: "errorString"} {
		out, err := env.Lambda().InvokeWithResponseStream(t.Context(), &sdk.InvokeWithResponseStreamInput{FunctionName: new("fn"), Payload: []byte(payload)})
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for event := range out.GetStream().Events() {
			switch e := event.(type) {
			case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
				got.Write(e.Value.Payload)
			case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
				if e.Value.ErrorCode != nil {
					got.WriteString(*e.Value.ErrorCode)
				}
			}
		}
		if err := out.GetStream().Err(); err != nil || got.String() != want {
			t.Errorf("%s: got %q %v, want %q", payload, got.String(), err, want)
		}
	}
}

func TestSettingsWithoutEffectAreKept(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	c := env.Lambda()
	if _, err := c.PutFunctionRecursionConfig(t.Context(), &sdk.PutFunctionRecursionConfigInput{FunctionName: new("fn"), RecursiveLoop: types.RecursiveLoopAllow}); err != nil {
		t.Fatal(err)
	}
	loop, err := c.GetFunctionRecursionConfig(t.Context(), &sdk.GetFunctionRecursionConfigInput{FunctionName: new("fn")})
	if err != nil || loop.RecursiveLoop != types.RecursiveLoopAllow {
		t.Errorf("%+v %v", loop, err)
	}
	runtime, err := c.GetRuntimeManagementConfig(t.Context(), &sdk.GetRuntimeManagementConfigInput{FunctionName: new("fn")})
	if err != nil || runtime.UpdateRuntimeOn != types.UpdateRuntimeOnAuto {
		t.Errorf("%+v %v", runtime, err)
	}
}

// A function's calls with its environment's credentials are those of its own
// account.
func TestFunctionCallsAsItsAccount(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn", python(t, `
import os, urllib.request
def handler(event, context):
    data = b"Action=GetCallerIdentity&Version=2011-06-15"
    req = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/", data, {
        "Authorization": "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=x" % os.environ["AWS_ACCESS_KEY_ID"],
        "Content-Type": "application/x-www-form-urlencoded"})
    return urllib.request.urlopen(req).read().decode()
`))
	out := invoke(t, env, "fn", `{}`)
	var text string
	if err := json.Unmarshal(out.Payload, &text); err != nil || !strings.Contains(text, "<Account>000000000000</Account>") {
		t.Errorf("identity %s", out.Payload)
	}
}

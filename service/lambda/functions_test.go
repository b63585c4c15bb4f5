package lambda_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	sdklogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func TestCreateInvokeDelete(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	out := create(t, env, "fn", func(in *sdk.CreateFunctionInput) {
		in.Environment = &types.Environment{Variables: map[string]string{"AB": "b"}}
		in.Tags = map[string]string{"t": "1"}
	})
	if *out.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:fn" || *out.Version != "$LATEST" || out.MemorySize == nil || *out.MemorySize != 128 || out.State != types.StateActive {
		t.Errorf("created %+v", out)
	}
	answer := invoke(t, env, "fn", `{"do":"print"}`)
	if string(answer.Payload) != `"ok"` || answer.StatusCode != http.StatusOK || *answer.ExecutedVersion != "$LATEST" || answer.FunctionError != nil {
		t.Errorf("answer %s %+v", answer.Payload, answer)
	}
	tail, err := base64.StdEncoding.DecodeString(*answer.LogResult)
	if err != nil || !strings.Contains(string(tail), "\nout\nerr\n") || !strings.Contains(string(tail), "REPORT RequestId: ") {
		t.Errorf("tail %s", tail)
	}
	for _, name := range []string{"function:fn", "000000000000:function:fn", *out.FunctionArn, "fn:$LATEST"} {
		if got := invoke(t, env, name, `{}`); string(got.Payload) != `"ok"` {
			t.Errorf("%s: %s", name, got.Payload)
		}
	}
	got, err := env.Lambda().GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: new("fn")})
	if err != nil || got.Tags["t"] != "1" || *got.Configuration.CodeSha256 != *out.CodeSha256 || got.Configuration.Environment.Variables["AB"] != "b" {
		t.Errorf("got %+v %v", got, err)
	}
	if _, err := env.Lambda().DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: new("fn")}); err != nil {
		t.Fatal(err)
	}
	_, err = env.Lambda().Invoke(t.Context(), &sdk.InvokeInput{FunctionName: new("fn")})
	wantError(t, err, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:000000000000:function:fn")
}

func TestCreateFunctionRefuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "taken")
	tests := map[string]struct {
		change        func(*sdk.CreateFunctionInput)
		code, message string
	}{
		"taken name": {func(in *sdk.CreateFunctionInput) { in.FunctionName = new("taken") }, "ResourceConflictException", "Function already exist: taken"},
		"bad zip":    {func(in *sdk.CreateFunctionInput) { in.Code.ZipFile = []byte("hello") }, "InvalidParameterValueException", "Could not unzip uploaded file"},
		"empty zip":  {func(in *sdk.CreateFunctionInput) { in.Code.ZipFile = zipOf(t, nil) }, "InvalidParameterValueException", "Uploaded file must be a non-empty zip"},
		"no code":    {func(in *sdk.CreateFunctionInput) { in.Code = &types.FunctionCode{} }, "InvalidParameterValueException", "Please provide a source for function code."},
		"traversal":  {func(in *sdk.CreateFunctionInput) { in.Code.ZipFile = zipOf(t, map[string]string{"../x": "x"}) }, "InvalidParameterValueException", "Could not unzip"},
		"no handler": {func(in *sdk.CreateFunctionInput) { in.Handler = nil }, "InvalidParameterValueException", "Runtime and Handler are mandatory"},
		"java":       {func(in *sdk.CreateFunctionInput) { in.Runtime = types.RuntimeJava21 }, "InvalidParameterValueException", "maru runs provided.*, python3.* and nodejs*"},
		"image":      {func(in *sdk.CreateFunctionInput) { in.PackageType = types.PackageTypeImage }, "InvalidParameterValueException", "no container engine"},
		"reserved env": {func(in *sdk.CreateFunctionInput) {
			in.Environment = &types.Environment{Variables: map[string]string{"AWS_REGION": "x"}}
		}, "InvalidParameterValueException", "Reserved keys used in this request: AWS_REGION"},
		"large env": {func(in *sdk.CreateFunctionInput) {
			in.Environment = &types.Environment{Variables: map[string]string{"AB": strings.Repeat("x", 4096)}}
		}, "InvalidParameterValueException", "exceeded the 4KB limit"},
		"dead letter": {func(in *sdk.CreateFunctionInput) {
			in.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: new("arn:aws:s3:::b")}
		}, "InvalidParameterValueException", "dead letter target"},
		"no layer": {func(in *sdk.CreateFunctionInput) {
			in.Layers = []string{"arn:aws:lambda:us-east-1:000000000000:layer:l:1"}
		}, "InvalidParameterValueException", "does not exist"},
		"other region": {func(in *sdk.CreateFunctionInput) {
			in.FunctionName = new("arn:aws:lambda:eu-west-1:000000000000:function:x")
		}, "ResourceNotFoundException", "are not reachable in this region"},
		"low memory": {func(in *sdk.CreateFunctionInput) { in.MemorySize = new(int32(64)) }, "ValidationException", "memorySize"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := &sdk.CreateFunctionInput{
				FunctionName: new("new"), Role: new(testRole), Runtime: types.RuntimeProvidedal2023, Handler: new("x"),
				Code: &types.FunctionCode{ZipFile: zipOf(t, map[string]string{"bootstrap": "x"})},
			}
			tt.change(in)
			_, err := env.Lambda().CreateFunction(t.Context(), in)
			if tt.code == "ValidationException" && codeOf(err) == "InvalidParameterValueException" {
				return
			}
			wantError(t, err, tt.code, tt.message)
		})
	}
}

func TestUpdateCodeAndConfigurationTakeEffect(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn", python(t, "import os\ndef handler(e, c): return ['one', os.environ.get('XY')]"))
	if got := string(invoke(t, env, "fn", `{}`).Payload); got != `["one", null]` {
		t.Errorf("before: %s", got)
	}
	code, err := env.Lambda().UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{
		FunctionName: new("fn"), ZipFile: zipOf(t, map[string]string{"index.py": "import os\ndef handler(e, c): return ['two', os.environ.get('XY')]"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = env.Lambda().UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{FunctionName: new("fn"), RevisionId: new("other")})
	wantError(t, err, "PreconditionFailedException", "The Revision Id provided does not match")
	if _, err := env.Lambda().UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: new("fn"), RevisionId: code.RevisionId, Environment: &types.Environment{Variables: map[string]string{"XY": "y"}},
	}); err != nil {
		t.Fatal(err)
	}
	if got := string(invoke(t, env, "fn", `{}`).Payload); got != `["two", "y"]` {
		t.Errorf("after: %s", got)
	}
}

func TestVersionsAndAliases(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c := env.Lambda()
	create(t, env, "fn", python(t, "def handler(e, c): return c.function_version"))
	publish := func() string {
		out, err := c.PublishVersion(t.Context(), &sdk.PublishVersionInput{FunctionName: new("fn")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Version
	}
	if a, b := publish(), publish(); a != "1" || b != "1" {
		t.Errorf("published %s and %s without a change", a, b)
	}
	if _, err := c.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{FunctionName: new("fn"), MemorySize: new(int32(256))}); err != nil {
		t.Fatal(err)
	}
	if v := publish(); v != "2" {
		t.Errorf("published %s after a change", v)
	}
	alias, err := c.CreateAlias(t.Context(), &sdk.CreateAliasInput{FunctionName: new("fn"), Name: new("live"), FunctionVersion: new("1")})
	if err != nil || *alias.AliasArn != "arn:aws:lambda:us-east-1:000000000000:function:fn:live" {
		t.Fatal(alias, err)
	}
	for name, want := range map[string]string{"fn": `"$LATEST"`, "fn:1": `"1"`, "fn:2": `"2"`, "fn:live": `"1"`} {
		if got := invoke(t, env, name, `{}`); string(got.Payload) != want || *got.ExecutedVersion != strings.Trim(want, `"`) {
			t.Errorf("%s: %s by %s, want %s", name, got.Payload, *got.ExecutedVersion, want)
		}
	}
	_, err = c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: new("fn"), Qualifier: new("1")})
	wantError(t, err, "ResourceConflictException", "because the following aliases reference it: [live]")
	if _, err := c.UpdateAlias(t.Context(), &sdk.UpdateAliasInput{
		FunctionName: new("fn"), Name: new("live"),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.5}},
	}); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for range 40 {
		seen[string(invoke(t, env, "fn:live", `{}`).Payload)]++
	}
	if seen[`"1"`] == 0 || seen[`"2"`] == 0 {
		t.Errorf("weights of a half gave %v", seen)
	}
	versions, err := c.ListVersionsByFunction(t.Context(), &sdk.ListVersionsByFunctionInput{FunctionName: new("fn")})
	if err != nil || len(versions.Versions) != 3 {
		t.Errorf("%d versions, %v", len(versions.Versions), err)
	}
}

func TestListFunctionsPages(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		create(t, env, name, func(in *sdk.CreateFunctionInput) { in.Publish = name == "a" })
	}
	var names []string
	pages := sdk.NewListFunctionsPaginator(env.Lambda(), &sdk.ListFunctionsInput{MaxItems: new(int32(2))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Functions) > 2 {
			t.Errorf("a page of %d", len(page.Functions))
		}
		for _, f := range page.Functions {
			names = append(names, *f.FunctionName)
		}
	}
	if strings.Join(names, "") != "abcde" {
		t.Errorf("names %v", names)
	}
	all, err := env.Lambda().ListFunctions(t.Context(), &sdk.ListFunctionsInput{FunctionVersion: types.FunctionVersionAll})
	if err != nil || len(all.Functions) != 6 {
		t.Errorf("%d versions, %v", len(all.Functions), err)
	}
}

func TestInvokeRefuses(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	tests := map[string]struct {
		in            sdk.InvokeInput
		code, message string
	}{
		"no JSON":          {sdk.InvokeInput{Payload: []byte("{nope")}, "InvalidRequestContentException", "Could not parse request body into json"},
		"too large":        {sdk.InvokeInput{Payload: []byte(`"` + strings.Repeat("x", 6<<20) + `"`)}, "RequestTooLargeException", "6291458 byte payload is too large for the RequestResponse invocation type (service limit 6291456 bytes)"},
		"too large, async": {sdk.InvokeInput{Payload: []byte(`"` + strings.Repeat("x", 1<<20) + `"`), InvocationType: types.InvocationTypeEvent}, "RequestTooLargeException", "for the Event invocation type"},
		"no qualifier":     {sdk.InvokeInput{Qualifier: new("7")}, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:000000000000:function:fn:7"},
		"client context":   {sdk.InvokeInput{ClientContext: new("!!")}, "InvalidRequestContentException", "Client context must be"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := tt.in
			in.FunctionName = new("fn")
			_, err := env.Lambda().Invoke(t.Context(), &in)
			wantError(t, err, tt.code, tt.message)
		})
	}
	out, err := env.Lambda().Invoke(t.Context(), &sdk.InvokeInput{FunctionName: new("fn"), InvocationType: types.InvocationTypeDryRun})
	if err != nil || out.StatusCode != http.StatusNoContent {
		t.Errorf("dry run %v %v", out, err)
	}
}

func TestFunctionErrorIsTold(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	create(t, env, "brief", func(in *sdk.CreateFunctionInput) { in.Timeout = new(int32(1)) })
	for payload, want := range map[string]string{
		`{"do":"fail"}`:         `"errorType":"errorString"`,
		`{"do":"exit","n":1}`:   `"errorType":"Runtime.ExitError"`,
		`{"do":"loop"}`:         `Task timed out after 1.00 seconds`,
		`{"do":"sleep","n":-1}`: `"ok"`,
	} {
		name := "fn"
		if payload == `{"do":"loop"}` {
			name = "brief"
		}
		out := invoke(t, env, name, payload)
		failed := out.FunctionError != nil && *out.FunctionError == "Unhandled"
		if !strings.Contains(string(out.Payload), want) || failed == (want == `"ok"`) {
			t.Errorf("%s: %s %v", payload, out.Payload, out.FunctionError)
		}
	}
}

func TestReservedConcurrencyThrottles(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	c := env.Lambda()
	if _, err := c.PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{FunctionName: new("fn"), ReservedConcurrentExecutions: new(int32(0))}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: new("fn")})
	wantError(t, err, "TooManyRequestsException", "Rate Exceeded.")
	_, err = c.PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{FunctionName: new("fn"), ReservedConcurrentExecutions: new(int32(901))})
	wantError(t, err, "InvalidParameterValueException", "below its minimum value of [100]")
	settings, err := c.GetAccountSettings(t.Context(), &sdk.GetAccountSettingsInput{})
	if err != nil || settings.AccountLimit.ConcurrentExecutions != 1000 || settings.AccountUsage.FunctionCount != 1 {
		t.Errorf("settings %+v %v", settings, err)
	}
	if _, err := c.DeleteFunctionConcurrency(t.Context(), &sdk.DeleteFunctionConcurrencyInput{FunctionName: new("fn")}); err != nil {
		t.Fatal(err)
	}
	invoke(t, env, "fn", `{}`)
}

func TestOutputReachesCloudWatchLogs(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, "fn")
	invoke(t, env, "fn", `{"do":"print"}`)
	var text string
	eventually(t, "REPORT is in the log", func() bool {
		out, err := env.Logs().FilterLogEvents(t.Context(), &sdklogs.FilterLogEventsInput{LogGroupName: new("/aws/lambda/fn")})
		if err != nil {
			return false
		}
		text = ""
		for _, e := range out.Events {
			text += strings.TrimSuffix(*e.Message, "\n") + "\n"
		}
		return strings.Contains(text, "REPORT RequestId: ")
	})
	at := 0
	for _, want := range []string{"INIT_START ", "START RequestId: ", "out\n", "err\n", "END RequestId: ", "REPORT RequestId: "} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q is not in its place in\n%s", want, text)
		}
		at += i
	}
}

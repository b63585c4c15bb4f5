package states

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"maru.dev/maru/internal/testenv"
)

// What cannot be done is refused in AWS's words.
func TestRefusals(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration())
	c, ctx := env.SFN(), t.Context()
	pass := chain(1, `"Type":"Pass"`)
	std := create(t, env, "std", pass, "")
	exp := create(t, env, "exp", pass, types.StateMachineTypeExpress)
	x := start(t, env, std, "{}")
	none := "arn:aws:states:us-east-1:000000000000:stateMachine:none"
	noExecution := "arn:aws:states:us-east-1:000000000000:execution:std:none"
	tests := map[string]struct {
		do            func() error
		code, message string
	}{
		"definition is no JSON": {func() error {
			_, err := c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("x"), RoleArn: aws.String(testRole), Definition: aws.String("{")})
			return err
		}, "InvalidDefinition", "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION"},
		"name": {func() error {
			_, err := c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("a b"), RoleArn: aws.String(testRole), Definition: &pass})
			return err
		}, "InvalidName", "Invalid Name: 'a b'"},
		"role": {func() error {
			_, err := c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("x"), RoleArn: aws.String("role"), Definition: &pass})
			return err
		}, "InvalidArn", "Invalid Role Arn: 'role'"},
		"unknown action": {func() error {
			_, err := c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("x"), RoleArn: aws.String(testRole), Definition: aws.String(
				`{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:makeCoffee","End":true}}}`)})
			return err
		}, "InvalidDefinition", "is not recognized"},
		"unknown service": {func() error {
			_, err := c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("x"), RoleArn: aws.String(testRole), Definition: aws.String(
				`{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:kitchen:makeCoffee","End":true}}}`)})
			return err
		}, "InvalidDefinition", "is not recognized"},
		"logging without a destination": {func() error {
			_, err := c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("x"), RoleArn: aws.String(testRole), Definition: &pass, LoggingConfiguration: &types.LoggingConfiguration{Level: types.LogLevelAll}})
			return err
		}, "InvalidLoggingConfiguration", "Must specify exactly one Log Destination."},
		"another of the name": {func() error {
			_, err := c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("std"), RoleArn: aws.String(testRole), Definition: aws.String(chain(2, `"Type":"Pass"`))})
			return err
		}, "StateMachineAlreadyExists", "State Machine Already Exists: '" + std + "'"},
		"description without a version": {func() error {
			_, err := c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &std, Definition: &pass, VersionDescription: aws.String("d")})
			return err
		}, "ValidationException", "Version description can only be set when publish is true"},
		"nothing to update": {func() error {
			_, err := c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &std})
			return err
		}, "MissingRequiredParameter", "Either the definition"},
		"no machine": {func() error {
			_, err := c.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &none})
			return err
		}, "StateMachineDoesNotExist", "State Machine Does Not Exist: '" + none + "'"},
		"no ARN": {func() error {
			_, err := c.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: aws.String("nonsense")})
			return err
		}, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: nonsense'"},
		"label": {func() error {
			_, err := c.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: aws.String(std + "/l")})
			return err
		}, "ValidationException", ""},
		"input": {func() error {
			_, err := c.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &std, Input: aws.String("{")})
			return err
		}, "InvalidExecutionInput", "Invalid State Machine Execution Input"},
		"sync of standard": {func() error {
			_, err := c.StartSyncExecution(ctx, &sfn.StartSyncExecutionInput{StateMachineArn: &std})
			return err
		}, "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"},
		"list of express": {func() error {
			_, err := c.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &exp})
			return err
		}, "StateMachineTypeNotSupported", ""},
		"no execution": {func() error {
			_, err := c.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &noExecution})
			return err
		}, "ExecutionDoesNotExist", "Execution Does Not Exist: '" + noExecution + "'"},
		"machine for an execution": {func() error {
			_, err := c.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &std})
			return err
		}, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: stateMachine'"},
		"redrive of a success": {func() error {
			_, err := c.RedriveExecution(ctx, &sfn.RedriveExecutionInput{ExecutionArn: &x})
			return err
		}, "ExecutionNotRedrivable", "SUCCEEDED and cannot be redriven"},
		"page token": {func() error {
			_, err := c.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &std, NextToken: aws.String("AAAA")})
			return err
		}, "InvalidToken", "Invalid Token: 'Invalid token'"},
		"no activity": {func() error {
			_, err := c.GetActivityTask(ctx, &sfn.GetActivityTaskInput{ActivityArn: aws.String("arn:aws:states:us-east-1:000000000000:activity:none")})
			return err
		}, "ActivityDoesNotExist", "Activity Does Not Exist: 'arn:aws:states:us-east-1:000000000000:activity:none'"},
		"tags of nothing": {func() error {
			_, err := c.ListTagsForResource(ctx, &sfn.ListTagsForResourceInput{ResourceArn: &none})
			return err
		}, "ResourceNotFound", "Resource not found: '" + none + "'"},
		"output is no JSON": {func() error {
			_, err := c.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String("AA=="), Output: aws.String("{")})
			return err
		}, "InvalidOutput", "Invalid Output"},
	}
	finished(t, env, x)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.do()
			if testenv.ErrorCode(err) != tt.code || !strings.Contains(testenv.ErrorMessage(err), tt.message) {
				t.Errorf("%v, want %s %s", err, tt.code, tt.message)
			}
		})
	}
}

// Findings are told as far as they are asked for, whatever they are of.
func TestValidationTellsFindings(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration())
	coffee := `"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:makeCoffee"`
	static := `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":"$.a","End":true}}}`
	token := chain(1, `"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"QueueUrl":"u","MessageBody.$":"$$.Task.Token"}`)
	tests := map[string]struct {
		in   sfn.ValidateStateMachineDefinitionInput
		want string
	}{
		"sound":         {sfn.ValidateStateMachineDefinitionInput{Definition: aws.String(chain(2, `"Type":"Pass"`))}, "OK false"},
		"no JSON":       {sfn.ValidateStateMachineDefinitionInput{Definition: aws.String("{")}, "FAIL false ERROR INVALID_JSON_DESCRIPTION [Source: (String)\"{\"; line: 1, column: 2]"},
		"two":           {sfn.ValidateStateMachineDefinitionInput{Definition: aws.String(chain(2, coffee))}, "FAIL false ERROR SCHEMA_VALIDATION_FAILED /States/S0/Resource ERROR SCHEMA_VALIDATION_FAILED /States/S1/Resource"},
		"one of two":    {sfn.ValidateStateMachineDefinitionInput{Definition: aws.String(chain(2, coffee)), MaxResults: 1}, "FAIL true ERROR SCHEMA_VALIDATION_FAILED /States/S0/Resource"},
		"no warnings":   {sfn.ValidateStateMachineDefinitionInput{Definition: &static}, "OK false"},
		"warnings":      {sfn.ValidateStateMachineDefinitionInput{Definition: &static, Severity: types.ValidateStateMachineDefinitionSeverityWarning}, "OK false WARNING PASS_RESULT_IS_STATIC /States/A/Result"},
		"token":         {sfn.ValidateStateMachineDefinitionInput{Definition: &token}, "OK false"},
		"express token": {sfn.ValidateStateMachineDefinitionInput{Definition: &token, Type: types.StateMachineTypeExpress}, "FAIL false ERROR SCHEMA_VALIDATION_FAILED /States/S0/Resource"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := env.SFN().ValidateStateMachineDefinition(t.Context(), &tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(out.Result, " ", aws.ToBool(out.Truncated))
			for _, d := range out.Diagnostics {
				if aws.ToString(d.Message) == "" {
					t.Errorf("%s says nothing", *d.Code)
				}
				got += fmt.Sprint(" ", d.Severity, " ", *d.Code, " ", aws.ToString(d.Location))
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestNamesOfExecutionsAreTaken(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration())
	c, ctx := env.SFN(), t.Context()
	wait := create(t, env, "wait", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":100,"End":true}}}`, "")
	run := func(input string) (*sfn.StartExecutionOutput, error) {
		return c.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &wait, Name: aws.String("n"), Input: &input})
	}
	first, err := run(`{"a":1}`)
	if err != nil {
		t.Fatal(err)
	}
	again, err := run(`{"a":1}`)
	if err != nil || *again.ExecutionArn != *first.ExecutionArn || !again.StartDate.Equal(*first.StartDate) {
		t.Errorf("the same start is %v %v", again, err)
	}
	if _, err := run(`{"a":2}`); testenv.ErrorCode(err) != "ExecutionAlreadyExists" {
		t.Errorf("other input: %v", err)
	}
	if _, err := c.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: first.ExecutionArn, Error: aws.String("E"), Cause: aws.String("C")}); err != nil {
		t.Fatal(err)
	}
	if _, err := run(`{"a":1}`); testenv.ErrorCode(err) != "ExecutionAlreadyExists" {
		t.Errorf("after its end: %v", err)
	}
	out := finished(t, env, *first.ExecutionArn)
	if out.Status != types.ExecutionStatusAborted || *out.Error != "E" || *out.Cause != "C" {
		t.Errorf("%s %v %v", out.Status, out.Error, out.Cause)
	}
	if got := strings.Join(eventTypes(t, env, *first.ExecutionArn), " "); got != "ExecutionStarted<0 WaitStateEntered<0 ExecutionAborted<0" {
		t.Error(got)
	}
}

func TestVersionsAndAliasesRouteExecutions(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration())
	c, ctx := env.SFN(), t.Context()
	says := func(word string) string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":"` + word + `","End":true}}}`
	}
	m, err := c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("m"), RoleArn: aws.String(testRole), Definition: aws.String(says("one")), Publish: true, VersionDescription: aws.String("first")})
	if err != nil || *m.StateMachineVersionArn != *m.StateMachineArn+":1" {
		t.Fatal(m, err)
	}
	u, err := c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: m.StateMachineArn, Definition: aws.String(says("two"))})
	if err != nil || u.RevisionId == nil {
		t.Fatal(u, err)
	}
	_, err = c.PublishStateMachineVersion(ctx, &sfn.PublishStateMachineVersionInput{StateMachineArn: m.StateMachineArn, RevisionId: aws.String("INITIAL")})
	if testenv.ErrorCode(err) != "ConflictException" {
		t.Errorf("publish of an old revision: %v", err)
	}
	two, err := c.PublishStateMachineVersion(ctx, &sfn.PublishStateMachineVersionInput{StateMachineArn: m.StateMachineArn, RevisionId: u.RevisionId})
	if err != nil || *two.StateMachineVersionArn != *m.StateMachineArn+":2" {
		t.Fatal(two, err)
	}
	same, err := c.PublishStateMachineVersion(ctx, &sfn.PublishStateMachineVersionInput{StateMachineArn: m.StateMachineArn})
	if err != nil || *same.StateMachineVersionArn != *two.StateMachineVersionArn {
		t.Error(same, err)
	}
	route := func(one, two int32) (list []types.RoutingConfigurationListItem) {
		for i, weight := range []int32{one, two} {
			if weight >= 0 {
				list = append(list, types.RoutingConfigurationListItem{StateMachineVersionArn: aws.String(fmt.Sprintf("%s:%d", *m.StateMachineArn, i+1)), Weight: weight})
			}
		}
		return list
	}
	for name, bad := range map[string][]types.RoutingConfigurationListItem{
		"sum":     route(50, 40),
		"machine": {{StateMachineVersionArn: m.StateMachineArn, Weight: 100}},
		"twice":   append(route(50, -1), route(50, -1)...),
	} {
		if _, err := c.CreateStateMachineAlias(ctx, &sfn.CreateStateMachineAliasInput{Name: aws.String("bad"), RoutingConfiguration: bad}); testenv.ErrorCode(err) != "ValidationException" {
			t.Errorf("%s: %v", name, err)
		}
	}
	alias, err := c.CreateStateMachineAlias(ctx, &sfn.CreateStateMachineAliasInput{Name: aws.String("live"), RoutingConfiguration: route(100, -1)})
	if err != nil {
		t.Fatal(err)
	}
	result := func(arn string) string {
		t.Helper()
		x := start(t, env, arn, "{}")
		out := finished(t, env, x)
		if arn == *alias.StateMachineAliasArn && aws.ToString(out.StateMachineAliasArn) != arn {
			t.Errorf("alias of the execution: %v", out.StateMachineAliasArn)
		}
		return *out.Output
	}
	for arn, want := range map[string]string{
		*m.StateMachineArn: `"two"`, *m.StateMachineVersionArn: `"one"`, *two.StateMachineVersionArn: `"two"`, *alias.StateMachineAliasArn: `"one"`,
	} {
		if got := result(arn); got != want {
			t.Errorf("%s says %s", arn, got)
		}
	}
	if _, err := c.UpdateStateMachineAlias(ctx, &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: alias.StateMachineAliasArn, RoutingConfiguration: route(50, 50)}); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for range 60 {
		seen[result(*alias.StateMachineAliasArn)] = true
	}
	if len(seen) != 2 {
		t.Errorf("an alias with two versions says only %v", seen)
	}
	_, err = c.DeleteStateMachineVersion(ctx, &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: two.StateMachineVersionArn})
	if testenv.ErrorCode(err) != "ConflictException" || !strings.Contains(testenv.ErrorMessage(err), "[live]") {
		t.Errorf("delete of a version in use: %v", err)
	}
	if _, err := c.DeleteStateMachineAlias(ctx, &sfn.DeleteStateMachineAliasInput{StateMachineAliasArn: alias.StateMachineAliasArn}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteStateMachineVersion(ctx, &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: two.StateMachineVersionArn}); err != nil {
		t.Fatal(err)
	}
	versions, err := c.ListStateMachineVersions(ctx, &sfn.ListStateMachineVersionsInput{StateMachineArn: m.StateMachineArn})
	if err != nil || len(versions.StateMachineVersions) != 1 {
		t.Error(versions, err)
	}
}

func TestExecutionsAreListedLatestFirst(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration())
	c, ctx := env.SFN(), t.Context()
	m := create(t, env, "m", `{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.w","IsPresent":true,"Next":"W"},{"Variable":"$.f","IsPresent":true,"Next":"F"}],"Default":"S"},
		"S":{"Type":"Succeed"},"F":{"Type":"Fail"},"W":{"Type":"Wait","Seconds":1000,"End":true}}}`, "")
	inputs := []string{"{}", `{"w":1}`, `{"f":1}`}
	for i := range 12 {
		_, err := c.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &m, Name: aws.String(fmt.Sprintf("x%02d", i)), Input: &inputs[i%3]})
		if err != nil {
			t.Fatal(err)
		}
		env.Advance(1e7)
	}
	list := func(status types.ExecutionStatus) (names []string) {
		t.Helper()
		in := &sfn.ListExecutionsInput{StateMachineArn: &m, StatusFilter: status, MaxResults: 3}
		for {
			out, err := c.ListExecutions(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range out.Executions {
				names = append(names, *x.Name)
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				return names
			}
		}
	}
	if got := strings.Join(list(""), " "); got != "x11 x10 x09 x08 x07 x06 x05 x04 x03 x02 x01 x00" {
		t.Error(got)
	}
	if got := strings.Join(list(types.ExecutionStatusRunning), " "); got != "x10 x07 x04 x01" {
		t.Error(got)
	}
	if got := strings.Join(list(types.ExecutionStatusFailed), " "); got != "x11 x08 x05 x02" {
		t.Error(got)
	}
	if _, err := c.DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: &m}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the state machine is gone", func() bool {
		_, err := c.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &m})
		return testenv.ErrorCode(err) == "StateMachineDoesNotExist"
	})
	again := create(t, env, "m", chain(1, `"Type":"Pass"`), "")
	if out, err := c.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &again}); err != nil || len(out.Executions) != 0 {
		t.Error(out, err)
	}
}

func TestRedriveGoesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), withFunctions(&functions{}))
	c, ctx := env.SFN(), t.Context()
	flaky := strings.ReplaceAll(taskState, "echo", "flaky-1-r")
	tests := map[string]struct{ definition, events string }{
		"task": {
			`{"StartAt":"P","States":{"P":{"Type":"Pass","Next":"T"},"T":{` + flaky + `,"End":true}}}`,
			"ExecutionStarted<0 PassStateEntered<0 PassStateExited<2 TaskStateEntered<3 LambdaFunctionScheduled<4 LambdaFunctionStarted<5 LambdaFunctionFailed<6 ExecutionFailed<7 " +
				"ExecutionRedriven<8 LambdaFunctionScheduled<7 LambdaFunctionStarted<: LambdaFunctionSucceeded<; TaskStateExited<< ExecutionSucceeded<=",
		},
		"map":      {`{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":1,"ItemProcessor":{"StartAt":"T","States":{"T":{` + strings.ReplaceAll(flaky, "-r", "-m") + `,"End":true}}},"End":true}}}`, ""},
		"parallel": {`{"StartAt":"M","States":{"M":{"Type":"Parallel","Branches":[{"StartAt":"T","States":{"T":{` + strings.ReplaceAll(flaky, "-r", "-p") + `,"End":true}}},` + chain(2, `"Type":"Pass"`) + `],"End":true}}}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := create(t, env, name, tt.definition, "")
			x := start(t, env, m, `[1,2]`)
			out := finished(t, env, x)
			if out.Status != types.ExecutionStatusFailed || out.RedriveStatus != types.ExecutionRedriveStatusRedrivable {
				t.Fatalf("%s %s", out.Status, out.RedriveStatus)
			}
			if _, err := c.RedriveExecution(ctx, &sfn.RedriveExecutionInput{ExecutionArn: &x}); err != nil {
				t.Fatal(err)
			}
			out = finished(t, env, x)
			if out.Status != types.ExecutionStatusSucceeded || *out.RedriveCount != 1 || out.RedriveDate == nil {
				t.Errorf("%s %v %s", out.Status, *out.RedriveCount, aws.ToString(out.Cause))
			}
			if got := strings.Join(eventTypes(t, env, x), " "); tt.events != "" && got != tt.events {
				t.Errorf("history\n%s", got)
			}
			checkHistory(t, env, x)
		})
	}
}

func TestTestStateRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	send := `{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"QueueUrl":"u","MessageBody":"b"},"End":true}`
	run := `{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:m"},"End":true}`
	fan := `{"Type":"Parallel","Branches":[` + chain(1, `"Type":"Pass"`) + `],"End":true}`
	result := func(text string) *types.MockInput { return &types.MockInput{Result: &text} }
	failure := &types.MockInput{ErrorOutput: &types.MockErrorOutput{Error: aws.String("E")}}
	tests := map[string]struct {
		in   sfn.TestStateInput
		want string // "" means it runs
	}{
		"fits":               {sfn.TestStateInput{Definition: &send, Mock: result(`{"MessageId":"1","MD5OfMessageBody":"2","SdkHttpMetadata":{}}`)}, ""},
		"wrong type":         {sfn.TestStateInput{Definition: &send, Mock: result(`{"MessageId":1}`)}, `The value for the field 'MessageId' must be a STRING`},
		"unknown field":      {sfn.TestStateInput{Definition: &send, Mock: result(`{"MessageID":"1"}`)}, `The field "MessageID" is not supported`},
		"no object":          {sfn.TestStateInput{Definition: &send, Mock: result(`1`)}, "must be a JSON object"},
		"not validated":      {sfn.TestStateInput{Definition: &send, Mock: &types.MockInput{Result: aws.String(`1`), FieldValidationMode: "NONE"}}, ""},
		"child":              {sfn.TestStateInput{Definition: &run, Mock: result(`{"ExecutionArn":"a","StateMachineArn":"b","Status":"SUCCEEDED","StartDate":1,"Output":{"x":1}}`)}, ""},
		"part of a child":    {sfn.TestStateInput{Definition: &run, Mock: result(`{"ExecutionArn":"a"}`)}, `The field "StateMachineArn" is required but was missing`},
		"what is present":    {sfn.TestStateInput{Definition: &run, Mock: &types.MockInput{Result: aws.String(`{"ExecutionArn":"a"}`), FieldValidationMode: "PRESENT"}}, ""},
		"error without name": {sfn.TestStateInput{Definition: &send, Mock: &types.MockInput{ErrorOutput: &types.MockErrorOutput{Cause: aws.String("c")}}}, "must be specified"},
		"mock of a Pass":     {sfn.TestStateInput{Definition: aws.String(chain(1, `"Type":"Pass"`)), StateName: aws.String("S0"), Mock: result(`1`)}, "'Pass' is not supported"},
		"fan without mock":   {sfn.TestStateInput{Definition: aws.String(`{"StartAt":"P","States":{"P":` + fan + `}}`), StateName: aws.String("P")}, "only supported when a mock is specified"},
		"cause":              {sfn.TestStateInput{Definition: &fan, Mock: failure, StateConfiguration: &types.TestStateConfiguration{ErrorCausedByState: aws.String("S0")}}, ""},
		"cause elsewhere":    {sfn.TestStateInput{Definition: &fan, Mock: failure, StateConfiguration: &types.TestStateConfiguration{ErrorCausedByState: aws.String("S9")}}, "was not found"},
		"items of no map":    {sfn.TestStateInput{Definition: &fan, Mock: failure, StateConfiguration: &types.TestStateConfiguration{MapIterationFailureCount: aws.Int32(1)}}, "Map state"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.in.RoleArn = aws.String(testRole)
			_, err := env.SFN().TestState(t.Context(), &tt.in)
			if got := testenv.ErrorCode(err); got != map[bool]string{true: "", false: "ValidationException"}[tt.want == ""] || !strings.Contains(testenv.ErrorMessage(err), tt.want) {
				t.Error(err)
			}
		})
	}
}

func TestTestStateShowsItems(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration())
	definition := `{"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"b","Key":"k"},"ReaderConfig":{"InputType":"JSON","ItemsPointer":"/l"}},
		"ItemSelector":{"v.$":"$$.Map.Item.Value"},"ItemBatcher":{"MaxItemsPerBatch":2},"MaxConcurrency":7,"ToleratedFailureCount":1,
		"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},` + chain(1, `"Type":"Pass"`)[1:] + `,"End":true}`
	for failed, want := range map[int32]string{1: "SUCCEEDED", 2: "FAILED States.ExceedToleratedFailureThreshold"} {
		out, err := env.SFN().TestState(t.Context(), &sfn.TestStateInput{
			Definition: &definition, RoleArn: aws.String(testRole), InspectionLevel: types.InspectionLevelDebug, Mock: &types.MockInput{Result: aws.String(`[]`)},
			StateConfiguration: &types.TestStateConfiguration{MapItemReaderData: aws.String(`{"l":[1,2,3]}`), MapIterationFailureCount: &failed},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(string(out.Status) + " " + aws.ToString(out.Error)); got != want {
			t.Errorf("%d failed: %s, want %s", failed, got, want)
		}
		d := out.InspectionData
		if aws.ToString(d.AfterItemsPointer) != `[1,2,3]` || aws.ToString(d.AfterItemSelector) != `[{"v":1},{"v":2},{"v":3}]` ||
			aws.ToString(d.AfterItemBatcher) != `[{"Items":[{"v":1},{"v":2}]},{"Items":[{"v":3}]}]` || *d.MaxConcurrency != 7 || *d.ToleratedFailureCount != 1 {
			t.Errorf("%+v", d)
		}
	}
}

func TestTestState(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), withFunctions(&functions{}))
	tests := map[string]struct {
		in   sfn.TestStateInput
		want string
	}{
		"pass":   {sfn.TestStateInput{Definition: aws.String(`{"Type":"Pass","Result":{"a":1},"ResultPath":"$.r","Next":"N"}`), Input: aws.String(`{"i":1}`)}, `SUCCEEDED {"i":1,"r":{"a":1}} N`},
		"task":   {sfn.TestStateInput{Definition: aws.String(`{` + taskState + `,"Next":"N"}`), Input: aws.String(`{"i":1}`)}, `SUCCEEDED {"i":1} N`},
		"choice": {sfn.TestStateInput{Definition: aws.String(`{"Type":"Choice","Choices":[{"Variable":"$.i","NumericEquals":1,"Next":"X"}],"Default":"Y"}`), Input: aws.String(`{"i":1}`)}, `SUCCEEDED {"i":1} X`},
		"fail":   {sfn.TestStateInput{Definition: aws.String(`{"Type":"Fail","Error":"E","Cause":"C"}`)}, `FAILED E`},
		"retry": {
			sfn.TestStateInput{Definition: aws.String(`{` + strings.ReplaceAll(taskState, "echo", "fail-B") + `,"Retry":[{"ErrorEquals":["B"],"IntervalSeconds":3}],"Next":"N"}`)},
			`RETRIABLE B`,
		},
		"catch": {
			sfn.TestStateInput{Definition: aws.String(`{` + strings.ReplaceAll(taskState, "echo", "fail-B") + `,"Catch":[{"ErrorEquals":["B"],"Next":"N"}],"Next":"M"}`)},
			`CAUGHT_ERROR {"Error":"B","Cause":"{\"errorType\":\"B\",\"errorMessage\":\"as asked\"}"} N B`,
		},
		"mock": {sfn.TestStateInput{
			Definition: aws.String(`{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"QueueUrl":"u","MessageBody":{"t.$":"$$.Task.Token"}},"End":true}`),
			Mock:       &types.MockInput{Result: aws.String(`{"m":1}`)},
		}, `SUCCEEDED {"m":1}`},
		"variables":    {sfn.TestStateInput{Definition: aws.String(`{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $v + 1 %}","End":true}`), Variables: aws.String(`{"v":2}`)}, `SUCCEEDED 3`},
		"in a machine": {sfn.TestStateInput{Definition: aws.String(chain(3, `"Type":"Pass"`)), StateName: aws.String("S1")}, `SUCCEEDED {} S2`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.in.RoleArn, tt.in.InspectionLevel = aws.String(testRole), types.InspectionLevelDebug
			out, err := env.SFN().TestState(t.Context(), &tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got := string(out.Status)
			for _, s := range []*string{out.Output, out.NextState, out.Error} {
				if s != nil {
					got += " " + *s
				}
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if out.InspectionData == nil || out.InspectionData.Input == nil {
				t.Error("nothing to inspect")
			}
		})
	}
}

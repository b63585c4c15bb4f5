package cloudformation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"maru.dev/maru/internal/testenv"
)

const queueOnly = "Resources: {Q: {Type: AWS::SQS::Queue}}"

func TestCreateStackRefusals(t *testing.T) {
	t.Parallel()
	role := `Resources: {R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}}`
	named := `Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: x, AssumeRolePolicyDocument: {}}}}`
	tests := map[string]struct {
		in   cfn.CreateStackInput
		code string
		text string
	}{
		"name":             {cfn.CreateStackInput{StackName: aws.String("1x"), TemplateBody: aws.String(queueOnly)}, "ValidationError", "failed to satisfy constraint"},
		"no template":      {cfn.CreateStackInput{}, "ValidationError", "Either Template URL or Template Body must be specified."},
		"bad template":     {cfn.CreateStackInput{TemplateBody: aws.String("x")}, "ValidationError", "Template format error: unsupported structure."},
		"large template":   {cfn.CreateStackInput{TemplateBody: aws.String(queueOnly + strings.Repeat(" ", 51200))}, "ValidationError", "less than or equal to 51200"},
		"circle":           {cfn.CreateStackInput{TemplateBody: aws.String("Resources: {A: {Type: T, DependsOn: B}, B: {Type: T, DependsOn: A}}")}, "ValidationError", "Circular dependency between resources: [A, B]"},
		"unknown param":    {cfn.CreateStackInput{TemplateBody: aws.String(queueOnly), Parameters: []types.Parameter{{ParameterKey: aws.String("P"), ParameterValue: aws.String("v")}}}, "ValidationError", "Parameters: [P] do not exist in the template"},
		"iam":              {cfn.CreateStackInput{TemplateBody: &role}, "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"},
		"named iam":        {cfn.CreateStackInput{TemplateBody: &named, Capabilities: []types.Capability{"CAPABILITY_IAM"}}, "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]"},
		"macro":            {cfn.CreateStackInput{TemplateBody: aws.String("Transform: Mine\n" + queueOnly)}, "ValidationError", "No transform named 000000000000::Mine found."},
		"auto expand":      {cfn.CreateStackInput{TemplateBody: aws.String("Transform: AWS::Serverless-2016-10-31\nResources: {T: {Type: AWS::Serverless::SimpleTable}}")}, "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"},
		"attribute":        {cfn.CreateStackInput{TemplateBody: aws.String(queueOnly + "\nOutputs: {O: {Value: !GetAtt Q.Nope}}")}, "ValidationError", "Template error: resource Q does not support attribute type Nope in Fn::GetAtt"},
		"rollback options": {cfn.CreateStackInput{TemplateBody: aws.String(queueOnly), DisableRollback: aws.Bool(true), OnFailure: types.OnFailureDelete}, "ValidationError", "not both"},
		"template address": {cfn.CreateStackInput{TemplateURL: aws.String("https://example.com")}, "ValidationError", "TemplateURL must be a supported URL."},
		"missing stored":   {cfn.CreateStackInput{TemplateBody: aws.String("Parameters: {P: {Type: String, AllowedValues: [a]}}\n" + queueOnly)}, "ValidationError", "Parameters: [P] must have values"},
	}
	env := newEnv(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tt.in
			if in.StackName == nil {
				in.StackName = aws.String("s")
			}
			_, err := env.CloudFormation().CreateStack(t.Context(), &in)
			if testenv.ErrorCode(err) != tt.code || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v, want %s with %q", err, tt.code, tt.text)
			}
		})
	}
}

func TestUnknownTypeFailsTheStackByName(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String("Resources: {A: {Type: AWS::Made::Up}}")})
	want(t, env, st, types.StackStatusRollbackComplete)
	if !slices.Contains(history(t, env, "s"), "A CREATE_FAILED Resource type AWS::Made::Up is not supported by maru") {
		t.Errorf("history:\n%s", strings.Join(history(t, env, "s"), "\n"))
	}
}

func TestUnknownPropertyFailsTheResource(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String("Resources: {A: {Type: AWS::SQS::Queue, Properties: {Nope: 1}}}")})
	want(t, env, st, types.StackStatusRollbackComplete)
	if !strings.Contains(strings.Join(history(t, env, "s"), "\n"), "#: extraneous key [Nope] is not permitted") {
		t.Errorf("history:\n%s", strings.Join(history(t, env, "s"), "\n"))
	}
}

func TestStackOfOneNameIsThereOnce(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	in := &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(queueOnly), ClientRequestToken: aws.String("once")}
	first := create(t, env, in)
	again, err := env.CloudFormation().CreateStack(t.Context(), in)
	if err != nil || *again.StackId != *first.StackId {
		t.Errorf("the same request again: %v, %v", again, err)
	}
	in.ClientRequestToken = nil
	if _, err := env.CloudFormation().CreateStack(t.Context(), in); testenv.ErrorCode(err) != "AlreadyExistsException" || !strings.Contains(err.Error(), "Stack [s] already exists") {
		t.Errorf("another request: %v", err)
	}
}

func TestTerminationProtection(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(queueOnly), EnableTerminationProtection: aws.Bool(true)})
	_, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("s")})
	if err == nil || !strings.Contains(err.Error(), "cannot be deleted while TerminationProtection is enabled") {
		t.Errorf("error %v", err)
	}
	if _, err := env.CloudFormation().UpdateTerminationProtection(t.Context(), &cfn.UpdateTerminationProtectionInput{StackName: aws.String("s"), EnableTerminationProtection: aws.Bool(false)}); err != nil {
		t.Fatal(err)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("s")}); err != nil {
		t.Error(err)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("never-was")}); err != nil {
		t.Errorf("deleting a stack that is not there: %v", err)
	}
}

func TestExportsAndImports(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	exporting := "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: %}}}\nOutputs: {O: {Value: !Ref Q, Export: {Name: the-url}}}"
	one := strings.Replace(exporting, "%", "q1", 1)
	a := create(t, env, &cfn.CreateStackInput{StackName: aws.String("a"), TemplateBody: &one})
	want(t, env, a, types.StackStatusCreateComplete)

	two := strings.Replace(exporting, "%", "q2", 1)
	b := create(t, env, &cfn.CreateStackInput{StackName: aws.String("b"), TemplateBody: &two})
	want(t, env, b, types.StackStatusRollbackComplete)
	if !strings.Contains(strings.Join(history(t, env, "b"), "\n"), "Export with name the-url is already exported by stack a.") {
		t.Errorf("history:\n%s", strings.Join(history(t, env, "b"), "\n"))
	}

	c := create(t, env, &cfn.CreateStackInput{StackName: aws.String("c"), TemplateBody: aws.String("Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {O: {Value: !ImportValue the-url}}")})
	want(t, env, c, types.StackStatusCreateComplete)
	if outputs(c)["O"] != outputs(a)["O"] {
		t.Errorf("imported %v, exported %v", outputs(c), outputs(a))
	}
	imports, err := env.CloudFormation().ListImports(t.Context(), &cfn.ListImportsInput{ExportName: aws.String("the-url")})
	if err != nil || !slices.Equal(imports.Imports, []string{"c"}) {
		t.Errorf("imports %v, %v", imports, err)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("a")}); err != nil {
		t.Fatal(err)
	}
	got := settle(t, env, "a")
	want(t, env, got, types.StackStatusDeleteFailed)
	if aws.ToString(got.StackStatusReason) != "Export the-url cannot be deleted as it is in use by c" {
		t.Errorf("reason %s", aws.ToString(got.StackStatusReason))
	}
	for _, name := range []string{"c", "a"} {
		out, err := env.CloudFormation().DescribeStacks(t.Context(), &cfn.DescribeStacksInput{StackName: &name})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: &name}); err != nil {
			t.Fatal(err)
		}
		want(t, env, settle(t, env, *out.Stacks[0].StackId), types.StackStatusDeleteComplete)
	}
	exports, err := env.CloudFormation().ListExports(t.Context(), &cfn.ListExportsInput{})
	if err != nil || len(exports.Exports) != 0 {
		t.Errorf("exports left: %v, %v", exports, err)
	}
}

func TestValidateAndSummarize(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	body := aws.String(`
AWSTemplateFormatVersion: "2010-09-09"
Description: d
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12}}
Parameters: {P: {Type: String, Default: x, NoEcho: true, AllowedValues: [x, y]}}
Resources:
  F: {Type: AWS::Serverless::Function}
  R: {Type: AWS::IAM::Role}
Outputs: {O: {Value: !Ref ServerlessHttpApi}}`)
	v, err := env.CloudFormation().ValidateTemplate(t.Context(), &cfn.ValidateTemplateInput{TemplateBody: body})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Parameters) != 1 || *v.Parameters[0].DefaultValue != "x" || !*v.Parameters[0].NoEcho || *v.Description != "d" || len(v.Capabilities) != 2 {
		t.Errorf("validation %+v", v)
	}
	s, err := env.CloudFormation().GetTemplateSummary(t.Context(), &cfn.GetTemplateSummaryInput{TemplateBody: body})
	if err != nil {
		t.Fatal(err)
	}
	if *s.Version != "2010-09-09" || !slices.Equal(s.ResourceTypes, []string{"AWS::IAM::Role", "AWS::Serverless::Function"}) || !slices.Equal(s.DeclaredTransforms, []string{"AWS::Serverless-2016-10-31"}) {
		t.Errorf("summary %+v", s)
	}
	_, err = env.CloudFormation().ValidateTemplate(t.Context(), &cfn.ValidateTemplateInput{TemplateBody: aws.String("Resources: {A: {Type: T, Properties: {X: !Ref B}}}")})
	if err == nil || !strings.Contains(err.Error(), "Unresolved resource dependencies [B] in the Resources block of the template") {
		t.Errorf("error %v", err)
	}
}

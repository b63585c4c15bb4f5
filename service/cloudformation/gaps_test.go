package cloudformation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"maru.dev/maru/internal/testenv"
)

func TestGapStackPoliciesHaveNoEffect(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	const before, after = "Resources: {A: {Type: AWS::SQS::Queue}}", "Resources: {A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}}"
	want(t, env, create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(before)}), types.StackStatusCreateComplete)
	ctx, c := t.Context(), env.CloudFormation()
	if _, err := c.SetStackPolicy(ctx, &cfn.SetStackPolicyInput{StackName: aws.String("s"), StackPolicyBody: aws.String(`{"Statement":[{"Effect":"Deny","Action":"Update:*","Principal":"*","Resource":"*"}]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateStack(ctx, &cfn.UpdateStackInput{StackName: aws.String("s"), TemplateBody: aws.String(after)}); err != nil {
		t.Fatal(err)
	}
	st := settle(t, env, "s")
	testenv.KnownGap(t, "service/cloudformation/doc.go", func(t testing.TB) {
		if st.StackStatus == types.StackStatusUpdateComplete {
			t.Error("a resource that the stack's policy protects was changed")
		}
	})
}

func TestGapOperationsThatAreNotThere(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	want(t, env, create(t, env, &cfn.CreateStackInput{StackName: aws.String("s"), TemplateBody: aws.String("Resources: {A: {Type: AWS::SQS::Queue}}")}), types.StackStatusCreateComplete)
	ctx, c := t.Context(), env.CloudFormation()
	tests := map[string]func() error{
		"drift": func() error {
			_, err := c.DetectStackDrift(ctx, &cfn.DetectStackDriftInput{StackName: aws.String("s")})
			return err
		},
		"stack sets": func() error {
			_, err := c.ListStackSets(ctx, &cfn.ListStackSetsInput{})
			return err
		},
		"the registry of types": func() error {
			_, err := c.ListTypes(ctx, &cfn.ListTypesInput{})
			return err
		},
		"costs": func() error {
			_, err := c.EstimateTemplateCost(ctx, &cfn.EstimateTemplateCostInput{TemplateBody: aws.String("Resources: {A: {Type: AWS::SQS::Queue}}")})
			return err
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			testenv.KnownGap(t, "service/cloudformation/doc.go", func(t testing.TB) {
				if err := ask(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

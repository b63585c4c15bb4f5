package cloudformation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"maru.dev/maru/internal/testenv"
)

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
		"types of one's own": func() error {
			_, err := c.RegisterType(ctx, &cfn.RegisterTypeInput{TypeName: aws.String("My::Own::Type"), SchemaHandlerPackage: aws.String("s3://b/k.zip")})
			return err
		},
		"imports of what is there": func() error {
			_, err := c.CreateChangeSet(ctx, &cfn.CreateChangeSetInput{
				StackName: aws.String("i"), ChangeSetName: aws.String("c"), ChangeSetType: types.ChangeSetTypeImport,
				TemplateBody: aws.String("Resources: {A: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}}"),
				ResourcesToImport: []types.ResourceToImport{{
					ResourceType: aws.String("AWS::SQS::Queue"), LogicalResourceId: aws.String("A"), ResourceIdentifier: map[string]string{"QueueUrl": env.URL() + "/000000000000/q"},
				}},
			})
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

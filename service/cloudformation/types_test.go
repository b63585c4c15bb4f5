package cloudformation_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"maru.dev/maru/internal/testenv"
)

func TestTypesAreListed(t *testing.T) {
	t.Parallel()
	c := newEnv(t).CloudFormation()
	list := func(in cfn.ListTypesInput) (names []string) {
		t.Helper()
		pages := cfn.NewListTypesPaginator(c, &in)
		for pages.HasMorePages() {
			out, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if in.MaxResults != nil && len(out.TypeSummaries) > int(*in.MaxResults) {
				t.Errorf("%d types on a page", len(out.TypeSummaries))
			}
			for _, s := range out.TypeSummaries {
				names = append(names, *s.TypeName)
			}
		}
		return names
	}
	all := list(cfn.ListTypesInput{Visibility: types.VisibilityPublic})
	if !slices.IsSorted(all) || !slices.Contains(all, "AWS::SQS::Queue") || len(all) < 50 {
		t.Errorf("all types: %v", all)
	}
	if paged := list(cfn.ListTypesInput{Visibility: types.VisibilityPublic, MaxResults: aws.Int32(7)}); !slices.Equal(all, paged) {
		t.Errorf("page by page: %v", paged)
	}
	tests := map[string]struct {
		in   cfn.ListTypesInput
		want string
	}{
		"a prefix":    {cfn.ListTypesInput{Visibility: types.VisibilityPublic, Filters: &types.TypeFilters{TypeNamePrefix: aws.String("AWS::SQS::")}}, "AWS::SQS::Queue AWS::SQS::QueuePolicy"},
		"AWS's":       {cfn.ListTypesInput{Filters: &types.TypeFilters{Category: types.CategoryAwsTypes, TypeNamePrefix: aws.String("AWS::SSM::")}}, "AWS::SSM::Parameter"},
		"immutable":   {cfn.ListTypesInput{Visibility: types.VisibilityPublic, ProvisioningType: types.ProvisioningTypeImmutable, Filters: &types.TypeFilters{TypeNamePrefix: aws.String("AWS::SQS::Queue")}}, ""},
		"private":     {cfn.ListTypesInput{}, ""},
		"third party": {cfn.ListTypesInput{Visibility: types.VisibilityPublic, Filters: &types.TypeFilters{Category: types.CategoryThirdParty}}, ""},
		"hooks":       {cfn.ListTypesInput{Visibility: types.VisibilityPublic, Type: types.RegistryTypeHook}, ""},
		"deprecated":  {cfn.ListTypesInput{Visibility: types.VisibilityPublic, DeprecatedStatus: types.DeprecatedStatusDeprecated}, ""},
	}
	for name, tt := range tests {
		if got := strings.Join(list(tt.in), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	_, err := c.ListTypes(t.Context(), &cfn.ListTypesInput{NextToken: aws.String("nope")})
	if testenv.ErrorCode(err) != "CFNRegistryException" {
		t.Error(err)
	}
}

func TestTypesAreDescribed(t *testing.T) {
	t.Parallel()
	c := newEnv(t).CloudFormation()
	out, err := c.DescribeType(t.Context(), &cfn.DescribeTypeInput{Type: types.RegistryTypeResource, TypeName: aws.String("AWS::SQS::Queue")})
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		TypeName                                 string
		Properties                               map[string]any
		CreateOnlyProperties, ReadOnlyProperties []string
		AdditionalProperties                     bool
	}
	if err := json.Unmarshal([]byte(*out.Schema), &schema); err != nil {
		t.Fatal(err)
	}
	if schema.TypeName != "AWS::SQS::Queue" || schema.Properties["VisibilityTimeout"] == nil || !slices.Contains(schema.CreateOnlyProperties, "/properties/QueueName") ||
		!slices.Equal(schema.ReadOnlyProperties, []string{"/properties/Arn", "/properties/QueueUrl"}) || schema.AdditionalProperties {
		t.Errorf("schema %s", *out.Schema)
	}
	if *out.Arn != "arn:aws:cloudformation:us-east-1::type/resource/AWS-SQS-Queue" || out.ProvisioningType != types.ProvisioningTypeFullyMutable || out.Visibility != types.VisibilityPublic {
		t.Errorf("%+v", out)
	}
	if again, err := c.DescribeType(t.Context(), &cfn.DescribeTypeInput{Arn: out.Arn}); err != nil || *again.Schema != *out.Schema {
		t.Errorf("by its ARN: %+v, %v", again, err)
	}
	tests := map[string]struct {
		in   cfn.DescribeTypeInput
		code string
	}{
		"unknown": {cfn.DescribeTypeInput{Type: types.RegistryTypeResource, TypeName: aws.String("AWS::EC2::Instance")}, "TypeNotFoundException"},
		"a hook":  {cfn.DescribeTypeInput{Type: types.RegistryTypeHook, TypeName: aws.String("AWS::SQS::Queue")}, "TypeNotFoundException"},
		"nothing": {cfn.DescribeTypeInput{}, "ValidationError"},
	}
	for name, tt := range tests {
		if _, err := c.DescribeType(t.Context(), &tt.in); testenv.ErrorCode(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package dynamodb_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestWhatNoTableHasReadsAsAbsent(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	ctx := t.Context()
	in := withGlobal(keyed("tab", "S"), &types.Projection{ProjectionType: types.ProjectionTypeAll})
	index := in.GlobalSecondaryIndexes[0].IndexName
	create(t, c, in)
	for _, index := range []*string{nil, index} {
		out, err := c.DescribeContributorInsights(ctx, &sdk.DescribeContributorInsightsInput{TableName: in.TableName, IndexName: index})
		if err != nil || out.ContributorInsightsStatus != types.ContributorInsightsStatusDisabled || *out.TableName != "tab" {
			t.Errorf("%+v, %v", out, err)
		}
	}
	_, err := c.DescribeContributorInsights(ctx, &sdk.DescribeContributorInsightsInput{TableName: in.TableName, IndexName: aws.String("nope")})
	refused(t, err, "ResourceNotFoundException", "Requested resource not found: Index: nope for table: tab")
	streams, err := c.DescribeKinesisStreamingDestination(ctx, &sdk.DescribeKinesisStreamingDestinationInput{TableName: in.TableName})
	if err != nil || len(streams.KinesisDataStreamDestinations) != 0 || *streams.TableName != "tab" {
		t.Errorf("%+v, %v", streams, err)
	}
	const prefix = "arn:aws:dynamodb:us-east-1:000000000000:table/"
	_, err = c.GetResourcePolicy(ctx, &sdk.GetResourcePolicyInput{ResourceArn: aws.String(prefix + "tab")})
	refused(t, err, "PolicyNotFoundException", "Resource-based policy not found for the provided ResourceArn: "+prefix+"tab")
	const missing = "Requested resource not found: Table: nope not found"
	_, err = c.GetResourcePolicy(ctx, &sdk.GetResourcePolicyInput{ResourceArn: aws.String(prefix + "nope")})
	refused(t, err, "ResourceNotFoundException", missing)
	_, err = c.ListContributorInsights(ctx, &sdk.ListContributorInsightsInput{TableName: aws.String("nope")})
	refused(t, err, "ResourceNotFoundException", missing)
	lists := map[string]func() error{
		"insights": func() error {
			_, err := c.ListContributorInsights(ctx, &sdk.ListContributorInsightsInput{TableName: in.TableName})
			return err
		},
		"backups":       func() error { _, err := c.ListBackups(ctx, &sdk.ListBackupsInput{TableName: in.TableName}); return err },
		"exports":       func() error { _, err := c.ListExports(ctx, &sdk.ListExportsInput{}); return err },
		"imports":       func() error { _, err := c.ListImports(ctx, &sdk.ListImportsInput{}); return err },
		"global tables": func() error { _, err := c.ListGlobalTables(ctx, &sdk.ListGlobalTablesInput{}); return err },
	}
	for name, list := range lists {
		if err := list(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
